"""What codecs make of a user's own voxels: ratios and speeds, on seeded blocks.

With the weights of `calibrate` that is what the *terms* of a volume are, one plain record::

    {"terms": 1, "volume": {...}, "machine": ..., "system": ..., "cores": 1, "versions": {...},
     "measured": "2026-11-22", "seconds": 12.3,
     "codecs": {id: {"blocks": [{"chunk": [z, y, x], "ratio": ..., "encode": ..., "decode": ...,
                                 "count": ...}, ...], "padding": [...]}},
     "backends": {id: {"read": {feature: seconds}, "read_spread": 1.2,
                       "read_errors": [...], "write": {...}, ...}}}

``encode`` and ``decode`` are seconds for each byte of voxels, on one thread.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

from ..core import rng
from ..core.codecs import CODECS
from ..core.errors import UserError
from ..core.layouts import LAYOUTS
from ..core.volume import Volume
from ..model.geometry import resolved, volume_of
from ..model.types import Codec, Figures
from . import candidates
from .asking import Measurer
from .clock import Clock

_BYTES, _BLOCKS = 2 << 20, 64  # that are coded for each codec and shape,
_MANY_BYTES, _MANY = 16 << 20, 512  # and by one that is quick, to which the others are set
_QUICK = "zstd-3"
_LONGEST = 0.5  # seconds that one block may be foretold to take; else the nearest shape serves
_ZEROS: list[int] = []  # the place of padding in the order: before all chunks
_FIRST = [64, 64, 64]  # which all codecs are measured on, whatever the budget


def chunks_of(layouts: list[str], shape: list[int]) -> list[list[int]]:
    """The chunks that layouts have, each once, those near to 64³ voxels first."""
    found = []
    for name in layouts:
        chunk = resolved(list(LAYOUTS[name].chunks), shape)
        if chunk not in found:
            found.append(chunk)
    first = volume_of(_FIRST)
    return sorted(found, key=lambda c: max(volume_of(c) / first, first / volume_of(c)))


def boxes(shape: list[int], chunk: list[int], itemsize: int) -> list[list[list[int]]]:
    """Seeded chunks of a volume, as starts and stops: where it is large enough, whole ones.

    As many as make up 16 MiB, 512 at most, 1 at least, and all if there are no more. They are
    drawn one from each of as many parts of the volume, and stand in random order, so that the
    first few are spread as well.
    """
    edges = [min(chunk[a], shape[a]) for a in range(3)]
    grid = [shape[a] // edges[a] for a in range(3)]
    total = volume_of(grid)
    count = max(1, min(_MANY, total, _MANY_BYTES // (volume_of(edges) * itemsize)))
    order = rng.bits(91, 0, count).argsort(kind="stable").tolist()
    within = rng.below(90, count, 1 << 16)
    found = []
    for k in order:
        first, after = k * total // count, (k + 1) * total // count
        place = first + int(within[k]) * (after - first) // (1 << 16)
        cell = [place // (grid[1] * grid[2]), place // grid[2] % grid[1], place % grid[2]]
        found.append([[c * e, c * e + e] for c, e in zip(cell, edges, strict=True)])
    return found


def not_constant(measurer: Measurer, volume: Volume) -> None:
    """Make sure that there is something to compress.

    Raises
    ------
    UserError
        All voxels have one value.
    """
    shape = list(volume.shape)
    for box in [*boxes(shape, _FIRST, 4)[:8], [[0, n] for n in shape]]:
        seen = measurer.ask("look", box=box)
        if seen["least"] != seen["most"]:
            return
    raise UserError(
        f"{volume.id}: every voxel is {seen['least']:g}, so that any codec and layout will do; "
        "name a tomogram"
    )


def codecs(
    measurer: Measurer, volume: Volume, clock: Clock, tick: Callable[[float], None]
) -> dict[str, Codec]:
    """Figures of each codec on each shape of chunk, as far as the clock lets it.

    Returns
    -------
    dict
        As ``codecs`` of the terms. Codecs that cannot take these voxels are left out.

    Raises
    ------
    UserError
        None of them can.
    """
    import numpy as np

    dtype, shape = np.dtype(volume.dtype), list(volume.shape)
    names = [name for name in candidates.codecs() if dtype.name not in CODECS[name].refuses]
    names.sort(key=lambda name: name != _QUICK)  # the first
    shapes = chunks_of(candidates.layouts(), shape)
    found: dict[str, Codec] = {}
    for done, chunk in enumerate([_ZEROS, *shapes]):
        wanted = boxes(shape, chunk, dtype.itemsize) if chunk else []
        corner = border(shape, chunk) if chunk else None
        quick: list[float] = []
        for name in names:
            if clock.over() and done > 1:
                return _taken(found, volume)
            rows = found.setdefault(name, {"blocks": [], "padding": []})
            if not chunk:
                _add(rows["padding"], _zeros(measurer, name))
                continue
            row = _measured(measurer, name, chunk, wanted, rows["blocks"], dtype.itemsize, quick)
            _add(rows["blocks"], row)
            if row and corner:
                edge = _padding(measurer, name, chunk, corner, volume, rows["padding"][0], row)
                _add(rows["padding"], edge)
        tick((done + 1) / (1 + len(shapes)))
    return _taken(found, volume)


def _add(rows: list[Figures], row: Figures | None) -> None:
    if row:
        rows.append(row)


def border(shape: list[int], chunk: list[int]) -> list[list[int]] | None:
    """The last chunk along all axes, where it reaches beyond the volume: starts and stops."""
    if all(n % edge == 0 for n, edge in zip(shape, chunk, strict=True)):
        return None
    starts = [(n - 1) // edge * edge for n, edge in zip(shape, chunk, strict=True)]
    return [[a, a + edge] for a, edge in zip(starts, chunk, strict=True)]


def _zeros(measurer: Measurer, name: str) -> Figures | None:
    """One codec on a chunk of nothing but padding."""
    said = measurer.ask("codec", codec=name, boxes=[], chunk=_FIRST, seconds=_LONGEST)
    if "reason" in said:
        return None
    figures = {key: said[key][0] for key in ("encode", "decode")}
    return {"chunk": _FIRST, "ratio": said["ratios"][0], **figures, "count": 1}


def _padding(measurer, name: str, chunk, corner, volume: Volume, zeros, filled) -> Figures | None:
    """What padding adds to a chunk at the border, beside what its voxels are foretold to take.

    It is not what zeros alone take: between the rows of voxels they change what a codec finds.
    """
    whole = volume_of(chunk)
    real = math.prod(min(b, n) - a for (a, b), n in zip(corner, volume.shape, strict=True))
    share, itemsize = real / whole, volume.nbytes // volume.voxels
    likely = sum(
        part * (figures["encode"] + 2 * figures["decode"])
        for part, figures in ((share, filled), (1 - share, zeros))
    )
    if likely * whole * itemsize > _LONGEST:
        return None
    said = measurer.ask("codec", codec=name, boxes=[corner], chunk=chunk, seconds=_LONGEST)
    if "reason" in said:
        return None
    stored = 1 / said["ratios"][0] - share / filled["ratio"]
    found = {"chunk": chunk, "ratio": (1 - share) / max(stored, (1 - share) * 1e-6), "count": 1}
    for key in ("encode", "decode"):
        found[key] = max(0.0, said[key][0] - share * filled[key]) / (1 - share)
    return found


def _measured(measurer, name: str, chunk, wanted, rows, itemsize: int, quick) -> Figures | None:
    """One codec on one shape; None if it is foretold to take too long, or cannot be.

    How well blocks compress differs within a volume more than between codecs. So the quick one
    takes many, and the ratio of another is set to what that one's is on all of them, by what
    both are on the blocks that both had.
    """
    nbytes = math.prod(b - a for a, b in wanted[0]) * itemsize
    if rows and nbytes * (rows[0]["encode"] + 2 * rows[0]["decode"]) > _LONGEST:
        return None
    few = wanted if name == _QUICK else wanted[: max(1, min(_BLOCKS, _BYTES // nbytes))]
    said = measurer.ask("codec", codec=name, boxes=few, chunk=chunk, seconds=_LONGEST)
    if "reason" in said:
        return None
    ratio, count = together(said["ratios"]), len(said["ratios"])
    if name == _QUICK:
        quick += said["ratios"]
    elif CODECS[name].family != "none" and len(quick) > count:
        ratio *= together(quick) / together(quick[:count])
    figures = {key: statistics.median(said[key]) for key in ("encode", "decode")}
    return {"chunk": chunk, "ratio": ratio, **figures, "count": count}


def together(ratios: list[float]) -> float:
    """The ratio of blocks of one size, of all their bytes."""
    return len(ratios) / sum(1 / ratio for ratio in ratios)


def _taken(found: dict[str, dict], volume: Volume) -> dict[str, Codec]:
    whole = {name: rows for name, rows in found.items() if rows["blocks"] and rows["padding"]}
    if not whole:
        raise UserError(f"{volume.id}: no codec takes voxels of {volume.dtype}; convert them first")
    return whole
