"""The other end of the process that measures: starts it, asks it, and ends it."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
from pathlib import Path

from ..core.errors import UserError


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
        self.settings = {"volume": str(volume), "place": str(place)}
        self._child = None

    def __enter__(self) -> Measurer:
        self._said = tempfile.TemporaryFile("w+")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "zarr_cryoet.recommend.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            start_new_session=True,  # an interrupt is ours to hand on
        )
        self.hello = self.ask("hello", **self.settings)
        return self

    def ask(self, do: str, patience: float = 300.0, **task) -> dict:
        """An answer; one with ``reason`` is why there is none.

        Raises
        ------
        UserError
            The process ended, or took longer than `patience` seconds.
        """
        try:
            self._child.stdin.write(json.dumps({"do": do, **task}) + "\n")
            self._child.stdin.flush()
            if not select.select([self._child.stdout], [], [], patience)[0]:
                raise UserError(f"measuring ({do}) took longer than {patience:.0f} s")
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise UserError(f"the process that measures ended: {self._last()}")
        return json.loads(line)

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

    def _last(self) -> str:
        self._child.wait(5)
        self._said.seek(0)
        lines = self._said.read().strip().splitlines() or [f"exit code {self._child.returncode}"]
        return lines[-1][:200]

    def __exit__(self, *_) -> None:
        try:
            self._child.stdin.close()  # which it takes for the end
            self._child.wait(2)
        except (subprocess.TimeoutExpired, OSError):
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        self._said.close()
