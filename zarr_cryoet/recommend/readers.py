"""Who reads what: formats, codecs and shards, each with where that is said."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.registry import Registry
from ..model.types import Reader as Plain

_INTEROP = "docs/interoperability.md: each codec, written by each library and read by each other"
_EVERY = None  # whatever numcodecs has
_SHARED = ("none", "blosc", "gzip", "zstd")
_ZARRS = (*_SHARED, "zlib", "bz2", "pcodec", "shuffle")


@dataclass(frozen=True)
class Reader:
    """A library or viewer, and what it reads.

    Attributes
    ----------
    id : str
        For example ``tensorstore``.
    formats : tuple of int
        Of Zarr.
    kinds : dict
        By format, the families of codecs (`Codec.family`); None for all.
    shards : bool
        Whether it reads them, in format 3.
    source : str
        Where that is said, or was measured.
    note : str
        What is to be known beside it.
    """

    id: str
    formats: tuple[int, ...]
    kinds: dict[int, tuple[str, ...] | None]
    shards: bool
    source: str
    note: str = ""
    groups: tuple[str, ...] = ("default",)

    def plain(self) -> Plain:
        """As `choose` takes it."""
        kinds = {str(n): list(k) if k is not None else None for n, k in self.kinds.items()}
        formats = list(self.formats)
        return {"id": self.id, "formats": formats, "kinds": kinds, "shards": self.shards}


READERS = Registry(
    "reader",
    [
        Reader("zarr-python", (2, 3), {2: _EVERY, 3: _EVERY}, True, _INTEROP, "releases 3.x"),
        Reader("zarr-python-2", (2,), {2: _EVERY}, False, _INTEROP, "releases 2.18"),
        Reader(
            "tensorstore",
            (2, 3),
            {2: (*_SHARED, "zlib", "bz2"), 3: (*_SHARED, "crc32c")},
            True,
            _INTEROP,
        ),
        Reader("zarrs", (2, 3), {2: _ZARRS, 3: (*_ZARRS, "crc32c")}, True, _INTEROP),
        Reader(
            "iohub",
            (2, 3),
            {2: _ZARRS, 3: (*_ZARRS, "crc32c")},
            True,
            _INTEROP,
            "release 0.3, whose pipeline is zarrs' unless told otherwise",
        ),
        Reader(
            "ome-zarr-py",
            (2, 3),
            {2: _EVERY, 3: _EVERY},
            True,
            "https://pypi.org/project/ome-zarr/",
            "from release 0.11 on it reads through zarr-python 3",
        ),
        Reader(
            "napari",
            (2, 3),
            {2: _EVERY, 3: _EVERY},
            True,
            "https://github.com/ome/napari-ome-zarr",
            "by napari-ome-zarr, which reads through ome-zarr-py",
        ),
        Reader(
            "vizarr",
            (2, 3),
            {2: (*_SHARED, "zlib", "lz4"), 3: _SHARED},
            True,
            "https://github.com/manzt/zarrita.js",
            "reads through zarrita.js, with the codecs of numcodecs.js",
        ),
        Reader(
            "neuroglancer",
            (2, 3),
            {2: (*_SHARED, "zlib"), 3: (*_SHARED, "crc32c")},
            True,
            "https://github.com/google/neuroglancer/tree/master/src/datasource/zarr",
            "reads no filters in format 2",
        ),
    ],
)
