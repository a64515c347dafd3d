"""zarr-python 2.18: format 2."""

from __future__ import annotations

from contextlib import contextmanager
from typing import ClassVar

from ..flight import Flight
from ..requests.countable import Countable
from ..stores import counting, decoding, remote
from .base import Backend


class ZarrPython2(Countable, Backend):
    """The library before its rewrite."""

    id = "zarr-python"
    package = "zarr"
    groups = ("default", "suite", "zarr")
    # its draft of format 3 is not the format that came to be
    families: ClassVar = {2: None}
    stores = frozenset({"local", "memory", "zip", "latency", "s3", "gcs", "azure"})
    counted = frozenset({"local", *remote.CLOUDS})
    flight = Flight("fsspec's gather_batch_size", 128, "tasks")
    _memory: ClassVar[dict] = {}

    @classmethod
    def serves(cls, version):
        """Releases 2.x."""
        return version.startswith("2.")

    def name(self, versions):
        """With the release, which is why it has no format 3."""
        return f"zarr-python {versions['zarr']}"

    def _store(self, case, path, *, write=False):
        import zarr

        row = case.store_row
        if row.kind == "memory":
            return self._memory.setdefault(str(path), zarr.storage.MemoryStore())
        if row.kind == "zip":
            return zarr.ZipStore(str(row.place(path)), mode="w" if write else "r")
        if row.remote:
            bucket = remote.place(path)
            mapping = counting.mapping(zarr.storage.FSStore, self.counter)
            # no separator: given "/", it stores .zmetadata as an object "/zmetadata"
            return mapping(bucket.path, fs=bucket.filesystem())
        files = counting.mapping(zarr.DirectoryStore, self.counter)(str(path))
        if row.kind == "latency":
            from ..stores.latency import slow_mapping

            return slow_mapping(files, row.latency)
        return files

    @contextmanager
    def counting(self):
        """Count in a subclass of its mapping."""
        self.counter = counting.Counter()
        try:
            with decoding.by_zarr2(self.counter):
                yield self.counter
        finally:
            self.counter = None

    def model(self, versions):
        """The same in every release."""
        from ..requests.zarr2 import Zarr2

        return Zarr2()

    @staticmethod
    def _settings(case, dtype):
        """Every setting whose default changed from release to release, spelled out."""
        import numcodecs

        chain = case.codec_row.chain(2, dtype)
        made = [numcodecs.get_codec(dict(spelled)) for spelled in chain.compressors]
        return {
            "compressor": made[0] if made else None,
            "filters": [numcodecs.get_codec(dict(spelled)) for spelled in chain.filters] or None,
            "fill_value": 0,
            "dimension_separator": "/",
        }

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty array."""
        import zarr

        return zarr.create(
            shape=shape,
            chunks=case.layout_row.of(shape).chunks,
            dtype=dtype,
            store=self._store(case, path, write=True),
            write_empty_chunks=write_empty,
            **self._settings(case, dtype),
        )

    def create_with(self, case, path, data):
        """Make an array that holds `data`."""
        import zarr

        handle = zarr.array(
            data,
            chunks=case.layout_row.of(data.shape).chunks,
            store=self._store(case, path, write=True),
            write_empty_chunks=True,
            **self._settings(case, data.dtype),
        )
        self._finish(handle)
        return handle

    def write(self, handle, data):
        """Write the whole volume."""
        handle[...] = data
        self._finish(handle)

    @staticmethod
    def _finish(handle):
        """A ZIP is complete once it is closed."""
        if hasattr(handle.store, "zf"):
            handle.store.close()

    def open(self, case, path, *, update=False):
        """Open for reading."""
        import zarr

        mode = "r+" if update else "r"
        return zarr.open_array(self._store(case, path), mode=mode, write_empty_chunks=True)

    def append(self, handle, data):
        """Lengthen along z."""
        handle.append(data, axis=0)

    def resize(self, handle, shape):
        """Give another shape."""
        handle.resize(shape)
        return handle

    def create_group(self, case, path, arrays):
        """Make a group of arrays, and consolidate it."""
        import numpy as np
        import zarr

        store = self._store(case, path, write=True)
        group = zarr.open_group(store, mode="w")
        for name, shape in arrays.items():
            chunks = case.layout_row.of(shape).chunks
            settings = self._settings(case, np.dtype("f4"))
            group.create(name, shape=shape, chunks=chunks, dtype="f4", **settings)
        zarr.consolidate_metadata(store)

    def open_group(self, case, path, *, consolidated):
        """Open a group and its arrays."""
        import zarr

        store = self._store(case, path)
        group = zarr.open_consolidated(store) if consolidated else zarr.open_group(store, mode="r")
        return {name: array.shape for name, array in group.arrays()}

    def keys(self, case, path):
        """All keys."""
        return list(self._store(case, path).keys())

    def delete(self, case, path):
        """Delete an array."""
        import zarr

        zarr.storage.rmdir(self._store(case, path))

    def objects(self, case, path):
        """Bytes by key."""
        if case.store == "memory":
            store = self._store(case, path)
            return {key: len(store[key]) for key in store}
        return super().objects(case, path)

    def raw(self, case, path, key):
        """One object."""
        return (
            self._store(case, path)[key] if case.store == "memory" else super().raw(case, path, key)
        )

    def forget(self, path):
        """Drop a store in memory."""
        self._memory.pop(str(path), None)
