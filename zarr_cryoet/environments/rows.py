"""Who takes part: libraries, each in an environment of its own; one row each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.measure.exchange import Party
from ..core.measure.setups import REFERENCE
from ..core.measure.worker import Side
from ..core.registry import Registry
from . import lock as locks
from . import make


@dataclass(frozen=True)
class Row:
    """A party whose environment is yet to be made.

    Attributes
    ----------
    id : str
        Short and stable.
    backend : str
        Its id.
    pins : str or tuple of str
        A release of the history, with its lock; or packages, whose dependencies are
        resolved when the environment is made.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    backend: str
    pins: str | tuple[str, ...]
    groups: tuple[str, ...] = ("default",)

    def python(self) -> Path:
        """The interpreter of its environment, made if need be.

        Raises
        ------
        UserError
            It cannot be made.
        """
        if isinstance(self.pins, str):
            return make.ensure(self.pins)
        return make.of_pins(self.id, self.pins, whole=False)

    def party(self) -> Party:
        """The same, with its environment."""
        return Party(self.id, self.backend, Side(self.id, str(self.python())))


_LAST2 = "2.18.7"
_NEWEST = locks.read(locks.path_of("zarr")).versions[-1]

PARTIES = Registry(
    "party",
    [
        Row(f"zarr-{_LAST2}", "zarr-python", _LAST2),
        Row(f"zarr-{REFERENCE}", "zarr-python", REFERENCE),
        Row(f"zarr-{_NEWEST}", "zarr-python", _NEWEST),
        Row("zarr-fused", "zarr-fused", _NEWEST),
        Row("zarrs", "zarrs", _NEWEST),
        Row("zarrista", "zarrista", ("zarrista==0.1.0", "numpy==2.4.3")),
        Row("tensorstore", "tensorstore", _NEWEST),
        Row("iohub-0.2.3", "iohub", ("iohub==0.2.3", f"zarr=={_LAST2}", "numcodecs==0.15.1")),
        Row(
            "iohub-0.3.11",
            "iohub",
            ("iohub==0.3.11", "zarr==3.4.2", "numcodecs==0.17.1", "zarrs==0.2.3"),
        ),
    ],
)
#: Whose stores the faults are put into.
DAMAGED = f"zarr-{REFERENCE}"
