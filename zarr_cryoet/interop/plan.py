"""What is exchanged: codecs, formats and layouts."""

from __future__ import annotations

import itertools

from ..core.case import Case
from ..core.codecs import CODECS
from ..core.errors import UserError

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
    chosen = (kinds() if name == KINDS else CODECS.select(name) for name in words(names))
    return tuple(dict.fromkeys(itertools.chain.from_iterable(chosen)))


def words(names: str) -> list[str]:
    """The names in a list with commas.

    Raises
    ------
    UserError
        There is none.
    """
    found = [word.strip() for word in names.split(",") if word.strip()]
    if not found:
        raise UserError("an empty list of names; leave the option out, or name some")
    return found


def cases(volume: str, names: str) -> list[Case]:
    """Every codec in every form that can hold it; each writer takes the place of the backend."""
    return [
        Case.of(volume, codec, layout, zarr_format, "zarr-python")
        for codec in codecs(names)
        for zarr_format, layout in FORMS
        if zarr_format in CODECS[codec].formats
    ]
