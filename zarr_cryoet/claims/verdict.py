"""When a claim holds: as any on a figure does, and whether something was mended."""

from __future__ import annotations

from ..results.verdict import (
    EXACT,
    FAILS,
    GATE,
    HOLDS,
    UNDECIDED,
    UNMEASURED,
    UNSEEN,
    judge,
)

VERDICTS = (HOLDS, FAILS, UNDECIDED, UNSEEN, UNMEASURED)
__all__ = [
    "EXACT",
    "FAILS",
    "GATE",
    "HOLDS",
    "UNDECIDED",
    "UNMEASURED",
    "UNSEEN",
    "VERDICTS",
    "judge",
    "judge_right",
]


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
