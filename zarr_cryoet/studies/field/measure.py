"""Measure the claims: all cells of a volume side by side, and what is exact counted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...core.case import Case
from ...core.measure import statistics
from ...core.measure.cell import Cell
from ...core.measure.sampler import SAMPLES, Sampler, Series, noise_floor
from ...core.measure.worker import Died, Worker, here, measuring
from ...core.prepare import READY
from ...core.volume import Volume
from ..verdict import UNDECIDED, UNMEASURED
from .records import Found
from .rows import COUNTED, TIME, Claim, Pair
from .verdict import of_pair

AGAIN = 20  # samples more, at most, of pairs that are undecided, while there is time
#: Of the work: when each store is written and proved, when each cell is timed, and the last.
_PREPARING, _ONCE, _COUNTING = 0.35, 0.75, 0.1
_WRITING = 600.0  # seconds for one answer

Tick = Callable[[float, str], None]


@dataclass
class Measuring:
    """Where and how long claims are measured on one volume.

    Attributes
    ----------
    volume : Volume
        It is prepared.
    place : pathlib.Path
        An empty folder for stores.
    seconds : float
        After which nothing is measured again.
    tick : callable
        Told the share that is done, and what is done now.
    floor : float or None
        The noise floor of what was timed, by CPU time: 0.03 for 3 %.
    """

    volume: Volume
    place: Path
    seconds: float = 60.0
    tick: Tick = lambda done, text: None
    samples: int = SAMPLES
    again: int = AGAIN
    floor: float | None = field(default=None, init=False)

    def all(self, claims: Iterable[Claim]) -> list[Found]:
        """Each pair of the claims, in their order."""
        deadline = time.monotonic() + self.seconds
        known = {claim.id: claim for claim in claims}
        pairs = [pair for claim in known.values() for pair in claim.pairs(self.volume)]
        timed = [pair for pair in pairs if known[pair.claim].figure == TIME]
        series = self._times(known, timed, deadline) if timed else {}
        counts = self._counts([pair for pair in pairs if pair not in timed], series)
        return [
            of_times(known[pair.claim], pair, series, self.floor)
            if known[pair.claim].figure == TIME
            else of_counts(known[pair.claim], pair, counts)
            for pair in pairs
        ]

    def _counts(self, pairs: Sequence[Pair], series: dict[Cell, Series]) -> dict[Case, dict]:
        """What each case takes on the disk: as it was prepared to be timed, or else for this."""
        found = {cell.case: each.facts for cell, each in series.items() if each.status == READY}
        cases = dict.fromkeys(cell.case for pair in pairs for cell in pair.cells)
        left = [case for case in cases if case not in found]
        for backend in dict.fromkeys(case.backend for case in left):
            mine = [case for case in left if case.backend == backend]
            with measuring(here(backend), self.volume.id, self.place / "counted") as worker:
                for done, case in enumerate(mine):
                    share = _COUNTING * done / len(mine)
                    text = f"{self.volume.id}: counting {len(mine)} cases"
                    self.tick(1 - _COUNTING + share, text)
                    found[case] = self._count(worker, case)
        return found

    @staticmethod
    def _count(worker: Worker, case: Case) -> dict:
        try:
            answer = worker.ask("write", deadline=_WRITING, case=case.to_json())
        except Died as exc:
            answer = {"error": str(exc)}
        finally:
            shutil.rmtree(worker.settings["place"], ignore_errors=True)
        return {"reason": answer["error"]} if "error" in answer else answer

    def _times(self, claims, pairs: Sequence[Pair], deadline: float) -> dict[Cell, Series]:
        cells = dict.fromkeys(cell for pair in pairs for cell in pair.cells)
        # each backend in a process of its own: some change what others do
        sides = {backend: here(backend) for backend in dict.fromkeys(c.case.backend for c in cells)}
        wanted = [(cell.case.backend, cell) for cell in cells]
        sampler = Sampler(sides, wanted, self.place / "timed")
        try:
            text = f"{self.volume.id}: preparing {len(wanted)} cells"
            sampler.prepare(lambda done: self.tick(_PREPARING * done, text))
            text = f"{self.volume.id}: measuring {len(sampler.ready())} cells"
            for number in range(self.samples):
                self.tick(_PREPARING + (_ONCE - _PREPARING) * number / self.samples, text)
                sampler.round()
            self._once_more(claims, pairs, sampler, deadline)
        finally:
            sampler.stop()
            shutil.rmtree(self.place / "timed", ignore_errors=True)
        self.floor = by_cpu(sampler.series)
        return _by_cell(sampler)

    def _once_more(self, claims, pairs: Sequence[Pair], sampler: Sampler, deadline: float) -> None:
        """Samples more of what is undecided, and of all twins, as the floor decides too."""
        twinned = {series.cell for series in sampler.ready() if series.twin}
        for number in range(self.again):
            if time.monotonic() > deadline:
                return
            series, floor = _by_cell(sampler), by_cpu(sampler.series)
            found = ((p, of_times(claims[p.claim], p, series, floor)) for p in pairs)
            open_ = {c for p, each in found if each.verdict == UNDECIDED for c in p.cells}
            if not open_:
                return
            chosen = [s for s in sampler.ready() if s.cell in open_ | twinned]
            text = f"{self.volume.id}: once more {len(chosen)} cells"
            self.tick(_ONCE + (1 - _COUNTING - _ONCE) * number / self.again, text)
            sampler.round(chosen)


def _by_cell(sampler: Sampler) -> dict[Cell, Series]:
    return {series.cell: series for series in sampler.series if not series.twin}


def by_cpu(series: Iterable[Series]) -> float | None:
    """The noise floor of CPU times, see `sampler.noise_floor`; None without twins."""
    return noise_floor(replace(each, seconds=each.cpu) for each in series)


def of_counts(claim: Claim, pair: Pair, counts: dict[Case, dict]) -> Found:
    """What comes of a pair that is exact."""
    answers = [counts[cell.case] for cell in pair.cells]
    for cell, answer in zip(pair.cells, answers, strict=True):
        if COUNTED[claim.figure] not in answer:
            return _unmeasured(pair, cell, answer["reason"])
    before, after = (answer[COUNTED[claim.figure]] for answer in answers)
    ratio = _short(after / before)
    what = of_pair(claim.expect, claim.by, ratio, ratio)
    factors = dict(pair.factors)
    return Found(
        claim.id, what, factors, _short(before), _short(after), ratio, ratio, ratio, samples=1
    )


def of_times(claim: Claim, pair: Pair, series: dict[Cell, Series], floor: float | None) -> Found:
    """What comes of a pair by CPU time, out of which what else runs on the core falls.

    Files are in memory, so that nothing is waited for.
    """
    sides = [series[cell] for cell in pair.cells]
    for side in sides:
        if side.status != READY or not side.cpu:
            return _unmeasured(pair, side.cell, side.reason or "no sample")
    before, after = ([max(1e-9, taken) for taken in side.cpu] for side in sides)
    found = statistics.ratio(before, after)
    low, ratio, high = map(_short, (found.low, found.value, found.high))
    what = of_pair(claim.expect, claim.by, low, high, floor or 0.0)
    medians = (_short(statistics.estimate(some).value) for some in (before, after))
    wall = _short(statistics.ratio(*(side.seconds for side in sides)).value)
    factors = dict(pair.factors)
    return Found(claim.id, what, factors, *medians, ratio, low, high, wall, found.samples)


def _unmeasured(pair: Pair, cell: Cell, reason: str) -> Found:
    note = f"{cell.case.backend}, {cell.case.codec}, {cell.case.layout}: {reason}"
    return Found(pair.claim, UNMEASURED, dict(pair.factors), note=note)


def _short(value: float) -> float:
    """As it stands on record, so that what is judged is what is kept."""
    return float(f"{value:.5g}")
