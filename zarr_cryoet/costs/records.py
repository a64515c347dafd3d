"""What the check of the seconds found: one file of JSON, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median

from .. import project

VERSION = 1
PATH = Path("docs") / "records" / "latency.json"
LIMIT = 0.12  # of what was measured: a median error above that is none to plan with
APART = 1.25  # a factor from which two layouts are to be told apart,
ORDER = 0.95  # in so many of their pairs


@dataclass(frozen=True)
class Row:
    """One cell: what was foretold, and what came.

    Attributes
    ----------
    client, backend : str
        Who read, and whose account of itself it is.
    codec, layout, access : str
        Ids; access may be ``open``.
    zarr_format, in_flight : int
        2 or 3; what the client was held to.
    latency, bandwidth : float
        Seconds, and bytes a second of each connection; 0 for all that it takes.
    requests, nbytes : int
        As counted by the server.
    foretold : bool
        Whether those of each kind, and the bytes, are what was foretold.
    alone : float
        Seconds at no latency and full bandwidth: what client and server work.
    measured : float
        Seconds, the median.
    by_cell, by_client : float
        Seconds by the model: with the work that this cell took alone, or with what the
        client's cells of the same number in flight take for a request and for a byte.
    volume : str
        Its id; empty for the record's own.
    """

    client: str
    backend: str
    codec: str
    layout: str
    access: str
    zarr_format: int
    in_flight: int
    latency: float
    bandwidth: float
    requests: int
    nbytes: int
    foretold: bool
    alone: float
    measured: float
    by_cell: float
    by_client: float
    volume: str = ""

    def error(self, model: str = "by_cell") -> float:
        """By how much the model is off, as a share of what was measured."""
        return abs(getattr(self, model) - self.measured) / self.measured


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes
    ----------
    about : dict
        Machine, day, volume, versions, and how it was measured.
    work : dict
        By client and number in flight: seconds for a request, and for a byte.
    rows : list of Row
        One for each cell.
    reference : list of dict
        What reading one tomogram takes, by library, layout and access pattern.
    """

    about: dict
    work: dict[str, dict[str, list[float]]]
    rows: list[Row] = field(default_factory=list)
    reference: list[dict] = field(default_factory=list)

    def to_json(self) -> dict:
        """Plain values, with the version of what they mean."""
        return {"latency": VERSION, **asdict(self)}


def middle(rows: Iterable[Row], model: str = "by_cell") -> float:
    """The median error of some rows."""
    return median(row.error(model) for row in rows)


def text(record: Record) -> str:
    """What stands in the file: a line for each row."""
    plain = record.to_json()
    lists = []
    for name in ("rows", "reference"):
        lines = ",\n".join("  " + json.dumps(_short(row)) for row in plain.pop(name))
        lists.append(f' "{name}": [\n{lines}\n ]')
    head = json.dumps(plain, indent=1, allow_nan=False)[:-2]
    return ",\n".join([head, *lists]) + "\n}\n"


def _short(row: dict) -> dict:
    """Seconds to five places; more would be noise."""
    return {k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in row.items()}


def load(path: Path) -> Record:
    """What is on record.

    Raises
    ------
    UserError
        There is none, or it is damaged; it is named, and left alone.
    """

    def make(read: dict) -> Record:
        return Record(**{**read, "rows": [Row(**each) for each in read["rows"]]})

    return project.read_record(path, "latency", VERSION, "costs check", make)


def order(rows: Iterable[Row]) -> tuple[int, int]:
    """Pairs of layouts that are in the right order by the model, and all that are `APART`."""
    alike: dict[tuple, list[Row]] = {}
    for row in rows:
        key = row.client, row.in_flight, row.access, row.latency, row.bandwidth, row.volume
        alike.setdefault(key, []).append(row)
    pairs = [
        sorted(pair, key=lambda row: row.measured)
        for some in alike.values()
        for pair in combinations(some, 2)
    ]
    apart = [(a, b) for a, b in pairs if b.measured > APART * a.measured]
    return sum(a.by_cell < b.by_cell for a, b in apart), len(apart)


def holds(record: Record) -> bool:
    """Whether all was counted as foretold, and errors and order are within their limits."""
    right, pairs = order(record.rows)
    ordered = right >= ORDER * pairs
    return middle(record.rows) <= LIMIT and ordered and all(row.foretold for row in record.rows)
