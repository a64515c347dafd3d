"""Exact figures of two environments side by side: any change counts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..core.measure.cell import Cell
from ..core.measure.worker import Died, Environment
from ..core.metrics import COUNTED, METRICS, chosen
from .claims import EXACT, SAME, Claim, words
from .counted import counting
from .duels import Bout

#: What is stored, by case; and what is asked of the files, by cell. With units.
STORED = {row.id: row.unit for row in (METRICS["objects"], METRICS["bits_per_voxel"])}
ASKED = {row.field or row.id: row.unit for row in chosen(COUNTED)}
ASKED |= {METRICS["chunks_decoded"].field: METRICS["chunks_decoded"].unit}
_SECONDS = 300.0  # for all cells of one case


def exact(bout: Bout, cells: Sequence[Cell]) -> list[Claim]:
    """Each case written once on either side, each operation done once, and all counted.

    What either side cannot do, or fails at, is left to the duel, which says why.
    """
    cases: dict[str, list[Cell]] = {}
    for cell in cells:
        cases.setdefault(cell.case.id, []).append(cell)
    claims = []
    for number, some in enumerate(cases.values()):
        bout.tick(number / len(cases), "exact figures")
        before, after = (_taken(side, some, bout) for side in (bout.a, bout.b))
        what, stored = words(some[0])
        claims += _compared(STORED, stored, before["prepared"], after["prepared"])
        for cell in some:
            pair = (side["cells"].get(cell.id, {}) for side in (before, after))
            what, stored = words(cell)
            claims += _compared(ASKED, f"{what} {stored}", *pair)
    return claims


def _taken(side: Environment, cells: Sequence[Cell], bout: Bout) -> dict:
    place = bout.place / "exact"
    try:
        with counting(side, cells[0].case.volume, place) as worker:
            records = [cell.to_json() for cell in cells]
            found = worker.ask("cells", deadline=_SECONDS, records=records)
    except Died as exc:
        found = {"error": str(exc)}
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {"prepared": {}, "cells": {}} if "error" in found else found


def _compared(figures: dict[str, str], cell: str, before: dict, after: dict) -> list[Claim]:
    found = []
    for figure, unit in figures.items():
        a, b = before.get(figure), after.get(figure)
        if a is not None and b is not None:
            ratio = b / a if a else None
            found.append(Claim(figure, cell, SAME if a == b else EXACT, a, b, ratio, unit=unit))
    return found
