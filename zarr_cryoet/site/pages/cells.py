"""What ran, what was skipped, what failed, and why: asv cannot say it."""

from __future__ import annotations

from collections import Counter

from ... import results
from ..data import Data
from ..frame import Page, table

_PLACE = ("volume", "machine", "python", "release")


class Cells(Page):
    """Counts by place, and a row for each reason."""

    id = "cells"
    title = "Cells"
    summary = (
        "A cell is one benchmark with one set of parameters. It is timed only after what it wrote "
        "has been read back equal, and its metadata on disk is what was asked for. A skipped cell "
        "cannot be; a failed one should have been."
    )
    order = 80

    def body(self, data: Data) -> str:
        """Two tables; neither needs a script."""
        head = ["volume", "machine", "Python", "release", ">run", ">skipped", ">failed"]
        totals = table(head, _totals(data))
        reasons = list(_reasons(data))
        head = ["reason", "benchmark", "volume", "releases", ">cells", "which"]
        why = table(head, reasons) if reasons else "<p>Every cell that was asked for ran.</p>"
        return f"{totals}\n{_SCRIPTS}\n<h2>Why not</h2>\n{why}"


def _totals(data: Data):
    """Places in the order of the data, with how many cells came to what."""
    counts: Counter = Counter()
    places: dict[tuple, None] = {}
    for number, values in enumerate(data.values):
        cell = data.cell(number)
        where = cell["volume"], cell["machine"], cell["python"]
        for place, value in enumerate(values):
            if value is not None:
                counts[(*where, place), results.OK] += 1
                places[(*where, place)] = None
    for number, place, status, _ in data.gaps:
        cell = data.cell(number)
        where = cell["volume"], cell["machine"], cell["python"], place
        counts[where, status] += 1
        places[where] = None
    for where in sorted(places):
        *named, release = where
        done = (counts[where, s] for s in (results.OK, results.SKIPPED, results.FAILED))
        yield (*named, data.releases[release]["name"], *done)


def _reasons(data: Data):
    """Releases that left out the same cells for the same reason share a row."""
    cells: dict[tuple, list[str]] = {}
    for number, release, status, reason in data.gaps:
        cell = data.cell(number)
        where = f"{cell['volume']} on {cell['machine']}, Python {cell['python']}"
        key = (f"{status}: {data.reasons[reason]}", cell["benchmark"], where, release)
        cells.setdefault(key, []).append(_words(cell))
    releases: dict[tuple, list[int]] = {}
    for (*what, release), which in cells.items():
        releases.setdefault((*what, tuple(which)), []).append(release)
    for (why, benchmark, where, which), found in sorted(releases.items()):
        names = ", ".join(data.releases[n]["name"] for n in sorted(found))
        yield why, benchmark, where, names, len(which), "; ".join(which)


def _words(cell: dict[str, str]) -> str:
    """``c64 v2 tensorstore``: what tells a cell from others of its benchmark."""
    said = [cell["codec"], cell["layout"], f"v{cell['format']}" if cell["format"] else "",
            cell["backend"], cell["store"], cell["operation"], cell["more"]]  # fmt: skip
    return " ".join(each for each in said if each)


_SCRIPTS = """<p class=quiet>A script that measures one cell by itself is a click away where the
cell's figure stands: under <a href="explore.html">Explore</a>, in the tables below the charts, and
under <a href="releases.html">Releases</a>, beside each step and in each cell's history.</p>"""
