"""What the templates show of the record, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ... import units
from ...core.measure.duel import WAITS
from ..verdict import FAILS, GATE, HOLDS, UNDECIDED, UNMEASURED, UNSEEN, counted
from .measure import AGAIN
from .records import VERDICTS, Found, Record
from .rows import CORRECT, MEMORY, TIME, Claim
from .timeline import Shown

Nearest = Callable[[Claim], Shown | None]
_TITLES = {
    FAILS: "do not hold",
    UNDECIDED: "are undecided",
    UNSEEN: "are not visible at this size",
    UNMEASURED: "could not be measured",
}


def words(record: Record, claims: Mapping[str, Claim], nearest: Nearest) -> dict[str, Any]:
    """What the page of the docs shows.

    Parameters
    ----------
    record
        What was measured.
    claims
        All rows.
    nearest
        Finds the benchmark that shows a claim.
    """
    found = {each.id: each for each in record.found}
    measured = [claims[name] for name in claims if name in found]
    packages = ("numcodecs", "numpy")
    releases = sorted(record.releases.items(), key=lambda item: order(item[0]))
    return {
        "about": record.about,
        "noise": record.noise,
        "counts": counted((each.verdict for each in record.found), VERDICTS),
        "gate": f"{GATE:.2f}",
        "again": AGAIN,
        "waits": WAITS,
        "versions": [
            (release, *(versions.get(name, "–") for name in packages))
            for release, versions in releases
        ],
        "by_release": list(_by_release(measured, found, nearest)),
        "by_verdict": list(_by_verdict(measured, found)),
        "unshown": [(c.release, _says(c), c.why) for c in claims.values() if not c.measured],
    }


def order(release: str) -> tuple[int, ...]:
    """What releases are sorted by."""
    return tuple(int(part) for part in release.split("."))


def _by_release(claims: list[Claim], found: Mapping[str, Found], nearest: Nearest) -> Iterator:
    for release in dict.fromkeys(claim.release for claim in claims):
        some = [claim for claim in claims if claim.release == release]
        rows = [
            (
                _says(claim),
                _measured(claim),
                _on_timeline(claim, nearest(claim)),
                figures(claim, found[claim.id]),
                ratio(found[claim.id]),
                _bold(found[claim.id].verdict),
            )
            for claim in some
        ]
        yield release, dict.fromkeys(claim.before for claim in some), rows


def _by_verdict(claims: list[Claim], found: Mapping[str, Found]) -> Iterator:
    for verdict, title in _TITLES.items():
        some = [(claim, found[claim.id]) for claim in claims]
        rows = [
            (c.release, c.says, figures(c, each), ratio(each), each.note or _grows(c))
            for c, each in some
            if each.verdict == verdict
        ]
        if rows:
            yield title, rows


def _grows(claim: Claim) -> str:
    return f"it grows with {claim.grows}" if claim.grows else ""


def _says(claim: Claim) -> str:
    return f"{claim.says} ({claim.source})"


def _measured(claim: Claim) -> str:
    row = claim.setup
    stored = [row["codec"], row["layout"], f"v{row['format']}", row["store"]]
    text = f"{claim.figure if claim.kind != CORRECT else 'result'} of `{claim.operation}`: "
    text += ", ".join(stored)
    if claim.against:
        text += f"; `{row['backend']}` against `{claim.against}`"
    if claim.before_format:
        text += f"; against v{claim.before_format} before"
    return text


def _on_timeline(claim: Claim, shown: Shown | None) -> str:
    if shown is None:
        return "–"
    differs = shown.differences(claim)
    return f"`{shown.name}`" + (f", in {', '.join(differs)}" if differs else "")


def figures(claim: Claim, found: Found) -> str:
    """Before and after, as people read them."""
    if found.before is None:
        return "–"
    if claim.kind == CORRECT:
        return f"right {found.before:g} of {found.runs} → {found.after:g} of {found.runs} times"
    unit = {TIME: units.format_seconds, MEMORY: units.format_size}.get(claim.kind, "{:,.0f}".format)
    return f"{unit(found.before)} → {unit(found.after)}"


def ratio(found: Found) -> str:
    """After over before, with its range where it has one."""
    if found.ratio is None:
        return "–"
    if found.low == found.high:
        return f"{found.ratio:.3g}"
    return f"{found.ratio:.2f} ({found.low:.2f} to {found.high:.2f})"


def _bold(verdict: str) -> str:
    return verdict if verdict == HOLDS else f"**{verdict}**"
