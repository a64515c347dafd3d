"""What stands on disk, held against what was asked for.

The metadata files are read as JSON, without any Zarr library, so that a library
that writes something else than it was told cannot vouch for itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .codecs import BYTES, CODECS

if TYPE_CHECKING:
    from .case import Case


def problems(case: Case, raw: Callable[[str], bytes], data: np.ndarray) -> list[str]:
    """Every difference between the case and the metadata that was stored.

    Parameters
    ----------
    case
        What was asked for.
    raw
        From the key of an object to its bytes.
    data
        The volume, z, y, x.

    Returns
    -------
    list of str
        ``what: asked for …, on disk …``; empty when all is as asked.
    """
    name = ".zarray" if case.zarr_format == 2 else "zarr.json"
    try:
        disk = json.loads(raw(name))
    except (OSError, KeyError, ValueError) as exc:
        return [f"{name}: {exc.__class__.__name__} when it was read"]
    describe = _describe2 if case.zarr_format == 2 else _describe3
    try:
        found = describe(disk)
    except (AttributeError, KeyError, TypeError, IndexError, ValueError) as exc:
        return [f"{name}: not the metadata of an array ({exc!r})"]
    found["codec"] = _without_typesize(found["codec"], data.dtype.itemsize)
    return [
        f"{what}: asked for {wanted!r}, on disk {found[what]!r}"
        for what, wanted in _asked(case, data.shape, data.dtype).items()
        if not _agrees(wanted, found[what])
    ]


def _asked(case: Case, shape: tuple[int, ...], dtype: np.dtype) -> dict:
    layout = case.layout_row.of(shape)
    chain = case.codec_row.chain(case.zarr_format, dtype)
    two = case.zarr_format == 2
    return {
        "format": case.zarr_format,
        "shape": list(shape),
        "dtype": dtype.name,
        "byte order": "<" if dtype.itemsize > 1 else "|",
        "order": "C",
        "chunks": list(layout.chunks),
        "middle": list(layout.middle) if layout.middle else None,
        "shards": list(layout.shards) if layout.shards else None,
        "serializer": chain.serializer,
        "codec": (chain.compressors or [None])[0] if two else chain.compressors,
        "filters": chain.filters,
        "shard index": _index(layout),
        "key separator": "/",
        "fill value": 0,
    }


def _index(layout) -> list[dict]:
    """Of the shards, the outer ones first."""
    codecs = [BYTES, {"name": "crc32c"}]
    index = {"index_codecs": codecs, "index_location": layout.index}
    return [index] * (bool(layout.shards) + bool(layout.middle))


def _agrees(wanted, found) -> bool:
    """Equal, but for what is null or false, which libraries add."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        added = [found[k] for k in found.keys() - wanted.keys()]
        return not any(added) and all(
            k in found and _agrees(v, found[k]) for k, v in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_agrees, wanted, found))
    return wanted == found


def _without_typesize(codec, itemsize: int):
    """Drop the size of an element, which Blosc may note beside its settings, if it is right."""
    if isinstance(codec, list):
        return [_without_typesize(each, itemsize) for each in codec]
    if isinstance(codec, dict):
        return {
            key: _without_typesize(value, itemsize)
            for key, value in codec.items()
            if (key, value) != ("typesize", itemsize)
        }
    return codec


def _describe2(disk: dict) -> dict:
    return {
        "format": disk["zarr_format"],
        "shape": disk["shape"],
        "dtype": np.dtype(disk["dtype"]).name,
        "byte order": np.dtype(disk["dtype"]).str[0],
        "order": disk["order"],
        "chunks": disk["chunks"],
        "middle": None,
        "shards": None,
        "serializer": None,
        "codec": disk["compressor"],
        "filters": disk["filters"] or [],
        "shard index": [],
        "key separator": disk.get("dimension_separator", "."),
        "fill value": disk["fill_value"],
    }


def _describe3(disk: dict) -> dict:
    extents = [disk["chunk_grid"]["configuration"]["chunk_shape"]]
    codecs, index = disk["codecs"], []
    while codecs[0]["name"] == "sharding_indexed":
        inner = codecs[0]["configuration"]
        extents.append(inner["chunk_shape"])
        codecs = [*inner["codecs"], *codecs[1:]]
        index.append(
            {
                "index_codecs": inner["index_codecs"],
                "index_location": inner.get("index_location", "end"),
            }
        )
    filters, serializer, compressors = _parted(codecs)
    dtype = np.dtype(disk["data_type"])
    plain = serializer["name"] == "bytes"
    endian = serializer["configuration"]["endian"] if plain and dtype.itemsize > 1 else None
    order = {"little": "<", "big": ">", None: "|"}[endian]
    encoding = disk["chunk_key_encoding"]
    separators = {"default": "/", "v2": "."}
    return {
        "format": disk["zarr_format"],
        "shape": disk["shape"],
        "dtype": dtype.name,
        # whoever makes its own bytes of numbers has an order of its own
        "byte order": order if plain else dtype.newbyteorder("<").str[0],
        "order": "C",  # a transpose stands among the filters
        "chunks": extents[-1],
        "middle": extents[1] if len(extents) > 2 else None,
        "shards": extents[0] if len(extents) > 1 else None,
        "serializer": None if plain else serializer,
        "codec": compressors,
        "filters": filters,
        "shard index": index,
        "key separator": encoding.get("configuration", {}).get(
            "separator", separators[encoding["name"]]
        ),
        "fill value": disk["fill_value"],
    }


def _parted(codecs: list[dict]) -> tuple[list[dict], dict, list[dict]]:
    """Filters, what makes bytes of the array, and compressors."""
    known = {codec.serializer3["name"] for codec in CODECS.values() if codec.serializer3}
    names = [codec["name"] for codec in codecs]
    (place,) = (k for k, name in enumerate(names) if name == "bytes" or name in known)
    return codecs[:place], codecs[place], codecs[place + 1 :]
