"""What is claimed of a cell, and when it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from ..core.measure.cell import Cell
from ..core.measure.duel import FASTER, SLOWER, Verdict
from ..core.prepare import FAILED, READY, SKIPPED

__all__ = ["FAILED", "FASTER", "READY", "SKIPPED", "SLOWER", "Claim", "judge"]

SAME = "same"
UNCONFIRMED = "not confirmed"
EXACT = "exact change"
BROKEN = "newly failed"  # twice, where it did not before
#: What is confirmed and nobody wants: exit code 1.
WORSE = (SLOWER, EXACT, BROKEN)
#: What the table shows.
TOLD = (SLOWER, EXACT, BROKEN, FASTER, UNCONFIRMED, FAILED)


@dataclass
class Claim:
    """One cell, before and after.

    Attributes
    ----------
    benchmark, cell : str
        What is measured, and on what.
    verdict : str
        ``slower``, ``faster``, ``exact change`` and ``newly failed`` are confirmed;
        ``not confirmed`` was flagged once; ``same``, ``failed`` and ``skipped``.
    before, after : float or None
        In `unit`.
    ratio, low, high : float or None
        After over before, and the interval of the duel's.
    unit : str
        ``s`` for what is timed.
    reason : str or None
        Why failed or skipped.
    """

    benchmark: str
    cell: str
    verdict: str
    before: float | None = None
    after: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = "s"
    reason: str | None = None

    @property
    def confirmed(self) -> bool:
        """Whether it is confirmed, for better or worse."""
        return self.verdict in (*WORSE, FASTER)

    def to_json(self) -> dict:
        """Plain values."""
        return asdict(self)


def beyond(ratio: float, factor: float) -> str | None:
    """On which side a ratio has reached the factor."""
    if ratio >= factor:
        return SLOWER
    return FASTER if ratio <= 1 / factor else None


def interval(verdict: Verdict) -> tuple[float, float]:
    """The lowest and the highest restart, between which the true median lies.

    In 88 of 100 times of four restarts and in 97 of six: the binomial interval of a median.
    """
    return verdict.low, verdict.high


def judge(verdict: Verdict, factor: float) -> str | None:
    """``slower`` or ``faster``: the ratio reached the factor, and its interval leaves out 1."""
    if verdict.status != READY or not verdict.medians:
        return None
    side, (low, high) = beyond(verdict.ratio, factor), interval(verdict)
    agreed = low > 1 if side == SLOWER else high < 1
    return side if agreed else None


def words(cell: Cell) -> tuple[str, str]:
    """A duel's cell as people read it: what is done, and how it is stored."""
    case = cell.case
    stored = [case.codec, case.layout, f"v{case.zarr_format}", case.backend]
    if case.store != "local":
        stored.append(case.store)
    return cell.operation + (" cold" if cell.cold else ""), " ".join(stored)


def of_duel(verdict: Verdict, what: str, of: tuple[str, str] | None = None) -> Claim:
    """A claim with a duel's figures.

    Parameters
    ----------
    verdict
        Of the duel.
    what
        What is claimed, where it is ready.
    of
        Benchmark and cell; default: the duel's own.
    """
    benchmark, cell = of or words(verdict.cell)
    if verdict.status != READY or not verdict.medians:
        reason = verdict.reason or "it was not timed"
        return Claim(benchmark, cell, what, reason=reason)
    before, after = verdict.seconds
    figures = before, after, verdict.ratio, *interval(verdict)
    return Claim(benchmark, cell, what, *figures)


def counts(claims: Iterable[Claim]) -> dict[str, int]:
    """How many there are of each verdict."""
    found = dict.fromkeys((*TOLD, SAME, SKIPPED), 0)
    for claim in claims:
        found[claim.verdict] += 1
    return found
