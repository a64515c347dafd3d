"""From what each candidate costs to three choices: limits, Pareto front, weights, in that order.

Pure, as `model` is, and run by the browser in the same way. A candidate here is an *entry*::

    {"candidate": ..., "part": predict.parts(...), "spread": [low, high], "measured": bool}

where ``measured`` says that its seconds on the machine were (`race`), and not foretold.
"""

from __future__ import annotations

import math
from typing import TypedDict

from ..model.predict import expected
from ..model.types import Broken, Candidate, Entry, Prediction, Question, Reader, Row

#: What is weighed against each other, in the order in which ties are broken.
AXES = ("bytes", "objects", "dollars", "seconds")
CHOICES = ("fastest", "smallest", "balanced")
#: How far a ratio of sampled blocks may be from that of the volume: 0.5 %.
SAMPLED = 0.005


#: By the names of `CHOICES`, a row, and what would be chosen without it.
Choices = dict[str, list["Row | None"]]


class Excluded(TypedDict):
    """A family of codecs that no choice has, and why."""

    family: str
    reason: str


def reader_refuses(candidate: Candidate, reader: Reader) -> str | None:
    """What of a candidate a reader does not read: a format, shards, or a codec; or None."""
    if candidate["zarr_format"] not in reader["formats"]:
        return f"{reader['id']} reads no format {candidate['zarr_format']}"
    if candidate["shards"] is not None and not reader["shards"]:
        return f"{reader['id']} reads no shards"
    kinds = reader["kinds"][str(candidate["zarr_format"])]
    if kinds is not None and candidate["kind"] not in kinds:
        return f"{reader['id']} reads no {candidate['kind']} in format {candidate['zarr_format']}"
    return None


def refused(entry: Entry, found: Prediction, asked: Question) -> list[Broken]:
    """Every limit that an entry breaks.

    Parameters
    ----------
    entry
        A candidate and its parts.
    found
        See `predict.expected`.
    asked
        Of which ``readers`` (rows), ``max_objects`` and ``max_memory`` (numbers, or None)
        are read.

    Returns
    -------
    list of dict
        See `Broken`; of a reader, its id is what it would take.
    """
    broken = []
    for reader in asked["readers"]:
        why = reader_refuses(entry["candidate"], reader)
        if why is not None:
            broken.append({"limit": "readers", "needs": reader["id"], "why": why})
    for limit in ("objects", "memory"):
        most = asked["max_" + limit]
        if most is not None and found[limit] > most:
            unit = "B" if limit == "memory" else ""
            why = f"--max-{limit} {most}{unit} is exceeded"
            broken.append({"limit": "max-" + limit, "needs": found[limit], "why": why})
    return broken


def judged(entries: list[Entry], asked: Question) -> list[Row]:
    """Each entry with what is expected of it, and which limits it breaks."""
    rows = []
    for entry in entries:
        found = expected(entry["part"], asked, entry["spread"])
        rows.append({**entry, "expected": found, "broken": refused(entry, found, asked)})
    return rows


def value(row: Row, axis: str) -> float:
    """What a row costs along an axis; money that has no price costs nothing."""
    if axis == "seconds":
        return row["expected"]["weighted"]
    found = row["expected"][axis]
    return 0.0 if found is None else found


def dominates(a: Row, b: Row) -> bool:
    """Whether `a` is nowhere worse than `b`, and somewhere better."""
    better = False
    for axis in AXES:
        if value(a, axis) > value(b, axis):
            return False
        if value(a, axis) < value(b, axis):
            better = True
    return better


def front(rows: list[Row]) -> list[Row]:
    """Rows that no other dominates, in their order."""
    kept = []
    for row in rows:
        if not any(dominates(other, row) for other in rows):
            kept.append(row)
    return kept


def before(a: Row, b: Row) -> bool:
    """Whether `a` is to be taken of two that tie: fewer bytes, objects, dollars, seconds."""
    for axis in AXES:
        if value(a, axis) != value(b, axis):
            return value(a, axis) < value(b, axis)
    return False


def score(row: Row, best: dict[str, float], preferences: dict[str, float]) -> float:
    """Weighted logarithms of how far it is from the best along each axis; 0 is best in all.

    A factor counts the same wherever it is, and units do not matter.
    """
    total = 0.0
    for axis in AXES:
        if preferences[axis] > 0 and best[axis] > 0:
            total += preferences[axis] * math.log(value(row, axis) / best[axis])
    return total


def least(rows: list[Row]) -> dict[str, float]:
    """The smallest value along each axis."""
    best = {}
    for axis in AXES:
        lowest = value(rows[0], axis)
        for row in rows:
            lowest = min(lowest, value(row, axis))
        best[axis] = lowest
    return best


