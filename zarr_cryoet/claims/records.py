"""What was measured of the claims: one file of JSON, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .. import project

VERSION = 1
PATH = Path("docs") / "records" / "claims.json"


@dataclass(frozen=True)
class Found:
    """What came of one claim.

    Attributes
    ----------
    id, verdict : str
        Which claim, and one of `verdict.VERDICTS`.
    unit : str
        Of what `before` and `after` are: ``s``, ``bytes``, ``requests``, ``right``.
    before, after : float or None
        The figure on both sides; None where it is not measured.
    ratio, low, high : float or None
        After over before: the figure, and the lowest and highest of the repeats.
    runs : int
        Restarts, or processes; 1 for what is exact.
    note : str or None
        What is to be known beside it: why it is not measured, how it went wrong.
    """

    id: str
    verdict: str
    unit: str
    before: float | None = None
    after: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    runs: int = 1
    note: str | None = None


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes
    ----------
    about : dict
        Machine, day, volume, and how it was measured.
    releases : dict
        Versions of packages, by release of zarr.
    noise : dict or None
        What a duel of one release with itself gave; None where there was none.
    found : list of Found
        One for each claim.
    """

    about: dict
    releases: dict[str, dict[str, str]]
    noise: dict | None = None
    found: list[Found] = field(default_factory=list)

    def to_json(self) -> dict:
        """Plain values, with the version of what they mean."""
        return {"claims": VERSION, **asdict(self)}


def load(path: Path) -> Record:
    """What is on record.

    Raises
    ------
    UserError
        There is none, or it is damaged; it is named, and left alone.
    """

    def make(read: dict) -> Record:
        return Record(**{**read, "found": [Found(**each) for each in read["found"]]})

    return project.read_record(path, "claims", VERSION, "claims", make)


def text(record: Record) -> str:
    """What stands in the file."""
    return json.dumps(record.to_json(), indent=1, allow_nan=False) + "\n"


def ordered(found: Iterable[Found], order: Iterable[str]) -> list[Found]:
    """One for each claim, the last, as the rows stand."""
    kept = {each.id: each for each in found}
    return [kept[name] for name in order if name in kept]


def merged(old: Record, new: Record, order: Iterable[str]) -> Record:
    """A run of some claims laid over one of more, measured in the same way.

    Raises
    ------
    UserError
        They were not, and their figures are not to stand beside each other.
    """
    project.same_terms(old.about, new.about)
    found = ordered([*old.found, *new.found], order)
    return Record(new.about, {**old.releases, **new.releases}, new.noise or old.noise, found)
