"""When a claim on a figure holds: from its ratio alone."""

from __future__ import annotations

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
