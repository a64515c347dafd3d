"""Weights of the model from measured cells: non-negative least squares of relative errors."""

from __future__ import annotations

import numpy as np

_ROUNDS = 5  # of reweighting, in which outliers lose their pull
_SLACK = 0.1  # relative error from which a cell counts less
_QUANTILE = 0.9
#: What the codec alone takes is measured apart, and is no unknown.
KNOWN = {"decode": 1.0, "encode": 1.0}


def nonnegative(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``x >= 0`` with the least ``|a x - b|``: the active-set method of Lawson and Hanson.

    Solving Least Squares Problems (1974), chapter 23.

    Parameters
    ----------
    a
        Shape (equations, unknowns).
    b
        Shape (equations,).
    """
    count = a.shape[1]
    x, free = np.zeros(count), np.zeros(count, bool)
    scale = np.abs(a).sum() * max(1e-300, float(np.abs(b).max()))
    for _ in range(3 * count):
        gradient = a.T @ (b - a @ x)
        gradient[free] = -np.inf
        if free.all() or gradient.max() <= 1e-13 * scale:
            break
        free[int(gradient.argmax())] = True
        while True:
            trial = np.zeros(count)
            trial[free] = np.linalg.lstsq(a[:, free], b, rcond=None)[0]
            if (trial[free] > 0).all():
                x = trial
                break
            wrong = free & (trial <= 0)
            step = np.min(x[wrong] / np.maximum(1e-300, x[wrong] - trial[wrong]))
            x = x + step * (trial - x)
            free &= x > 1e-15 * max(1e-300, x.max())
            x[~free] = 0.0
            if not free.any():
                break
    return x


def weights(
    rows: list[dict[str, float]], seconds: list[float], names: tuple[str, ...]
) -> dict[str, float]:
    """What each feature costs, in seconds.

    Each cell counts by its relative error, and those that stand far off count less (Huber's
    weights, by iteration).

    Parameters
    ----------
    rows
        Features of each cell, see `model.read_features`.
    seconds
        What each took.
    names
        Of the features.
    """
    taken = np.asarray(seconds, float)
    known = {name: KNOWN[name] for name in names if name in KNOWN}
    rest = taken - [sum(row[name] * value for name, value in known.items()) for row in rows]
    unknown = [name for name in names if name not in known]
    a = np.array([[row[name] for name in unknown] for row in rows], float) / taken[:, None]
    b = np.maximum(rest, 0.0) / taken
    largest = np.abs(a).max(axis=0)
    largest[largest == 0] = 1.0  # a feature that no cell has
    a, pull = a / largest, np.ones(len(taken))
    for _ in range(_ROUNDS):
        x = nonnegative(a * pull[:, None], b * pull)
        pull = np.sqrt(_SLACK / np.maximum(_SLACK, np.abs(a @ x - b)))
    found = {name: float(value) for name, value in zip(unknown, x / largest, strict=True)}
    return {**found, **known}


def errors(
    rows: list[dict[str, float]], seconds: list[float], groups: list[str], names: tuple[str, ...]
) -> list[float]:
    """Logarithms of predicted over measured, each cell by weights of the other groups' cells.

    Parameters
    ----------
    rows, seconds, names
        As of `weights`.
    groups
        The store that each cell was read from: cells of one store say too much of each other.
    """
    found = [0.0] * len(rows)
    for group in dict.fromkeys(groups):
        rest = [k for k, each in enumerate(groups) if each != group]
        if not rest:
            return []
        some = weights([rows[k] for k in rest], [seconds[k] for k in rest], names)
        for k, each in enumerate(groups):
            if each == group:
                value = sum(rows[k][name] * some[name] for name in names)
                found[k] = float(np.log(max(value, 1e-9) / seconds[k]))
    return found


def spread(logs: list[float]) -> float:
    """The factor within which nine of ten predictions were: 1.2 for 20 %."""
    return float(np.exp(np.quantile(np.abs(logs), _QUANTILE))) if logs else 2.0
