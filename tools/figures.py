"""Keep records of runs for the docs, and write docs/figures.md from them.

    python tools/figures.py sweep FILE.sweep.jsonl   keep a sweep
    python tools/figures.py ladder RESULTS SECONDS   keep the timeline of a folder of results
    python tools/figures.py exact RESULTS SECONDS    keep the exact figures of one
    python tools/figures.py selfcheck FILE.json      keep what `selfcheck --json` said
    python tools/sitespeed.py                        keep how fast the site is
    python tools/figures.py                          write the page

No figure stands on the page that is not in a record of `docs/records`.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from statistics import median

from zarr_cryoet import results
from zarr_cryoet.core.measure import setups
from zarr_cryoet.core.operations import OPERATIONS, READS
from zarr_cryoet.environments import lock as locks
from zarr_cryoet.environments import repository
from zarr_cryoet.results import sweeps
from zarr_cryoet.studies import studies
from zarr_cryoet.sweep import report

ROOT = Path(__file__).resolve().parents[1]
RECORDS, PAGE = ROOT / "docs" / "records", ROOT / "docs" / "figures.md"
RATIO = "ratio.AgainstReference.track_time_ratio"


def keep_sweep(path: Path) -> dict:
    """A sweep, each cell as ratios to what stood beside it."""
    head, series, closed = sweeps.read(path)
    ran = [s for s in series if s.seconds and not s.twin]
    cells = []
    for each in (s for s in ran if not report.is_limit(s)):
        case = each.cell.case
        row = {"codec": case.codec, "layout": case.layout, "format": case.zarr_format}
        row |= {"backend": case.backend, "operation": each.cell.operation}
        row |= {"samples": len(each.seconds), "memcpy": report.share_of_control(each)}
        row |= {"codec_alone": report.shares(each, ran).get("codec-alone")}
        cells.append(row | {"bits_per_voxel": each.facts["bits_per_voxel"]})
    failed = sum(s.status == "failed" for s in series)
    kept = ("machine", "system", "python", "processors", "cores", "asked")
    about = {key: head[key] for key in kept} | {"volume": head["volume"]["id"]}
    return {**about, **closed, "failed": failed, "cells": cells}


def keep_ladder(folder: Path, seconds: float) -> dict:
    """Every release in units of the reference, by operation and setup."""
    found: dict[str, dict[str, float]] = {}
    for release, record in _of(folder, RATIO):
        cell = " ".join(map(str, record.params.values()))
        found.setdefault(release, {})[cell] = round(record.value, 4)
    return {"reference": setups.REFERENCE, "seconds": round(seconds), "releases": found}


def keep_exact(folder: Path, seconds: float) -> dict:
    """How many exact figures each release has, and what was not foretold."""
    counted: dict[str, int] = {}
    wrong: dict[str, int] = {}
    for release, record in _of(folder, ""):
        counted[release] = counted.get(release, 0) + 1
        if record.about.metric == "unpredicted":
            wrong[release] = wrong.get(release, 0) + int(record.value)
    return {"seconds": round(seconds), "figures": counted, "unpredicted": wrong}


def _of(folder: Path, benchmark: str):
    names = {c: v for v, c in repository.expected(locks.read(locks.path_of("zarr"))).items()}
    for record in results.load(folder):
        if record.status == results.OK and record.benchmark.startswith(benchmark):
            yield names.get(record.commit, record.commit[:8]), record


def page() -> str:
    """All of docs/figures.md."""
    parts = {
        "sweep": _sweep,
        "ladder": _ladder,
        "exact": _exact,
        "selfcheck": lambda kept: "## The self-check\n\n" + _selfcheck(kept),
        "sitespeed": runpy.run_path(str(ROOT / "tools" / "sitespeed.py"))["markdown"],
    }
    texts = [_INTRO]
    for name, render in parts.items():
        path = RECORDS / f"{name}.json"
        if path.exists():
            texts.append(render(json.loads(path.read_text())).strip() + "\n")
    return "\n".join(texts)


_INTRO = """# What this project measured of itself

