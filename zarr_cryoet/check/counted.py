"""The service that counts, inside an environment under test: imports the project's core alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from zarr_cryoet.core import exact, volume
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.measure.service import Service, question
from zarr_cryoet.core.measure.worker import Environment, Worker
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.prepare import READY, prepare
from zarr_cryoet.core.storage import FORMATS

# raw: its bytes are known from geometry alone; one that compresses: from what is stored
CODECS = "none", "blosc-lz4-5-shuffle"
QUICK = "c32", "c16-s32"
_MOST = 16**3  # chunks of an array


class Counting(Service):
    """Counts cells of one volume.

    Parameters
    ----------
    name
        Of the volume.
    place
        A folder for stores, which is removed after each question.
    """

    def __init__(self, name: str, place: str):
        self.name, self.folder = name, Path(place)
        self.data = volume.open_volume(name)[1]

    @question
    def cells(self, records: list[dict]) -> dict:
        """What is stored for cells of one case, and what each asks of its files."""
        wanted = [Cell.from_json(record) for record in records]
        done = prepare(wanted[0].case, self.data, self.folder)
        found = {"prepared": done, "cells": {}}
        if done["status"] == READY:
            for cell in wanted:
                where = Path(done["path"]), self.folder / "work"
                figures = exact.figures(cell.case, cell.operation, self.data, *where)
                found["cells"][cell.id] = figures
        shutil.rmtree(self.folder, ignore_errors=True)
        return found

    @question
    def grid(self, quick: bool) -> dict:
        """Every cell of the grid: how many were counted, and where the prediction differs."""
        found = {"counted": 0, "skipped": 0, "failed": 0, "problems": [], "failures": []}
        for case in _cases(self.name, self.data.shape, QUICK if quick else tuple(LAYOUTS)):
            _case(case, self.data, self.folder, found)
            shutil.rmtree(self.folder, ignore_errors=True)
        return found


def counting(environment: Environment, volume: str, place: Path) -> Worker:
    """A worker of an environment that counts."""
    settings = {"name": volume, "place": str(place)}
    return Worker(environment, f"{__name__}:{Counting.__name__}", settings)


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
