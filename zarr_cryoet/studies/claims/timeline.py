"""Which benchmark of the suite puts a claim's operation on the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...core import selection
from ...core.case import Case
from ...core.measure.cell import Cell
from ...core.metrics import of_method
from ...environments import lock as locks
from ...results.benchmarks import classes
from .rows import CORRECT, MEMORY, TIME, Claim

_FIELDS = ("codec", "layout", "zarr_format", "store", "backend")
_TIMES = ("time_ratio", "seconds")
_METRICS = {
    TIME: _TIMES,  # in units of a fixed release first
    MEMORY: ("peak_bytes",),
    CORRECT: ("requests", *_TIMES),  # any that fails where the result is wrong
    "requests": ("requests",),
    "bytes read": ("bytes_read",),
    "bytes written": ("bytes_written", "bits_per_voxel"),
}


@dataclass(frozen=True)
class Shown:
    """A cell of the suite.

    Attributes
    ----------
    benchmark : type
        Its class.
    params : tuple
        Its parameters.
    method : str
        What of it is measured.
    case : Case
        What it stores.
    operation : str
        What is done with it.
    """

    benchmark: type
    params: tuple
    method: str
    case: Case
    operation: str

    @property
    def name(self) -> str:
        """As asv lists it."""
        return selection.cell_name(self.benchmark, self.method, self.params)

    @property
    def metric(self) -> str:
        """Id of what is measured."""
        return of_method(self.method)

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
    return [
        Shown(cls, params, method, done.case, done.operation)
        for cls in classes(root, volume)
        for params in cls.cells()
        for done in _single(cls.done_by(params))
        for method in selection.methods(cls)
    ]


def _single(done: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The one operation on one case; none where there are more."""
    return done if len(done) == 1 else ()


def nearest(claim: Claim, suite: Iterable[Shown]) -> Shown | None:
    """The cell that does the claim's operation on what is most like its setup.

    It runs in the claim's release, with the same backend, and in shards where the claim
    is about those; None where there is no such cell.
    """
    metrics = _METRICS.get(claim.kind, ())
    alike = [s for s in suite if s.metric in metrics and _alike(s, claim)]
    # of those that are as near, what has an axis of operations is about them
    alike.sort(key=lambda s: (len(s.differences(claim)), metrics.index(s.metric),
                              "operation" not in s.benchmark.param_names))  # fmt: skip
    versions = _pinned()[claim.release]
    return next((s for s in alike if not s.benchmark.why_not(s.params, versions)), None)


def _alike(shown: Shown, claim: Claim) -> bool:
    wanted = claim.cells(shown.case.volume)[1]
    return (
        shown.operation == wanted.operation
        and shown.case.backend == wanted.case.backend
        and bool(shown.case.layout_row.shards) == bool(wanted.case.layout_row.shards)
        and (claim.figure != "bytes written" or shown.case.codec == wanted.case.codec)
    )


@cache
def _pinned() -> dict[str, dict[str, str]]:
    """Versions of packages, by release of zarr."""
    releases = locks.read(locks.path_of("zarr")).releases
    return {release.version: release.pins for release in releases}


def _word(name: str, value) -> str:
    return f"v{value}" if name == "zarr_format" else str(value)
