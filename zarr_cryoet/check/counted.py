"""Counts, inside an environment under test: imports nothing of the project but its core."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from zarr_cryoet.core import backends, volume
from zarr_cryoet.core.case import FORMATS, Case
from zarr_cryoet.core.exact import count
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.prepare import READY, SKIPPED, in_words, prepare

# raw: its bytes are known from geometry alone; one that compresses: from what is stored
CODECS = "none", "blosc-lz4-5-shuffle"
QUICK = "c32", "c16-s32"
_MOST = 16**3  # chunks of an array


def cases(name: str, shape: tuple[int, ...], layouts) -> list[Case]:
    """The whole grid, with layouts of more chunks than anyone would store left out."""
    few = [row for row in layouts if _chunks(LAYOUTS[row], shape) <= _MOST]
    return [
        Case(name, codec, layout, zarr_format, backend)
        for backend in backends.ids()
        for layout in few
        for zarr_format in FORMATS
        for codec in CODECS
    ]


def _chunks(layout, shape) -> int:
    number = 1
    for n, c in zip(shape, layout.of(shape).chunks, strict=True):
        number *= -(-n // c)
    return number


def main(name: str, place: str, size: str) -> None:
    """Print one line of JSON."""
    data, folder = volume.open_volume(name)[1], Path(place)
    found = {"counted": 0, "skipped": 0, "failed": 0, "problems": [], "failures": []}
    layouts = QUICK if size == "quick" else tuple(LAYOUTS)
    for case in cases(name, data.shape, layouts):
        _case(case, data, folder, found)
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found))


def _case(case: Case, data, folder: Path, found: dict) -> None:
    done = prepare(case, data, folder)
    if done["status"] != READY:
        kind = "skipped" if done["status"] == SKIPPED else "failed"
        found[kind] += len(OPERATIONS)
        if kind == "failed":
            found["failures"].append(f"{case.id}: {done['reason']}")
        return
    for operation in OPERATIONS:
        if case.supports(operation=operation):
            found["skipped"] += 1
            continue
        try:
            counted = count(case, operation, data, Path(done["path"]), folder / operation)
        except Exception as exc:  # whatever a library raises is that cell's failure alone
            found["failed"] += 1
            found["failures"].append(f"{case.id} {operation}: {in_words(exc)}")
            continue
        found["counted"] += 1
        found["problems"] += [f"{case.id} {operation}: {w}" for w in counted.differences]
