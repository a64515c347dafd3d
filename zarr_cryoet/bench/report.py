"""What came of a run: who was fastest, smallest, fewest; and how releases compare."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .. import console, units
from ..core.metrics import METRICS
from ..results import FAILED, OK, SKIPPED, Record
from .plan import Slice

# title, benchmark, operation
BEST = (
    ("fastest read", "codecs.ReadCodec.time_read", "read-full"),
    ("fastest write", "codecs.WriteCodec.time_write", "write"),
    ("fastest xy plane", "chunks.ReadChunks.time_read", "read-plane-xy"),
    ("smallest", "exact.StoredByCodec.track_bits_per_voxel", "write"),
    ("fewest objects", "exact.StoredByLayout.track_objects", "write"),
)
_CODECS = ("codecs.WriteCodec.time_write", "codecs.ReadCodec.time_read")
_PLANES = ("chunks.ReadChunks.time_read", "backends.ReadPortal.time_read")
_READ_PLANES = tuple(f"read-plane-{axes}" for axes in ("xy", "xz", "yz"))
# title, benchmarks, operations, the backend whose times are compared, the one to divide by
COMPARED = (
    ("write", _CODECS, ("write",), "zarr-python", "tensorstore"),
    ("read", _CODECS, ("read-full",), "zarr-python", "tensorstore"),
    ("planes", _PLANES, _READ_PLANES, "zarr-python", "tensorstore"),
    ("tensorstore alone", _CODECS, ("write", "read-full"), "tensorstore", None),
    ("memcpy alone", ("control.Control.time_memcpy",), ("",), "", None),
)
# A step that one round can show (DESIGN: asv's times are gated at this factor), and then
# only where every cell is on its side.
GATE = 1.25
_ACROSS = 3  # releases, beside each other; more stand below each other
_LEGEND = f"""\
Above 1 is slower: mean (lowest to highest cell). A time is zarr-python's over
that of tensorstore beside it, which is the same in every release. ~: no
difference shown, as it is within {GATE}x or the cells do not agree. What
tensorstore and memcpy do alone is the machine's doing."""


def summarise(
    records: list[Record], commits: dict[str, str], slices: Iterable[Slice], seconds: float
) -> dict:
    """The figures of the closing table, as plain values.

    Parameters
    ----------
    records
        Of one volume and the releases of the run.
    commits
        Release by commit, oldest first.
    slices
        What was run; records of other cells are left out of the counts.
    seconds
        Wall time of the run.
    """
    asked = {(part.commit, cell.name) for part in slices for cell in part.cells}
    ran = [r for r in records if (r.commit, r.name) in asked]
    counts = Counter(r.status for r in ran)
    newest = [r for r in ran if commits[r.commit] == list(commits.values())[-1]]
    bad = [r for r in ran if r.status != OK]
    return {
        "releases": list(commits.values()),
        "seconds": round(seconds, 1),
        "run": counts[OK],
        "skipped": counts[SKIPPED],
        "failed": counts[FAILED],
        "missing": len(asked) - len(ran),
        "best": [b for row in BEST if (b := _best(newest, *row))],
        "compared": _compared(ran, commits),
        "reasons": [
            {"status": status, "reason": reason, "cells": n}
            for (status, reason), n in Counter((r.status, r.reason) for r in bad).most_common()
        ],
        "records": [{**r.to_json(), "release": commits[r.commit]} for r in ran],
    }


def _best(records: list[Record], title: str, benchmark: str, operation: str) -> dict | None:
    """The lowest value of a benchmark, all that tie with it counted.

    Two times tie when their intervals overlap, two exact figures when they are equal.
    """
    wanted = benchmark, operation, OK
    found = [r for r in records if (r.benchmark, r.operation, r.status) == wanted]
    if not found:
        return None
    best = min(found, key=lambda r: r.value)
    ties = [r for r in found if r is not best and _tie(best, r)]
    return {
        "what": title,
        "value": best.value,
        "unit": best.unit,
        "shown": _shown(best.about.metric, best.value),
        "interval": best.to_json()["interval"],
        "cell": best.params,
        "ties": [r.params for r in ties],
    }


def _shown(metric: str, value: float) -> str:
    """A value with its unit, as its metric has it."""
    spelled = METRICS[metric].shown
    return spelled.format(value) if spelled else units.format_seconds(value)


def _tie(best: Record, other: Record) -> bool:
    if best.interval is None or other.interval is None:
        return best.value == other.value
    return other.interval[0] <= best.interval[1]


