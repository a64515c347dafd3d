"""Libraries that open an array by its URL, each held to a number of requests in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from ..core.case import Case

Reader = Callable[[Any], "np.ndarray"]


class Client(NamedTuple):
    """A library and what it asks through.

    Attributes
    ----------
    backend : str
        Whose account of itself holds for it.
    open : callable
        From a case, a URL and a number in flight to what reads a box.
    """

    backend: str
    open: Callable[[Case, str, int], Reader]


def environment(in_flight: int) -> dict[str, str]:
    """What a process of these clients has to be started with: Rust's threads are set once."""
    return {"RAYON_NUM_THREADS": str(in_flight), "NO_PROXY": "127.0.0.1"}


def _zarr(case: Case, store: Any, in_flight: int, **more: Any) -> Any:
    import zarr

    zarr.config.set({"async.concurrency": in_flight, **more})
    return zarr.open_array(store, mode="r", zarr_format=case.zarr_format)


def _object_store(url: str) -> Any:
    from obstore.store import HTTPStore

    return HTTPStore.from_url(url, client_options={"allow_http": True})


def _obstore(case: Case, url: str, in_flight: int) -> Reader:
    from zarr.storage import ObjectStore

    store = ObjectStore(_object_store(url), read_only=True)
    return _zarr(case, store, in_flight).__getitem__


def _fsspec(case: Case, url: str, in_flight: int) -> Reader:
    from zarr.storage import FsspecStore

    return _zarr(case, FsspecStore.from_url(url, read_only=True), in_flight).__getitem__


def _zarrs(case: Case, url: str, in_flight: int) -> Reader:
    from zarr.storage import ObjectStore

    from ..core.backends.zarrs import own

    pipeline = {
        "codec_pipeline.path": "zarrs.ZarrsCodecPipeline",
        "codec_pipeline.strict": True,  # else it hands in silence what it does not know
    }
    store = ObjectStore(_object_store(url), read_only=True)
    return own(_zarr(case, store, in_flight, **pipeline)).__getitem__


def _zarrista(case: Case, url: str, in_flight: int) -> Reader:
    from zarrista import AsyncArray

    async def opened():
        return await AsyncArray.open(_object_store(url))

    array = asyncio.run(opened())

    def read(box):
        async def call():
            return await array.retrieve_array_subset(box)

        return asyncio.run(call()).to_numpy()

    return read


def _tensorstore(case: Case, url: str, in_flight: int) -> Reader:
    import tensorstore as ts

    spec = {
        "driver": "zarr" if case.zarr_format == 2 else "zarr3",
        "kvstore": {"driver": "http", "base_url": f"{url}/"},
    }
    context = ts.Context({"http_request_concurrency": {"limit": in_flight}})
    array = ts.open(spec, open=True, context=context).result()
    return lambda box: array[box].read().result()


CLIENTS = {
    "zarr-python, fsspec": Client("zarr-python", _fsspec),
    "zarr-python, obstore": Client("zarr-python", _obstore),
    "tensorstore, http": Client("tensorstore", _tensorstore),
    "zarrs, obstore": Client("zarrs", _zarrs),
    "zarrista, obstore": Client("zarrista", _zarrista),
}
