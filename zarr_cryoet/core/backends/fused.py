"""zarr-python's fused pipeline: formats 2 and 3."""

from __future__ import annotations

from typing import ClassVar

from ..errors import WrongResult
from .zarr3 import ZarrPython3

_BUCKETS = "leaves buckets to zarr-python's other pipeline, as they have no synchronous requests"


class ZarrFused(ZarrPython3):
    """zarr-python with the pipeline that reads and decodes without a coroutine a chunk."""

    id = "zarr-fused"
    groups = ("suite", "zarr")
    # it goes back to zarr-python's other pipeline where a store has no synchronous requests
    stores = frozenset({"local", "memory", "latency"})
    pipeline: ClassVar = "zarr.core.codec_pipeline.FusedCodecPipeline"
    excluded: ClassVar = dict.fromkeys(("costed", "faults"), _BUCKETS)

    @classmethod
    def serves(cls, version):
        """From 3.3 on."""
        major, minor = version.split(".")[:2]
        return (int(major), int(minor)) >= (3, 3)

    def supports(self, case, versions):
        """All but what it would hand to zarr-python's other pipeline."""
        if case.store_row.kind == "zip":
            return "the fused pipeline has no synchronous requests to a ZIP"
        if case.store_row.remote:
            return "the fused pipeline has no synchronous requests to a bucket"
        return super().supports(case, versions)

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty array."""
        return _fused(super().create(case, path, shape, dtype, write_empty=write_empty))

    def create_with(self, case, path, data):
        """Make an array that holds `data`."""
        return _fused(super().create_with(case, path, data))

    def open(self, case, path, *, update=False):
        """Open for reading."""
        return _fused(super().open(case, path, update=update))


def _fused(handle):
    """The same array, once it is sure that the fused pipeline is in use."""
    pipeline = handle._async_array.codec_pipeline
    if type(pipeline).__name__ != "FusedCodecPipeline":
        raise WrongResult(f"the pipeline is {type(pipeline).__name__}, not FusedCodecPipeline")
    if pipeline.sync_transform is None:
        raise WrongResult("the fused pipeline falls back: a codec of this array is asynchronous")
    return handle
