"""Objects in a bucket: where a case's are, and how they are looked at and removed.

One variable of the environment names the folder of a run, so that every process of it
finds the same place. It never holds a key: who may write there is known to the clouds'
own settings, see `clouds`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import UserError
from .clouds import CLOUDS, Cloud
from .listing import Files

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "ZARR_CRYOET_STORE"
_SCHEMES = {scheme: cloud for cloud in CLOUDS.values() for scheme in cloud.schemes}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Bucket:
    """A folder of a bucket.

    Attributes
    ----------
    cloud : Cloud
        Whose.
    name : str
        Of the bucket, or container.
    prefix : str
        Below it, without slashes at its ends; empty for the bucket itself.
    """

    cloud: Cloud
    name: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """As people write it."""
        return "/".join(filter(None, (f"{self.cloud.schemes[0]}://{self.name}", self.prefix)))

    def below(self, name: str) -> Bucket:
        """A folder in it."""
        return Bucket(self.cloud, self.name, f"{self.prefix}/{name}".strip("/"))

    def store(self) -> Any:
        """obstore's, for what is in it."""
        return self.cloud.objects(self.name, self.prefix)

    def files(self) -> Any:
        """The same for looking at it, and removing it."""
        if not self.cloud.by_fsspec:
            return self.store()
        return Files(self.filesystem(), self.path)

    def kvstore(self) -> dict[str, Any]:
        """Tensorstore's."""
        return self.cloud.kvstore(self.name, f"{self.prefix}/" if self.prefix else "")

    def filesystem(self, **more: Any) -> Any:
        """fsspec's, with no memory of what was listed: others write there too."""
        options = {**self.cloud.options(), "use_listings_cache": False, **more}
        return self.cloud.filesystem(**options)

    @property
    def path(self) -> str:
        """As fsspec's file systems have it."""
        return f"{self.name}/{self.prefix}".rstrip("/")


def parse(url: str) -> Bucket:
    """From a URL to a folder of a bucket.

    Raises
    ------
    UserError
        It is none, or it holds a key: such are seen by everyone who lists processes.
    """
    parts = urlsplit(url.strip())
    cloud = _SCHEMES.get(parts.scheme.lower())
    shown = re.sub(r"://[^/@]*@", "://***@", url.partition("?")[0].partition("#")[0])
    if cloud is None:
        known = ", ".join(f"{scheme}://" for scheme in _SCHEMES)
        raise UserError(f"{shown}: no URL of an object store; they begin with {known}")
    if parts.username is not None or parts.query or parts.fragment:
        raise UserError(
            f"{shown}: a URL with a user, a key or a query in it; name the bucket alone, and "
            "leave keys, accounts and endpoints to the environment"
        )
    segments = [part for part in parts.path.split("/") if part]
    if not _NAME.fullmatch(parts.netloc) or any(part in (".", "..") for part in segments):
        raise UserError(f"{shown}: no bucket and prefix, as in {cloud.schemes[0]}://bucket/prefix")
    return Bucket(cloud, parts.netloc, "/".join(segments))


def here() -> Bucket | None:
    """The folder of the run that this process belongs to; None where there is none."""
    url = os.environ.get(VARIABLE)
    return parse(url) if url else None


def default_store() -> str:
    """Id of the store that a run works in: the bucket's, if it has one, else files."""
    bucket = here()
    return bucket.cloud.id if bucket else "local"


def missing(kind: str, versions: Mapping[str, str]) -> str | None:
    """Why a store of that kind cannot be used; None when it can."""
    cloud, _, client = kind.partition("-")
    for package in (
        "obstore",
        *(() if client and not CLOUDS[cloud].by_fsspec else (CLOUDS[cloud].package,)),
    ):
        if package not in versions:
            return f"{package} is not installed"
    bucket = here()
    if bucket is None or bucket.cloud.id != cloud:
        title, scheme = CLOUDS[cloud].title, CLOUDS[cloud].schemes[0]
        return f"this run has no bucket of {title}; --store {scheme}://... names one"
    return None


def place(path: Path) -> Bucket:
    """The folder for an array that would be at a local path.

    Only its last part is told to the bucket; the rest, which is this machine's business,
    goes into a few digits that keep two apart.
    """
    bucket = here()
    if bucket is None:
        raise UserError(f"no bucket: {VARIABLE} is not set")
    above = hashlib.sha256(os.path.abspath(path.parent).encode()).hexdigest()[:8]  # noqa: PTH100
    return bucket.below(above).below(path.name)


@cache
def _store(url: str, _process: int) -> Any:
    return parse(url).files()


def _here() -> tuple[Any, Bucket]:
    bucket = here()
    if bucket is None:
        raise UserError(f"no bucket: {VARIABLE} is not set")
    return _store(bucket.url, os.getpid()), bucket  # no client survives a fork


def _key(path: Path) -> tuple[Any, str]:
    store, bucket = _here()
    return store, place(path).prefix[len(bucket.prefix) :].strip("/")


def sizes(path: Path) -> dict[str, int]:
    """Bytes of each object of an array, by key."""
    store, key = _key(path)
    return {name[len(key) + 1 :]: size for name, size in listed(store, key)}


def content(path: Path, name: str) -> bytes:
    """One object; FileNotFoundError where there is none."""
    store, key = _key(path)
    return bytes(store.get(f"{key}/{name}").bytes())


def part(path: Path, name: str, begin: int, end: int) -> bytes:
    """A part of one object."""
    store, key = _key(path)
    return bytes(store.get_range(f"{key}/{name}", start=begin, end=end))


def remove(path: Path) -> None:
    """Leave nothing of an array."""
    store, key = _key(path)
    erase(store, key)


def listed(store: Any, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Key and bytes of all objects below a prefix."""
    for some in store.list(prefix or None):
        yield from ((each["path"], each["size"]) for each in some)


def erase(store: Any, prefix: str = "", keep: str | None = None) -> int:
    """Delete all objects below a prefix, but one that is to be kept; how many there were."""
    paths = [path for path, _ in listed(store, prefix) if path != keep]
    for begin in range(0, len(paths), 1000):
        store.delete(paths[begin : begin + 1000])
    return len(paths)
