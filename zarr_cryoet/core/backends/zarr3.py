"""zarr-python 3: formats 2 and 3."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import ClassVar

import numpy as np

from ..codecs import BYTES
from ..flight import Flight
from ..requests.countable import Countable
from ..stores import counting, decoding, remote
from .base import Backend

BUCKETS = frozenset(f"{cloud}{by}" for cloud in remote.CLOUDS for by in ("", "-obstore"))


class ZarrPython3(Countable, Backend):
    """The library after its rewrite, with its default pipeline."""

    id = "zarr-python"
    package = "zarr"
    groups = ("default", "suite", "zarr")
    stores = frozenset({"local", "memory", "zip", "latency", *BUCKETS})
    pipeline: ClassVar[str | None] = None  # in place of zarr's own, where one is named
    counted = frozenset({"local", *BUCKETS})
    # ranges of one shard are held by a limit of `Store.get_ranges` that no setting reaches
    flight = Flight("async.concurrency", 10, "objects", inside=10)
    _memory: ClassVar[dict] = {}

    @classmethod
    def serves(cls, version):
        """Releases 3.x."""
        return version.startswith("3.")

    def _store(self, case, path, *, write=False):
        import zarr

        row = case.store_row
        if row.kind == "memory":
            objects = self._memory.setdefault(str(path), {})
            return zarr.storage.MemoryStore(objects, read_only=not write)
        if row.kind == "zip":
            mode = "w" if write else "r"
            return zarr.storage.ZipStore(row.place(path), mode=mode, read_only=not write)
        if row.remote:
            return self._bucket(row.kind, remote.place(path), read_only=not write)
        local = counting.store(zarr.storage.LocalStore, self.counter)
        files = local(path, read_only=not write)
        if row.kind == "latency":
            from ..stores.latency import slow_store

            return slow_store(files, row.latency)
        return files

    def _bucket(self, kind, bucket, *, read_only):
        """Through fsspec, or through obstore."""
        import zarr

        if kind.endswith("-obstore"):
            cls = counting.store(zarr.storage.ObjectStore, self.counter)
            return cls(bucket.store(), read_only=read_only)
        cls = counting.store(zarr.storage.FsspecStore, self.counter)
        files = bucket.filesystem(asynchronous=True)
        return cls(files, path=bucket.path, read_only=read_only)

    @contextmanager
    def counting(self):
        """Count in a subclass of its store."""
        self.counter = counting.Counter()
        try:
            with decoding.by_zarr3(self.counter):
                yield self.counter
        finally:
            self.counter = None

    def model(self, versions):
        """By release and pipeline."""
        from ..requests.zarr3 import Zarr3

        return Zarr3(versions["zarr"], fused="Fused" in (self.pipeline or ""))

    @contextmanager
    def _settled(self):
        """Arrays take their pipeline from the configuration when they are opened."""
        import zarr

        with warnings.catch_warnings(), zarr.config.set(self._config()):
            warnings.simplefilter("ignore")  # of codecs that format 3 does not name
            yield zarr

    def _config(self):
        named = {"codec_pipeline.path": self.pipeline} if self.pipeline else {}
        return {"array.write_empty_chunks": True, **named}

    def _settings(self, case, shape, dtype, write_empty):
        """Every setting whose default changed from release to release, spelled out."""
        layout = case.layout_row.of(shape)
        chain = case.codec_row.chain(case.zarr_format, dtype)
        shared = {
            "chunks": layout.chunks,
            "shards": layout.shards,
            "fill_value": 0,
            "zarr_format": case.zarr_format,
            "config": {"write_empty_chunks": write_empty},
        }
        if case.zarr_format == 2:
            import numcodecs

            filters, made = (
                [numcodecs.get_codec(dict(spelled)) for spelled in some]
                for some in (chain.filters, chain.compressors)
            )
            key = {"name": "v2", "separator": "/"}
            more = {"filters": filters or None, "compressors": made[0] if made else None}
            return {**shared, **more, "chunk_key_encoding": key}
        if layout.shards:
            shared["shards"] = {"shape": layout.shards, "index_location": layout.index}
        codecs = {
            "filters": chain.filters or None,
            "serializer": chain.serializer or "auto",
            "compressors": chain.compressors or None,
        }
        if layout.middle:
            shared["chunks"] = layout.middle
            codecs = {"filters": None, "serializer": _inner(layout, chain), "compressors": None}
        key = {"name": "default", "separator": "/"}
        return {**shared, **codecs, "chunk_key_encoding": key}

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty array."""
        settings = self._settings(case, shape, dtype, write_empty)
        with self._settled() as zarr:
            store = self._store(case, path, write=True)
            return zarr.create_array(store, shape=shape, dtype=dtype, **settings)

    def create_with(self, case, path, data):
        """Make an array that holds `data`."""
        settings = self._settings(case, data.shape, data.dtype, True)
        with self._settled() as zarr:
            store = self._store(case, path, write=True)
            handle = zarr.create_array(store, data=data, **settings)
        self._finish(handle)
        return handle

    def write(self, handle, data):
        """Write the whole volume."""
        handle[...] = data
        self._finish(handle)

    @staticmethod
    def _finish(handle):
        """A ZIP is complete once it is closed."""
        if hasattr(handle.store, "_zmode"):
            handle.store.close()

    def open(self, case, path, *, update=False):
        """Open for reading; the format is named, so that no other is looked for."""
        with self._settled() as zarr:
            store = self._store(case, path, write=update)
            mode = "r+" if update else "r"
            return zarr.open_array(store, mode=mode, zarr_format=case.zarr_format)

    def append(self, handle, data):
        """Lengthen along z."""
        handle.append(data, axis=0)

    def resize(self, handle, shape):
        """Give another shape."""
        handle.resize(shape)
        return handle

    def create_group(self, case, path, arrays):
        """Make a group of arrays, and consolidate it."""
        with self._settled() as zarr:
            store = self._store(case, path, write=True)
            group = zarr.create_group(store, zarr_format=case.zarr_format)
            for name, shape in arrays.items():
                settings = self._settings(case, shape, np.dtype("f4"), True)
                settings.pop("zarr_format")
                group.create_array(name, shape=shape, dtype="f4", **settings)
            zarr.consolidate_metadata(store, zarr_format=case.zarr_format)

    def open_group(self, case, path, *, consolidated):
        """Open a group and its arrays."""
        with self._settled() as zarr:
            group = zarr.open_group(
                self._store(case, path),
                mode="r",
                zarr_format=case.zarr_format,
                use_consolidated=consolidated,
            )
            return {name: array.shape for name, array in group.arrays()}

    def keys(self, case, path):
        """All keys."""
        return _sync(_keys(self._store(case, path)))

    def delete(self, case, path):
        """Delete an array."""
        store = self._store(case, path, write=True)
        # FsspecStore.clear gives up at the first folder that went with the one above it,
        # and leaves the metadata in a bucket (3.4.2)
        _sync(store.delete_dir("") if case.store_row.remote else store.clear())

    def objects(self, case, path):
        """Bytes by key."""
        if case.store == "memory":
            return {key: len(value) for key, value in self._memory[str(path)].items()}
        return super().objects(case, path)

    def raw(self, case, path, key):
        """One object."""
        if case.store == "memory":
            return self._memory[str(path)][key].to_bytes()
        return super().raw(case, path, key)

    def forget(self, path):
        """Drop a store in memory."""
        self._memory.pop(str(path), None)

    def facts(self, versions):
        """Release, and which pipeline runs the codecs."""
        import zarr

        pipeline = self.pipeline or zarr.config.get("codec_pipeline.path")
        return {**super().facts(versions), "pipeline": pipeline}


def _inner(layout, chain):
    """Shards of chunks, as what an outer shard holds."""
    from zarr.codecs import ShardingCodec

    codecs = [*chain.filters, chain.serializer or BYTES, *chain.compressors]
    return ShardingCodec(chunk_shape=layout.chunks, codecs=codecs, index_location=layout.index)


def _sync(coroutine):
    from zarr.core.sync import sync

    return sync(coroutine)


async def _keys(store):
    await store._ensure_open()  # ZipStore.list forgot to, up to 3.0.10
    return [key async for key in store.list()]