def _compared(records: list[Record], commits: dict[str, str]) -> list[dict]:
    """How times changed since the oldest release, cell by cell.

    zarr-python's time of a cell is divided by tensorstore's of the same cell, measured
    seconds from it, as tensorstore is the same in every release: what the machine did
    meanwhile largely falls out. tensorstore's own noise comes in.
    """
    times: dict[tuple, dict[str, float]] = {}
    for r in records:
        if r.status == OK and r.about.metric == "seconds":
            what = tuple(v for k, v in r.params.items() if k != "backend")
            key = (r.benchmark, r.operation, r.backend, what)
            times.setdefault(key, {})[commits[r.commit]] = r.value
    rows = []
    for title, benchmarks, operations, backend, beside in COMPARED:
        cells = [
            _divided(found, times.get((benchmark, done, beside, what)) if beside else None)
            for (benchmark, done, of, what), found in times.items()
            if benchmark in benchmarks and done in operations and of == backend
        ]
        rows.append({"what": title, "beside": beside, **_ratios(cells, list(commits.values()))})
    return rows


def _divided(times: dict[str, float], beside: dict[str, float] | None) -> dict[str, float]:
    if beside is None:
        return times
    return {release: times[release] / beside[release] for release in times.keys() & beside.keys()}


def _ratios(cells: list[dict[str, float]], releases: list[str]) -> dict:
    """Geometric mean, lowest and highest, over the cells that all releases have."""
    base, ratios = releases[0], {}
    common = [found for found in cells if set(releases) <= set(found)]
    for release in releases if common else ():
        logs = [math.log(found[release] / found[base]) for found in common]
        ratio, low, high = (math.exp(v) for v in (sum(logs) / len(logs), min(logs), max(logs)))
        verdict = "no difference shown"
        if ratio >= GATE and low > 1:
            verdict = "slower"
        elif ratio <= 1 / GATE and high < 1:
            verdict = "faster"
        ratios[release] = {"ratio": ratio, "low": low, "high": high, "verdict": verdict}
    return {"cells": len(common), "releases": ratios}


def say(summary: dict, html: Path, json: bool) -> None:
    """The closing tables, and where the site is."""
    if json:
        return console.as_json({**summary, "site": str(html)})
    newest = summary["releases"][-1]
    console.say(f"On zarr {newest}: read and write by codec, in chunks of 64³; planes by chunks")
    console.table(
        ["", ">", "99 % interval", "cell"],
        [(b["what"], b["shown"], _interval(b), _cell(b)) for b in summary["best"]],
    )
    console.say()
    if summary["releases"][1:]:
        _say_compared(summary)
    for entry in summary["reasons"]:
        console.say(f"{entry['status']} {entry['cells']}: {entry['reason']}")
    missing = f", {summary['missing']} without a result" if summary["missing"] else ""
    console.say(
        f"{summary['run']} cells run, {summary['skipped']} skipped, {summary['failed']} failed"
        f"{missing}, in {units.format_budget(summary['seconds'])}"
    )
    return console.say(f"site: {html / 'index.html'}  (asv preview shows it)")


def _say_compared(summary: dict) -> None:
    oldest, *others = summary["releases"]
    rows = [row for row in summary["compared"] if row["cells"]]
    if not rows:
        return
    if len(others) <= _ACROSS:
        console.table(
            [f"time / {oldest}", ">cells", *(f">{release}" for release in others)],
            [(r["what"], r["cells"], *(_ratio(r, release) for release in others)) for r in rows],
        )
    else:
        console.table(
            [f"time / {oldest}", *(f">{row['what']}" for row in rows)],
            [
                (release, *(f"{row['releases'][release]['ratio']:.2f}" for row in rows))
                for release in others
            ],
        )
    console.say(_LEGEND)
    console.say()


def _interval(best: dict) -> str:
    if not best["interval"]:
        return "exact"
    low, high = best["interval"]
    if low is None or high is None:
        return "too few samples"
    return f"{units.format_seconds(low)} to {units.format_seconds(high)}"


def _cell(best: dict) -> str:
    words = [f"v{v}" if k == "zarr_format" else v for k, v in best["cell"].items()]
    if best["ties"]:
        words.append(f"(+{len(best['ties'])} tied)")
    return " ".join(words)


def _ratio(row: dict, release: str) -> str:
    found = row["releases"].get(release)
    if not found:
        return "no common cell"
    mark = "~" if found["verdict"] == "no difference shown" else found["verdict"]
    span = f" ({found['low']:.2f} to {found['high']:.2f})" if row["cells"] > 1 else ""
    return f"{found['ratio']:.2f}{span} {mark}"
