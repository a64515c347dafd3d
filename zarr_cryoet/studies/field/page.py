"""The record as a page of the docs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ... import console
from ..verdict import FAILS, HOLDS, UNDECIDED
from .records import Record, ours, rows
from .rows import CLAIMS, TIME, VOLUME, Claim, starred
from .verdict import VERDICTS

_MARKS = {HOLDS: "✓", FAILS: "✗", UNDECIDED: "?"}
_INTRO = """\
What others have published on storing tomograms in Zarr, beside what was measured here. The claims
are in our words, their figures in those of their authors. This page is made by `zarr-cryoet field
--markdown` from `docs/records/field.json`, which a run of `zarr-cryoet field` writes. What the
release notes of zarr claim is on [another page](claims.md).
"""
_HOW = """\
A claim compares two ways of storing or reading, on each volume and for each combination of what
else is varied: a *pair*. All cells of a volume are in one run of the
[paired sampler](method.md), every store proved bit for bit before it is timed. `*` below is what
the table of the claim varies.

- **Times** are CPU time: all of it is on {cores} of {processors} processors, files are in memory,
  so that nothing is waited for, and what else runs on the core falls out. Of {samples} rounds in
  random order; what is undecided then gets up to {again} more, while there is time, and the twins
  with it. The ratio is that of the medians, with a bootstrap interval of 95 %. Wall times, beside
  them on record, are more disturbed.
- **Objects and bits per voxel** are counted on the disk, metadata and padding included, and exact.
- **Noise floor**: by how much the medians of cells differ at most that are sampled twice over, as
  if they were others. What would be judged otherwise if the floor were the factor that counts, is
  *undecided*, as is what an interval does not settle.
- A pair ✓ holds, ✗ does not, ? is undecided. A claim is made for all pairs: it *holds* where all
  do, *does not hold* where none does, and *depends* on something where some do. On what, is looked
  for among what is varied: the one or two that tell all pairs apart.

