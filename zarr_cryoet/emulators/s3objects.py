"""The objects of a bucket: a folder that is never written to, and what was put over it."""

from __future__ import annotations

import base64
import hashlib
import threading
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Version:
    """One version of an object.

    Attributes
    ----------
    body : bytes
        All of it.
    seconds : float
        When it was put, since 1970.
    """

    body: bytes
    seconds: float

    @cached_property
    def etag(self) -> str:
        """As S3 makes it of what was put in one part: the MD5, in quotes."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'

    @cached_property
    def crc32(self) -> str:
        """As ``x-amz-checksum-crc32`` has it: big-endian, in base 64."""
        return base64.b64encode(zlib.crc32(self.body).to_bytes(4, "big")).decode()

    def damaged(self) -> bytes:
        """The body with one bit flipped, at nine sixteenths: neither an edge nor an index."""
        body = bytearray(self.body)
        if body:
            body[len(body) * 9 // 16] ^= 0x10
        return bytes(body)


class Objects:
    """Versions by key.

    Parameters
    ----------
    root
        The folder of the first versions.
    """

    def __init__(self, root: Path):
        self.root = root.resolve()
        self._put: dict[str, list[Version]] = {}
        self._read: dict[str, Version] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """All keys, in S3's order."""
        found = (p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file())
        return sorted({*found, *self._put}, key=str.encode)

    def get(self, key: str, back: int = 0) -> Version | None:
        """The last version, or one that is `back` puts older, the oldest at most."""
        with self._lock:
            first = self._first(key)
            versions = [*([first] if first else ()), *self._put.get(key, ())]
        return versions[max(0, len(versions) - 1 - back)] if versions else None

    def put(self, key: str, version: Version) -> None:
        """One more version."""
        with self._lock:
            self._put.setdefault(key, []).append(version)

    def _first(self, key: str) -> Version | None:
        path = (self.root / key).resolve()
        if not (path.is_relative_to(self.root) and path.is_file()):
            return None
        seconds = path.stat().st_mtime
        if key not in self._read or self._read[key].seconds != seconds:
            self._read[key] = Version(path.read_bytes(), seconds)
        return self._read[key]
