"""What was measured of the claims: one file of JSON, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from ... import project
from .rows import CLAIMS, Claim
from .verdict import DEPENDS, FAILS, HOLDS, of_claim, split, telling

VERSION = 1
PATH = Path("docs") / "records" / "field.json"
#: How a ratio of after over before is told: the figure, its unit, and whether it has a sign.
SHOWN = {
    "fewer": (lambda ratio: 100 * (1 - ratio), "% fewer", False),
    "faster": (lambda ratio: 1 / ratio, "times as fast", False),
    "longer": (lambda ratio: ratio, "times as long", False),
    "denser": (lambda ratio: 100 * (1 / ratio - 1), "% compression ratio", True),
    "change": (lambda ratio: 100 * (ratio - 1), "% time", True),
}


@dataclass(frozen=True)
class Found:
    """What came of one pair.

    Attributes
    ----------
    claim, verdict : str
        The claim's id, and what came of it here; see `verdict.of_pair`.
    factors : dict
        What is varied, by axis; the volume's id last.
    before, after : float or None
        Seconds of CPU time, objects, or bits per voxel; None where not measured.
    ratio, low, high : float or None
        After over before, and its bootstrap interval of 95 %; all the same where exact.
    wall : float or None
        The ratio of wall times, beside it; None where exact.
    samples : int
        Of the side that has fewer; 1 where exact.
    note : str or None
        Why it is not measured.
    """

    claim: str
    verdict: str
    factors: dict[str, str]
    before: float | None = None
    after: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    wall: float | None = None
    samples: int = 0
    note: str | None = None


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes
    ----------
    about : dict
        Machine, day, and how it was measured.
    versions : dict
        Releases of the libraries.
    volumes : list of dict
        ``id``, ``shape`` (z, y, x), ``dtype``, ``provenance``, and the run's noise
        ``floor`` on it: 0.03 for 3 %; None where nothing was timed.
    found : list of Found
        One for each pair.
    """

    about: dict
    versions: dict[str, str]
    volumes: list[dict] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    def to_json(self) -> dict:
        """Plain values, with the version of what they mean."""
        return {"field": VERSION, **asdict(self)}

    def of(self, claim: str) -> list[Found]:
        """The pairs of a claim."""
        return [each for each in self.found if each.claim == claim]


def text(record: Record) -> str:
    """What stands in the file: a line for each pair."""
    plain = record.to_json()
    lines = ",\n".join("  " + json.dumps(each, allow_nan=False) for each in plain.pop("found"))
    head = json.dumps(plain, indent=1, allow_nan=False)[:-2]
    return f'{head},\n "found": [\n{lines}\n ]\n}}\n'


def read(path: Path) -> Record:
    """What is on record.

    Raises
    ------
    UserError
        There is none, or it is damaged; it is named, and left alone.
    """

    def make(plain: dict) -> Record:
        return Record(**{**plain, "found": [Found(**each) for each in plain["found"]]})

    return project.read_record(path, "field", VERSION, "field", make)


def load(path: Path) -> list[dict]:
    """The claims beside what was measured here, as plain values, in the order of their rows.

    Returns
    -------
    list of dict
        ``id``, ``claim`` (in words), ``published``, ``sources`` (``title``, ``url``; none
        where it is commonly said), ``holding`` (what counts as holding), ``ours``
        (see `ours`), ``verdict`` (one of `verdict.VERDICTS`), ``depends`` (see `depends`; None
        where the verdict is another), and ``pairs`` (each with its ``factors``, ``ours``
        and ``verdict``).

    Raises
    ------
    UserError
        As `read`.
    """
    return rows(read(path))


def rows(record: Record, claims: Mapping[str, Claim] = CLAIMS) -> list[dict]:
    """The same of a record that was read."""
    found = ((claim, record.of(name)) for name, claim in claims.items())
    return [_row(claim, pairs) for claim, pairs in found if pairs]


def _row(claim: Claim, pairs: list[Found]) -> dict:
    verdict = of_claim(each.verdict for each in pairs)
    return {
        "id": claim.id,
        "claim": claim.says,
        "published": claim.published,
        "sources": [dict(source) for source in claim.sources],
        "holding": claim.holding,
        "ours": ours(claim, pairs),
        "verdict": verdict,
        "depends": depends(claim, pairs) if verdict == DEPENDS else None,
        "pairs": [
            {"factors": e.factors, "ours": ours(claim, [e]), "verdict": e.verdict} for e in pairs
        ],
    }


def depends(claim: Claim, pairs: Iterable[Found]) -> dict:
    """On what a claim depends, with the figures.

    Returns
    -------
    dict
        ``factors`` and their values where it ``holds`` and where it ``fails``, see
        `verdict.split`; ``most``, the one factor that tells most, and ``shares``, by its
        values: in how many pairs it holds, of how many; and ``ours`` (see `ours`) of the
        pairs that hold, and of those that do not.
    """
    told = [(each.factors, each.verdict) for each in pairs]
    found = asdict(split(told))
    most, shares = telling(told)
    sides = {v: ours(claim, [p for p in pairs if p.verdict == v]) for v in (HOLDS, FAILS)}
    return {**found, "most": most, "shares": shares, "ours": sides}


def ours(claim: Claim, pairs: Iterable[Found]) -> dict | None:
    """Our figure, told as the claim's is.

    Returns
    -------
    dict or None
        ``figure``, of the median ratio of the pairs; ``low`` and ``high``, the least and
        the most that the intervals of all of them allow; ``unit``, and whether the figure
        is ``signed``. None where nothing was measured.
    """
    measured = [each for each in pairs if each.ratio is not None]
    if not measured:
        return None
    tell, unit, signed = SHOWN[claim.show]
    ends = [tell(end) for each in measured for end in (each.low, each.high)]
    figure = tell(median(each.ratio for each in measured))
    around = {"low": min(ends), "high": max(ends)}
    return {"figure": figure, **around, "unit": unit, "signed": signed}
