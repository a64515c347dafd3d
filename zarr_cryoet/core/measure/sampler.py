"""The paired sampler: many cells in random order, round after round.

Each sample stands beside a control of the same moment, and some cells have a twin: the
same cell sampled as if it were another. What the twins differ by is noise.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..prepare import FAILED, READY
from . import statistics
from .cell import Cell
from .worker import Died, Environment, measuring

SAMPLES = 5  # of each series, before the widest get more
TWINS = 8  # cells that are sampled twice over
_READY = 600.0  # seconds for writing a store, and reading it back


@dataclass
class Series:
    """Samples of a cell on one side.

    Attributes
    ----------
    side : str
        The name of the environment.
    cell : Cell
        What was timed.
    twin : bool
        Whether it is a cell's second series.
    status, reason
        As `prepare` has them.
    facts : dict
        What preparing it said: number of runs in a call, bytes, objects, ...
    seconds, cpu, control : list of float
        Of each sample: the operation, its CPU time, and a copy of as many bytes.
    """

    side: str
    cell: Cell
    twin: bool = False
    status: str = READY
    reason: str | None = None
    facts: dict = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    control: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Unique in a run."""
        return f"{self.side}/{self.cell.id}{'#2' if self.twin else ''}"

    @property
    def estimate(self) -> statistics.Estimate | None:
        """Median seconds; None without samples."""
        return statistics.estimate(self.seconds) if self.seconds else None

    @property
    def cores(self) -> float | None:
        """Cores really used: CPU time over wall time."""
        return sum(self.cpu) / sum(self.seconds) if self.seconds else None


class Sampler:
    """Samples cells of several environments, all of one volume.

    Parameters
    ----------
    sides
        The environments, by name.
    wanted
        Which cell in which of them.
    place
        An empty folder for stores.
    keep
        Told of all that is found, as it is found: an event's kind, the series, and its
        values.
    seed
        Of the order.
    """

    def __init__(
        self,
        sides: dict[str, Environment],
        wanted: Sequence[tuple[str, Cell]],
        place: Path,
        keep: Callable[[str, Series, dict], None] = lambda *_: None,
        seed: int = 1,
    ):
        volume = wanted[0][1].case.volume
        self.workers = {n: measuring(s, volume, place / n) for n, s in sides.items()}
        self.series = [Series(side, cell) for side, cell in wanted]
        self.keep, self.order = keep, random.Random(seed)
        self.spent = self.wall = 0.0
        self._prepared: dict[tuple[str, str], dict] = {}

    def prepare(self, tick: Callable[[float], None] = lambda _: None) -> None:
        """Write each store, prove it, do each operation once; and choose twins."""
        for worker in self.workers.values():
            worker.start()
        for done, series in enumerate(self.series, 1):
            self._ready(series)
            tick(done / len(self.series))
        ready = self.ready()
        step = max(1, len(ready) // TWINS)
        twins = [Series(s.side, s.cell, True, facts=s.facts) for s in ready[::step]]
        self.series += twins

    def ready(self) -> list[Series]:
        """What can be sampled."""
        return [series for series in self.series if series.status == READY]

    def _ready(self, series: Series) -> None:
        known = self._prepared.get((series.side, series.cell.case.id))
        question = {"cell": series.cell.to_json(), "prepared": known}
        found = self._ask(series, "ready", seconds=_READY, **question)
        if found is None:
            return
        if found["status"] != READY:
            self._out(series, found["status"], found["reason"])
            return
        kept = ("status", "reason", "path", "objects", "bits_per_voxel", "facts")
        self._prepared[series.side, series.cell.case.id] = {key: found[key] for key in kept}
        series.facts = {k: v for k, v in found.items() if k not in ("status", "reason", "path")}
        self.keep("prepared", series, series.facts)

    def _out(self, series: Series, status: str, reason: str) -> None:
        """Neither it nor its twin is asked again."""
        for each in self.series:
            if (each.side, each.cell) == (series.side, series.cell):
                each.status, each.reason = status, reason
        self.keep(status, series, {"reason": reason})

    def _ask(self, series: Series, do: str, seconds: float, **question) -> dict | None:
        """An answer, or None, and then the series is out and its process another."""
        worker = self.workers[series.side]
        try:
            found = worker.ask(do, deadline=seconds, **question)
        except Died as exc:
            self._out(series, FAILED, str(exc))
            self._revive(series.side)
            return None
        if "error" in found:
            self._out(series, FAILED, found["error"])
            return None
        return found

    def _revive(self, side: str) -> None:
        """A new process, with what the old one had open."""
        self.workers[side].start()
        for series in self.series:
            held = (side, series.cell.case.id) in self._prepared and series.facts
            if series.side == side and series.status == READY and held and not series.twin:
                self._ready(series)

    def round(self, chosen: Iterable[Series] | None = None) -> None:
        """One sample of each, in an order of its own."""
        chosen = list(self.ready() if chosen is None else chosen)
        self.order.shuffle(chosen)
        started = time.monotonic()
        for series in chosen:
            if series.status == READY:
                self._sample(series)
        self.wall += time.monotonic() - started

    def _sample(self, series: Series) -> None:
        # what took so long once may take long again, and a hang longer than that
        seconds = 30 + 20 * series.facts["seconds"] * series.facts["number"]
        found = self._ask(series, "call", seconds=seconds, cell=series.cell.id)
        if found is None:
            return
        series.seconds.append(found["seconds"])
        series.cpu.append(found["cpu"])
        series.control.append(found["control"])
        self.spent += found["spent"]
        self.keep("sample", series, {k: v for k, v in found.items() if k != "spent"})

    def widest(self, share: float = 0.25) -> list[Series]:
        """Those whose intervals are widest, as a share of all that are ready."""
        ready = sorted(self.ready(), key=lambda s: -s.estimate.width if s.estimate else 0.0)
        return ready[: max(1, int(len(ready) * share))]

    @property
    def measured_share(self) -> float:
        """Seconds in samples and their controls, of the wall time after preparation."""
        return self.spent / self.wall if self.wall else 0.0

    def stop(self) -> None:
        """End all processes."""
        for worker in self.workers.values():
            worker.stop()


def noise_floor(series: Iterable[Series]) -> float | None:
    """How far apart two series of the same cell were, at most: 0.03 for 3 %.

    Returns
    -------
    float or None
        The largest factor between the medians of twins, less one; None without twins.
    """
    by_cell: dict[tuple[str, Cell], list[Series]] = {}
    for each in series:
        if each.seconds:
            by_cell.setdefault((each.side, each.cell), []).append(each)
    factors = [
        abs(np.log(np.median(twins[1].seconds) / np.median(twins[0].seconds)))
        for twins in by_cell.values()
        if len(twins) == 2
    ]
    return float(np.expm1(max(factors))) if factors else None
