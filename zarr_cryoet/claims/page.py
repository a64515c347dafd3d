"""The record as a page of the docs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from .. import console, units
from ..core.measure.duel import WAITS
from .measure import AGAIN
from .records import Found, Record
from .rows import CORRECT, MEMORY, TIME, Claim
from .timeline import Shown
from .verdict import FAILS, GATE, HOLDS, UNDECIDED, UNMEASURED, UNSEEN, VERDICTS

Nearest = Callable[[Claim], Shown | None]
_INTRO = """\
What the release notes of zarr-python say of dense three-dimensional arrays, from 2.18 on, and
what came of it here. The claims are in our words; the numbers are those of the pull requests. This
page is made by `zarr-cryoet claims --markdown` from `docs/records/claims.json`, which a run of
`zarr-cryoet claims` writes.
"""
_HOW = """\
Each claim is measured between the release that made it and the one before it in the history, or
between two backends in one release where the claim is about a new one, on the case and with the
operation that the claim is about.

- **Times** are CPU time, from a duel: two processes on the same core that are asked in turn,
  started afresh {restarts} times, {pairs} pairs each. For stores with a latency they are wall time,
  and also where that alone changed, by {waits} or more. The ratio is that of after to before; the
  range is from the lowest to the highest restart. A claim *holds* when every restart is beyond
  {gate:.2f} on its side, and *does not hold* when none is. Else it is measured again, with
  {again} times the pairs, and that counts; what is so again is *undecided*.
- **Requests and bytes** are counted in one run, and are exact: any change counts.
- **Peak memory** is the high-water mark of one run of the operation above what its process held,
  the median of {processes} processes; the range is the widest that they allow. Less than 1 MiB is
  taken for 1 MiB, as the system counts in batches.
- **What was mended** is tried in {processes} processes on each side, as some faults come and go. It
  holds when the result was wrong before at least once, and never after.
- **Not visible at this size**: the effect grows with something of which the volume has little, and
  the figures are the same, or too near each other, on both sides.

What this cannot tell: whether a step comes from zarr or from what it was installed with, where the
two releases have other dependencies (below); what other volumes, machines and file systems make of
it; and what a claim on rarely used ways of calling is worth. That a claim does not hold here is not
to say that it holds nowhere: many are about a fault in releases that were withdrawn, or about
arrays of millions of chunks.
"""
_TIMELINE = """\
*On the timeline*: the benchmark of the suite that does the same operation on what is most like the
claim's setup, with what is different in it. What differs may hide the step. –: the suite has none
that is near enough, and the claim is measured by `zarr-cryoet claims` alone.
"""
_NONE = """\
Each of these has no figure, for the reason given: it came before the first release of the history,
between two that were withdrawn, or is about something that no operation of ours does.
"""


def render(record: Record, claims: Mapping[str, Claim], nearest: Nearest) -> str:
    """The page.

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
    parts = [
        "# What the release notes claim",
        _INTRO,
        _summary(record.found),
        "## How it is measured",
        _HOW.format(gate=GATE, again=AGAIN, waits=WAITS, **record.about),
        "## Where it was measured",
        _where(record),
        "## Claims by release",
        _TIMELINE,
        *_by_release(measured, found, nearest),
    ]
    for verdict, title in (
        (FAILS, "## Claims that do not hold"),
        (UNDECIDED, "## Claims that are undecided"),
        (UNSEEN, "## Claims that are not visible at this size"),
        (UNMEASURED, "## Claims that could not be measured"),
    ):
        some = [claim for claim in measured if found[claim.id].verdict == verdict]
        if some:
            parts += [title, _failing(some, found)]
    none = [claim for claim in claims.values() if not claim.measured]
    parts += ["## What no operation here can show", _NONE, _unshown(none)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _summary(found: Sequence[Found]) -> str:
    counts = Counter(each.verdict for each in found)
    told = ", ".join(f"{v} {counts[v]}" for v in VERDICTS if counts[v])
    return f"Of {len(found)} claims that an operation can show: {told}."


def _where(record: Record) -> str:
    about = record.about
    lines = [
        f"Volume `{about['volume']}`, {about['measured']} (UTC), {about['cpu']}, "
        f"{about['processors']} processors of which {about['cores']} used, {about['system']}, "
        f"Python {about['python']}."
    ]
    if noise := record.noise:
        lines.append(
            f"**Noise floor**: a duel of {noise['release']} with itself, {noise['cells']} cells of "
            f"the claims on time, was off by {noise['median']:.1%} in the median and "
            f"{noise['largest']:.1%} at most; {noise['flagged']} of them would have been called "
            f"changed at {GATE:.2f}. A ratio no further from 1 than that is to be read with care, "
            "whatever its verdict."
        )
    else:
        lines.append("No release was compared with itself in this run.")
    packages = ("numcodecs", "numpy")
    rows = (
        (release, *(versions.get(name, "–") for name in packages))
        for release, versions in sorted(record.releases.items(), key=lambda r: order(r[0]))
    )
    return "\n\n".join([*lines, console.markdown_table(["zarr", *packages], rows)])


def order(release: str) -> tuple[int, ...]:
    """What releases are sorted by."""
    return tuple(int(part) for part in release.split("."))


def _by_release(claims: Sequence[Claim], found, nearest: Nearest) -> list[str]:
    parts, head = [], ["claim", "measured", "on the timeline", "before → after", "ratio", "verdict"]
    for release in dict.fromkeys(claim.release for claim in claims):
        some = [claim for claim in claims if claim.release == release]
        before = dict.fromkeys(claim.before for claim in some)
        rows = (
            (
                _says(claim),
                _measured(claim),
                _on_timeline(claim, nearest(claim)),
                figures(claim, found[claim.id]),
                ratio(found[claim.id]),
                _bold(found[claim.id].verdict),
            )
            for claim in some
        )
        parts += [f"### {release}, after {', '.join(before)}", console.markdown_table(head, rows)]
    return parts


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
    unit = {TIME: units.format_seconds, MEMORY: units.format_size}.get(claim.kind, _count)
    return f"{unit(found.before)} → {unit(found.after)}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def ratio(found: Found) -> str:
    """After over before, with its range where it has one."""
    if found.ratio is None:
        return "–"
    if found.low == found.high:
        return f"{found.ratio:.3g}"
    return f"{found.ratio:.2f} ({found.low:.2f} to {found.high:.2f})"


def _bold(verdict: str) -> str:
    return verdict if verdict == HOLDS else f"**{verdict}**"


def _failing(claims: Sequence[Claim], found) -> str:
    rows = (
        (
            claim.release,
            claim.says,
            figures(claim, found[claim.id]),
            ratio(found[claim.id]),
            found[claim.id].note or (f"it grows with {claim.grows}" if claim.grows else ""),
        )
        for claim in claims
    )
    return console.markdown_table(
        ["release", "claim", "before → after", "ratio", "to be known"], rows
    )


def _unshown(claims: Sequence[Claim]) -> str:
    rows = ((claim.release, _says(claim), claim.why) for claim in claims)
    return console.markdown_table(["release", "claim", "why not"], rows)
