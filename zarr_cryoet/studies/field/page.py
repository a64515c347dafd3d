"""What the templates show of the record, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..verdict import FAILS, HOLDS, UNDECIDED, counted
from .answers import answers, ours
from .records import VERDICTS, Found, Record
from .rows import CLAIMS, TIME, VOLUME, Claim, starred

_MARKS = {HOLDS: "✓", FAILS: "✗", UNDECIDED: "?"}
_NAMED = 4  # values in a list that is still read
_WORDS = {"holds": "it holds", "fails": "it does not hold"}
_NAMES = {"kind": "kind of shuffle", "cube": "cubes that it is compared with"}


def words(record: Record, claims: Mapping[str, Claim] = CLAIMS) -> dict[str, Any]:
    """What the page of the docs shows."""
    found = answers(record, claims)
    return {
        "about": record.about,
        "answers": found,
        "counts": counted((row["verdict"] for row in found), VERDICTS),
        "summary": [
            (
                row["claim"],
                row["published"],
                figure(row["ours"]),
                f"[{row['verdict']}](#{row['id']})",
            )
            for row in found
        ],
        "versions": ", ".join(f"{name} {version}" for name, version in record.versions.items()),
        "samples": _samples(record),
        "volumes": [_volume(volume) for volume in record.volumes],
        "claims": [_claim(record, claims[row["id"]], row) for row in found],
    }


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


def plainly(found: Mapping | None) -> str:
    """The same for the site, where figures of a hundred and more are not rounded to whole ones."""
    if not found or found["figure"] is None:
        return "not measured"
    sign = "+" if found["signed"] else ""
    value, low, high = (f"{found[key]:{sign}.3g}" for key in ("figure", "low", "high"))
    return f"{value} {found['unit']}" + (f" ({low} to {high})" if low != high else "")


def _volume(volume: Mapping) -> tuple[str, ...]:
    shape = " x ".join(map(str, volume["shape"]))
    floor = "–" if volume["floor"] is None else f"{volume['floor']:.1%}"
    return f"`{volume['id']}`", volume["provenance"], shape, volume["dtype"], floor


def _samples(record: Record) -> str:
    """How many the timed pairs have, as a busy machine leaves no time for more."""
    taken = sorted(each.samples for each in record.found if each.wall is not None)
    if not taken:
        return ""
    most = f" to {taken[-1]}" if taken[-1] > taken[0] else ""
    return f" Of each side of a timed pair there are {taken[0]}{most} samples."


def _claim(record: Record, claim: Claim, row: Mapping) -> tuple:
    """The claim, what is said of it, and the unit, the head and the lines of its table."""
    sources = "; ".join(f"[{each['title']}]({each['url']})" for each in claim.sources)
    pairs = record.of(claim.id)
    bullets = {
        "Published": f"{claim.published}. {sources or 'Unsourced: commonly said'}",
        "Compared": _compared(claim),
        "Counts as holding": claim.holding,
        "Here": f"**{row['verdict']}**, {figure(row['ours'])}{_depends(row)}",
    }
    if left := [v["id"] for v in record.volumes if claim.leaves_out(v["shape"])]:
        bullets["Left out"] = f", as too small: {', '.join(f'`{name}`' for name in left)}"
    if notes := dict.fromkeys(each.note for each in pairs if each.note):
        bullets["Not measured"] = "; ".join(notes)
    unit = ours(claim, pairs)
    return claim, bullets.items(), unit["unit"] if unit else "no unit", *_pairs(claim, pairs)


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
    return f". {why}. Where it holds: {held}; where it does not: {failed}"


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


def _pairs(claim: Claim, pairs: Sequence[Found]) -> tuple[list[str], list[tuple[str, ...]]]:
    """A row for each combination, a column for each volume."""
    volumes = list(dict.fromkeys(each.factors[VOLUME] for each in pairs))
    table: dict[tuple[str, ...], dict[str, str]] = {}
    for each in pairs:
        key = tuple(value for name, value in each.factors.items() if name != VOLUME)
        shown = figure(ours(claim, [each]), unit=False)
        table.setdefault(key, {})[each.factors[VOLUME]] = f"{_MARKS.get(each.verdict, '')} {shown}"
    head = [*(_NAMES.get(name, name) for name in claim.axes), *(f"`{name}`" for name in volumes)]
    return head, [
        (*(f"`{value}`" for value in key), *(cells.get(name, "") for name in volumes))
        for key, cells in table.items()
    ]
