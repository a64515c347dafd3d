"""Where arrays are kept: one row each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..registry import Registry
from . import files


@dataclass(frozen=True)
class Store:
    """A place for an array's objects.

    Attributes
    ----------
    id : str
        For example ``local``, or ``latency-10ms``.
    kind : str
        What a backend knows or does not: ``local``, ``memory``, ``zip``, ``latency``, or a
        cloud: ``s3`` by the backend's own client, ``s3-obstore`` through zarr's ObjectStore.
    groups : tuple of str
        Named sets it belongs to.
    latency : float
        Seconds that each request waits before it is served.
    """

    id: str
    kind: str
    groups: tuple[str, ...] = ("default",)
    latency: float = 0.0

    def place(self, path: Path) -> Path:
        """Where its objects are, for an array at `path`."""
        return path.with_name(f"{path.name}.zip") if self.kind == "zip" else path

    @property
    def packed(self) -> bool:
        """Whether it is made from files that were written before."""
        return self.kind in ("zip", "latency")

    @property
    def remote(self) -> bool:
        """Whether it is a bucket: that of the run, see `remote`."""
        return self.kind.partition("-")[0] in ("s3", "gcs", "azure")

    # What is there, without any Zarr library

    def sizes(self, path: Path) -> dict[str, int]:
        """Bytes of each object of an array at `path`, by key."""
        if self.remote:
            from . import remote

            return remote.sizes(path)
        return files.sizes(self.place(path))

    def content(self, path: Path, key: str) -> bytes:
        """One object as it is; OSError where there is none."""
        if self.remote:
            from . import remote

            return remote.content(path, key)
        return files.content(self.place(path), key)

    def part(self, path: Path, key: str, begin: int, end: int) -> bytes:
        """A part of one object."""
        if self.remote:
            from . import remote

            return remote.part(path, key, begin, end)
        with (path / key).open("rb") as file:
            file.seek(begin)
            return file.read(end - begin)

    def remove(self, path: Path) -> None:
        """Leave nothing of an array at `path`."""
        if self.remote:
            from . import remote

            remote.remove(path)
        files.remove(path)
        files.remove(self.place(path))


STORES = Registry(
    "store",
    [
        Store("local", "local", ("default", "smoke")),
        Store("memory", "memory"),
        Store("zip", "zip"),
        Store("latency-10ms", "latency", latency=0.010),
        Store("latency-20ms", "latency", ("far",), latency=0.020),
        Store("latency-100ms", "latency", ("far",), latency=0.100),
        Store("latency-400ms", "latency", ("far",), latency=0.400),
        Store("s3", "s3", ("bucket",)),
        Store("gcs", "gcs", ("bucket",)),
        Store("azure", "azure", ("bucket",)),
        Store("s3-obstore", "s3-obstore", ("bucket",)),
        Store("gcs-obstore", "gcs-obstore", ("bucket",)),
        Store("azure-obstore", "azure-obstore", ("bucket",)),
    ],
)
