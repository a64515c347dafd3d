"""Medians, bootstrap intervals, and when two figures are a tie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_RESAMPLES = 2000
_LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A median and how far to trust it.

    Attributes
    ----------
    value : float
        The median.
    low, high : float
        Its bootstrap interval of 95 %.
    samples : int
        From how many.
    """

    value: float
    low: float
    high: float
    samples: int

    @property
    def width(self) -> float:
        """Of the interval, as a share of the value."""
        return (self.high - self.low) / self.value if self.value else 0.0


def estimate(values, seed: int = 1) -> Estimate:
    """Median and percentile bootstrap (Efron & Tibshirani 1993, ch. 13).

    The resamples are seeded, so that the same samples give the same interval.

    Raises
    ------
    ValueError
        There is no sample.
    """
    values = np.asarray(values, float)
    if not len(values):
        raise ValueError("no samples")
    drawn = np.random.default_rng(seed).integers(0, len(values), (_RESAMPLES, len(values)))
    medians = np.median(values[drawn], axis=1)
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(medians, [tail, 1 - tail])
    return Estimate(float(np.median(values)), float(low), float(high), len(values))


def ratio(a, b, seed: int = 1) -> Estimate:
    """Median of `b` over median of `a`, with the interval of their resampled ratio."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    if not (len(a) and len(b)):
        raise ValueError("no samples")
    rng = np.random.default_rng(seed)
    medians = [
        np.median(each[rng.integers(0, len(each), (_RESAMPLES, len(each)))], axis=1)
        for each in (a, b)
    ]
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(medians[1] / medians[0], [tail, 1 - tail])
    value = float(np.median(b) / np.median(a))
    return Estimate(value, float(low), float(high), min(len(a), len(b)))


def tie(found: Estimate, floor: float) -> bool:
    """Whether a ratio is none: its interval holds 1, or it is within the noise floor.

    Parameters
    ----------
    found
        A ratio.
    floor
        How far from 1 a ratio of equals was seen in the same run: 0.03 for 3 %.
    """
    within = 1 / (1 + floor) <= found.value <= 1 + floor
    return within or found.low <= 1 <= found.high
