"""Stores that are damaged on purpose: who says so, and who returns wrong data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.case import Case
from ...core.codecs import CODECS
from ...core.registry import Registry
from ...core.stores import files
from .plan import STORAGES


@dataclass(frozen=True)
class Fault:
    """One way in which a chunk, or a shard, is damaged.

    Attributes
    ----------
    id : str
        Short and stable.
    what : str
        For people.
    damage : callable
        Does it to a file.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    what: str
    damage: Callable[[Path], None]
    groups: tuple[str, ...] = ("default",)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


FAULTS = Registry(
    "fault",
    [
        Fault("cut", "its second half is gone, as after a transfer that broke off", _cut),
        Fault("empty", "it has no bytes, as after a full disk", _empty),
        Fault("missing", "it is gone; both formats say that it then holds the fill value, 0",
              Path.unlink),
    ],
)  # fmt: skip
# Without a codec, with those that know the length or a checksum of what they hold, and
# with Blosc around voxels that it could not compress, and stores as they are.
_CODECS = ("none", "blosc-lz4-5-shuffle", "blosc-lz4-5-noshuffle", "zstd-3", "gzip-5", "crc32c")


def cases(volume: str) -> list[Case]:
    """What is damaged."""
    return [
        Case(volume, replace(storage, codec=codec), "zarr-python")
        for storage in STORAGES
        for codec in _CODECS
        if storage.zarr_format in CODECS[codec].formats
    ]


def damage(fault: Fault, store: Path) -> None:
    """Damage the first chunk or shard of a store."""
    keys = sorted(k for k in files.sizes(store) if k.rpartition("/")[2] not in files.METADATA)
    fault.damage(store / keys[0])
