"""What is exchanged: codecs, formats and layouts."""

from __future__ import annotations

from ... import lists
from ...core.case import Case
from ...core.codecs import CODECS

#: Format and layout: bare chunks in both formats, and shards.
FORMS = ((2, "c32"), (3, "c32"), (3, "c16-s32"))
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
        Case.of(volume, codec, layout, zarr_format, "zarr-python")
        for codec in codecs(names)
        for zarr_format, layout in FORMS
        if zarr_format in CODECS[codec].formats
    ]
