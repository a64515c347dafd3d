"""What stands on disk, held against what was asked for.

The metadata files are read as JSON, without any Zarr library, so that a library
that writes something else than it was told cannot vouch for itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .case import Case


def problems(case: Case, path: Path, shape: tuple[int, ...], dtype: np.dtype) -> list[str]:
    """Every difference between the case and the metadata at `path`.

    Parameters
    ----------
    case
        What was asked for.
    path
        The array's folder.
    shape, dtype
        Of the volume, z, y, x.

    Returns
    -------
    list of str
        ``what: asked for …, on disk …``; empty when all is as asked.
    """
    name = ".zarray" if case.zarr_format == 2 else "zarr.json"
    try:
        disk = json.loads((path / name).read_text())
    except (OSError, ValueError) as exc:
        return [f"{name}: {exc.__class__.__name__} when it was read"]
    describe = _describe2 if case.zarr_format == 2 else _describe3
    try:
        found = describe(disk)
    except (AttributeError, KeyError, TypeError, IndexError, ValueError) as exc:
        return [f"{name}: not the metadata of an array ({exc!r})"]
    found["codec"] = _without_typesize(found["codec"], dtype.itemsize)
    return [
        f"{what}: asked for {wanted!r}, on disk {found[what]!r}"
        for what, wanted in _asked(case, shape, dtype).items()
        if not _agrees(wanted, found[what])
    ]


_INDEX = {
    "index_codecs": [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "crc32c"},
    ],
    "index_location": "end",
}


def _asked(case: Case, shape: tuple[int, ...], dtype: np.dtype) -> dict:
    layout, codec = case.layout_row, case.codec_row
    return {
        "format": case.zarr_format,
        "shape": list(shape),
        "dtype": dtype.name,
        "byte order": "<" if dtype.itemsize > 1 else "|",
        "order": "C",
        "chunks": list(layout.chunks),
        "shards": list(layout.shards) if layout.shards else None,
        "codec": codec.v2 if case.zarr_format == 2 else list(codec.v3),
        "filters": [],
        "shard index": _INDEX if layout.shards else None,
        "key separator": "/",
        "fill value": 0,
    }


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
        "shards": None,
        "codec": disk["compressor"],
        "filters": disk["filters"] or [],
        "shard index": None,
        "key separator": disk.get("dimension_separator", "."),
        "fill value": disk["fill_value"],
    }


def _describe3(disk: dict) -> dict:
    stored = disk["chunk_grid"]["configuration"]["chunk_shape"]
    codecs = disk["codecs"]
    chunks, shards, index = stored, None, None
    if codecs[0]["name"] == "sharding_indexed":
        inner = codecs[0]["configuration"]
        chunks, shards, codecs = inner["chunk_shape"], stored, [*inner["codecs"], *codecs[1:]]
        index = {"index_location": "end"} | {k: inner[k] for k in _INDEX if k in inner}
    encoding = disk["chunk_key_encoding"]
    place = [codec["name"] for codec in codecs].index("bytes")
    dtype = np.dtype(disk["data_type"])
    endian = codecs[place]["configuration"]["endian"] if dtype.itemsize > 1 else None
    separators = {"default": "/", "v2": "."}
    return {
        "format": disk["zarr_format"],
        "shape": disk["shape"],
        "dtype": dtype.name,
        "byte order": {"little": "<", "big": ">", None: "|"}[endian],
        "order": "C",  # a transpose stands among the filters
        "chunks": chunks,
        "shards": shards,
        "codec": codecs[place + 1 :],
        "filters": codecs[:place],
        "shard index": index,
        "key separator": encoding.get("configuration", {}).get(
            "separator", separators[encoding["name"]]
        ),
        "fill value": disk["fill_value"],
    }
