"""Stores that count what they are asked for.

A counting store is a subclass of the library's own, made for one tally, which adds to it
and hands on: the library finds every method that it looks for, and none that it does not.
What a release does in its store (joining ranges, say) happens as ever, and is counted
where it leaves for the files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import ClassVar


@dataclass
class Tally:
    """Requests by kind, bytes moved, and chunks decoded.

    Attributes
    ----------
    gets : int
        Whole objects asked for, those that turn out to be absent too.
    ranges : int
        Parts of objects asked for.
    heads : int
        Whether an object is there, or how large it is.
    lists, puts, deletes : int
        Listings, objects written, objects or folders deleted.
    bytes_read, bytes_written : int
        Bytes in what was fetched and stored.
    decoded : int
        Chunks decoded; in shards, inner chunks.
    """

    gets: int = 0
    ranges: int = 0
    heads: int = 0
    lists: int = 0
    puts: int = 0
    deletes: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    decoded: int = 0

    @property
    def requests(self) -> int:
        """Of all kinds."""
        return self.gets + self.ranges + self.heads + self.lists + self.puts + self.deletes

    def differs(self, other: Tally) -> str:
        """What is not as in `other`, in words; empty where nothing is."""
        pairs = ((f.name, getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return ", ".join(f"{name} {a}, not {b}" for name, a, b in pairs if a != b)


class Counter:
    """Counts from `start` to `stop`; several threads may add at once.

    Attributes
    ----------
    tally : Tally
        What was counted so far.
    """

    def __init__(self):
        self.tally = Tally()
        self._lock = threading.Lock()

    def add(self, **more: int) -> None:
        """Count."""
        with self._lock:
            for name, n in more.items():
                setattr(self.tally, name, getattr(self.tally, name) + n)

    def start(self) -> None:
        """Begin at nought."""
        with self._lock:
            self.tally = Tally()

    def stop(self) -> Tally:
        """What was counted since."""
        with self._lock:
            return Tally(**asdict(self.tally))


class Metrics(Counter):
    """What tensorstore says of itself: its key-value store's own metrics, as differences.

    They tell no kinds: `gets` are files opened to be read, absent ones too, and `ranges` all
    that is read of them; in a bucket both are all requests to read. Its chunk cache tells how
    many chunks it read, of which each is decoded once; of what it decodes to write a part
    of it, they tell nothing.
    """

    _KINDS: ClassVar = {
        "gets": "open_read",
        "ranges": "batch_read",
        "bytes_read": "bytes_read",
        "puts": "write",
        "bytes_written": "bytes_written",
        "deletes": "delete_range",
        "lists": "list",
    }

    def __init__(self):
        super().__init__()
        self._before = self._now()

    def _now(self) -> Tally:
        import tensorstore as ts

        found = ts.experimental_collect_matching_metrics("/tensorstore/")
        values = {each["name"]: each["values"][0].get("value") for each in found}
        tally = Tally(decoded=values.get("/tensorstore/cache/chunk_cache/reads", 0))
        for driver in ("file", "s3", "gcs"):  # of which one is in use
            for kind, name in self._KINDS.items():
                if driver != "file" and name == "open_read":
                    name = "batch_read"
                more = values.get(f"/tensorstore/kvstore/{driver}/{name}", 0)
                setattr(tally, kind, getattr(tally, kind) + more)
        return tally

    def start(self) -> None:
        """Begin at what they are now."""
        self._before = self._now()

    def stop(self) -> Tally:
        """What was added since."""
        now, before = asdict(self._now()), asdict(self._before)
        return Tally(**{name: now[name] - before[name] for name in now})


# zarr-python 2 -----------------------------------------------------------------------------------


def mapping(base: type, counter: Counter | None) -> type:
    """A class of zarr-python 2's mappings that counts; the class itself without a counter."""
    if counter is None:
        return base

    class Counting(base):
        def __getitem__(self, key):
            counter.add(gets=1)
            value = super().__getitem__(key)
            counter.add(bytes_read=len(value))
            return value

        def __contains__(self, key):
            counter.add(heads=1)
            return super().__contains__(key)

        def __setitem__(self, key, value):
            counter.add(puts=1, bytes_written=memoryview(value).nbytes)
            super().__setitem__(key, value)

        def __delitem__(self, key):
            counter.add(deletes=1)
            super().__delitem__(key)

        def keys(self):
            counter.add(lists=1)
            return super().keys()

        def listdir(self, path=None):
            counter.add(lists=1)
            return super().listdir(path)

        def rmdir(self, path=None):
            counter.add(deletes=1)
            super().rmdir(path)

        def getsize(self, path=None):
            counter.add(heads=1)
            return super().getsize(path)

    return _many(Counting, counter) if "getitems" in vars(base) else Counting


