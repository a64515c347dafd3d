"""Exact figures, taken inside an environment under test.

Imports nothing of the project but its core, and prints one line of JSON.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from zarr_cryoet.core import exact, volume
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.prepare import READY, prepare
from zarr_cryoet.core.storage import FORMATS

# raw: its bytes are known from geometry alone; one that compresses: from what is stored
CODECS = "none", "blosc-lz4-5-shuffle"
QUICK = "c32", "c16-s32"
_MOST = 16**3  # chunks of an array


def cells(records: str, place: str) -> None:
    """What is stored for cells of one case, and what each asks of its files."""
    wanted, folder = [Cell.from_json(record) for record in json.loads(records)], Path(place)
    data = volume.open_volume(wanted[0].case.volume)[1]
    done = prepare(wanted[0].case, data, folder)
    found = {"prepared": done, "cells": {}}
    if done["status"] == READY:
        for cell in wanted:
            what = cell.case, cell.operation, data, Path(done["path"]), folder / "work"
            found["cells"][cell.id] = exact.figures(*what)
    shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))


def grid(name: str, place: str, size: str) -> None:
    """Every cell of the grid: how many were counted, and where another count was foretold."""
    data, folder = volume.open_volume(name)[1], Path(place)
    found = {"counted": 0, "skipped": 0, "failed": 0, "problems": [], "failures": []}
    for case in _cases(name, data.shape, QUICK if size == "quick" else tuple(LAYOUTS)):
        _case(case, data, folder, found)
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))


def _cases(name: str, shape: tuple[int, ...], layouts) -> list[Case]:
    """The whole grid, with layouts of more chunks than anyone would store left out."""
    few = [row for row in layouts if _chunks(LAYOUTS[row], shape) <= _MOST]
    return [
        Case.of(name, codec, layout, zarr_format, backend)
        for backend in exact.COUNTED
        for layout in few
        for zarr_format in FORMATS
        for codec in CODECS
    ]


def _chunks(layout, shape) -> int:
    number = 1
    for n, c in zip(shape, layout.of(shape).chunks, strict=True):
        number *= -(-n // c)
    return number


def _case(case: Case, data, folder: Path, found: dict) -> None:
    done = prepare(case, data, folder)
    if done["status"] != READY:
        found[done["status"]] += len(OPERATIONS)
        if done["status"] == "failed":
            found["failures"].append(f"{case.id}: {done['reason']}")
        return
    for operation in OPERATIONS:
        told = exact.figures(case, operation, data, Path(done["path"]), folder / "work")
        if told["status"] == READY:
            found["counted"] += 1
            found["problems"] += [f"{case.id} {operation}: {w}" for w in told["unpredicted"]]
            continue
        found[told["status"]] += 1
        if told["status"] == "failed":
            found["failures"].append(f"{case.id} {operation}: {told['reason']}")
