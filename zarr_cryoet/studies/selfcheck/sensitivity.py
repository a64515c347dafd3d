"""Steps of known size: whether they are found, and nothing beside them."""

from __future__ import annotations

import random
import time
from pathlib import Path

from ...check import main
from ...check.asvrun import Continuous
from ...check.busy import competitor
from ...check.claims import SLOWER, Claim, beyond
from ...core.measure import setups
from ...core.measure.cell import Cell
from ...core.measure.worker import ROOT
from .arena import Arena

CELLS, SLOWED, STEP = 60, 10, 1.2
FOUND = 9  # at least
RATE = 20.0  # cells a minute, at least
FACTORS, EACH, UNTOUCHED = (1.1, 1.2, 1.3, 1.5, 2.0), 5, 25
_QUICK = 5  # times fewer


def parts(arena: Arena, quick: bool):
    """Names of the parts, and what each does."""
    yield "sensitivity-idle", lambda: steps(arena, False, quick)
    yield "sensitivity-busy", lambda: steps(arena, True, quick)
    yield "curve-duel", lambda: curve_by_duel(arena, quick)
    yield "curve-asv", lambda: curve_by_asv(arena, quick)


def _drawn(number: int, seed: int) -> list[Cell]:
    """Some cells, of all operations and setups; each seed draws others."""
    return random.Random(seed).sample(setups.cells(), number)


