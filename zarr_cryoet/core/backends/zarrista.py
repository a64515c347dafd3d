"""zarrista: formats 2 and 3."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import numpy as np

from .. import spelling
from ..flight import Flight
from .base import Backend
from .fetched import Fetched
from .zarrs import rayon

_FAMILIES = frozenset({"none", "blosc", "gzip", "zstd", "shuffle"})


class Zarrista(Fetched, Backend):
    """zarrs' library in Rust by itself, without zarr-python around it."""

    id = "zarrista"
    package = "zarrista"
    families: ClassVar = {2: _FAMILIES, 3: _FAMILIES | {"crc32c"}}
    stores = frozenset({"local", "zip"})
    excluded: ClassVar = {"suite": "uses no zarr-python, whose releases the suite goes through"}
    # asynchronous arrays hold objects (zarrs' ``chunk_concurrent_minimum`` at least, and of shards
    # no more), and not a shard's chunks
    flight = Flight("RAYON_NUM_THREADS", None, "objects", least=4, shards=4)
    lacks: ClassVar = {
        "create with data": "zarrista creates and writes in two steps",
        "groups": "zarrista makes no groups",
        "list": "zarrista lists no keys",
        "steps": "zarrista reads no steps",
        "fancy indexing": "zarrista has no fancy indexing",
        "write a ZIP": "zarrista only reads ZIPs",
    }

    def _store(self, case, path):
        from zarrista.store import FilesystemStore, ZipStore

        if case.store_row.kind == "zip":
            place = case.store_row.place(path)
            return ZipStore(FilesystemStore(place.parent), place.name)
        return FilesystemStore(path)

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty array."""
        from zarrista import Array

        spell = spelling.format2 if case.zarr_format == 2 else spelling.format3
        metadata = {"zarr_format": case.zarr_format, **spell(case, shape, dtype)}
        if case.zarr_format == 3:
            metadata["node_type"] = "array"
        path.mkdir(parents=True)
        array = Array.from_metadata(metadata, self._store(case, path))
        array.store_metadata()
        return _Handle(array, write_empty)

    def open(self, case, path, *, update=False):
        """Open for reading."""
        from zarrista import Array

        if self.counter is None:
            return _Handle(Array.open(self._store(case, path)), True)
        handle = _Handle(_Awaited.open(self.counter.store(path)), True)
        self.counter.holds(case, path, handle.shape)
        return handle

    def decodes_parts(self, case):
        """Of raw chunks that are objects, the voxels that are asked for."""
        return case.codec_row.family == "none" and not case.layout_row.shards

    def model(self, versions):
        """As 0.1.0 does."""
        from ..requests.zarrista import Zarrista

        return Zarrista()

    def write(self, handle, data):
        """Write the whole volume."""
        self.assign(handle, tuple(slice(0, n) for n in data.shape), data)

    def assign(self, handle, box, data):
        """Write a box."""
        data = np.ascontiguousarray(data)  # it takes no other
        handle.array.store_array_subset(box, data, store_empty_chunks=handle.write_empty)

    def read(self, handle, selection):
        """Read a box; what comes is a read-only view of memory that is its own."""
        return handle.array.retrieve_array_subset(selection).to_numpy()

    def append(self, handle, data):
        """Lengthen along z: zarrista does so in two steps."""
        depth, *rest = handle.shape
        longer = self.resize(handle, (depth + len(data), *rest))
        self.assign(longer, (slice(depth, depth + len(data)), *map(slice, rest)), data)

    def resize(self, handle, shape):
        """Give another shape; it leaves chunks that fall outside, so they are erased first."""
        new = handle.array.with_shape(list(shape))
        grid = handle.array.chunk_grid_shape
        for axis, (old, kept) in enumerate(zip(grid, new.chunk_grid_shape, strict=True)):
            if kept < old:
                outside = [slice(0, n) for n in grid]
                outside[axis] = slice(kept, old)
                handle.array.erase_chunks(tuple(outside))
        new.store_metadata()
        return _Handle(new, handle.write_empty)

    def delete(self, case, path):
        """Delete an array."""
        array = self.open(case, path).array
        array.erase_chunks(tuple(slice(0, n) for n in array.chunk_grid_shape))
        array.erase_metadata()

    def facts(self, versions):
        """Release and threads."""
        return {**super().facts(versions), "threads": rayon()}


class _Handle:
    """An array, and whether its empty chunks are stored: zarrista asks at each write."""

    def __init__(self, array, write_empty):
        self.array = array
        self.write_empty = write_empty

    @property
    def shape(self):
        return tuple(self.array.shape)


class _Awaited:
    """An asynchronous array, waited for."""

    def __init__(self, array):
        self._array = array
        self.shape = array.shape

    @classmethod
    def open(cls, store):
        """Open it."""
        from zarrista import AsyncArray

        return cls(_wait(AsyncArray.open, store))

    def retrieve_array_subset(self, selection):
        """Read a box."""
        return _wait(self._array.retrieve_array_subset, selection)


def _wait(method, *args):
    """What comes of a method that has to be called where a loop runs."""

    async def call():
        return await method(*args)

    return asyncio.run(call())
