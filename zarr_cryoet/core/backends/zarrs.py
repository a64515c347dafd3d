"""zarrs' pipeline in zarr-python: formats 2 and 3."""

from __future__ import annotations

import os
from typing import ClassVar

from ..errors import WrongResult
from ..flight import Flight
from .fetched import Fetched
from .zarr3 import ZarrPython3

_ELSE = "zarrs hands {} to zarr-python's own pipeline"
EMPTY = "zarrs stores no empty chunks, whatever it is told"
_FAMILIES = frozenset({"none", "blosc", "gzip", "zstd", "zlib", "bz2", "pcodec", "shuffle"})


class Zarrs(Fetched, ZarrPython3):
    """zarr-python with the chunks left to a library in Rust.

    What that cannot do it hands back in silence. Its option ``strict`` makes it raise
    instead, and whether it is in force is looked at on each array.
    """

    id = "zarrs"
    package = "zarrs"
    packages = ("zarr",)
    groups = ("suite", "zarr")
    families: ClassVar = {2: _FAMILIES, 3: _FAMILIES | {"crc32c"}}
    stores = frozenset({"local", "s3-obstore", "gcs-obstore", "azure-obstore"})
    lacks: ClassVar = {
        "steps": _ELSE.format("strided reads"),
        "fancy indexing": _ELSE.format("fancy indexing"),
        "write-zeros": EMPTY,
    }
    keeps_empty = False
    # those of the other clouds are asked by clients of their own, for which there is no server
    counted = frozenset({"local", "s3-obstore"})
    # a thread waits for each request; shards are gone through in 4 blocks (its own
    # ``chunk_concurrent_minimum``)
    flight = Flight("RAYON_NUM_THREADS", None, "tasks", shards=4)
    pipeline: ClassVar = "zarrs.ZarrsCodecPipeline"

    @classmethod
    def serves(cls, version):
        """All releases."""
        return True

    def supports(self, case, versions):
        """All but what it would hand to zarr-python."""
        if case.store_row.remote and case.store_row.kind not in self.stores:
            return "zarrs knows no stores of fsspec's in a bucket, but those of obstore"
        if case.store_row.kind in ZarrPython3.stores - self.stores:
            return _ELSE.format(f"stores of kind {case.store_row.kind}")
        if case.codec_row.family in ("lz4", "lzma", "delta"):
            return _ELSE.format(case.codec_row.family)
        return super().supports(case, versions)

    def decodes_parts(self, case):
        """Of raw chunks, the voxels that are asked for."""
        return case.codec_row.family == "none"

    def model(self, versions):
        """As 0.2.3 does, under zarr-python 3.1.6 and 3.4.2 alike."""
        from ..requests.zarrs import Zarrs

        return Zarrs()

    def _store(self, case, path, *, write=False):
        if self.counter is None:
            return super()._store(case, path, write=write)
        from zarr.storage import ObjectStore

        if case.store_row.remote:
            return ObjectStore(self.counter.bucket(case, path), read_only=True)
        return ObjectStore(self.counter.store(path), read_only=True)

    def _config(self):
        return {**super()._config(), "codec_pipeline.strict": True}

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty array."""
        return own(super().create(case, path, shape, dtype, write_empty=write_empty))

    def create_with(self, case, path, data):
        """Make an array that holds `data`."""
        return own(super().create_with(case, path, data))

    def open(self, case, path, *, update=False):
        """Open for reading."""
        handle = own(super().open(case, path, update=update))
        if self.counter is not None:
            self.counter.holds(case, path, handle.shape)
        return handle

    def facts(self, versions):
        """Releases, pipeline and threads."""
        return {**super().facts(versions), "threads": rayon()}


def own(handle):
    """The same zarr array, once it is sure that zarrs does all the work on it.

    Raises
    ------
    WrongResult
        Another pipeline is in use, or could be without a word.
    """
    pipeline = handle._async_array.codec_pipeline
    if type(pipeline).__name__ != "ZarrsCodecPipeline":
        raise WrongResult(f"the pipeline is {type(pipeline).__name__}, not ZarrsCodecPipeline")
    if pipeline.impl is None:
        raise WrongResult("zarrs does not know this array, and falls back to zarr-python")
    if pipeline.python_impl is not None:
        raise WrongResult("zarrs is not strict, and could fall back to zarr-python in silence")
    return handle


def rayon() -> str:
    """How many threads zarrs takes: as told, else one for each core of the process."""
    told = os.environ.get("RAYON_NUM_THREADS")
    if told:
        return told
    if hasattr(os, "sched_getaffinity"):
        return str(len(os.sched_getaffinity(0)))
    return str(os.cpu_count())
