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

import statistics
from collections.abc import Callable

from ..core import rng
from ..core.codecs import CODECS
from ..core.errors import UserError
from ..core.layouts import LAYOUTS
from ..core.volume import Volume
from . import candidates
from .asking import Measurer
from .clock import Clock
from .geometry import resolved, volume_of

_BYTES = 2 << 20  # of blocks that are coded for each codec and shape
_BLOCKS = 64
_LONGEST = 0.5  # seconds that one block may be foretold to take; else the nearest shape serves
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

    As many as make up 2 MiB, 64 at most, and 1 at least.
    """
    edges = [min(chunk[a], shape[a]) for a in range(3)]
    count = max(1, min(_BLOCKS, _BYTES // (volume_of(edges) * itemsize)))
    places = [rng.below(90 + a, count, max(1, shape[a] // edges[a])) for a in range(3)]
    return [
        [[int(p) * edges[a], int(p) * edges[a] + edges[a]] for a, p in enumerate(place)]
        for place in zip(*places, strict=True)
    ]


def not_constant(measurer: Measurer, volume: Volume) -> None:
    """Make sure that there is something to compress.

    Raises
    ------
    UserError
        All voxels have one value.
    """
    shape = list(volume.shape)
    for box in [*boxes(shape, _FIRST, 4)[:4], [[0, n] for n in shape]]:
        seen = measurer.ask("look", box=box)
        if seen["least"] != seen["most"]:
            return
    raise UserError(
        f"{volume.id}: every voxel is {seen['least']:g}, so that any codec and layout will do; "
        "name a tomogram"
    )


def codecs(
    measurer: Measurer, volume: Volume, clock: Clock, tick: Callable[[float], None]
) -> dict[str, dict]:
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
    shapes = chunks_of(candidates.layouts(), shape)
    ways = [(chunk, False) for chunk in shapes]
    # beside the border of the volume, chunks are padding: a cube of 64 tells its speed, and one
    # as large as the portal's whether size matters
    ways[1:1] = [(_FIRST, True)]
    if any(n % 256 for n in shape):
        ways.append(([256, 256, 256], True))
    found: dict[str, dict] = {}
    for done, (chunk, padding) in enumerate(ways):
        for name in names:
            if clock.over() and done > 1:
                return _taken(found, volume)
            _measure(measurer, found, name, chunk, padding, shape, dtype.itemsize)
        tick((done + 1) / len(ways))
    return _taken(found, volume)


def _measure(measurer, found, name: str, chunk, padding: bool, shape, itemsize: int) -> None:
    """One codec on one shape, if it is not foretold to take too long."""
    kept = found.setdefault(name, {"blocks": [], "padding": []})
    rows = kept["padding" if padding else "blocks"]
    wanted = [] if padding else boxes(shape, chunk, itemsize)
    if rows:
        size = volume_of(chunk if padding else [min(c, n) for c, n in zip(chunk, shape)])  # noqa: B905
        if size * itemsize * (rows[0]["encode"] + 2 * rows[0]["decode"]) > _LONGEST:
            return
    said = measurer.ask("codec", codec=name, boxes=wanted, chunk=chunk, seconds=_LONGEST)
    if "reason" in said:
        return
    rows.append(
        {
            "chunk": chunk,
            # of all bytes together
            "ratio": len(said["ratios"]) / sum(1 / ratio for ratio in said["ratios"]),
            "encode": statistics.median(said["encode"]),
            "decode": statistics.median(said["decode"]),
            "count": len(said["ratios"]),
        }
    )


def _taken(found: dict[str, dict], volume: Volume) -> dict[str, dict]:
    whole = {name: rows for name, rows in found.items() if rows["blocks"] and rows["padding"]}
    if not whole:
        raise UserError(f"{volume.id}: no codec takes voxels of {volume.dtype}; convert them first")
    return whole
