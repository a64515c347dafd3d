"""Codecs: one row each, spelled as the two formats store them.

A row holds what ``.zarray`` (format 2) and ``zarr.json`` (format 3) are to say of
it. Every backend takes that spelling as it stands, and the check after writing
compares it with what is on disk, so that a new codec is one row in this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .registry import Registry

# c-blosc's numbers for its filters, which format 2 stores in place of names
_SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}


@dataclass(frozen=True)
class Codec:
    """One way to compress a chunk.

    Attributes
    ----------
    id : str
        For example ``blosc-zstd-5-shuffle``.
    family : str
        ``none``, ``zstd``, ``gzip`` or ``blosc``.
    v2 : dict or None
        ``compressor`` of format 2 (None: stored as it is).
    v3 : tuple of dict
        The bytes-to-bytes codecs of format 3, after ``bytes``.
    formats : tuple of int
        The zarr formats that can hold it.
    groups : tuple of str
        Named sets it belongs to.
    cname, level, shuffle
        Of the family's parameters, those that it has.
    lossless : bool
        Whether what is read equals what was written, bit for bit.
    """

    id: str
    family: str
    v2: dict | None = field(compare=False)
    v3: tuple[dict, ...] = field(compare=False)
    formats: tuple[int, ...] = (2, 3)
    groups: tuple[str, ...] = ("default",)
    cname: str | None = None
    level: int | None = None
    shuffle: str | None = None
    lossless: bool = True


def none(*groups: str) -> Codec:
    """No compression: chunks as they are."""
    return Codec("none", "none", None, (), groups=groups)


def zstd(level: int, *groups: str) -> Codec:
    """Zstandard alone, without a shuffle before it and without its checksum."""
    v3 = {"name": "zstd", "configuration": {"level": level, "checksum": False}}
    v2 = {"id": "zstd", "level": level}
    return Codec(f"zstd-{level}", "zstd", v2, (v3,), groups=groups, level=level)


def gzip(level: int, *groups: str) -> Codec:
    """Gzip, the codec that every reader knows."""
    v3 = {"name": "gzip", "configuration": {"level": level}}
    v2 = {"id": "gzip", "level": level}
    return Codec(f"gzip-{level}", "gzip", v2, (v3,), groups=groups, level=level)


def blosc(cname: str, level: int, shuffle: str, *groups: str) -> Codec:
    """Blosc: a fast codec behind a byte or bit shuffle, in blocks of its own choice."""
    shared = {"cname": cname, "clevel": level, "blocksize": 0}
    v2 = {"id": "blosc", **shared, "shuffle": _SHUFFLES[shuffle]}
    v3 = {"name": "blosc", "configuration": {**shared, "shuffle": shuffle}}
    name = f"blosc-{cname}-{level}-{shuffle}"
    return Codec(name, "blosc", v2, (v3,), (2, 3), groups, cname, level, shuffle)


CODECS = Registry(
    "codec",
    [
        none("smoke", "default"),
        zstd(1),
        zstd(3, "smoke", "default"),
        gzip(5, "default"),
        blosc("lz4", 5, "shuffle", "smoke", "default", "portal"),
        blosc("zstd", 1, "shuffle", "default"),
        blosc("zstd", 5, "shuffle", "smoke", "default"),
        blosc("zstd", 5, "bitshuffle", "default"),
        blosc("zlib", 5, "shuffle", "default"),
    ],
)
