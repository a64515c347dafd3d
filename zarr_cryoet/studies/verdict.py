"""When a claim holds: on a figure, from its ratio alone; and on what was mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

LESS, MORE, SAME = "less", "more", "same"
HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
UNSEEN, UNMEASURED = "not visible at this size", "not measured"
#: Between two times that are the same, a ratio of up to this was seen.
GATE = 1.05
#: A count has no noise.
EXACT = 1.0


def judge(expected: str, low: float, high: float, gate: float, grows: bool = False) -> str:
    """What comes of a figure's ratio, after over before.

    Parameters
    ----------
    expected
        ``less``, ``more`` or ``same``.
    low, high
        The lowest and highest of the ratio; both the same where it is exact.
    gate
        Beyond which it counts as changed.
    grows
        Whether the effect may be too little to be seen at this size.
    """
    if expected == SAME:
        return _same(low, high, gate)
    if expected == MORE:
        low, high = 1 / high, 1 / low
    elif expected != LESS:
        raise ValueError(f"{expected}: less, more or same was expected")
    if high < 1 and high <= 1 / gate:
        return HOLDS
    if grows and low <= gate:  # no figure says the contrary
        return UNSEEN
    return FAILS if low >= 1 or low > 1 / gate else UNDECIDED


def _same(low: float, high: float, gate: float) -> str:
    if 1 / gate <= low and high <= gate:
        return HOLDS
    return FAILS if high < 1 / gate or low > gate else UNDECIDED


def judge_right(before: int, after: int, runs: int) -> str:
    """What comes of a claim that something is mended.

    Parameters
    ----------
    before, after
        How many of the runs gave the right result.
    runs
        How many there were on each side.
    """
    if after < runs:
        return FAILS
    return HOLDS if before < runs else UNDECIDED


def counted(verdicts: Iterable[str], order: Iterable[str], form: str = "{verdict} {count}") -> str:
    """How many there are of each verdict, in an order: ``holds 3, undecided 1``."""
    counts = Counter(verdicts)
    return ", ".join(form.format(verdict=v, count=counts[v]) for v in order if counts[v])
