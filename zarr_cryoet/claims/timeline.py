"""Which benchmark of the suite puts a claim's operation on the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..bench import suite
from ..core import selection
from ..core.case import Case
from ..core.measure import setups
from .rows import CORRECT, MEMORY, TIME, Claim

_FIELDS = ("codec", "layout", "zarr_format", "store", "backend")
_METHODS = {
    TIME: ("track_time_ratio", "time_run"),  # in units of a fixed release first
    MEMORY: ("track_peak_bytes",),
    CORRECT: ("time_run", "track_requests", "track_time_ratio"),  # fails where it is wrong
    "requests": ("track_requests",),
    "bytes read": ("track_bytes_read",),
    "bytes written": ("track_bytes_written",),
}


@dataclass(frozen=True)
class Shown:
    """A cell of the suite.

    Attributes
    ----------
    name : str
        As asv lists it.
    case : Case
        What it stores.
    operation, method : str
        What is done with it, and how that is measured.
    """

    name: str
    case: Case
    operation: str
    method: str

    def differences(self, claim: Claim) -> tuple[str, ...]:
        """What it stores in another way than the claim's setup."""
        wanted = claim.cells(self.case.volume)[1].case
        return tuple(
            _word(name, getattr(self.case, name))
            for name in _FIELDS
            if getattr(self.case, name) != getattr(wanted, name)
        )


def cells(root: Path, volume: str) -> list[Shown]:
    """The cells of a clone's suite that do one operation on one case."""
    return [shown for cls in suite.classes(root, volume) for shown in _of(cls)]


def _of(cls: type) -> Iterator[Shown]:
    for params in cls.cells():
        named = dict(zip(cls.param_names, params, strict=True))
        if "setup" in named:
            case = setups.cell(named["operation"], named["setup"], cls.volume).case
        elif hasattr(cls, "case_of"):
            case = cls.case_of(params)
        else:
            continue
        operation = named.get("operation") or f"read-{named.get('access')}"
        if cls.why_not(params, _anything) is None:
            for method in selection.methods(cls):
                yield Shown(selection.cell_name(cls, method, params), case, operation, method)


class _Anything(dict):
    """Releases by package, where every package is there."""

    def __contains__(self, name):
        return True

    def __missing__(self, name):
        return "999"

    def get(self, name, default=None):
        return "999"


_anything = _Anything()


def nearest(claim: Claim, suite: Iterable[Shown]) -> Shown | None:
    """The cell that does the claim's operation on what is most like its setup."""
    methods = _METHODS.get(claim.kind, ())
    alike = [s for s in suite if s.operation == claim.operation and s.method in methods]
    return min(
        alike,
        key=lambda s: (len(s.differences(claim)), methods.index(s.method)),
        default=None,
    )


def _word(name: str, value) -> str:
    return f"v{value}" if name == "zarr_format" else str(value)
