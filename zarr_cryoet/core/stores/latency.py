"""Files whose every request waits for a stated time first, as across a network.

What zarr-python asks for at the same time waits at the same time, as it would there.
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from functools import cache


def slow_mapping(files: MutableMapping, seconds: float) -> MutableMapping:
    """The same store for zarr-python 2, each read of a key `seconds` later."""

    class Slow(type(files)):
        def __getitem__(self, key):
            time.sleep(seconds)
            return super().__getitem__(key)

        def __contains__(self, key):
            time.sleep(seconds)
            return super().__contains__(key)

    return Slow(files.path)


@cache
def _slow_class():
    import asyncio

    from zarr.abc.store import Store
    from zarr.storage import WrapperStore

    class Slow(WrapperStore):
        """Waits before each request that leaves for the store beneath."""

        def __init__(self, store, seconds=0.0):
            super().__init__(store)
            self.seconds = seconds

        def _with_store(self, store):
            return type(self)(store, self.seconds)

        async def get(self, key, prototype, byte_range=None):
            await asyncio.sleep(self.seconds)
            return await self._store.get(key, prototype, byte_range)

        async def get_partial_values(self, prototype, key_ranges):
            await asyncio.sleep(self.seconds)
            return await self._store.get_partial_values(prototype, key_ranges)

        async def exists(self, key):
            await asyncio.sleep(self.seconds)
            return await self._store.exists(key)

        if hasattr(Store, "get_ranges"):  # the wrapper's own asks the store beneath at once
            get_ranges = Store.get_ranges

        def get_sync(self, key, *args, **kwargs):
            time.sleep(self.seconds)
            return self._store.get_sync(key, *args, **kwargs)

    return Slow


def slow_store(files, seconds: float):
    """The same store for zarr-python 3, each read of a key `seconds` later."""
    return _slow_class()(files, seconds)
