"""zarrista: formats 2 and 3."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .. import spelling
from .base import Backend
from .zarrs import rayon

_FAMILIES = frozenset({"none", "blosc", "gzip", "zstd", "shuffle"})


class Zarrista(Backend):
    """zarrs' library in Rust by itself, without zarr-python around it."""

    id = "zarrista"
    package = "zarrista"
    families: ClassVar = {2: _FAMILIES, 3: _FAMILIES | {"crc32c"}}
    stores = frozenset({"local", "zip"})
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

        return _Handle(Array.open(self._store(case, path)), True)

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

    def facts(self):
        """Release and threads."""
        return {**super().facts(), "threads": rayon()}


class _Handle:
    """An array, and whether its empty chunks are stored: zarrista asks at each write."""

    def __init__(self, array, write_empty):
        self.array = array
        self.write_empty = write_empty

    @property
    def shape(self):
        return tuple(self.array.shape)
