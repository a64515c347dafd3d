"""What the ``check`` command says."""

from __future__ import annotations

from collections.abc import Sequence

from .. import console, units
from ..core.errors import UserError
from .claims import FAILED, SAME, SKIPPED, TOLD, WORSE, Claim, counts

VERSION = 1
_ROWS = 60  # of the table


def say(claims: Sequence[Claim], about: dict, json: bool) -> int:
    """The table of claims, or all of them for machines; the exit code.

    Raises
    ------
    UserError
        Nothing was compared.
    """
    found = counts(claims)
    if all(claim.verdict in (FAILED, SKIPPED) for claim in claims):
        why = next((c.reason for c in claims if c.reason), "there is no result")
        raise UserError(f"none of {len(claims)} cells was compared: {why}")
    worse = sum(found[verdict] for verdict in WORSE)
    if json:
        rows = [claim.to_json() for claim in claims]
        console.as_json({"version": VERSION, **about, "counts": found, "claims": rows})
    else:
        _people(claims, about, found)
    return 1 if worse else 0


def _people(claims: Sequence[Claim], about: dict, found: dict[str, int]) -> None:
    told = sorted(
        (c for c in claims if c.verdict in TOLD), key=lambda c: (TOLD.index(c.verdict), c.benchmark)
    )
    if told:
        console.table(
            ["verdict", "benchmark and cell", ">before", ">after", ">ratio", ">interval"],
            [_row(claim) for claim in told[:_ROWS]],
            title=f"{about['base']} to {about['head']}, {about['volume']}",
        )
        if len(told) > _ROWS:
            console.say(f"and {len(told) - _ROWS} more; --json has them all")
        console.say()
    _reasons(claims)
    number = ", ".join(f"{n} {verdict}" for verdict, n in found.items() if n)
    console.say(f"{len(claims)} compared in {units.format_budget(about['seconds'])}: {number}")
    if not told:
        console.say(f"nothing changed by {about['factor']:g} or more, and no exact figure at all")


def _row(claim: Claim) -> tuple:
    shown = _time if claim.unit in ("s", "seconds") else "{:.6g}".format
    values = ["" if v is None else shown(v) for v in (claim.before, claim.after)]
    ratio = "" if claim.ratio is None else f"{claim.ratio:.2f}"
    interval = "" if claim.low is None else f"{claim.low:.2f}-{claim.high:.2f}"
    return claim.verdict, f"{claim.benchmark} {claim.cell}", *values, ratio, interval


def _time(value: float) -> str:
    return units.format_seconds(value)


def _reasons(claims: Sequence[Claim]) -> None:
    """Each reason once, with how many cells it is of."""
    by: dict[tuple[str, str], int] = {}
    for claim in claims:
        if claim.reason and claim.verdict != SAME:
            key = claim.verdict, claim.reason
            by[key] = by.get(key, 0) + 1
    for (verdict, reason), number in by.items():
        console.say(f"{verdict} {number}: {reason}")
