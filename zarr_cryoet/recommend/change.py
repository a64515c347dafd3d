"""What would change a choice: thresholds, solved from the model and held on both sides.

Pure, as `model` and `choose` are, and run by the browser in the same way.
"""

from __future__ import annotations

import math
from typing import TypedDict

from ..model.predict import shares
from ..model.types import Entry, Question
from .choose import choices, judged

#: Where a threshold is looked for: seconds, bytes a second, shares.
LATENCIES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
BANDWIDTHS = (1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10)
SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
_STEPS = 12  # halvings, which leave less than the two figures that are shown


class Change(TypedDict):
    """A threshold.

    Along ``what`` the ``choice`` goes from ``now`` to ``then``, ids of candidates. ``near`` is a
    value at which it is still as now, and ``far`` one at which it is as then, both of two figures,
    and neighbours where that is enough to part them; ``up``, whether ``far`` is the larger.
    """

    what: str
    choice: str
    now: str
    then: str
    near: float
    far: float
    up: bool


def altered(asked: Question, what: str, value: float) -> Question:
    """The same question with another latency, bandwidth, or share of an access.

    Parameters
    ----------
    asked
        See `question.Question`.
    what
        ``latency``, ``bandwidth``, or the id of an access.
    value
        Seconds, bytes a second of a connection, or a share in (0, 1): the others keep their
        weights among themselves.
    """
    if what in ("latency", "bandwidth"):
        return {**asked, "store": {**asked["store"], what: value}}
    rest = 0.0
    for access in asked["weights"]:
        if access != what:
            rest += asked["weights"][access]
    weights = {}
    for access in asked["weights"]:
        weights[access] = asked["weights"][access] / rest * (1.0 - value) if rest > 0 else 0.0
    weights[what] = value
    return {**asked, "weights": weights}


def chosen(entries: list[Entry], asked: Question, choice: str) -> str:
    """The id that would be chosen, were it asked so; empty where nothing is left."""
    rows = choices(judged(entries, asked), asked)
    return rows[choice][0]["candidate"]["id"] if rows else ""


def change(
    entries: list[Entry], asked: Question, choice: str, what: str, grid: list[float]
) -> Change | None:
    """Where along a grid that leads away from the present value the choice changes first.

    Returns
    -------
    dict or None
        None where it does not change, or not that it could be said in two figures.
    """
    now = chosen(entries, asked, choice)
    inner = None
    for value in grid:
        if chosen(entries, altered(asked, what, value), choice) != now:
            break
        inner = value
    else:
        return None
    if inner is None:  # it changes before the first step, and nothing tells where
        return None
    outer = value
    up = outer > inner
    low, high = inner, outer
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        if chosen(entries, altered(asked, what, middle), choice) == now:
            low = middle
        else:
            high = middle
    near, far = figures(low, not up), figures(high, up)
    then = chosen(entries, altered(asked, what, far), choice)
    if then == now or chosen(entries, altered(asked, what, near), choice) != now:
        return None  # rounded, it would not be true
    return {
        "what": what, "choice": choice, "now": now, "then": then,
        "near": near, "far": far, "up": up,
    }  # fmt: skip


def figures(value: float, up: bool) -> float:
    """A positive number in two figures, rounded up or down."""
    scaled, exponent = value, 0  # no logarithm: its last bit is another in each language
    while scaled >= 100.0:
        scaled, exponent = scaled / 10.0, exponent + 1
    while scaled < 10.0:
        scaled, exponent = scaled * 10.0, exponent - 1
    whole = math.ceil(scaled - 1e-9) if up else math.floor(scaled + 1e-9)
    return whole * 10.0**exponent if exponent >= 0 else whole / 10.0**-exponent


def grids(asked: Question, accesses: list[str]) -> list[tuple[str, list[float]]]:
    """What is tried, and the values along each way from the present one."""
    store = asked["store"]
    found = []
    latency, bandwidth = store["latency"], store["bandwidth"]
    found.append(("latency", [v for v in LATENCIES if v > latency]))
    found.append(("latency", [v for v in reversed(LATENCIES) if v < latency]))
    if bandwidth is not None:
        found.append(("bandwidth", [v for v in BANDWIDTHS if v > bandwidth]))
    slower = [v for v in reversed(BANDWIDTHS) if bandwidth is None or v < bandwidth]
    found.append(("bandwidth", slower))
    share = shares(asked["weights"])
    for access in accesses:
        here = share.get(access, 0.0)
        if here < 1.0:
            found.append((access, [v for v in SHARES if v > here]))
            found.append((access, [v for v in reversed(SHARES) if v < here]))
    return [(what, [_here(asked, what), *grid]) for what, grid in found if grid]


def _here(asked: Question, what: str) -> float:
    """The present value, where it is a number above 0; else one that stands for it."""
    if what == "latency":
        return asked["store"]["latency"] or 1e-6
    if what == "bandwidth":
        return asked["store"]["bandwidth"] or 1e12
    return shares(asked["weights"]).get(what, 0.0) or 1e-3


def changes(
    entries: list[Entry], asked: Question, accesses: list[str], names: list[str]
) -> list[Change]:
    """All thresholds for some choices.

    Parameters
    ----------
    entries, asked
        As of `choose.judged`.
    accesses
        Ids whose share may change; of each, the parts are there.
    names
        Which of the choices.
    """
    found = []
    for choice in names:
        for what, grid in grids(asked, accesses):
            each = change(entries, asked, choice, what, grid)
            if each is not None:
                found.append(each)
    return found


def sentence(found: Change) -> str:
    """A threshold in words."""
    codec, layout, zarr_format = found["then"].rsplit("_", 2)
    then = f"{codec} in {layout} (format {zarr_format[1:]}) becomes the {found['choice']} choice"
    value = found["far"]
    more = "more" if found["up"] else "less"
    if found["what"] == "latency":
        way = "above" if found["up"] else "below"
        return f"{way} {number(value * 1e3)} ms for each request, {then}"
    if found["what"] == "bandwidth":
        way = "above" if found["up"] else "below"
        return f"{way} {number(value / 1e6)} MB/s for each connection, {then}"
    return f"where {found['what']} is {more} than {number(value * 100)} % of what is done, {then}"


def number(value: float) -> str:
    """Up to two figures after the point, without what says nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
