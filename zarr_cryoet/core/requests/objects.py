"""What a store holds at one moment: sizes of its objects, and where chunks lie in shards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..stores import files

if TYPE_CHECKING:
    from ..case import Case
    from ..layouts import Extent

Cell = tuple[int, int, int]  # coordinates of a chunk or shard in its grid
Part = tuple[int, int]  # from where to where in an object

_ABSENT = np.uint64(2**64 - 1)
_CHECKSUM = 4  # crc32c, after the index


@dataclass(frozen=True)
class Objects:
    """The objects of an array, of a group, or of a folder that is not there yet.

    Attributes
    ----------
    sizes : dict
        Bytes by key.
    prefix : str
        What stands before a chunk's coordinates in its key.
    parts : dict
        Of each shard, by its cell: what its index says, by the cell of the chunk, or of
        the inner shard.
    chunks : dict
        Of each chunk in shards, by its cell, where it is in its object.
    inner : dict
        Of each shard in a shard, by its cell, where its own index is in the object.
    """

    sizes: dict[str, int]
    prefix: str
    parts: dict[Cell, dict[Cell, Part]]
    chunks: dict[Cell, Part]
    inner: dict[Cell, Part]

    def size(self, cell: Iterable[int]) -> int | None:
        """Bytes of a stored object; None where there is none."""
        return self.sizes.get(self.prefix + "/".join(map(str, cell)))

    def metadata(self, *names: str) -> int:
        """Bytes of all metadata, or of that under some names alone."""
        wanted = names or files.METADATA
        return sum(n for key, n in self.sizes.items() if key.rpartition("/")[2] in wanted)


def look(case: Case, path: Path, shape: Extent) -> Objects:
    """Take stock of a store, with all indexes of shards."""
    layout = case.layout_row.of(shape)
    found = Objects(case.store_row.sizes(path), "c/" if case.zarr_format == 3 else "", {}, {}, {})
    if not layout.shards:
        return found
    child = layout.middle or layout.chunks
    for key in found.sizes:
        if key.rpartition("/")[2] in files.METADATA:
            continue
        cell = tuple(int(n) for n in key.removeprefix(found.prefix).split("/"))
        read = partial(case.store_row.part, path, key)
        whole = (0, found.sizes[key])
        place = _index_place(whole, layout.shards, child, layout.index)
        parts = dict(_entries(read, whole, place, cell, layout.shards, child))
        found.parts[cell] = parts
        if not layout.middle:
            found.chunks.update(parts)
            continue
        for inner, part in parts.items():
            place = _index_place(part, child, layout.chunks, layout.index)
            found.inner[inner] = place
            more = _entries(read, part, place, inner, child, layout.chunks)
            found.chunks.update(more)
    return found


def _index_place(part: Part, shard: Extent, chunk: Extent, location: str) -> Part:
    size = index_size(shard, chunk)
    return (part[0], part[0] + size) if location == "start" else (part[1] - size, part[1])


def index_size(shard: Extent, chunk: Extent) -> int:
    """Bytes of a shard's index: where each chunk begins and how long it is, and a checksum."""
    return 16 * prod(s // c for s, c in zip(shard, chunk, strict=True)) + _CHECKSUM


def _entries(read, part, place, cell, shard, chunk) -> Iterator[tuple[Cell, Part]]:
    """Chunks of one shard that are there; offsets count from where the shard begins."""
    grid = tuple(s // c for s, c in zip(shard, chunk, strict=True))
    raw = read(place[0], place[1] - _CHECKSUM)
    entries = np.frombuffer(raw, "<u8").reshape(*grid, 2)
    for at in np.argwhere(entries[..., 0] != _ABSENT):
        begin, size = (int(n) for n in entries[tuple(at)])
        where = tuple(int(c * g + a) for c, g, a in zip(cell, grid, at, strict=True))
        yield where, (part[0] + begin, part[0] + begin + size)
