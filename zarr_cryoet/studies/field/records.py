"""What is kept of the field's claims."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..record import Format
from ..verdict import FAILS, HOLDS, UNDECIDED, UNMEASURED

DEPENDS = "depends"
VERDICTS = (HOLDS, FAILS, DEPENDS, UNDECIDED, UNMEASURED)


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
class Measured:
    """What came of one volume.

    Attributes
    ----------
    volume : dict
        As in `Record`.
    found : list of Found
        One for each pair.
    """

    volume: dict
    found: list[Found]


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

    def of(self, claim: str) -> list[Found]:
        """The pairs of a claim."""
        return [each for each in self.found if each.claim == claim]


FORMAT = Format(Record, "field", lines=("found",))
