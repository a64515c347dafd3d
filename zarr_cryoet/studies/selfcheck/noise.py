"""A/A: the same release twice, through all that `check` does. Nothing may be confirmed."""

from __future__ import annotations

import random
import re

from ...check import main, suites
from ...check.asvrun import Continuous
from ...check.busy import competitor
from ...check.claims import FASTER, UNCONFIRMED, WORSE, Claim
from ...core.measure import setups
from .arena import Arena

BATCH, BATCHES, QUICK = 25, 4, 4  # cells that asv compares at a time, and how often
#: Timed comparisons, idle and busy together, below which nothing is said.
WANTED = 200


def parts(arena: Arena, quick: bool):
    """Names of the parts, and what each does."""
    for busy in (False, True):
        for number in range(1 if quick else BATCHES):
            name = f"noise-asv-{'busy' if busy else 'idle'}-{number + 1}"
            yield name, lambda b=busy, n=number: through_asv(arena, n, b, quick)
    yield "noise-duel", lambda: by_duel(arena, quick)


def through_asv(arena: Arena, number: int, busy: bool, quick: bool) -> dict:
    """A batch of timed cells of the suite, flagged by asv and confirmed by a duel."""
    found = suites.chosen(arena.project.root, arena.volume, arena.two, re.compile(""), "all")
    timed = [c for c in found if c.duel and not c.exact and not c.cell.skip]
    drawn = random.Random(1).sample(timed, BATCH * BATCHES)
    size = QUICK if quick else BATCH
    cells = drawn[number * size : (number + 1) * size]
    with competitor(busy):
        asv = Continuous(arena.project, arena.volume.id, arena.place, arena.held, *arena.two)
        bout = arena.bout(main.ASV)
        return _figures(suites.settle(asv, cells, bout, arena.bar))


def by_duel(arena: Arena, quick: bool) -> dict:
    """All cells of the duel."""
    cells = setups.cells()
    return _figures(arena.bout(main.DUEL).settle(cells[::8] if quick else cells))


def _figures(claims: list[Claim]) -> dict:
    ratios = [c.ratio for c in claims if c.ratio]
    off = sorted(max(r, 1 / r) - 1 for r in ratios)
    return {
        "compared": len(ratios),
        "flagged": sum(c.verdict in (UNCONFIRMED, FASTER, *WORSE) for c in claims),
        "confirmed": sum(c.confirmed for c in claims),
        "median_deviation": off[len(off) // 2] if off else None,
        "largest_deviation": off[-1] if off else None,
        "not_compared": [c.reason for c in claims if not c.ratio],
        "told": [c.to_json() for c in claims if c.verdict != "same"],
    }


def summary(found: dict[str, dict], quick: bool) -> tuple[list[tuple], bool]:
    """Rows for people, and whether the figures hold."""
    rows, compared, confirmed = [], 0, 0
    for title, prefix in (
        ("asv, idle", "noise-asv-idle"),
        ("asv, with a competitor", "noise-asv-busy"),
        ("duel alone", "noise-duel"),
    ):
        some = [part["figures"] for name, part in found.items() if name.startswith(prefix)]
        n, flagged, sure = (sum(f[k] for f in some) for k in ("compared", "flagged", "confirmed"))
        largest = max((f["largest_deviation"] or 0 for f in some), default=0)
        rate = f"{flagged / n:.1%}" if n else ""
        rows.append((title, n, flagged, rate, sure, f"{1 + largest:.2f}"))
        confirmed += sure
        compared += n if "asv" in title else 0
    return rows, not confirmed and (quick or compared >= WANTED)


COLUMNS = "A/A", ">compared", ">flagged", ">rate", ">confirmed", ">largest"
WHAT = "none confirmed in 200 timed comparisons or more"
