"""A file system of fsspec's, looked at as obstore's stores are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Files:
    """Objects below a prefix; of obstore's methods those that `remote` and a run need.

    For Google's cloud: obstore lists it by XML requests, which not all that speak its
    protocol answer, and gcsfs by those that Google's own client makes.
    """

    def __init__(self, files: Any, root: str):
        self.files, self.root = files, root.rstrip("/")

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    def _key(self, path: str) -> str:
        return path.removeprefix(f"{self.root}/")

    def list(self, prefix: str | None = None) -> Iterator[list[dict]]:
        """Key and size of all objects below a prefix, in one list."""
        place = self._path(prefix) if prefix else self.root
        found = self.files.find(place, detail=True)
        yield [{"path": self._key(path), "size": each["size"]} for path, each in found.items()]

    def list_with_delimiter(self, _prefix: None = None) -> dict:
        """What is right below: folders, and objects."""
        try:
            found = self.files.ls(self.root, detail=True)
        except FileNotFoundError:
            if "/" not in self.root:  # the bucket itself; a prefix is made by its first object
                raise
            found = []
        names = {kind: [] for kind in ("directory", "file")}
        for each in found:
            if each["name"].rstrip("/") != self.root:
                names[each["type"]].append(self._key(each["name"]).rstrip("/"))
        objects = [{"path": name} for name in names["file"]]
        return {"common_prefixes": names["directory"], "objects": objects}

    def get(self, key: str) -> _Bytes:
        """One object."""
        return _Bytes(self.files.cat_file(self._path(key)))

    def get_range(self, key: str, *, start: int, end: int) -> bytes:
        """A part of one."""
        return self.files.cat_file(self._path(key), start=start, end=end)

    def put(self, key: str, value: bytes) -> None:
        """Write one."""
        self.files.pipe_file(self._path(key), value)

    def delete(self, keys: str | list[str]) -> None:
        """Delete some."""
        for key in [keys] if isinstance(keys, str) else keys:
            self.files.rm_file(self._path(key))


class _Bytes(bytes):
    """As obstore hands them over."""

    def bytes(self) -> bytes:
        return bytes(self)
