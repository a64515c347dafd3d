"""Chunks that zarr-python decodes, counted while they are.

Its methods are replaced for as long as the counting lasts; they do what they did.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .counting import Counter


@contextmanager
def by_zarr2(counter: Counter) -> Iterator[None]:
    """Count each chunk that zarr-python 2 decodes: to read it, or to change a part of it."""
    import zarr

    cls = zarr.core.Array
    process, decode = cls._process_chunk, cls._decode_chunk
    within = threading.local()

    def counted_process(self, *args, **kwargs):
        counter.add(decoded=1)  # straight into its place, or by way of `_decode_chunk`
        within.process = True
        try:
            return process(self, *args, **kwargs)
        finally:
            within.process = False

    def counted_decode(self, *args, **kwargs):
        if not getattr(within, "process", False):
            counter.add(decoded=1)
        return decode(self, *args, **kwargs)

    with _patched(
        [(cls, "_process_chunk", counted_process), (cls, "_decode_chunk", counted_decode)]
    ):
        yield


_BELOW = contextvars.ContextVar("decoding a chunk already", default=False)
# What failed may decode on for a while: that is not the next one's
_WHOSE = contextvars.ContextVar("whose tasks these are", default=None)


@contextmanager
def by_zarr3(counter: Counter) -> Iterator[None]:
    """Count each chunk that zarr-python 3 decodes, in any of its pipelines.

    What turns bytes into an array does so once a chunk. A shard's index is decoded in the
    same way, and is no chunk.
    """
    from zarr.codecs import BytesCodec, ShardingCodec
    from zarr.codecs._v2 import V2Codec

    patches = []
    for cls in (BytesCodec, V2Codec, *_numcodecs()):
        patches.append((cls, "_decode_single", _counted_single(cls._decode_single, counter)))
        if hasattr(cls, "_decode_sync"):
            patches.append((cls, "_decode_sync", _counted_sync(cls._decode_sync, counter)))
    bulk = "_decode_full_shard_bulk_if_uncompressed"  # looks at bytes as voxels, without a codec
    if hasattr(ShardingCodec, bulk):
        patches.append((ShardingCodec, bulk, _counted_bulk(getattr(ShardingCodec, bulk), counter)))
    token = _WHOSE.set(counter)  # tasks and threads of asyncio's inherit that
    try:
        with _patched(patches):
            yield
    finally:
        _WHOSE.reset(token)


def _numcodecs() -> list[type]:
    """What takes the place of `BytesCodec` in some chains."""
    try:
        from zarr.codecs.numcodecs import PCodec
    except ImportError:  # before 3.1.3 they came with numcodecs
        from numcodecs.zarr3 import PCodec
    base = next(c for c in PCodec.__mro__ if "_decode_single" in vars(c))
    return [base]


def _is_chunk(spec: Any) -> bool:
    dtype = spec.dtype
    native = dtype.to_native_dtype() if hasattr(dtype, "to_native_dtype") else dtype
    return not (native.str == "<u8" and spec.shape[-1] == 2)


def _counted_single(original, counter):
    async def decode(self, data, spec):
        if _is_chunk(spec):
            (_WHOSE.get() or counter).add(decoded=1)
        token = _BELOW.set(True)
        try:
            return await original(self, data, spec)
        finally:
            _BELOW.reset(token)

    return decode


def _counted_sync(original, counter):
    def decode(self, data, spec):
        if not _BELOW.get() and _is_chunk(spec):
            (_WHOSE.get() or counter).add(decoded=1)
        return original(self, data, spec)

    return decode


def _counted_bulk(original, counter):
    def decode(self, data, spec, indexer):
        found = original(self, data, spec, indexer)
        if found is not None:
            (_WHOSE.get() or counter).add(decoded=prod(self._get_chunks_per_shard(spec)))
        return found

    return decode


@contextmanager
def _patched(patches: list[tuple[type, str, Callable]]) -> Iterator[None]:
    """Other methods for as long as the block lasts."""
    before = [(cls, name, getattr(cls, name)) for cls, name, _ in patches]
    try:
        for cls, name, method in patches:
            setattr(cls, name, method)
        yield
    finally:
        for cls, name, method in before:
            setattr(cls, name, method)
