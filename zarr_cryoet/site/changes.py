"""What each release made better and worse, against the release before it.

Lower is better in every figure, as asv has it. What an exact figure tells is beyond doubt, so
that any change counts; what a time tells is held against the noise of its own kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from .. import results
from ..core import metrics
from ..core.measure.duel import GATE as STEP
from ..core.measure.setups import REFERENCE
from ..environments import lock as locks
from ..environments import repository
from . import kept
from .data import Data

EXACT, RATIO, HINT = "exact", "ratio", "hint"
#: What came of a cell; the first four are kept, others counted.
BETTER, WORSE, BROKE, MENDED = "better", "worse", "broke", "mended"
SAME, UNSURE, NEW, GONE = "same", "unsure", "new", "gone"
KEPT = (BETTER, WORSE, BROKE, MENDED)
GATE = 1.25  # of asv's own times, see docs/method.md
_LOCKS = ("zarr", "zarr-fixed", "zarr-cloud", "tensorstore", "numcodecs")


@dataclass(frozen=True)
class History:
    """Which package the releases are of, and what is pinned beside it.

    Attributes
    ----------
    package : str or None
        None where the commits are of no lock that is known: of a checkout, for example.
    pins : dict
        By place of a release, versions by package.
    """

    package: str | None
    pins: dict[int, dict[str, str]]

    def differs(self, before: int, after: int) -> list[tuple[str, str | None, str | None]]:
        """Packages whose pin changed, the release's own left out: name, before, after."""
        old, new = self.pins.get(before, {}), self.pins.get(after, {})
        names = sorted((old.keys() | new.keys()) - {self.package}) if old and new else []
        return [(n, old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]

    def is_control(self, about: Mapping, backend: str) -> bool:
        """Whether what it measures is the same in every release."""
        fixed = backend == "tensorstore" and (self.package or "").startswith("zarr")
        return fixed or bool(about.get("control"))


def history(data: Data) -> History:
    """The lock that holds most of the releases; their commits tell which it is."""
    best: tuple[int, History] = (0, History(None, {}))
    for name in _LOCKS:
        lock = locks.read(locks.path_of(name))
        commits = repository.expected(lock)
        known = {commits[release.version]: release.pins for release in lock.releases}
        pins = {n: known[r["commit"]] for n, r in enumerate(data.releases) if r["commit"] in known}
        if len(pins) > best[0]:
            best = len(pins), History(lock.package, pins)
    return best[1]


@dataclass
class Group:
    """Cells of one benchmark in one place, of a release and the one before it.

    Attributes
    ----------
    machine, python, volume, benchmark, backend : str
        Which; exact figures of all backends stand together, and have no backend.
    release, before : int
        Places of both.
    kind : str
        `EXACT`, `RATIO` or `HINT`.
    control : bool
        Whether what it measures is the same in both.
    counts : dict
        Cells by what came of them.
    middle, low, high : float or None
        Of the ratios: this release over the one before it.
    """

    machine: str
    python: str
    volume: str
    benchmark: str
    backend: str
    release: int
    before: int
    kind: str
    control: bool
    counts: dict[str, int]
    middle: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Change:
    """One cell that changed; what it changed from and to stands in the data."""

    cell: int
    release: int
    before: int
    what: str


def kind(about: dict) -> str:
    """How sure a benchmark's figures are."""
    if about["exact"]:
        return EXACT
    return RATIO if _kind(about) == metrics.RATIO else HINT


def _kind(about: Mapping) -> str:
    """Of its metric; empty where that is no longer known."""
    known = about["metric"] in metrics.METRICS
    return metrics.METRICS[about["metric"]].kind if known else ""


def floors(data: Data) -> dict[str, float]:
    """By machine, the factor by which two duels of one release differ at most.

    It is the reference release against itself, which stands on the timeline like any other;
    where it was not measured, the largest of the self-check's duel.
    """
    recorded = [f["largest_deviation"] for f in kept.parts("noise-duel")]
    fallback = 1 + max((d for d in recorded if d), default=STEP - 1)
    return {machine: factor or fallback for machine, factor in measured_floors(data).items()}


def measured_floors(data: Data) -> dict[str, float | None]:
    """The same of each machine that has ratios; None where the reference was not measured."""
    place = next((n for n, r in enumerate(data.releases) if r["name"] == REFERENCE), None)
    found: dict[str, float | None] = {}
    for number, values in enumerate(data.values):
        cell = data.cell(number)
        if kind(data.benchmarks[cell["benchmark"]]) == RATIO:
            known = found.setdefault(cell["machine"], None)
            value = None if place is None else values[place]
            if value:
                found[cell["machine"]] = max(known or 1.0, value, 1 / value)
    return found


def step_floor(floor: float) -> float:
    """Beyond which a step between two releases counts: each of the two has the noise."""
    return max(STEP, floor**2)


def compared(data: Data, of: History) -> tuple[list[Group], list[Change]]:
    """Each release against the one before it that has the same benchmark in the same place."""
    noise, gaps = floors(data), {(c, r): (s, w) for c, r, s, w in data.gaps}
    groups: list[Group] = []
    changes: list[Change] = []
    for key, cells in _together(data).items():
        machine, _, _, benchmark, backend = key
        about = data.benchmarks[benchmark]
        how, control = kind(about), of.is_control(about, backend)
        floor = step_floor(noise[machine]) if how == RATIO else GATE
        for before, release in _steps(data, cells, gaps):
            group = Group(*key, release, before, how, control, {})
            ratios = []
            for cell in cells:
                what = _came(data, gaps, cell, before, release, how, floor)
                if what is None:
                    continue
                group.counts[what] = group.counts.get(what, 0) + 1
                old, new = data.values[cell][before], data.values[cell][release]
                if old and new:
                    ratios.append(new / old)
                if what in KEPT:
                    changes.append(Change(cell, release, before, what))
            if ratios:
                group.middle, group.low, group.high = median(ratios), min(ratios), max(ratios)
            groups.append(group)
    return groups, changes


def comparable(data: Data) -> bool:
    """Whether any benchmark has two releases in one place."""
    gaps = {(c, r): (s, w) for c, r, s, w in data.gaps}
    return any(any(_steps(data, cells, gaps)) for cells in _together(data).values())


def _together(data: Data) -> dict[tuple, list[int]]:
    """Cells by machine, Python, volume, benchmark, and the backend of what is not exact."""
    found: dict[tuple, list[int]] = {}
    for number in range(len(data.values)):
        cell = data.cell(number)
        exact = data.benchmarks[cell["benchmark"]]["exact"]
        key = (*(cell[c] for c in ("machine", "python", "volume", "benchmark")),
               "" if exact else cell["backend"])  # fmt: skip
        found.setdefault(key, []).append(number)
    return found


def _steps(data: Data, cells: list[int], gaps: dict) -> Iterator[tuple[int, int]]:
    """Neighbours among the releases for which any of the cells was run."""

    def ran(cell: int, place: int) -> bool:
        failed = gaps.get((cell, place), ("", 0))[0] == results.FAILED
        return failed or data.values[cell][place] is not None

    dated = [n for n, release in enumerate(data.releases) if release["date"]]  # a sweep's has none
    there = [n for n in dated if any(ran(cell, n) for cell in cells)]
    yield from itertools.pairwise(there)


def _came(data, gaps, cell: int, before: int, release: int, how: str, floor: float) -> str | None:
    """What came of a cell; None where it was asked for in neither, or not again."""
    old, new = data.values[cell][before], data.values[cell][release]
    was, now = (gaps.get((cell, n), ("", 0))[0] for n in (before, release))
    if old is None and new is None:
        return None
    if new is None:
        return {results.FAILED: BROKE, results.SKIPPED: GONE}.get(now)
    if old is None:
        return MENDED if was == results.FAILED else NEW
    if how == EXACT:
        return SAME if new == old else BETTER if new < old else WORSE
    apart = _apart(data, cell, before, release) if how == HINT else True
    if old <= 0 or new <= 0 or 1 / floor < new / old < floor:
        return SAME
    if not apart:
        return UNSURE
    return BETTER if new < old else WORSE


def _apart(data: Data, cell: int, before: int, release: int) -> bool:
    """Whether two intervals do not overlap; peaks of memory, which have none, are apart."""
    if data.low[cell] is None and data.high[cell] is None:
        return _kind(data.benchmarks[data.cell(cell)["benchmark"]]) != metrics.TIMED
    bounds = [(data.low[cell] or [None])[n] if data.low[cell] else None for n in (before, release)]
    tops = [data.high[cell][n] if data.high[cell] else None for n in (before, release)]
    if None in (*bounds, *tops):
        return False
    return bounds[0] > tops[1] or bounds[1] > tops[0]


def plain(data: Data) -> dict:
    """All of it for the page's script: lists in place of names that come again and again."""
    of = history(data)
    groups, changes = compared(data, of)
    fields = list(Group.__dataclass_fields__)
    kinds = list(dict.fromkeys(change.what for change in changes))
    return {
        "package": of.package,
        "pins": {str(place): pins for place, pins in _changed_pins(data, of).items()},
        "reference": REFERENCE,
        "floors": {machine: round(factor, 4) for machine, factor in floors(data).items()},
        "measured": [m for m, factor in measured_floors(data).items() if factor],
        "steps": {m: round(step_floor(f), 4) for m, f in floors(data).items()},
        "gate": GATE,
        "fields": fields,
        "groups": [[_round(getattr(group, name)) for name in fields] for group in groups],
        "kinds": kinds,
        "changes": [[c.cell, c.release, c.before, kinds.index(c.what)] for c in changes],
    }


def _round(value):
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _changed_pins(data: Data, of: History) -> dict[int, list]:
    """Of each release, what changed beside it since the one before it in the list."""
    dated = [n for n, release in enumerate(data.releases) if release["date"]]
    steps = itertools.pairwise(dated)
    return {after: of.differs(before, after) for before, after in steps}
