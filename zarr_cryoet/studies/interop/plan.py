"""What is exchanged: codecs, formats and layouts."""

from __future__ import annotations

from dataclasses import replace

from ... import lists
from ...core.case import Case
from ...core.codecs import CODECS
from ...core.storage import Storage

#: Bare chunks in both formats, and shards; each codec takes its turn in them.
STORAGES = (Storage("none", "c32", 2), Storage("none", "c32", 3), Storage("none", "c16-s32", 3))
KINDS = "kinds"  # the name of the set of codecs that is taken by default
_ALSO = ("blosc-zstd-1-bitshuffle",)  # all that iohub 0.2 writes


def kinds() -> tuple[str, ...]:
    """One codec of each kind: a level more or less is nothing that a reader minds."""
    first: dict[tuple, str] = {}
    for codec in CODECS.values():
        under = (codec.v2 or {}).get("id")
        first.setdefault((codec.family, under, codec.cname, codec.shuffle), codec.id)
    return tuple(dict.fromkeys((*first.values(), *_ALSO)))


def codecs(names: str) -> tuple[str, ...]:
    """Ids by ``kinds``, groups and ids, with commas between them.

    Raises
    ------
    UserError
        No group or codec is called so.
    """
    return lists.select(CODECS, names, "--codecs", {KINDS: kinds()})


def cases(volume: str, names: str) -> list[Case]:
    """Every codec in every form that can hold it; each writer takes the place of the backend."""
    return [
        Case(volume, replace(storage, codec=codec), "zarr-python")
        for codec in codecs(names)
        for storage in STORAGES
        if storage.zarr_format in CODECS[codec].formats
    ]
