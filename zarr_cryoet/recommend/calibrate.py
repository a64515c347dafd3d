"""What a library makes of files here: the weights of the model, fitted to a few real stores."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core.volume import Volume
from ..model.geometry import WRITE, everything, met, plain
from ..model.libraries import library
from ..model.processor import (
    FRESH,
    READ_FEATURES,
    WRITE_FEATURES,
    cut,
    read_features,
    write_features,
)  # fmt: skip
from ..model.types import Calibration, Candidate, Cut, Processor
from . import candidates, fit
from .asking import Measurer
from .clock import Clock

_SAMPLES, _ENOUGH = 4, 0.1  # reads of each cell, and seconds after which two will do
_LEAST = 9  # stores, whatever the budget

#: Codec, layout, and voxels along an axis of the part that is stored: what tells the model's
#: features apart comes first, and small chunks in small parts, which take less time.
PLAN = (
    ("none", "c64", 128),
    ("none", "c16", 64),
    ("blosc-lz4-5-shuffle", "c128", 128),
    ("none", "c32-s128", 128),
    ("blosc-lz4-5-shuffle", "c16-s64", 64),
    ("none", "c16x128x128", 128),
    ("blosc-lz4-5-shuffle", "c64", 128),
    ("none", "c256", 256),
    ("blosc-lz4-5-shuffle", "c32", 64),
    ("none", "c16-s64", 64),
    ("none", "c128x128x16", 128),
    ("none", "c128", 256),
    ("blosc-zstd-1-shuffle", "c64-s256", 128),
    ("blosc-lz4-5-shuffle", "c256", 256),
    ("none", "c1x256x256", 128),
    ("zstd-3", "c32", 64),
    ("blosc-lz4-5-shuffle", "c64-s256", 256),
    ("blosc-zstd-1-shuffle", "c64", 128),
)
#: What is read of each: whatever else is asked for comes beside it.
ACCESSES = ("full", "plane-xy", "plane-yz")


@dataclass(frozen=True)
class Cell:
    """One access to one store: what it was made of, and what it took."""

    store: str
    access: str
    features: dict[str, float]
    seconds: float


def middle(shape: list[int], edge: int) -> list[list[int]]:
    """The part in the middle of a volume, at most `edge` along each axis: starts and stops."""
    sizes = [min(edge, n) for n in shape]
    return [[(n - size) // 2, (n - size) // 2 + size] for n, size in zip(shape, sizes, strict=True)]


def case(candidate: Candidate, volume: str, backend: str) -> dict[str, Any]:
    """A candidate as `Case` has it."""
    named = {key: candidate[key] for key in ("codec", "layout", "zarr_format")}
    return {"volume": volume, **named, "backend": backend}


def backend(
    measurer: Measurer,
    volume: Volume,
    terms: Calibration,
    name: str,
    accesses: list[str],
    clock: Clock,
    tick: Callable[[float], None],
) -> Processor:
    """Weights of one library, and how far the model is off on stores that it was not fitted to.

    Parameters
    ----------
    measurer, volume
        Who measures, and what.
    terms
        Of which ``codecs`` and ``cores`` are there.
    name
        Of the backend.
    accesses
        What is read beside `ACCESSES`.
    clock, tick
        How long it may take, and who is told how far it is.

    Returns
    -------
    dict
        As one of ``backends`` of the terms; with ``reason`` where the library does not do it.
    """
    import numpy as np

    itemsize = np.dtype(volume.dtype).itemsize
    reads: list[Cell] = []
    writes: list[Cell] = []
    reason = None
    row = library(name)
    plan = [row for row in PLAN if row[0] in terms["codecs"]]
    wanted = list(dict.fromkeys([*ACCESSES, *(a for a in accesses if a != WRITE)]))
    for done, (codec, layout, edge) in enumerate(plan):
        if clock.over() and done >= _LEAST:
            break
        candidate = candidates.candidate(codec, layout, 3)
        box = middle(list(volume.shape), edge)
        shape = [stop - start for start, stop in box]
        large = math.prod(shape) * itemsize > FRESH
        some = [a for a in wanted if not large or a in ("full", "plane-xy")]
        key = f"{name}-{done}"
        task = {"case": case(candidate, volume.id, name), "box": box, "accesses": some}
        said = measurer.ask("store", key=key, part=False, **task)
        if "reason" in said:
            reason = said["reason"]
            continue
        how = cut(candidate, terms, shape, itemsize)
        touch = met(everything(shape), shape, how["chunks"], how["shards"])
        written = [said["seconds"]]
        if WRITE in accesses:
            written.append(measurer.seconds(key, WRITE))
        writes += [Cell(key, WRITE, write_features(touch, how), taken) for taken in written]
        for access in some:
            features = _summed(access, shape, how, row["parts"])
            reads.append(Cell(key, access, features, _timed(measurer, key, access)))
        measurer.ask("drop", key=key)
        tick((done + 1) / len(plan))
    if not reads:
        return {"reason": reason or "nothing could be measured"}
    fitted = _fitted(reads, "read", READ_FEATURES), _fitted(writes, "write", WRITE_FEATURES)
    return {"library": row, **fitted[0], **fitted[1]}


def _summed(access: str, shape: list[int], how: Cut, parts: str) -> dict[str, float]:
    """Features of all selections of an access."""
    total = dict.fromkeys(READ_FEATURES, 0.0)
    for selection in plain(access, shape):
        touch = met(selection, shape, how["chunks"], how["shards"])
        features = read_features(touch, how, parts)
        for each in READ_FEATURES:
            total[each] += features[each]
    return total


def _timed(measurer: Measurer, key: str, access: str) -> float:
    found: list[float] = []
    while len(found) < _SAMPLES and not (len(found) >= 2 and sum(found) > _ENOUGH):
        found.append(measurer.seconds(key, access))
    return statistics.median(found)


def _fitted(cells: list[Cell], what: str, names: tuple[str, ...]) -> dict[str, Any]:
    rows, taken = [cell.features for cell in cells], [cell.seconds for cell in cells]
    logs = fit.errors(rows, taken, [cell.store for cell in cells], names)
    found = {what: fit.weights(rows, taken, names), f"{what}_errors": logs}
    found[f"{what}_spread"] = fit.spread(logs)
    return found
