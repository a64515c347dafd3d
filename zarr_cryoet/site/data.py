"""The one data file of the site: all figures, column by column.

A cell (what was measured, on what, where) stands once; its figures stand in the order of the
releases. Names are told by their number in a list. So 5,000 cells of 20 releases are 2 MB, and
a third of that compressed.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .. import results
from ..core.layouts import BASELINE
from ..core.metrics import METRICS
from ..core.operations import READS
from ..results.sweeps import SUFFIX
from . import volumes

VERSION = 2
FILE, SCRIPT = "data.json", "data.js"
#: What every cell of the site has, beside its machine, its volume and its benchmark.
AXES = ("operation", "codec", "layout", "format", "backend", "store", "cache")
COLUMNS = ("machine", "python", "volume", "benchmark", *AXES, "more")
_METRICS = {name: metric.to_json() for name, metric in METRICS.items()}
_DIGITS = 6  # significant ones; no time is known better
_EXACT = 10  # of what is counted: a byte more among a volume's is a change that counts


@dataclass
class Data:
    """All that pages show.

    Attributes
    ----------
    project : str
        The site's title.
    releases : list of dict
        ``name``, ``commit``, ``date`` (or None) and ``notes`` (a link, or None), oldest
        first; behind them the environments of sweeps.
    names : dict of list
        By column, the values that it has.
    cells : dict of list
        By column, each cell's place in `names`.
    values, low, high : list of list
        By cell, a figure for each release, and the bounds of its interval; None where
        there is none.
    gaps : list of list
        Cell, release, status and place in `reasons` of what did not run.
    reasons : list of str
        Why.
    benchmarks : dict
        By name: its unit, and what is known `results.About` it.
    metrics : dict
        By id, what pages need of `METRICS`.
    reads : dict
        Access pattern of each operation that reads.
    volumes : dict
        By id, what is known of each.
    machines : dict
        By name, as asv describes it.
    sweeps : list of dict
        Of each that came to its end: machine, Python, volume, noise floor (a share), cores used.
    """

    project: str = "zarr"
    made: str = ""
    releases: list[dict] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=lambda: {c: [] for c in COLUMNS})
    cells: dict[str, list[int]] = field(default_factory=lambda: {c: [] for c in COLUMNS})
    values: list[list] = field(default_factory=list)
    low: list[list | None] = field(default_factory=list)
    high: list[list | None] = field(default_factory=list)
    gaps: list[list] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    benchmarks: dict[str, dict] = field(default_factory=dict)
    metrics: dict[str, dict] = field(default_factory=lambda: _METRICS)
    reads: dict[str, str] = field(default_factory=lambda: READS)
    volumes: dict[str, dict] = field(default_factory=dict)
    machines: dict[str, dict] = field(default_factory=dict)
    sweeps: list[dict] = field(default_factory=list)

    def rows(self) -> Iterable[dict]:
        """Each cell of each release, as the page's script has them."""
        for number, values in enumerate(self.values):
            cell = self.cell(number)
            for place, value in enumerate(values):
                if value is not None:
                    low, high = (b[number][place] if b[number] else None
                                 for b in (self.low, self.high))  # fmt: skip
                    yield {**cell, "release": self.releases[place]["name"], "value": value,
                           "low": low, "high": high}  # fmt: skip

    def cell(self, number: int) -> dict[str, str]:
        """What a cell is a cell of."""
        return {c: self.names[c][self.cells[c][number]] for c in COLUMNS}

    def text(self) -> str:
        """JSON, in a line."""
        return json.dumps({"version": VERSION, **vars(self)}, separators=(",", ":"))