What this cannot tell: what more cores change (the claims on libraries were made on several, where
tensorstore and zarrs share out their work); what a disk or a network adds; and what larger volumes,
of other dtypes, make of it. The claims were made with releases of 2025 and before, here are those
below. A claim that does not hold here may hold where it was made.
"""
_NAMED = 4  # values in a list that is still read
_WORDS = {"holds": "it holds", "fails": "it does not hold"}
_NAMES = {"kind": "kind of shuffle", "cube": "cubes that it is compared with"}


def render(record: Record, claims: Mapping[str, Claim] = CLAIMS) -> str:
    """The page."""
    found = rows(record, claims)
    counts = Counter(row["verdict"] for row in found)
    told = ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS if counts[verdict])
    head = ["claim", "published", "here, over all pairs", "verdict"]
    lines = (
        (row["claim"], row["published"], figure(row["ours"]), f"[{row['verdict']}](#{row['id']})")
        for row in found
    )
    parts = [
        "# What the field says",
        _INTRO,
        f"Of {len(found)} claims: {told}.",
        console.markdown_table(head, lines),
        "## How it is measured",
        _HOW.format(**record.about),
        "## Where it was measured",
        _where(record),
        "## Claim by claim",
        *(part for row in found for part in _claim(record, claims[row["id"]], row)),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def figure(found: Mapping | None, unit: bool = True) -> str:
    """Our figure with its interval, as people read it."""
    if found is None:
        return "–"
    sign = "+" if found["signed"] else ""
    value, low, high = (_number(found[key], sign) for key in ("figure", "low", "high"))
    tail = f" {found['unit']}" if unit else ""
    return f"{value}{tail}" if low == high else f"{value}{tail} ({low} to {high})"


def _number(value: float, sign: str) -> str:
    return f"{value:{sign}.0f}" if abs(value) >= 100 else f"{value:{sign}.3g}"


def _where(record: Record) -> str:
    about = record.about
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    line = (
        f"{about['measured']} (UTC), {about['cpu']}, {about['system']}, Python "
        f"{about['python']}; {versions}.{_samples(record)}"
    )
    lines = (
        (
            f"`{volume['id']}`",
            volume["provenance"],
            " x ".join(map(str, volume["shape"])),
            volume["dtype"],
            "–" if volume["floor"] is None else f"{volume['floor']:.1%}",
        )
        for volume in record.volumes
    )
    head = ["volume", "kind", "voxels (z, y, x)", "dtype", "noise floor"]
    return f"{line}\n\n{console.markdown_table(head, lines)}"


def _samples(record: Record) -> str:
    """How many the timed pairs have, as a busy machine leaves no time for more."""
    taken = sorted(each.samples for each in record.found if each.wall is not None)
    if not taken:
        return ""
    most = f" to {taken[-1]}" if taken[-1] > taken[0] else ""
    return f" Of each side of a timed pair there are {taken[0]}{most} samples."


def _claim(record: Record, claim: Claim, row: Mapping) -> list[str]:
    sources = "; ".join(f"[{each['title']}]({each['url']})" for each in claim.sources)
    said = [
        f"*Published*: {claim.published}. {sources or 'Unsourced: commonly said'}.",
        f"*Compared*: {_compared(claim)}.",
        f"*Counts as holding*: {claim.holding}.",
        f"*Here*: **{row['verdict']}**, {figure(row['ours'])}.{_depends(row)}",
    ]
    if left := [v["id"] for v in record.volumes if claim.leaves_out(v["shape"])]:
        said.append(f"*Left out*, as too small: {', '.join(f'`{name}`' for name in left)}.")
    if notes := dict.fromkeys(each.note for each in record.of(claim.id) if each.note):
        said.append(f"*Not measured*: {'; '.join(notes)}.")
    bullets = "\n".join(f"- {line}" for line in said)
    return [f'### <a id="{claim.id}"></a>{claim.says.rstrip(".")}', bullets, _pairs(record, claim)]


def _compared(claim: Claim) -> str:
    """What is on the two sides, and what is the same on both."""
    setup = {name: starred(text) for name, text in claim.setup.items()}
    what = f"{claim.figure} of `{setup['operation']}`" if claim.figure == TIME else claim.figure
    same = [setup["codec"], setup["layout"], f"v{setup['format']}", setup["backend"]]
    same = ", ".join(f"`{text}`" for text in same if text not in ("*", "v*"))
    before, after = (
        ", ".join(f"{name} `{starred(value)}`" for name, value in side.items())
        for side in (claim.before, claim.after)
    )
    return f"{what}, {before} → {after}; {same}"


def _named(factors: Sequence[str]) -> str:
    return " and ".join(f"the {_NAMES.get(name, name)}" for name in factors)


def _depends(row: Mapping) -> str:
    found = row["depends"]
    if not found:
        return ""
    held, failed = (figure(found["ours"][side]) for side in (HOLDS, FAILS))
    none = "No two of what is varied tell where"
    why = _told(found) if found["factors"] else f"{none}. {_shares(found)}"
    return f" {why}. Where it holds: {held}; where it does not: {failed}."


def _told(found: Mapping) -> str:
    """The values that tell, of which the longer list is left to be worked out."""
    few, others = sorted(_WORDS, key=lambda side: len(found[side]))
    if len(found[few]) > _NAMED:
        return f"It depends on {_named(found['factors'])}. {_shares(found)}"
    some, rest = ([f"`{' '.join(value)}`" for value in found[side]] for side in (few, others))
    rest = rest if len(rest) <= len(some) + 1 else ["all others that are decided"]
    return (
        f"It depends on {_named(found['factors'])}: {_WORDS[few]} for {', '.join(some)}; "
        f"{_WORDS[others]} for {', '.join(rest)}"
    )


def _shares(found: Mapping) -> str:
    shares = ", ".join(f"`{value}` {h} of {of}" for value, (h, of) in found["shares"].items())
    return f"By {_named([found['most']])}, of pairs that are decided, it holds in {shares}"


def _pairs(record: Record, claim: Claim) -> str:
    """A row for each combination, a column for each volume."""
    found = record.of(claim.id)
    volumes = list(dict.fromkeys(each.factors[VOLUME] for each in found))
    table: dict[tuple[str, ...], dict[str, str]] = {}
    for each in found:
        key = tuple(value for name, value in each.factors.items() if name != VOLUME)
        told = figure(ours(claim, [each]), unit=False)
        table.setdefault(key, {})[each.factors[VOLUME]] = f"{_MARKS.get(each.verdict, '')} {told}"
    head = [*(_NAMES.get(name, name) for name in claim.axes), *(f"`{name}`" for name in volumes)]
    lines = (
        (*(f"`{value}`" for value in key), *(cells.get(name, "") for name in volumes))
        for key, cells in table.items()
    )
    unit = ours(claim, found)
    return f"In {unit['unit'] if unit else 'no unit'}:\n\n{console.markdown_table(head, lines)}"
