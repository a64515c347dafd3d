"""tensorstore: formats 2 and 3."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar

from .. import spelling
from ..access import Orthogonal, Points
from ..flight import Flight
from ..requests.countable import Countable
from ..stores import counting, remote
from .base import Backend

# zarr-python asks for no fsync; equal terms
_CONTEXT = {"file_io_sync": False}
_ONE_BY_ONE = {
    f"{what}_concurrency": {"limit": 1}
    for what in ("data_copy", "file_io", "s3_request", "gcs_request")
}
_FAMILIES = frozenset({"none", "blosc", "gzip", "zstd"})


class TensorStore(Countable, Backend):
    """Google's C++ library, through its zarr and zarr3 drivers."""

    id = "tensorstore"
    package = "tensorstore"
    groups = ("default", "suite", "zarr")
    families: ClassVar = {2: _FAMILIES | {"zlib", "bz2"}, 3: _FAMILIES | {"crc32c"}}
    stores = frozenset({"local", "memory", "zip", "s3", "gcs"})
    lacks: ClassVar = {
        "create with data": "tensorstore creates and writes in two steps",
        "groups": "tensorstore has no groups",
        "write a ZIP": "tensorstore only reads ZIPs",
    }
    counted = frozenset({"local", "s3", "gcs"})
    # of its driver for HTTP; that for S3 has a setting of its own
    flight = Flight("http_request_concurrency", 32, "tasks")
    # its metrics add what it wrote some time after it has, and the text of each 404 to what it read
    counts_bucket_writes = False
    _memory: ClassVar[dict] = {}

    def supports(self, case, versions):
        """What it has drivers for, which read a bucket by themselves."""
        if case.store_row.remote and case.store_row.kind not in self.stores:
            cloud, _, client = case.store_row.kind.partition("-")
            title = remote.CLOUDS[cloud].title
            return f"tensorstore has no {f'{client} stores' if client else f'driver for {title}'}"
        return super().supports(case, versions)

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty array."""
        spell = self._format2 if case.zarr_format == 2 else self._format3
        return self._open(
            case,
            path,
            metadata=spell(case, shape, dtype),
            create=True,
            store_data_equal_to_fill_value=write_empty,
        )

    _format2 = staticmethod(spelling.format2)
    _format3 = staticmethod(spelling.format3)

    @contextmanager
    def counting(self):
        """Count by its own metrics, one request after the other.

        With several at once it gets the index of a shard again or not, as they come.
        """
        self.counter = counting.Metrics()
        try:
            yield self.counter
        finally:
            self.counter = None

    def kinds(self, case, call, tally):
        """Shards are read in ranges, all else whole."""
        if call == "read" and case.layout_row.shards:
            return replace(tally, gets=0)
        return replace(tally, ranges=0)

    def model(self, versions):
        """The same in every release that was tried."""
        from ..requests.tensorstore import TensorStore

        return TensorStore()

    def _kvstore(self, case, path):
        row = case.store_row
        if row.kind == "memory":
            return {"driver": "memory", "path": "array/"}
        if row.kind == "zip":
            return {"driver": "zip", "base": {"driver": "file", "path": str(row.place(path))}}
        if row.remote:
            return remote.place(path).kvstore()
        return {"driver": "file", "path": f"{path}/"}

    def _context(self, case, path):
        """A context of its own is what keeps a store in memory."""
        import tensorstore as ts

        if case.store == "memory":
            if str(path) not in self._memory:
                self._memory[str(path)] = ts.Context({**_CONTEXT, "memory_key_value_store": {}})
            return self._memory[str(path)]
        return ts.Context(_CONTEXT if self.counter is None else {**_CONTEXT, **_ONE_BY_ONE})

    def _open(self, case, path, **more):
        import tensorstore as ts

        driver = "zarr" if case.zarr_format == 2 else "zarr3"
        spec = {"driver": driver, "kvstore": self._kvstore(case, path), **more}
        return ts.open(spec, context=self._context(case, path)).result()

    def _objects(self, case, path):
        import tensorstore as ts

        spec = self._kvstore(case, path)
        return ts.KvStore.open(spec, context=self._context(case, path)).result()

    def write(self, handle, data):
        """Write the whole volume, and wait until it is committed."""
        handle.write(data).result()

    def open(self, case, path, *, update=False):
        """Open for reading."""
        more = {"store_data_equal_to_fill_value": True} if update else {}
        return self._open(case, path, open=True, **more)

    def read(self, handle, selection):
        """Read a selection."""
        if isinstance(selection, Orthogonal):
            return handle.oindex[tuple(selection)].read().result()
        if isinstance(selection, Points):
            return handle.vindex[tuple(selection)].read().result()
        return handle[selection].read().result()

    def assign(self, handle, box, data):
        """Write a box, and wait until it is committed."""
        handle[box].write(data).result()

    def append(self, handle, data):
        """Lengthen along z: tensorstore does so in two steps."""
        depth = handle.shape[0]
        longer = self.resize(handle, (depth + data.shape[0], *handle.shape[1:]))
        longer[depth:].write(data).result()

    def resize(self, handle, shape):
        """Give another shape."""
        return handle.resize(exclusive_max=shape).result()

    def keys(self, case, path):
        """All keys."""
        return [key.decode() for key in self._objects(case, path).list().result()]

    def delete(self, case, path):
        """Delete an array."""
        import tensorstore as ts

        self._objects(case, path).delete_range(ts.KvStore.KeyRange()).result()

    def objects(self, case, path):
        """Bytes by key."""
        if case.store == "memory":
            return {key: len(self.raw(case, path, key)) for key in self.keys(case, path)}
        return super().objects(case, path)

    def raw(self, case, path, key):
        """One object."""
        if case.store == "memory":
            found = self._objects(case, path).read(key).result()
            if found.state != "value":
                raise FileNotFoundError(key)
            return found.value
        return super().raw(case, path, key)

    def forget(self, path):
        """Drop a store in memory."""
        self._memory.pop(str(path), None)