def pick(rows: list[Row], choice: str, asked: Question) -> Row:
    """One of the front, for one of `CHOICES`.

    Those within ``asked["tie"]`` (0.02 for 2 %) of the fastest tie, and of these the one that
    comes `before` all others is taken; of ties in score, likewise. Of those within `SAMPLED` of
    the smallest, which samples cannot tell apart, the fastest.

    Parameters
    ----------
    rows
        At least one.
    choice
        Its name.
    asked
        Of which ``tie`` and ``preferences`` are read.
    """
    best = least(rows)
    within = 1.0 + asked["tie"]
    tied = []
    if choice == "fastest":
        tied = [row for row in rows if value(row, "seconds") <= best["seconds"] * within]
    elif choice == "smallest":
        near = [row for row in rows if value(row, "bytes") <= best["bytes"] * (1.0 + SAMPLED)]
        quickest = least(near)["seconds"]
        tied = [row for row in near if value(row, "seconds") <= quickest]
    else:
        scores = [score(row, best, asked["preferences"]) for row in rows]
        lowest = min(scores)
        tied = [rows[k] for k in range(len(rows)) if scores[k] <= lowest]
    taken = tied[0]
    for row in tied:
        if before(row, taken):
            taken = row
    return taken


def allowed(rows: list[Row]) -> list[Row]:
    """Rows that break no limit."""
    return [row for row in rows if not row["broken"]]


def choices(rows: list[Row], asked: Question) -> Choices:
    """The three choices, each with what comes next to it.

    Parameters
    ----------
    rows
        See `judged`. Where some are measured, what is chosen by time is chosen from those: a
        prediction and a measurement are not weighed against each other. Bytes are foretold well
        enough to choose the smallest from all.
    asked
        See `pick`.

    Returns
    -------
    dict
        By the names of `CHOICES`, a pair: the row, and the runner-up (what would be chosen
        without it, or None). Empty where no row breaks no limit.
    """
    left = allowed(rows)
    if not left:
        return {}
    timed = [row for row in left if row["measured"]] or left
    found = {}
    for choice in CHOICES:
        some = left if choice == "smallest" else timed
        # what is dominated never wins: whatever dominates it comes `before` it, too
        first = pick(some, choice, asked)
        others = [row for row in some if row is not first]
        found[choice] = [first, pick(others, choice, asked) if others else None]
    return found


def to_relax(rows: list[Row]) -> Broken | None:
    """Where nothing is left: the one limit whose relaxing leaves something, and to what value.

    Of several, the limit that is stated as a number goes before readers, and of values the
    nearest. None where every row breaks limits of more than one kind, or something is left.
    """
    if allowed(rows):
        return None
    found = None
    for limit in ("max-objects", "max-memory", "readers"):
        for row in rows:
            kinds = [each["limit"] for each in row["broken"]]
            if any(kind != limit for kind in kinds):
                continue
            if limit == "readers":
                if len(row["broken"]) == 1 and found is None:
                    found = row["broken"][0]
            elif found is None or row["broken"][0]["needs"] < found["needs"]:
                found = row["broken"][0]
        if found is not None:
            return found
    return None


def excluded(rows: list[Row], chosen: Choices) -> list[Excluded]:
    """Why each family of codecs that no choice has was left out.

    The limit that all its candidates break, or how far its best is behind the choices.
    """
    taken = {chosen[name][0]["candidate"]["family"]: True for name in chosen}
    families = {}
    for row in rows:
        families.setdefault(row["candidate"]["family"], []).append(row)
    found = []
    for family in families:
        if family not in taken:
            found.append({"family": family, "reason": _reason(families[family], chosen)})
    return found


def _reason(rows: list[Row], chosen: Choices) -> str:
    left = allowed(rows)
    if not left:
        return rows[0]["broken"][0]["why"]
    if not chosen:
        return "no choice was made"
    fastest, smallest = chosen["fastest"][0], chosen["smallest"][0]
    quick = small = left[0]
    for row in left:
        if value(row, "seconds") < value(quick, "seconds"):
            quick = row
        if value(row, "bytes") < value(small, "bytes"):
            small = row
    slower = value(quick, "seconds") / value(fastest, "seconds")
    larger = value(small, "bytes") / value(smallest, "bytes")
    what = "predicted " if not (quick["measured"] and fastest["measured"]) else ""
    return (
        f"at best {what}{ratio(slower)} the time of {fastest['candidate']['codec']}, "
        f"and {ratio(larger)} the bytes of {smallest['candidate']['codec']}"
    )


def ratio(factor: float) -> str:
    """``1.25x``, three figures."""
    if factor >= 99.95:
        return f"{factor:.0f}x"
    return f"{factor:.1f}x" if factor >= 9.995 else f"{factor:.2f}x"
