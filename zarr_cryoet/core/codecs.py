"""Codecs: one row each, spelled as the two formats store them.

A row holds what ``.zarray`` (format 2) and ``zarr.json`` (format 3) are to say of
it. Every backend takes that spelling as it stands, and the check after writing
compares it with what is on disk, so that a new codec is one row in this file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .bound import Bound
from .registry import Registry

# c-blosc's numbers for its filters, which format 2 stores in place of names
_SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}
# What depends on the type of the voxels, and is filled in when a case is spelled
_ITEMSIZE, _INTEGER = "{bytes in a voxel}", "{integer as wide as a voxel}"

#: What every chain of format 3 has between its filters and its compressors.
BYTES = {"name": "bytes", "configuration": {"endian": "little"}}


@dataclass(frozen=True)
class Chain:
    """What a format stores of a codec, for one type of voxels.

    Attributes
    ----------
    filters : list of dict
        Array to array, first to last.
    serializer : dict or None
        Array to bytes, where that is not the plain ``bytes``; format 3 alone.
    compressors : list of dict
        Bytes to bytes; in format 2 at most one, which may take the array itself.
    """

    filters: list[dict]
    serializer: dict | None
    compressors: list[dict]


@dataclass(frozen=True)
class Codec:
    """One way to compress a chunk.

    Attributes
    ----------
    id : str
        For example ``blosc-zstd-5-shuffle``.
    family : str
        ``none``, ``zstd``, ``gzip``, ``blosc``, ...: what a backend knows or does not.
    v2 : dict or None
        ``compressor`` of format 2 (None: stored as it is).
    v3 : tuple of dict
        The bytes-to-bytes codecs of format 3.
    filters2, filters3 : tuple of dict
        What stands before them.
    serializer3 : dict or None
        What takes the place of ``bytes`` in format 3.
    formats : tuple of int
        The zarr formats that can hold it.
    groups : tuple of str
        Named sets it belongs to; its family is one of them.
    cname, level, shuffle
        Of the family's parameters, those that it has.
    package : str or None
        What must be installed beside numcodecs.
    refuses : tuple of str
        The types of voxels that it does not take.
    bound : Bound or None
        How far a voxel may be from what was written; None: equal, bit for bit.
    """

    id: str
    family: str
    v2: dict | None = field(compare=False, default=None)
    v3: tuple[dict, ...] = field(compare=False, default=())
    filters2: tuple[dict, ...] = field(compare=False, default=())
    filters3: tuple[dict, ...] = field(compare=False, default=())
    serializer3: dict | None = field(compare=False, default=None)
    formats: tuple[int, ...] = (2, 3)
    groups: tuple[str, ...] = ()
    cname: str | None = None
    level: int | None = None
    shuffle: str | None = None
    package: str | None = None
    refuses: tuple[str, ...] = ()
    bound: Bound | None = None

    def __post_init__(self):
        object.__setattr__(self, "groups", (*self.groups, self.family))

    @property
    def lossless(self) -> bool:
        """Whether what is read equals what was written, bit for bit."""
        return self.bound is None

    def chain(self, zarr_format: int, dtype: np.dtype) -> Chain:
        """As `zarr_format` stores it for voxels of `dtype`."""
        two = zarr_format == 2
        compressors = ((self.v2,) if self.v2 else ()) if two else self.v3
        return Chain(
            _spell(list(self.filters2 if two else self.filters3), dtype),
            None if two else _spell(self.serializer3, dtype),
            _spell(list(compressors), dtype),
        )


def _spell(template, dtype: np.dtype):
    """Fill in what depends on the type of the voxels."""
    if isinstance(template, dict):
        return {key: _spell(value, dtype) for key, value in template.items()}
    if isinstance(template, list):
        return [_spell(each, dtype) for each in template]
    if template == _ITEMSIZE:
        return dtype.itemsize
    if template == _INTEGER:
        return np.dtype(f"i{dtype.itemsize}").newbyteorder("<").str
    return template


def none(*groups: str) -> Codec:
    """No compression: chunks as they are."""
    return Codec("none", "none", groups=groups)


def zstd(level: int, *groups: str) -> Codec:
    """Zstandard alone, without a shuffle before it and without its checksum."""
    v3 = {"name": "zstd", "configuration": {"level": level, "checksum": False}}
    v2 = {"id": "zstd", "level": level}
    name = f"zstd-{level}".replace("--", "-neg")
    return Codec(name, "zstd", v2, (v3,), groups=groups, level=level)


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
    more = dict(cname=cname, level=level, shuffle=shuffle)
    return Codec(name, "blosc", v2, (v3,), groups=groups, **more)


def numcodec(name: str, **settings) -> Codec:
    """A bytes-to-bytes codec that numcodecs alone has, under its own name in format 3."""
    v3 = {"name": f"numcodecs.{name}", "configuration": settings}
    level = settings.get("level", settings.get("preset"))
    full = f"{name}-{level}" if level else name
    return Codec(full, name, {"id": name, **settings}, (v3,), level=level)


def shuffled(codec: Codec) -> Codec:
    """The same codec behind numcodecs' own byte shuffle."""
    settings = {"elementsize": _ITEMSIZE}
    v3 = {"name": "numcodecs.shuffle", "configuration": settings}
    filters = ({"id": "shuffle", **settings},)
    return Codec(f"shuffle-{codec.id}", "shuffle", codec.v2, (v3, *codec.v3), filters)


