"""What the suite holds: every cell, whether it can run, and about how long it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core import metrics, selection
from ..core.measure.cell import Cell as Done
from ..results.benchmarks import classes

# Rough, for the word beforehand alone; the bar corrects itself as it goes.
_PROCESS = 0.4  # seconds for asv to start a cell that imports a library
_LOOKUP = 0.1  # the same for an exact figure, which imports none
_BYTES_PER_SECOND = 350e6  # through a codec on one core


@dataclass(frozen=True)
class Cell:
    """One benchmark with one set of parameters.

    Attributes
    ----------
    name : str
        As asv matches it: ``codecs.ReadCodec.time_read('none', 2, 'tensorstore')``.
    benchmark : str
        The same without parameters.
    group : str
        The part of the suite that holds it: its file's name.
    params : tuple
        Its parameters, in the order of the benchmark's axes.
    metric : str
        Id of what is measured.
    skip : str or None
        Why it cannot run on these releases; None when it can.
    smoke : bool
        Whether it belongs to the quick group.
    exact : bool
        Whether it is a figure that is the same on every machine.
    seconds : float
        About how long it takes, preparation included.
    store : tuple or None
        By what it is prepared, the case, and its bytes uncompressed; None where no
        store is kept.
    does : tuple of Cell
        What of the operations it does with which case.
    """

    name: str
    benchmark: str
    group: str
    params: tuple
    metric: str
    skip: str | None
    smoke: bool
    exact: bool
    seconds: float
    store: tuple[str, str, int] | None
    does: tuple[Done, ...] = ()

    @property
    def pattern(self) -> str:
        """A regular expression for asv's ``--bench`` that matches this cell alone."""
        return f"^{re.escape(self.name)}$"


def cells(
    root: Path, volume: str, nbytes: int, versions: Mapping[str, str] | None = None
) -> Iterator[Cell]:
    """Every cell of the suite.

    Parameters
    ----------
    root
        The project's folder.
    volume
        The volume's id.
    nbytes
        Bytes of its voxels.
    versions
        Releases of the packages under test; default: those installed here.
    """
    prepared: dict[object, set] = {}
    for cls in classes(root, volume):
        size = 512**3 * 4 if cls.volume != volume else nbytes
        done = prepared.setdefault(getattr(cls, "setup_cache", None), set())
        for params in cls.cells():
            skip, seconds, store = cls.why_not(params, versions), 0.0, None
            does = () if skip else cls.done_by(params)
            if hasattr(cls, "case_of"):
                case = cls.case_of(params)
                if case not in done and not skip:
                    seconds = 0.05 + 2 * size / _BYTES_PER_SECOND
                done.add(case)
                store = None if skip else (cls.setup_cache.__qualname__, case.id, size)
            for method in selection.methods(cls):
                yield Cell(
                    selection.cell_name(cls, method, params),
                    selection.name(cls, method),
                    selection.module(cls),
                    params,
                    metrics.of_method(method),
                    skip,
                    cls.in_smoke(params),
                    cls.exact,
                    seconds + (_own(method, size, skip) if cls.takes is None else cls.takes),
                    None if method.startswith("track_") else store,
                    does,
                )
                seconds = 0.0


def _own(method: str, size: int, skip: str | None) -> float:
    """Seconds that a cell takes itself: a timed one works on the volume several times."""
    if skip or method.startswith("track_"):
        return _LOOKUP
    times = 3 if method.startswith("time_") else 1
    return _PROCESS + times * size / _BYTES_PER_SECOND
