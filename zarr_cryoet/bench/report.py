"""What came of a run: who was fastest, smallest, fewest; and how releases compare."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .. import console
from ..results import FAILED, OK, SKIPPED, Record
from .plan import Slice

# title, benchmark, how its value is spelled
BEST = (
    ("fastest read", "codecs.ReadCodec.time_read", console.seconds),
    ("fastest write", "codecs.WriteCodec.time_write", console.seconds),
    ("fastest xy plane", "chunks.ReadChunks.time_read", console.seconds),
    ("smallest", "exact.StoredByCodec.track_bits_per_voxel", "{:.2f} bit/voxel".format),
    ("fewest objects", "exact.StoredByLayout.track_objects", "{:.0f} objects".format),
)
# title, benchmarks, backend whose times are compared across releases
COMPARED = (
    ("write", ("codecs.WriteCodec.time_write",), "zarr-python"),
    ("read", ("codecs.ReadCodec.time_read",), "zarr-python"),
    ("planes", ("chunks.ReadChunks.time_read", "backends.ReadPortal.time_read"), "zarr-python"),
    (
        "tensorstore",
        ("codecs.WriteCodec.time_write", "codecs.ReadCodec.time_read"),
        "tensorstore",
    ),
    ("memcpy", ("control.Control.time_memcpy",), None),
)


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
    ran = [r for r in records if (r.commit, _name(r)) in asked]
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


def _name(record: Record) -> str:
    """As asv names the cell, in which numbers stand without quotes."""
    if not record.params:
        return record.benchmark
    words = [v if v.isdecimal() else repr(v) for v in record.params.values()]
    return f"{record.benchmark}({', '.join(words)})"


def _best(records: list[Record], title: str, benchmark: str, spell) -> dict | None:
    """The lowest value of a benchmark, all that tie with it counted.

    Two times tie when their intervals overlap, two exact figures when they are equal.
    """
    found = [r for r in records if r.benchmark == benchmark and r.status == OK]
    if "plane" in title:
        found = [r for r in found if r.params.get("access") == "plane-xy"]
    if not found:
        return None
    best = min(found, key=lambda r: r.value)
    ties = [r for r in found if r is not best and _tie(best, r)]
    return {
        "what": title,
        "value": best.value,
        "unit": best.unit,
        "shown": spell(best.value),
        "interval": best.to_json()["interval"],
        "cell": best.params,
        "ties": [r.params for r in ties],
    }


def _tie(best: Record, other: Record) -> bool:
    if best.interval is None or other.interval is None:
        return best.value == other.value
    return other.interval[0] <= best.interval[1]


def _compared(records: list[Record], commits: dict[str, str]) -> list[dict]:
    """Geometric means of time ratios to the oldest release, over the cells both have."""
    releases = list(commits.values())
    times: dict[tuple[str, str], dict[str, float]] = {}
    for r in records:
        if r.status == OK and r.unit == "seconds":
            times.setdefault((r.benchmark, _name(r)), {})[commits[r.commit]] = r.value
    rows = []
    for title, benchmarks, backend in COMPARED:
        cells = [
            found
            for (benchmark, name), found in times.items()
            if benchmark in benchmarks and (backend is None or repr(backend) in name)
        ]
        rows.append({"what": title, **_ratios(cells, releases)})
    return rows


def _ratios(cells: list[dict[str, float]], releases: list[str]) -> dict:
    base, ratios = releases[0], {}
    common = [found for found in cells if set(releases) <= set(found)]
    for release in releases if common else ():
        logs = [math.log(found[release] / found[base]) for found in common]
        ratios[release] = {
            "ratio": math.exp(sum(logs) / len(logs)),
            "low": math.exp(min(logs)),
            "high": math.exp(max(logs)),
        }
    return {"cells": len(common), "releases": ratios}


def say(summary: dict, html: Path, json: bool) -> None:
    """The closing tables, and where the site is."""
    if json:
        return console.as_json({**summary, "site": str(html)})
    newest, oldest = summary["releases"][-1], summary["releases"][0]
    console.table(
        [f"zarr {newest}", "", "99 % interval", "cell"],
        [(b["what"], b["shown"], _interval(b), _cell(b)) for b in summary["best"]],
    )
    console.say()
    console.table(
        [f"time / {oldest}", ">cells", *(f">{r}" for r in summary["releases"][1:])],
        [
            (row["what"], row["cells"], *(_ratio(row, r) for r in summary["releases"][1:]))
            for row in summary["compared"]
        ],
    )
    console.say("geometric mean (lowest to highest cell); tensorstore and memcpy do not change")
    console.say("with zarr: what they show is the machine")
    console.say()
    for entry in summary["reasons"]:
        console.say(f"{entry['status']} {entry['cells']}: {entry['reason']}")
    console.say(
        f"{summary['run']} cells run, {summary['skipped']} skipped, {summary['failed']} failed "
        f"in {console.duration(summary['seconds'])}"
    )
    return console.say(f"site: {html / 'index.html'}  (asv preview shows it)")


def _interval(best: dict) -> str:
    if not best["interval"]:
        return "exact"
    low, high = best["interval"]
    if low is None or high is None:
        return "too few samples"
    # asv's interval of few samples may reach below zero, where no time is
    return f"{console.seconds(max(0.0, low))} to {console.seconds(high)}"


def _cell(best: dict) -> str:
    words = [f"v{v}" if k == "zarr_format" else v for k, v in best["cell"].items()]
    if best["ties"]:
        words.append(f"(+{len(best['ties'])} tied)")
    return " ".join(words)


def _ratio(row: dict, release: str) -> str:
    found = row["releases"].get(release)
    if not found:
        return "no common cell"
    return f"{found['ratio']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
