"""The other end of the process that measures."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import UserError
from ..core.measure.worker import Died, Worker, here


class Measurer:
    """The process, for as long as the block lasts.

    Parameters
    ----------
    volume
        The prepared ``.npy`` file.
    place
        An empty folder for stores.
    """

    def __init__(self, volume: Path, place: Path):
        settings = {"volume": str(volume), "place": str(place)}
        self.worker = Worker(here(), "zarr_cryoet.recommend.child:Sampling", settings)

    def __enter__(self) -> Measurer:
        self.hello = self.ask("hello")
        return self

    def ask(self, do: str, patience: float = 300.0, **task) -> dict:
        """An answer; one with ``reason`` is why there is none.

        Raises
        ------
        UserError
            The process ended, or took longer than `patience` seconds.
        """
        try:
            found = self.worker.ask(do, deadline=patience, **task)
        except Died as exc:
            raise UserError(f"measuring ({do}): {exc}") from exc
        return {"reason": found["error"]} if "error" in found else found

    def seconds(self, key: str, access: str) -> float:
        """What one access to a store took.

        Raises
        ------
        UserError
            It failed, which it did not before, or the process is gone.
        """
        said = self.ask("time", key=key, access=access)
        if "reason" in said:
            raise UserError(f"measuring {access}: {said['reason']}")
        return said["seconds"]

    def __exit__(self, *_) -> None:
        self.worker.stop()
