"""Counting libraries that go past zarr's stores to the files: by a server in their place.

What is prepared is served over HTTP, and arrays are opened by its URL. So what is counted
is what a library asks of a web server, and only reads can be. Of what is in a bucket a copy
is served, to the client for S3.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..stores import files, http
from ..stores.counting import Counter, Tally
from .model import gathered
from .objects import look

if TYPE_CHECKING:
    from ..case import Case
    from ..layouts import Extent
    from ..operations import Operation
    from .objects import Part

_BUCKET = "copy"  # the name of the bucket that a copy is in


class Fetches(Counter):
    """Counts what is asked of a folder over HTTP, and finds chunks in what was sent.

    A chunk of which a part was sent is decoded, once in a call: what a library does with
    bytes that it has, no server sees.
    """

    def __init__(self):
        super().__init__()
        self._server: http.Served | None = None
        self._chunks: dict[str, list[Part]] = {}
        self._copies: dict[Path, TemporaryDirectory] = {}

    def store(self, path: Path):
        """A store of obstore's, for what is at `path`."""
        from obstore.store import HTTPStore

        if self._server is None:
            self._server = http.shared(path)
            self._server.start()
        self._server.serve(path)
        return HTTPStore.from_url(self._server.url, client_options={"allow_http": True})

    def bucket(self, case: Case, path: Path):
        """A store of obstore's for a copy of an array that is in a bucket, as S3 serves it."""
        from obstore.store import S3Store

        if path not in self._copies:
            self._copies[path] = TemporaryDirectory(prefix="zarr-cryoet-")
            for key in case.store_row.sizes(path):
                file = Path(self._copies[path].name, _BUCKET, key)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(case.store_row.content(path, key))
        root = Path(self._copies[path].name)
        if self._server is None:
            self._server = http.shared(root)
            self._server.start()
        self._server.serve(root)
        with _environment(AWS_ENDPOINT_URL_S3=self._server.url):  # which comes before `endpoint`
            return S3Store(
                _BUCKET,
                endpoint=self._server.url,  # zarrs' own client is told this one alone
                region="us-east-1",
                skip_signature=True,
                client_options={"allow_http": True},
            )

    def close(self) -> None:
        """Remove the copies."""
        while self._copies:
            self._copies.popitem()[1].cleanup()

    def holds(self, case: Case, path: Path, shape: Extent) -> None:
        """Find the chunks of the array that was opened."""
        layout, found = case.layout_row.of(shape), look(case, path, shape)
        if not layout.shards:
            sizes = found.sizes.items()
            chunks = {k: [(0, n)] for k, n in sizes if k.rpartition("/")[2] not in files.METADATA}
        else:
            chunks = {
                found.prefix + "/".join(map(str, shard)): [found.chunks[cell] for cell in inside]
                for shard, inside in gathered(found.chunks, layout.chunks, layout.shards).items()
            }
        self._chunks = chunks

    def start(self) -> None:
        """Begin at nought."""
        if self._server is not None:
            self._server.start()

    def stop(self) -> Tally:
        """What was counted since."""
        counter, decoded = Counter(), set()
        for kind, key, begin, end in self._server.requests() if self._server else ():
            counter.add(**{kind: 1, "bytes_read": end - begin})
            key = key.removeprefix(f"{_BUCKET}/") if self._copies else key
            parts = self._chunks.get(key, ())
            decoded.update((key, part) for part in parts if begin < part[1] and end > part[0])
        counter.add(decoded=len(decoded))
        return counter.tally


@contextmanager
def fetching() -> Iterator[Fetches]:
    """Count over HTTP for as long as the block lasts, past any proxy that the machine has."""
    counter = Fetches()
    try:
        with _environment(NO_PROXY="127.0.0.1"):
            yield counter
    finally:
        counter.close()


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    """Variables of the environment, for as long as the block lasts."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def uncounted(name: str, operation: Operation) -> str | None:
    """Why an operation cannot be counted over HTTP, by the backend of that name."""
    if operation.id != "open" and "read" not in operation.groups:
        return f"{name} is counted over HTTP, where arrays are only opened and read"
    if find_spec("obstore") is None:
        return f"{name} is counted over HTTP through obstore, which is not installed"
    return None