Written by `tools/figures.py` from `docs/records`; nothing here was typed in. Times are ratios to
something measured in the same breath, on a shared machine.
"""


def _selfcheck(kept: dict) -> str:
    study = studies()["selfcheck"]
    return study.page(study.format.parsed(kept))


def _sweep(kept: dict) -> str:
    text = [
        "## The sweep over all codecs\n",
        f"`zarr-cryoet sweep --codecs {kept['asked']['codecs']} --layouts "
        f"{kept['asked']['layouts']} --operations {kept['asked']['operations']} --formats "
        f"{kept['asked']['formats']}` on {kept['volume']}: {len(kept['cells'])} cells, "
        f"{min(c['samples'] for c in kept['cells'])} samples each at least, {kept['failed']} "
        f"failed, in {kept['seconds_preparing'] + kept['seconds_measuring']:.0f} s, of which "
        f"{kept['seconds_preparing']:.0f} s for writing and proving stores. Of the rest, "
        f"{100 * kept['measured_share']:.0f} % was inside what was measured. Cores used at most "
        f"{kept['cores_used']:.2f}; noise floor {100 * kept['noise_floor']:.0f} %; "
        f"{kept['processors']} cores, Python {kept['python']}.\n",
        "Speed in per cent of a memcpy of the same bytes beside it, and in brackets of numcodecs "
        "alone on the same chunks. A codec's row is in the order of its size.\n",
    ]
    backends = list(dict.fromkeys(c["backend"] for c in kept["cells"]))
    columns = [(op, b) for op in ("write", "read-full") for b in backends]
    text.append(
        "| codec | bits per voxel | " + " | ".join(f"{op}, {b}" for op, b in columns) + " |"
    )
    text.append("|---|" + "---:|" * (1 + len(columns)))
    rows: dict[str, dict] = {}
    for cell in kept["cells"]:
        row = rows.setdefault(cell["codec"], {"bits": cell["bits_per_voxel"]})
        row[cell["operation"], cell["backend"]] = cell
    for codec, row in sorted(rows.items(), key=lambda each: each[1]["bits"]):
        cells = " | ".join(_speed(row.get(column)) for column in columns)
        text.append(f"| {codec} | {row['bits']:.2f} | {cells} |")
    return "\n".join(text)


def _speed(cell: dict | None) -> str:
    if cell is None:
        return ""
    alone = f" ({100 * cell['codec_alone']:.0f})" if cell["codec_alone"] else ""
    return f"{100 * cell['memcpy']:.1f}{alone}"


def _ladder(kept: dict) -> str:
    releases = kept["releases"]
    known = [v for v in locks.read(locks.path_of("zarr")).versions if v in releases]
    text = [
        "## All releases in units of one\n",
        f"`asv run ALL --bench ratio`: {len(known)} releases against zarr {kept['reference']}, "
        f"in {kept['seconds'] / 60:.0f} min. A figure is the median over cells of a release's "
        f"time over that of {kept['reference']}, lowest to highest in brackets; the row of "
        f"{kept['reference']} is that release against itself, and so the noise.\n",
    ]
    groups = [
        (setup, what) for setup in setups.SETUPS for what in ("reading", "writing", "the rest")
    ]
    head = " | ".join(f"{what}, {setup}" for setup, what in groups)
    text += [f"| zarr | cells | {head} |", "|---|---:|" + "---:|" * len(groups)]
    for release in known:
        found = releases[release]
        cells = " | ".join(_spread(found, *group) for group in groups)
        text.append(f"| {release} | {len(found)} | {cells} |")
    return "\n".join(text)


def _spread(found: dict[str, float], setup: str, what: str) -> str:
    ratios = [
        ratio
        for cell, ratio in found.items()
        if cell.endswith(f" {setup}") and _what(cell.partition(" ")[0]) == what
    ]
    if not ratios:
        return ""
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _what(operation: str) -> str:
    if operation in READS:
        return "reading"
    return "writing" if OPERATIONS[operation].writes else "the rest"


def _exact(kept: dict) -> str:
    figures, wrong = kept["figures"], kept["unpredicted"]
    return "\n".join(
        [
            "## Exact figures of all releases\n",
            f"`zarr-cryoet bench --group exact --releases all`: {sum(figures.values())} figures of "
            f"{len(figures)} releases, {min(figures.values())} to {max(figures.values())} each, in "
            f"{kept['seconds'] / 60:.0f} min. Calls that took something else than was foretold: "
            f"{sum(wrong.values())}, over all operations, layouts and backends of "
            f"`requests.Models`.\n",
        ]
    )


def main(words: list[str]) -> None:
    """What the text above says."""
    keep = {
        "sweep": lambda path: keep_sweep(Path(path)),
        "ladder": lambda folder, seconds: keep_ladder(Path(folder), float(seconds)),
        "exact": lambda folder, seconds: keep_exact(Path(folder), float(seconds)),
        "selfcheck": lambda path: json.loads(Path(path).read_text()),
    }
    if words:
        RECORDS.mkdir(parents=True, exist_ok=True)
        kept = keep[words[0]](*words[1:])
        (RECORDS / f"{words[0]}.json").write_text(json.dumps(kept, indent=1) + "\n")
    PAGE.write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
