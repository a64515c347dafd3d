"""What a choice costs more than the best there was, and how far a model is off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from statistics import median

import numpy as np

from ...core.errors import UserError
from ...model.predict import access_seconds
from ...model.types import Entry, Question
from .truth import Cells, costs

_RESAMPLES = 2000
_TAILS = (0.025, 0.975)


@dataclass(frozen=True)
class Regret:
    """A choice beside the best of a sweep.

    Attributes
    ----------
    best : str
        The id of what costs least.
    cost, least : float
        Weighted seconds of the choice, and of the best, in the sweep.
    low, high : float
        Bootstrap interval of 95 % of the regret, over the samples of both.
    floor : float
        The sweep's noise floor: 0.03 for 3 %.
    """

    best: str
    cost: float
    least: float
    low: float
    high: float
    floor: float

    @property
    def regret(self) -> float:
        """By how much the choice costs more: 0.05 for 5 %."""
        return self.cost / self.least - 1

    @property
    def beyond(self) -> float:
        """The same beyond the noise floor; 0 where it is within."""
        return max(0.0, self.cost / self.least / (1 + self.floor) - 1)


def of(cells: Cells, share: dict[str, float], chosen: str, floor: float) -> Regret:
    """The regret of a choice.

    Parameters
    ----------
    cells
        What was swept.
    share
        Of each access, 1 in all.
    chosen
        Id of the choice.
    floor
        The sweep's noise floor.

    Raises
    ------
    UserError
        The sweep does not hold the choice, with all that is asked of it.
    """
    found = costs(cells, share)
    if chosen not in found:
        raise UserError(f"{chosen}: not in the sweep with all of {', '.join(share)}; sweep it too")
    best = min(found, key=lambda name: found[name])  # of equals the first
    low, high = 0.0, 0.0
    if chosen != best:
        factors = _resampled(cells[chosen], share, 1) / _resampled(cells[best], share, 2)
        low, high = (float(np.quantile(factors, tail)) - 1 for tail in _TAILS)
    return Regret(best, found[chosen], found[best], low, high, floor)


def _resampled(some: dict[str, list[float]], share: dict[str, float], seed: int) -> np.ndarray:
    """Weighted medians of resamples, each access by itself."""
    rng, total = np.random.default_rng(seed), np.zeros(_RESAMPLES)
    for access, part in share.items():
        if part > 0:
            values = np.asarray(some[access], float)
            drawn = rng.integers(0, len(values), (_RESAMPLES, len(values)))
            total += part * np.median(values[drawn], axis=1)
    return total


def off(cells: Cells, entries: list[Entry], question: Question) -> dict[str, dict[str, float]]:
    """By access and id of a way of storing, foretold over measured, less one.

    Parameters
    ----------
    cells
        What was swept.
    entries
        What is foretold, see `answer.entries`.
    question
        Of which ``store`` is read.
    """
    found: dict[str, dict[str, float]] = {}
    for entry in entries:
        name = entry["candidate"]["id"]
        if name in cells:
            for access, samples in cells[name].items():
                if access in entry["part"]["local"]:
                    told = access_seconds(entry["part"], access, question)
                    found.setdefault(access, {})[name] = told / median(samples) - 1
    return found


def drift(off: dict[str, dict[str, float]], fitted: Collection[str]) -> float:
    """What fitted cells took in the sweep, over what is foretold of them: the median; 1 if none.

    Parameters
    ----------
    off
        See `off`, of all cells.
    fitted
        Ids of those that the model was fitted to.
    """
    found = [1 / (1 + by[name]) for by in off.values() for name in by if name in fitted]
    return median(found) if found else 1.0
