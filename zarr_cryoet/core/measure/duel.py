"""Two environments, asked in turn: whether one is faster, whatever the machine does.

Two long-lived processes on the same core do one call of one cell each, A B, B A, ...;
cells are shuffled each round, and both processes are started afresh a few times, as
much of what differs between two runs of a program is settled when it starts.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from .. import volume
from ..prepare import FAILED, READY, SKIPPED
from . import quiet
from .cell import Cell
from .worker import Died, Environment, measuring

GATE = 1.1  # beyond which every restart has to lie
RESTARTS, PAIRS = 4, 8
_SECONDS = 120.0  # for one answer
FASTER, SLOWER = "faster", "slower"
CPU, WALL = "cpu", "wall"
#: Beyond which wall time counts where CPU time does not show a step: somebody waits.
WAITS = 1.5
#: Of one restart, by cell: B's time over A's, apart by who was asked first.
Ratios = dict[str, tuple[list[float], list[float]]]
_FIELDS = {CPU: "cpu", WALL: "seconds"}  # of what a server answers


@dataclass
class Verdict:
    """What came of one cell.

    Attributes
    ----------
    cell : Cell
        Which.
    status : str
        ``ready``, ``skipped`` or ``failed``.
    reason : str or None
        Why not ready, and on which side.
    medians : list of float
        For each restart, the median of B's time over A's, by `clock`.
    seconds : tuple of float
        Median of A and of B over all calls, by `clock`.
    clock : str
        ``cpu`` where nothing is waited for: files in the page cache, and memory; then
        what else runs on the core meanwhile falls out. ``wall`` for stores with a latency
        and for cold files, and where only that has changed, and by much.
    """

    cell: Cell
    status: str = READY
    reason: str | None = None
    medians: list[float] = field(default_factory=list)
    seconds: tuple[float, float] = (0.0, 0.0)
    clock: str = CPU

    @property
    def ratio(self) -> float:
        """B over A: the median over restarts, of logarithms."""
        return math.exp(median(map(math.log, self.medians)))

    @property
    def low(self) -> float:
        """The lowest restart."""
        return min(self.medians)

    @property
    def high(self) -> float:
        """The highest restart."""
        return max(self.medians)

    def changed(self, gate: float = GATE) -> str | None:
        """``slower`` or ``faster`` where every restart lies beyond the gate on that side."""
        if self.status != READY or not self.medians:
            return None
        if self.low >= gate:
            return SLOWER
        return FASTER if self.high <= 1 / gate else None

    def to_json(self) -> dict:
        """Plain values."""
        more = {"ratio": self.ratio, "low": self.low, "high": self.high} if self.medians else {}
        return {**asdict(self), "cell": self.cell.to_json(), **more}


def duel(
    a: Environment,
    b: Environment,
    cells: Sequence[Cell],
    place: Path,
    *,
    others: Sequence[Cell] | None = None,
    restarts: int = RESTARTS,
    pairs: int = PAIRS,
    seed: int = 1,
    tick: Callable[[float], None] = lambda done: None,
) -> list[Verdict]:
    """Compare two environments, cell by cell.

    Parameters
    ----------
    a, b
        The environments; a ratio is B's time over A's.
    cells
        All of one volume, which is prepared.
    place
        An empty folder for stores, where there is none in memory (`quiet.folder`).
    others
        What B does in the place of each, where that is another cell of the same volume.
    restarts, pairs
        How often both start, and how often they are asked in between.
    seed
        Of the order.
    tick
        Told the share that is done.

    Returns
    -------
    list of Verdict
        One for each cell, in order.
    """
    others = others or cells
    room = 4 * len(cells) * max(1 << 20, volume.nbytes_of(cells[0].case.volume))
    with quiet.folder(place, room) as place:
        bout = _Bout(a, b, cells, others, place, random.Random(seed))
        _fight(bout, restarts, pairs, tick)
    return bout.judged()


def _fight(bout: _Bout, restarts: int, pairs: int, tick: Callable[[float], None]) -> None:
    try:
        for restart in range(restarts):
            bout.change_places(restart)
            bout.start()
            ratios: dict[str, Ratios] = {CPU: {}, WALL: {}}
            for pair in range(pairs):
                bout.round(ratios, (pair + restart) % 2)
                tick((restart * pairs + pair + 1) / (restarts * pairs))
            bout.count(ratios)
    finally:
        bout.stop()


class _Bout:
    """Two processes and what is known of each cell."""

    def __init__(self, a, b, cells, others, place, order):
        if len({cell.case.volume for cell in (*cells, *others)}) > 1:
            raise ValueError("a duel is on one volume")
        name = cells[0].case.volume
        self.order, self.place, self.sooner = order, place, 0
        self.sides = [measuring(s, name, place / n) for s, n in ((a, "a"), (b, "b"))]
        self.verdicts = {cell.id: Verdict(cell) for cell in cells}
        pairs = zip(cells, others, strict=True)
        self.cells = {cell.id: (cell, other) for cell, other in pairs}  # of each side
        self.prepared: dict[tuple[int, str], dict] = {}
        self.numbers: dict[str, int] = {}  # of runs in a call
        self.proved: set[tuple[int, str]] = set()
        self.calls = {clock: {cell.id: ([], []) for cell in cells} for clock in _FIELDS}
        self.medians = {clock: {cell.id: [] for cell in cells} for clock in _FIELDS}

    def change_places(self, restart: int) -> None:
        """Let both write where the other did before, and the other one start first."""
        self.sooner = restart % 2
        for which, worker in enumerate(self.sides):
            worker.stop()
            worker.settings["work"] = str(self.place / f"work-{(which + restart) % 2}")
            shutil.rmtree(worker.settings["work"], ignore_errors=True)

    def start(self) -> None:
        """Both anew, with every cell that is still in it."""
        for which in (self.sooner, 1 - self.sooner):
            self.sides[which].start()
            for name, verdict in self.verdicts.items():
                if verdict.status == READY:
                    self._ready(which, name, verdict)

    def _ready(self, which: int, name: str, verdict: Verdict) -> None:
        cell = self.cells[name][which]
        case = cell.case.id
        known, number = self.prepared.get((which, case)), self.numbers.get(name)
        question = {"cell": cell.to_json(), "prepared": known, "number": number}
        question["proved"] = (which, name) in self.proved
        found = self._ask(which, name, "ready", **question)
        if found and found["status"] != READY:
            self._out(which, name, found["status"], found["reason"])
        elif found:
            kept = ("status", "reason", "path", "objects", "bits_per_voxel", "facts")
            self.prepared[which, case] = {key: found[key] for key in kept}
            self.numbers[name] = found["number"]  # the first one's, for both
            self.proved.add((which, name))

    def _out(self, which: int, name: str, status: str, reason: str) -> None:
        verdict = self.verdicts[name]
        verdict.status, verdict.reason = status, f"{self.sides[which].environment.name}: {reason}"

    def _ask(self, which: int, name: str, do: str, **question) -> dict | None:
        """An answer; None where there is none, and then the cell is out."""
        try:
            found = self.sides[which].ask(do, deadline=_SECONDS, **question)
        except Died as exc:
            self._out(which, name, FAILED, str(exc))
            self.start()  # which brings all other cells back
            return None
        if "error" in found:
            self._out(which, name, FAILED, found["error"])
            return None
        return found

    def round(self, ratios: dict[str, Ratios], first: int) -> None:
        """Each cell once on each side, in an order of its own.

        Who is asked first finds cold what the other has used, and is slower: so each is
        first as often as the other, and the two kinds of pairs are kept apart.
        """
        names = [name for name, verdict in self.verdicts.items() if verdict.status == READY]
        self.order.shuffle(names)
        for name in names:
            taken = {}
            for which in (first, 1 - first):
                if self.verdicts[name].status != READY:
                    break
                cell = self.cells[name][which].id
                found = self._ask(which, name, "call", cell=cell, control=False)
                if not found:
                    break
                taken[which] = {clock: max(1e-9, found[key]) for clock, key in _FIELDS.items()}
            if len(taken) == 2:
                for clock, found in ratios.items():
                    ratio = taken[1][clock] / taken[0][clock]
                    found.setdefault(name, ([], []))[first].append(ratio)
                    for which in (0, 1):
                        self.calls[clock][name][which].append(taken[which][clock])

    def count(self, ratios: dict[str, Ratios]) -> None:
        """One restart more: the median of either kind of pairs, and what lies between."""
        for clock, by_cell in ratios.items():
            for name, found in by_cell.items():
                medians = [median(map(math.log, some)) for some in found if some]
                ratio = math.exp(sum(medians) / len(medians))
                self.medians[clock][name].append(ratio)

    def judged(self) -> list[Verdict]:
        """Each verdict, by the clock that tells most."""
        for name, verdict in self.verdicts.items():
            waits = any(c.cold or c.case.store_row.latency for c in self.cells[name])
            self._by(verdict, name, WALL if waits else CPU)
            if not waits and not verdict.changed():
                self._by(verdict, name, WALL)
                if not verdict.changed(WAITS):
                    self._by(verdict, name, CPU)
        return list(self.verdicts.values())

    def _by(self, verdict: Verdict, name: str, clock: str) -> None:
        verdict.clock, verdict.medians = clock, self.medians[clock][name]
        if verdict.medians:
            verdict.seconds = tuple(median(taken) for taken in self.calls[clock][name])

    def stop(self) -> None:
        """End both, and leave nothing."""
        for worker in self.sides:
            worker.stop()
            for folder in ("place", "work"):
                shutil.rmtree(worker.settings[folder], ignore_errors=True)


__all__ = ["FAILED", "GATE", "READY", "SKIPPED", "Verdict", "duel"]