def steps(arena: Arena, busy: bool, quick: bool) -> dict:
    """A backend that is slower in some of its cells, against the real one."""
    share = _QUICK if quick else 1
    cells = _drawn(CELLS // share, 1)
    slowed = {cell.id: STEP for cell in cells[: SLOWED // share]}
    bout = arena.bout(main.DUEL, {"slowed": slowed})  # environments are no part of the time
    begun = time.monotonic()
    with competitor(busy):
        claims = bout.settle(cells)
    seconds = time.monotonic() - begun
    told = dict(zip((cell.id for cell in cells), claims, strict=True))
    return {
        "cells": len(cells),
        "slowed": len(slowed),
        "found": sum(told[name].verdict == SLOWER for name in slowed),
        "others": sum(c.confirmed for name, c in told.items() if name not in slowed),
        "others_flagged_once": sum(
            c.verdict != "same" for name, c in told.items() if name not in slowed
        ),
        "cells_a_minute": len(cells) / seconds * 60,
        "seconds": seconds,
        "claims": {name: _short(claim) for name, claim in told.items()},
    }


def _short(claim: Claim) -> dict:
    kept = "verdict", "ratio", "low", "high", "reason"
    return {key: getattr(claim, key) for key in kept}


def _curve(quick: bool) -> tuple[list[Cell], dict[str, float]]:
    each, untouched = (1, 5) if quick else (EACH, UNTOUCHED)
    cells = _drawn(each * len(FACTORS) + untouched, 2)
    slowed = {cell.id: FACTORS[i % len(FACTORS)] for i, cell in enumerate(cells[untouched:])}
    return cells, slowed


def curve_by_duel(arena: Arena, quick: bool) -> dict:
    """The share of steps that a duel finds, by size."""
    cells, slowed = _curve(quick)
    claims = arena.bout(main.DUEL, {"slowed": slowed}).settle(cells)
    sides = {c.id: claim.verdict for c, claim in zip(cells, claims, strict=True)}
    told = {name: side for name, side in sides.items() if side in (SLOWER, "faster")}
    return {"duel": _shares(slowed, told, len(cells)), "factor": main.DUEL}


def curve_by_asv(arena: Arena, quick: bool) -> dict:
    """The same cells and steps in asv, whose verdicts are taken at two factors."""
    cells, slowed = _curve(quick)
    suite = arena.place / "suite"
    asv = Continuous(arena.project, arena.volume.id, arena.place, arena.held, *arena.two, suite)
    _generate(suite, cells, slowed, asv.after)
    about = len(cells) * 12 * 0.7  # processes, and seconds of each
    found = asv.compare(
        ["time_run"], "curve", lambda s: arena.bar(min(0.97, s / about), "asv, steps of known size")
    )
    shares = {}
    for factor in (main.ASV, main.DUEL):
        told = {}
        for name, outcome in found.items():
            before, after = outcome.before, outcome.after
            if outcome.different and before and after and before.value and after.value:
                side = beyond(after.value / before.value, factor)
                if side:
                    told[name.partition("'")[2].rstrip("')")] = side
        shares[f"asv at {factor:g}"] = _shares(slowed, told, len(cells))
    return shares


def _shares(slowed: dict[str, float], told: dict[str, str], cells: int) -> dict:
    by = {
        f"{factor:g}": [told.get(name) == SLOWER for name, f in slowed.items() if f == factor]
        for factor in FACTORS
    }
    return {
        "found": {factor: sum(some) for factor, some in by.items()},
        "of": {factor: len(some) for factor, some in by.items()},
        "others": sum(name not in slowed for name in told),
        "untouched": cells - len(slowed),
    }


_SUITE = '''\
"""Made by the self-check: the duel's cells as asv's, some of them slower in one commit."""

import os
import sys
from pathlib import Path

sys.path.insert(0, {root!r})
if "ASV_ENV_NAME" in os.environ:
    from zarr_cryoet.core.measure import affinity

    affinity.pin()

VOLUME, AFTER = {volume!r}, {after!r}
CELLS = {cells!r}
SLOWED = {slowed!r}


def server():
    from zarr_cryoet.core.measure.server import Server

    double = {{"slowed": SLOWED}} if os.environ.get("ASV_COMMIT") == AFTER else None
    return Server(VOLUME, Path("stores").absolute(), Path("work").absolute(), double)


class Operations:
    version = "1"
    params = [list(CELLS)]
    param_names = ["cell"]
    timeout = 120.0
    number = 1
    warmup_time = 0
    served = None

    def setup_cache(self):
        made, found = server(), {{}}
        for name, cell in CELLS.items():
            found[name] = made.ready(cell)
            made.drop(name)
        return found

    setup_cache.timeout = 900.0

    def setup(self, prepared, name):
        if self.served is None:
            self.served = server()
            found = self.served.ready(CELLS[name], prepared[name])
            if found["status"] != "ready":
                raise RuntimeError(found["reason"])
        self.operation, self.job = self.served.jobs[name][:2]
        self.operation.bring(self.job)

    def time_run(self, prepared, name):
        self.operation.run(self.job)
'''


def _generate(folder: Path, cells: list[Cell], slowed: dict[str, float], after: str) -> None:
    folder.mkdir()
    (folder / "__init__.py").touch()
    text = _SUITE.format(
        root=str(ROOT),
        volume=cells[0].case.volume,
        after=after,
        cells={cell.id: cell.to_json() for cell in cells},
        slowed=slowed,
    )
    (folder / "cells.py").write_text(text)


def summary(found: dict[str, dict], quick: bool) -> tuple[list[tuple], bool]:
    """Rows for people, and whether the figures hold."""
    rows, good = [], True
    for title, name in (("idle", "sensitivity-idle"), ("with a competitor", "sensitivity-busy")):
        f = found[name]["figures"]
        least = f["slowed"] - (SLOWED - FOUND)
        good &= f["found"] >= least and not f["others"] and f["cells_a_minute"] >= RATE
        share, rate = f"{f['found']} of {f['slowed']}", f"{f['cells_a_minute']:.0f}"
        rows.append((f"{STEP}x, {title}", share, f["others"], f"{rate} cells/min"))
    curves = found["curve-duel"]["figures"], found["curve-asv"]["figures"]
    for title, curve in ((k, v) for each in curves for k, v in each.items() if k != "factor"):
        shares = (f"{f}x {curve['found'][f]}/{curve['of'][f]}" for f in curve["found"])
        rows.append((title, ", ".join(shares), curve["others"], ""))
    return rows, good


COLUMNS = "steps", "found", ">others", ">rate"
WHAT = "9 of 10 steps of 1.2x found, nothing else, at 20 cells a minute or more"
