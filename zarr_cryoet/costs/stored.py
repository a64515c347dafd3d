"""What an uncompressed volume is stored as, from its shape alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core import backends
from ..core.access import cells
from ..core.errors import UserError
from ..core.requests.model import by_cell
from ..core.requests.objects import Objects, index_size
from ..core.stores import files
from ..core.support import unsupported

if TYPE_CHECKING:
    from ..core.case import Case
    from ..core.layouts import Extent, Layout
    from ..core.requests.objects import Cell, Part

#: Whose stores these are: the order of chunks in a shard is the writer's choice.
WRITER = "zarr-python"


@lru_cache(maxsize=64)
def raw(case: Case, shape: Extent, dtype: str) -> Objects:
    """The objects of a volume, as `WRITER` makes them.

    Chunks are stored in full, those at the border with their padding; of a shard, the
    chunks that the array meets, in Morton order. No chunk counts as empty.

    Parameters
    ----------
    case
        How it is stored; its codec is ``none``, whose chunks alone have a known size.
    shape
        Voxels along z, y, x.
    dtype
        numpy's name.

    Raises
    ------
    ValueError
        The case compresses.
    UserError
        It cannot be stored, or `WRITER` is not installed.
    """
    if case.codec_row.family != "none":
        raise ValueError(f"{case.codec}: how large its chunks are is known once they are stored")
    layout = case.layout_row.of(shape)
    size = prod(layout.chunks) * np.dtype(dtype).itemsize
    prefix = "c/" if case.zarr_format == 3 else ""
    found = Objects(_metadata(case, shape, dtype), prefix, {}, {}, {})
    whole = tuple(slice(0, n) for n in shape)
    if not layout.shards:
        found.sizes.update({_key(prefix, c): size for c in cells(whole, layout.chunks).tolist()})
        return found
    inner = _chunks_of_inner(whole, layout)
    for shard, inside in by_cell(whole, layout.middle or layout.chunks, layout.shards).items():
        _shard(found, layout, shard, inside, inner, size)
    return found


def _metadata(case: Case, shape: Extent, dtype: str) -> dict[str, int]:
    """Bytes of the metadata: of an array that was made, and holds nothing."""
    writer = replace(case, backend=WRITER)
    if reason := unsupported(writer):
        raise UserError(reason)
    with tempfile.TemporaryDirectory(prefix="zarr-cryoet-costs-") as place:
        path = Path(place) / "array"
        backends.get(WRITER).create(writer, path, shape, np.dtype(dtype))
        return files.sizes(path)


def _key(prefix: str, cell: Iterable[int]) -> str:
    return prefix + "/".join(map(str, cell))


def _chunks_of_inner(whole, layout: Layout) -> dict[Cell, list[Cell]]:
    """Of shards in shards, the chunks of each inner one."""
    if not layout.middle:
        return {}
    return by_cell(whole, layout.chunks, layout.middle)


def _shard(found: Objects, layout: Layout, shard: Cell, inside, inner, size: int) -> None:
    """Note one shard: its size, and where its chunks are."""
    child = layout.middle or layout.chunks
    sizes = dict.fromkeys(inside, size)
    if layout.middle:
        own = index_size(layout.middle, layout.chunks)
        sizes = {cell: own + size * len(inner[cell]) for cell in inside}
    parts, end = _places(sizes, layout.shards, child, layout.index, 0)
    found.sizes[_key(found.prefix, shard)] = end
    found.parts[shard] = parts
    if not layout.middle:
        found.chunks.update(parts)
        return
    for cell, (begin, stop) in parts.items():
        index = begin if layout.index == "start" else stop - own
        found.inner[cell] = (index, index + own)
        sizes = dict.fromkeys(inner[cell], size)
        places, _ = _places(sizes, layout.middle, layout.chunks, layout.index, begin)
        found.chunks.update(places)


def _places(
    sizes: dict[Cell, int], shard: Extent, chunk: Extent, index: str, begin: int
) -> tuple[dict[Cell, Part], int]:
    """Where chunks lie that are written one after the other, and where the shard ends."""
    grid = tuple(s // c for s, c in zip(shard, chunk, strict=True))
    order, own = _morton(grid), index_size(shard, chunk)
    at, found = begin + (own if index == "start" else 0), {}
    for cell in sorted(sizes, key=lambda c: order[tuple(n % g for n, g in zip(c, grid))]):  # noqa: B905
        found[cell] = (at, at + sizes[cell])
        at += sizes[cell]
    return found, at + (0 if index == "start" else own)


@lru_cache(maxsize=16)
def _morton(grid: Extent) -> np.ndarray:
    """The rank of each cell of a grid in Morton order: bits in turn, those of z the lowest.

    G. M. Morton, 1966; an axis that has no more bits is left out, as in neuroglancer's
    compressed Morton code, which zarr-python follows.
    """
    axes = np.meshgrid(*(np.arange(n) for n in grid), indexing="ij")
    code, place = np.zeros(grid, np.int64), 0
    for bit in range(max(grid).bit_length()):
        for axis, n in zip(axes, grid, strict=True):
            if (n - 1) >> bit:
                code |= (axis >> bit & 1) << place
                place += 1
    return code