class _Writer:
    """Puts records into columns."""

    def __init__(self, data: Data):
        self.data = data
        self._places: dict[str, dict[str, int]] = {c: {} for c in COLUMNS}
        self._cells: dict[tuple[int, ...], int] = {}
        self._reasons: dict[str, int] = {}

    def add(self, record: results.Record, release: int) -> None:
        """One record, of the release with that number."""
        data, cell = self.data, self._cell(record)
        if record.benchmark not in data.benchmarks:
            data.benchmarks[record.benchmark] = {"unit": record.unit, **vars(record.about)}
        if record.status != results.OK:
            reason = self._reasons.setdefault(record.reason or "", len(self._reasons))
            data.gaps.append([cell, release, record.status, reason])
            return
        digits = _EXACT if record.about.exact else _DIGITS
        data.values[cell][release] = _short(record.value, digits)
        if record.interval:
            for bounds, value in zip((data.low, data.high), record.interval, strict=True):
                if bounds[cell] is None:
                    bounds[cell] = [None] * len(data.releases)
                bounds[cell][release] = _short(value)

    def _cell(self, record: results.Record) -> int:
        found = {
            "machine": record.machine,
            "python": record.python,
            "volume": record.volume,
            "benchmark": record.benchmark,
            **_columns(record),
        }
        key = tuple(self._place(column, found[column]) for column in COLUMNS)
        if key not in self._cells:
            self._cells[key] = len(self._cells)
            for column, place in zip(COLUMNS, key, strict=True):
                self.data.cells[column].append(place)
            self.data.values.append([None] * len(self.data.releases))
            self.data.low.append(None)
            self.data.high.append(None)
        return self._cells[key]

    def _place(self, column: str, name: str) -> int:
        places = self._places[column]
        if name not in places:
            places[name] = len(places)
            self.data.names[column].append(name)
        return places[name]

    def end(self) -> Data:
        """What was put together."""
        self.data.reasons = list(self._reasons)
        return self.data


def _columns(record: results.Record) -> dict[str, str]:
    """What a record is of, as text; parameters without a column are put together."""
    found, more, case = dict.fromkeys(AXES, ""), [], record.case
    if case is not None:
        found |= {name: getattr(case, name) for name in ("codec", "layout", "backend", "store")}
        found["format"] = str(case.zarr_format)
        if not record.about.exact:
            found["cache"] = "cold" if record.cold else "warm"
    found["operation"] = record.operation
    for name, value in record.more.items():
        column = "format" if name == "zarr_format" else name
        if column in found:
            found[column] = str(value)
        else:
            more.append(f"{name} {value}")
    return {**found, "more": ", ".join(more)}


def is_baseline(found: Mapping[str, str]) -> bool:
    """Whether a cell is stored as the portal stores."""
    stored = found["layout"], found["codec"], found["format"]
    return stored == (BASELINE, "blosc-lz4-5-shuffle", "2")


def _short(value: float | None, digits: int = _DIGITS) -> float | int | None:
    """Without digits that nobody knows; whole numbers as they are."""
    if value is None or not math.isfinite(value):
        return None
    if float(value).is_integer() and abs(value) < 2**53:
        return int(value)
    return float(f"{value:.{digits}g}")


def collect(records: Iterable[results.Record], releases: list[dict], project: str) -> Data:
    """Columns of all records whose release is known, and of all sweeps.

    Parameters
    ----------
    records
        Of asv and of sweeps, in any order.
    releases
        With their commits; oldest first.
    project
        The site's title.
    """
    kept = list(records)
    sides = dict.fromkeys(r.commit for r in kept if r.about.source == results.SWEEP)
    more = [{"name": side, "commit": side, "date": None, "notes": None} for side in sides]
    made = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    data = Data(project, made, [*releases, *more])
    numbers = {release["commit"]: n for n, release in enumerate(data.releases)}
    writer = _Writer(data)
    for record in kept:
        if record.commit in numbers:
            writer.add(record, numbers[record.commit])
    data = writer.end()
    data.volumes = volumes.described(sorted(data.names["volume"]))
    return data


def machines(folder: Path) -> dict[str, dict]:
    """What asv knows of each machine in a folder of results."""
    found = {}
    for path in sorted(folder.glob("*/machine.json")):
        try:
            described: Mapping = json.loads(path.read_text("utf-8"))
            kept = ("machine", "cpu", "num_cpu", "ram", "os", "arch")
            found[str(described["machine"])] = {k: str(described.get(k, "")) for k in kept}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # asv itself will say so
    return found


def swept(folder: Path) -> list[dict]:
    """What each sweep in a folder of results says of its own noise."""
    found = []
    for path in sorted(folder.glob(f"*/*{SUFFIX}")):
        try:
            lines = path.read_text("utf-8").splitlines()
            head, last = json.loads(lines[0]), json.loads(lines[-1])
            about = {key: str(head[key]) for key in ("machine", "python")}
            about |= {key: float(last[key]) for key in ("noise_floor", "cores_used")}
            found.append(
                {
                    "name": path.name.removesuffix(SUFFIX),
                    **about,
                    "volume": str(head["volume"]["id"]),
                }
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            continue  # cut off, or without twins: nothing is known of its noise
    return found
