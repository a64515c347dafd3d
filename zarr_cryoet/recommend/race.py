"""The best of the foretold are stored and read for real: successive halving, until time is up.

Each is stored as it would be: the whole volume where that is small, else the chunks that the
accesses meet, else a part from the middle, whose times then scale the foretold ones. All take
turns, in another order each round; those that fall behind are sampled no more (K. Jamieson and
A. Talwalkar, Non-stochastic best arm identification and hyperparameter optimization, AISTATS 2016).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..core.access import cells
from ..core.measure import statistics
from ..core.volume import Volume
from ..model.geometry import WRITE, plain, volume_of
from ..model.predict import parts, shares
from ..model.processor import cut
from ..model.types import Calibration, Entry, Part, Question, Row
from . import calibrate, choose
from .asking import Measurer
from .clock import Clock

_WHOLE = 96 << 20  # bytes up to which a volume is stored whole,
_MET = 320 << 20  # and up to which what is met of a larger one is
_TOGETHER = 3 << 30  # bytes of all stores, so that what is read stays in memory
_EDGE = 256  # of the part that stands for a larger one
_FASTEST, _BALANCED, _SMALLEST = 16, 6, 2  # how many are wanted, by what they may be best at
_SURE = 6  # that are measured whatever the time: the baseline, and the best of each kind
_ROUNDS, _MOST = 3, 25  # before the first are left behind; and at most
_FINALISTS = 3
_PROOFS = 4  # of the smallest, at most
_STORING = 0.6  # of the time, which storing may take


@dataclass
class Runner:
    """One candidate that is measured.

    Attributes
    ----------
    entry : Entry
        See `choose`.
    key : str
        Of its store.
    scale : dict
        By access: foretold seconds of the whole, for a second foretold of what is stored.
    whole : bool
        Whether what is stored is what would be.
    samples : dict
        By access, seconds as measured.
    """

    entry: Entry
    key: str
    scale: dict[str, float]
    whole: bool
    stored: dict = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)

    def seconds(self, access: str) -> float:
        """The median, scaled to the whole volume."""
        return float(np.median(self.samples[access])) * self.scale[access]

    def rounds(self, share: dict[str, float]) -> list[float]:
        """Weighted seconds of each round."""
        turns = zip(*(self.samples[access] for access in share), strict=True)
        factors = [share[access] * self.scale[access] for access in share]
        return [sum(f * s for f, s in zip(factors, turn, strict=True)) for turn in turns]


class Race:
    """Measures entries, and puts what it finds into them.

    Parameters
    ----------
    measurer, volume, terms, asked
        Who measures what, and with which question.
    entries
        See `choose`; those that are measured get their seconds, and ``measured``.
    """

    def __init__(
        self,
        measurer: Measurer,
        volume: Volume,
        terms: Calibration,
        asked: Question,
        entries: list[Entry],
    ):
        self.measurer, self.volume, self.terms, self.asked = measurer, volume, terms, asked
        self.entries, self.order = entries, random.Random(1)
        share = shares(asked["weights"])
        self.share = {access: share[access] for access in share if share[access] > 0}
        self.runners: list[Runner] = []
        self.failed: dict[str, str] = {}

    def run(self, clock: Clock, tick: Callable[[float], None]) -> None:
        """Store, take turns, and note what was found."""
        with clock.part("storing", _STORING) as storing:
            self.storing, self.room = storing, _TOGETHER
            self.longest = storing.left() / _SURE
            for number, entry in enumerate(self.wanted()):
                if number >= _SURE and not self._fits(entry):
                    continue  # a smaller one may still do
                self._enter(entry, f"run-{number}")
                tick(0.5 * min(1.0, storing.spent() / max(1e-9, clock.left() + storing.spent())))
        active, number = list(self.runners), 0
        while active and number < _MOST and (number < _ROUNDS or not clock.over()):
            self.order.shuffle(active)
            for runner in active:
                self._sample(runner)
            number += 1
            tick(0.5 + 0.5 * number / _MOST)
            if number >= _ROUNDS and clock.over():
                break
            if number % _ROUNDS == 0:
                active = self._kept(active)
        for runner in self.runners:
            self._note(runner)
        self._prove()

    def _prove(self) -> None:
        """Store what is foretold to be smallest, as often as another turns out to be.

        Where chunks are mostly padding, or their shape was not sampled, bytes are foretold less
        well than elsewhere; and what is named the smallest has to be.
        """
        for number in range(_PROOFS):
            rows = choose.judged(self.entries, self.asked)
            chosen = choose.choices(rows, self.asked)
            if not chosen:
                return
            name = chosen["smallest"][0]["candidate"]["id"]
            (entry,) = [each for each in self.entries if each["candidate"]["id"] == name]
            box, part = self._region(entry)
            if entry["measured"] or part or [b - a for a, b in box] != self.asked["shape"]:
                return
            before = len(self.runners)
            self._enter(entry, f"proof-{number}")
            for runner in self.runners[before:]:
                for _ in range(_ROUNDS):
                    self._sample(runner)
                self._note(runner)

    def wanted(self) -> list[Entry]:
        """Entries in the order in which they are to be measured: the baseline, then the best."""
        rows = choose.judged(self.entries, self.asked)
        left = choose.allowed(rows)
        if not left:
            return []
        best = choose.least(left)
        lists = [
            sorted(left, key=lambda r: choose.value(r, "seconds"))[:_FASTEST],
            sorted(left, key=lambda r: choose.score(r, best, self.asked["preferences"]))[
                :_BALANCED
            ],
            sorted(left, key=lambda r: [choose.value(r, a) for a in choose.AXES])[:_SMALLEST],
        ]
        found = [rows[-1]]  # the baseline
        for place in range(max(map(len, lists))):
            for some in lists:
                if place < len(some) and all(some[place] is not each for each in found):
                    found.append(some[place])
        by_id = {entry["candidate"]["id"]: entry for entry in self.entries}
        return [by_id[row["candidate"]["id"]] for row in found]

    def _region(self, entry: Entry) -> tuple[list[list[int]], bool]:
        """The box that is stored, and whether only what is met of it is."""
        shape, itemsize = list(self.volume.shape), self.asked["itemsize"]
        whole, nbytes = [[0, n] for n in shape], math.prod(shape) * itemsize
        if nbytes <= _WHOLE:
            return whole, False
        met = self._met_bytes(entry) if WRITE not in self.share else nbytes
        if met <= min(_MET, self.room):
            local = entry["part"]["local"]
            reading = sum(local[access] for access in self.share)
            if local[WRITE] * met / nbytes + reading <= self.longest:
                return whole, True
        return calibrate.middle(shape, _EDGE), False

    def _fits(self, entry: Entry) -> bool:
        """Whether there is time and room for one more."""
        box, part = self._region(entry)
        nbytes = math.prod(stop - start for start, stop in box) * self.asked["itemsize"]
        nbytes = self._met_bytes(entry) if part else nbytes
        return self._store_seconds(entry) <= self.storing.left() and nbytes <= self.room

    def _units(self, entry: Entry) -> tuple[int, int]:
        """Stored objects that the accesses meet, and voxels in each."""
        from ..core.access import ACCESS

        shape, itemsize = self.asked["shape"], self.asked["itemsize"]
        how = cut(entry["candidate"], self.terms, shape, itemsize)
        edges = how["shards"] or how["chunks"]
        found = set()
        for access in self.share:
            if access != WRITE:
                for selection in ACCESS[access].select(tuple(self.asked["shape"])):
                    found.update(map(tuple, cells(selection, tuple(edges)).tolist()))
        return len(found), volume_of(edges)

    def _met_bytes(self, entry: Entry) -> int:
        count, voxels = self._units(entry)
        return count * voxels * self.asked["itemsize"]

    def _foretold(self, entry: Entry, shape: list[int]) -> Part:
        """Parts of the same for another shape."""
        selections = {a: plain(a, shape) for a in self.share if a != WRITE}
        asked = {**self.asked, "shape": shape}
        return parts(entry["candidate"], self.terms, asked, selections)

    def _store_seconds(self, entry: Entry) -> float:
        """What storing it is foretold to take, the first reading included."""
        box, part = self._region(entry)
        foretold = self._foretold(entry, [stop - start for start, stop in box])
        writing = foretold["local"][WRITE]
        if part:
            whole = math.prod(self.asked["shape"]) * self.asked["itemsize"]
            writing *= min(1.0, self._met_bytes(entry) / whole)
        return writing + sum(foretold["local"][access] for access in self.share)

    def _enter(self, entry: Entry, key: str) -> None:
        box, part = self._region(entry)
        shape = [stop - start for start, stop in box]
        case = calibrate.case(entry["candidate"], self.volume.id, self.asked["backend"])
        task = {"case": case, "box": box, "accesses": list(self.share), "part": part}
        said = self.measurer.ask("store", key=key, **task)
        if "reason" in said:
            self.failed[entry["candidate"]["id"]] = said["reason"]
            return
        scale = dict.fromkeys(self.share, 1.0)
        whole = shape == self.asked["shape"]
        if not whole:
            there, here = entry["part"]["local"], self._foretold(entry, shape)["local"]
            scale = {access: there[access] / here[access] for access in self.share}
        self.room -= said["bytes"]
        runner = Runner(entry, key, scale, whole, said if whole and not part else {})
        runner.samples = {access: [] for access in self.share}
        self.runners.append(runner)

    def _sample(self, runner: Runner) -> None:
        for access, samples in runner.samples.items():
            samples.append(self.measurer.seconds(runner.key, access))

    def _row(self, runner: Runner) -> Row:
        """As `choose` would see it now."""
        part = self._part(runner)
        entry = {**runner.entry, "part": part, "measured": True}
        return choose.judged([entry], self.asked)[0]

    def _part(self, runner: Runner) -> Part:
        part = runner.entry["part"]
        local = {**part["local"], **{a: runner.seconds(a) for a in self.share}}
        exact = {k: runner.stored[k] for k in ("bytes", "objects") if k in runner.stored}
        return {**part, "local": local, **exact}

    def _kept(self, active: list[Runner]) -> list[Runner]:
        """The better half by time, and what leads by score or bytes."""
        rows = [(self._row(runner), runner) for runner in active]
        best = choose.least([row for row, _ in rows])
        orders = [
            (sorted(rows, key=lambda r: choose.value(r[0], "seconds")), (len(rows) + 1) // 2),
            (
                sorted(rows, key=lambda r: choose.score(r[0], best, self.asked["preferences"])),
                _FINALISTS,
            ),
        ]
        kept: list[Runner] = []
        for some, count in orders:
            for _, runner in some[: max(count, _FINALISTS)]:
                if runner not in kept:
                    kept.append(runner)
        return kept

    def _note(self, runner: Runner) -> None:
        """Put the medians into the entry, with a bootstrap's interval of their weighted sum."""
        entry = runner.entry
        entry["part"] = self._part(runner)
        found = statistics.estimate(runner.rounds(self.share))
        entry["spread"] = [found.low / found.value, found.high / found.value]
        entry["measured"], entry["whole"] = True, runner.whole
        self.measurer.ask("drop", key=runner.key)