def delta(codec: Codec) -> Codec:
    """The same codec behind differences of neighbours, taken of their bits as integers.

    Differences of floats would round. Format 3 hands a filter's array on as it is, and
    would take those integers for the values.
    """
    filters = ({"id": "delta", "dtype": _INTEGER, "astype": _INTEGER},)
    return Codec(f"delta-{codec.id}", "delta", codec.v2, filters2=filters, formats=(2,))


def pcodec(level: int) -> Codec:
    """Pcodec: splits numbers into bins of its own, and takes arrays, not bytes."""
    settings = {
        "level": level,
        "mode_spec": "auto",
        "delta_spec": "auto",
        "paging_spec": "equal_pages_up_to",
        "equal_pages_up_to": 1 << 18,
    }
    serializer = {"name": "numcodecs.pcodec", "configuration": settings}
    v2 = {"id": "pcodec", **settings}
    more = dict(serializer3=serializer, level=level, package="pcodec", refuses=("int8", "uint8"))
    return Codec(f"pcodec-{level}", "pcodec", v2, **more)


def crc32c() -> Codec:
    """No compression, and a checksum over each chunk."""
    return Codec("crc32c", "crc32c", v3=({"name": "crc32c"},), formats=(3,))


# What the suite measures by default; the grid below holds the rest.
_CHOSEN = [
    none("smoke", "default"),
    zstd(3, "smoke", "default"),
    gzip(5, "default"),
    blosc("lz4", 5, "shuffle", "smoke", "default", "portal"),
    blosc("zstd", 1, "shuffle", "default"),
    blosc("zstd", 5, "shuffle", "smoke", "default"),
    blosc("zstd", 5, "bitshuffle", "default"),
    blosc("zlib", 5, "shuffle", "default"),
]
_GRID = [
    *(
        blosc(cname, level, shuffle)
        for cname in ("zstd", "lz4", "lz4hc", "zlib", "blosclz")
        for shuffle in _SHUFFLES
        for level in (1, 3, 5, 7, 9)
    ),
    *(zstd(level) for level in (-5, *range(1, 20))),
    *(gzip(level) for level in (1, 3, 5, 6, 9)),
    numcodec("lz4", acceleration=1),
    numcodec("zlib", level=1),
    numcodec("zlib", level=5),
    numcodec("bz2", level=1),
    numcodec("bz2", level=9),
    numcodec("lzma", format=1, check=-1, preset=1, filters=None),
    pcodec(4),
    pcodec(8),
    shuffled(zstd(3)),
    shuffled(gzip(5)),
    delta(zstd(3)),
    crc32c(),
]
_TAKEN = {codec.id for codec in _CHOSEN}

CODECS = Registry("codec", [*_CHOSEN, *(codec for codec in _GRID if codec.id not in _TAKEN)])
