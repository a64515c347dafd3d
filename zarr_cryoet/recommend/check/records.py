"""What the check of the advice found: one file of JSON, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median, quantiles

from ... import project

VERSION = 1
PATH = Path("docs") / "records" / "advice.json"
#: Goals: median and worst regret beyond the noise floor, median error of what is foretold,
#: the advice's share of a sweep's time, and seconds of advice for a volume of 512³ voxels.
MEDIAN, WORST, ERROR, SHARE, SECONDS = 0.05, 0.15, 0.20, 0.10, 60.0
COMBINATIONS = 12  # at least


@dataclass(frozen=True)
class Row:
    """One question about one volume in one store.

    Attributes
    ----------
    volume, store, use : str
        Ids.
    chosen, best : str
        The fastest by the advice, and by the exhaustive sweep.
    measured : bool
        Whether the advice measured its choice, or foretold it.
    cost, least : float
        Weighted seconds of both, in the sweep.
    regret, low, high : float
        By how much the choice costs more, and the bootstrap's 95 % of that.
    beyond, floor : float
        The same beyond the sweep's noise floor, and that.
    seconds, sweep : float
        What the advice took, and the sweep.
    """

    volume: str
    store: str
    use: str
    chosen: str
    best: str
    measured: bool
    cost: float
    least: float
    regret: float
    low: float
    high: float
    beyond: float
    floor: float
    seconds: float
    sweep: float

    @property
    def share(self) -> float:
        """Of the sweep's time, what the advice took."""
        return self.seconds / self.sweep


@dataclass(frozen=True)
class Off:
    """How far the model was off on cells that it was not fitted to.

    Attributes
    ----------
    volume, store, backend, access : str
        Ids; access may be ``write``.
    errors : list of float
        Foretold over measured, less one, in ascending order.
    worst : str
        The id of the one that is furthest off.
    drift : float
        What the cells that the model was fitted to took in the sweep, over what is foretold of
        them: 1 where machine and libraries were as quick then as now. Not in `errors`.
    """

    volume: str
    store: str
    backend: str
    access: str
    errors: list[float]
    worst: str
    drift: float = 1.0

    def levelled(self) -> Off:
        """The same, had the machine been as quick in the sweep as it is now."""
        errors = [(1 + error) * self.drift - 1 for error in self.errors]
        return replace(self, errors=sorted(errors), drift=1.0)


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes
    ----------
    about : dict
        Machine, day, versions; ``load``, of the last minute when it began; ``swept``, the days
        of the sweeps.
    rows : list of Row
        One for each question.
    off : list of Off
        One for each volume, store, backend and access.
    timed : dict or None
        What advice took for a large volume: ``volume``, ``shape``, ``dtype``, ``wall`` and
        ``cpu`` in seconds.
    """

    about: dict
    rows: list[Row] = field(default_factory=list)
    off: list[Off] = field(default_factory=list)
    timed: dict | None = None

    def to_json(self) -> dict:
        """Plain values, with the version of what they mean."""
        return {"advice": VERSION, **asdict(self)}


@dataclass(frozen=True)
class Errors:
    """Errors, signs apart: 0.2 for 20 %."""

    cells: int
    median: float
    ninety: float
    worst: float


def errors(some: Iterable[Off]) -> Errors:
    """Of several together; at least one cell."""
    found = sorted(abs(error) for each in some for error in each.errors)
    ninety = quantiles(found, n=10, method="inclusive")[-1] if len(found) > 1 else found[0]
    return Errors(len(found), median(found), ninety, found[-1])


def held(record: Record) -> dict[str, bool]:
    """Each goal in words, and whether it is reached."""
    rows = record.rows
    beyond = [row.beyond for row in rows]
    found = {
        f"at least {COMBINATIONS} combinations of volume, store and use": len(rows) >= COMBINATIONS,
        f"median regret beyond noise at most {MEDIAN:.0%}": bool(rows) and median(beyond) <= MEDIAN,
        f"worst regret beyond noise at most {WORST:.0%}": bool(rows) and max(beyond) <= WORST,
        f"advice within {SHARE:.0%} of a sweep's time": bool(rows)
        and max(row.share for row in rows) <= SHARE,
    }
    for backend in dict.fromkeys(each.backend for each in record.off):
        some = errors(each for each in record.off if each.backend == backend)
        found[f"{backend}: median error of what is foretold at most {ERROR:.0%}"] = (
            some.median <= ERROR
        )
    if record.timed:
        name = f"advice for {record.timed['volume']} within {SECONDS:.0f} s"
        found[name] = record.timed["wall"] <= SECONDS
    return found


def text(record: Record) -> str:
    """What stands in the file: a line for each row."""
    plain = record.to_json()
    lists = []
    for name in ("rows", "off"):
        lines = ",\n".join("  " + json.dumps(_short(row)) for row in plain.pop(name))
        lists.append(f' "{name}": [\n{lines}\n ]')
    head = json.dumps(_short(plain), indent=1, allow_nan=False)[:-2]
    return ",\n".join([head, *lists]) + "\n}\n"


def _short(value):
    """Figures to four places; more would be noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list) else value


def load(path: Path) -> Record:
    """What is on record.

    Raises
    ------
    UserError
        There is none, or it is damaged; it is named, and left alone.
    """

    def make(read: dict) -> Record:
        rows, off = [Row(**each) for each in read["rows"]], [Off(**each) for each in read["off"]]
        return Record(**{**read, "rows": rows, "off": off})

    return project.read_record(path, "advice", VERSION, "recommend-check", make)
