"""A page that says what ran, what was skipped, what failed, and why: asv cannot."""

from __future__ import annotations

import html
import json
import math
import sys
from collections import Counter
from pathlib import Path
from string import Template

from asv.publishing import OutputPublisher

from .. import results
from ..core.errors import UserError
from . import volumes

PAGE, DATA = "cells.html", "cells.json"
_NAVIGATION = '<li id="nav-li-regressions">'


class Cells(OutputPublisher):
    """Writes ``cells.html`` and ``cells.json``, and a link to the one in asv's own pages."""

    name = "cells"
    button_label = "Cells"
    description = "What ran, what was skipped or failed, and why"
    order = 10

    @classmethod
    def publish(cls, conf, repo, benchmarks, graphs, revisions):
        """Called by ``asv publish``."""
        folder = Path(conf.html_dir)
        names = {commit: tag for tag, commit in repo.get_tags().items()}
        try:
            found = list(results.table(Path(conf.results_dir)))
        except UserError as exc:  # asv would show a trace
            sys.exit(f"zarr-cryoet: {exc}")
        records = [r for r in found if r.commit in revisions or r.benchmark.startswith("sweep.")]
        tidy = [{**r.to_json(), "release": _release(r, names)} for r in records]
        held = volumes.described(sorted({r["volume"] for r in tidy}))
        data = {"version": results.VERSION, "volumes": held, "records": tidy}
        (folder / DATA).write_text(json.dumps(data, separators=(",", ":")))
        ordered = sorted(
            tidy, key=lambda r: (r["volume"], r["machine"], revisions.get(r["commit"], math.inf))
        )
        (folder / PAGE).write_text(page(ordered))
        index = folder / "index.html"
        link = f'<li><a href="{PAGE}">Cells</a></li>\n        '
        index.write_text(index.read_text().replace(_NAVIGATION, link + _NAVIGATION, 1))


def _release(record: results.Record, names: dict[str, str]) -> str:
    """A tag of the history; of a sweep, what its environment is called."""
    if record.benchmark.startswith("sweep."):
        return record.commit
    return names.get(record.commit, record.commit[:8])


def page(records: list[dict]) -> str:
    """The page, from records in the order in which they are to stand."""
    counts = Counter((_place(r), r["status"]) for r in records)
    places = dict.fromkeys(map(_place, records))
    total = [
        (*place, *(counts[place, s] for s in (results.OK, results.SKIPPED, results.FAILED)))
        for place in places
    ]
    return _TEMPLATE.substitute(
        totals=_rows(total, numbers=3),
        volumes=_rows(volumes.rows(sorted({r["volume"] for r in records}))),
        reasons=_rows(_reasons(records)) or _NOTHING,
    )


def _reasons(records: list[dict]) -> list[tuple[str, ...]]:
    """Rows of what did not run; releases that left out the same cells share one."""
    cells: dict[tuple, list[str]] = {}
    for r in records:
        if r["status"] != results.OK:
            why = f"{r['status']}: {r['reason']}"
            key = (why, r["benchmark"], *_place(r))
            cells.setdefault(key, []).append(_words(r["params"]))
    releases: dict[tuple, list[str]] = {}
    for (*what, release), which in cells.items():
        releases.setdefault((*what, tuple(which)), []).append(release)
    return [
        (why, benchmark, f"{volume} on {machine}", ", ".join(names), f"{len(which)}: "
         + ", ".join(which))
        for (why, benchmark, volume, machine, which), names in sorted(releases.items())
    ]  # fmt: skip


def _words(params: dict) -> str:
    """``c64 v2 tensorstore``: a bare number would say nothing."""
    return " ".join(f"v{v}" if k == "zarr_format" else str(v) for k, v in params.items())


def _place(record: dict) -> tuple[str, str, str]:
    where = f"{record['machine']}, Python {record['python']}"
    return record["volume"], where, record["release"]


def _rows(rows: list[tuple], numbers: int = 0) -> str:
    """Table rows; the last `numbers` columns are figures."""
    lines = []
    for row in rows:
        cells = [
            f"<td{' class=n' if i >= len(row) - numbers else ''}>{html.escape(str(cell))}</td>"
            for i, cell in enumerate(row)
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join(lines)


_NOTHING = "<tr><td colspan=5>Every cell that was asked for ran.</td></tr>"
_TEMPLATE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cells</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; max-width: 76rem }
table { border-collapse: collapse; margin: 1rem 0 2rem; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
         border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent) }
.n { text-align: right; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto }
.volumes td:not(:last-child) { white-space: nowrap }
.volumes td:last-child { overflow-wrap: anywhere }
</style>
<p><a href="index.html">Benchmark grid</a></p>
<h1>Cells</h1>
<p>A cell is one benchmark with one set of parameters. It is timed only after what it wrote has
been read back equal, and its metadata on disk is what was asked for. A <em>skipped</em> cell
cannot be; a <em>failed</em> one should have been. The same, as data: <a
href="cells.json">cells.json</a>.</p>
<div class=wide><table>
<tr><th>volume<th>machine<th>release<th class=n>run<th class=n>skipped<th class=n>failed</tr>
$totals
</table></div>
<h2>Volumes</h2>
<div class=wide><table class=volumes>
<tr><th>volume<th>z, y, x<th>Å/voxel<th>provenance<th>licence<th>source</tr>
$volumes
</table></div>
<h2>Why not</h2>
<div class=wide><table>
<tr><th>reason<th>benchmark<th>volume<th>releases<th>cells</tr>
$reasons
</table></div>
</html>
""")