def _many(base: type, counter: Counter) -> type:
    """Of `FSStore`, which hands many keys at once to fsspec, without asking for each itself."""

    class Many(base):
        def getitems(self, keys, *, contexts):
            asked = list(keys)
            values = super().getitems(asked, contexts=contexts)
            counter.add(gets=len(asked), bytes_read=sum(map(len, values.values())))
            return values

        def setitems(self, values):
            written = sum(memoryview(value).nbytes for value in values.values())
            counter.add(puts=len(values), bytes_written=written)
            super().setitems(values)

        def delitems(self, keys):
            there = [key for key in keys if key in self]  # as it does, one by one
            counter.add(deletes=len(there))
            if there:
                self.map.delitems([self._normalize_key(key) for key in there])

    return Many


# zarr-python 3 -----------------------------------------------------------------------------------


def store(base: type, counter: Counter | None) -> type:
    """A class of zarr-python 3's stores of files that counts; without a counter, `base`.

    `get_ranges` and `get_ranges_sync` are left as they are: they come down to `get` and
    `get_sync`, once for each part that is fetched.
    """
    if counter is None:
        return base

    def fetched(byte_range, value):
        more = {"bytes_read": 0 if value is None else len(value)}
        counter.add(**{"gets" if byte_range is None else "ranges": 1}, **more)
        return value

    async def get(self, key, prototype=None, byte_range=None):
        return fetched(byte_range, await base.get(self, key, prototype, byte_range))

    def get_sync(self, key, *, prototype=None, byte_range=None):
        return fetched(
            byte_range, base.get_sync(self, key, prototype=prototype, byte_range=byte_range)
        )

    async def get_partial_values(self, prototype, key_ranges):
        asked = list(key_ranges)
        values = await base.get_partial_values(self, prototype, asked)
        for (_, byte_range), value in zip(asked, values, strict=True):
            fetched(byte_range, value)
        return values

    def putting(name):
        def put(self, key, value, *args, **kwargs):
            counter.add(puts=1, bytes_written=len(value))
            return getattr(base, name)(self, key, value, *args, **kwargs)

        return put

    def asking(name, kind):
        def ask(self, *args, **kwargs):
            counter.add(**{kind: 1})
            return getattr(base, name)(self, *args, **kwargs)

        return ask

    kinds = {
        "heads": ("exists", "getsize"),
        "lists": ("list", "list_prefix", "list_dir"),
        "deletes": ("delete", "delete_sync", "delete_dir", "clear"),
    }
    methods: dict[str, Callable] = {
        "get": get,
        "get_sync": get_sync,
        "get_partial_values": get_partial_values,
        **{name: putting(name) for name in ("set", "set_sync", "set_if_not_exists")},
        **{name: asking(name, kind) for kind, names in kinds.items() for name in names},
    }
    if base.__name__ == "ObjectStore":  # which lists a folder, and deletes one by one
        methods["delete_dir"] = asking("delete_dir", "lists")
    own = {name: method for name, method in methods.items() if hasattr(base, name)}
    return type("Counting", (base,), own)
