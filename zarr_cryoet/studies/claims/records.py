"""What is kept of the claims."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..record import Format
from ..verdict import FAILS, HOLDS, UNDECIDED, UNMEASURED, UNSEEN

VERDICTS = (HOLDS, FAILS, UNDECIDED, UNSEEN, UNMEASURED)


@dataclass(frozen=True)
class Found:
    """What came of one claim.

    Attributes
    ----------
    id, verdict : str
        Which claim, and one of `VERDICTS`.
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


FORMAT = Format(Record, "claims")
