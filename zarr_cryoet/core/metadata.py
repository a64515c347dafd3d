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
    except (KeyError, TypeError, IndexError, ValueError) as exc:
        return [f"{name}: not the metadata of an array ({exc!r})"]
    return [
        f"{what}: asked for {wanted!r}, on disk {found[what]!r}"
        for what, wanted in _asked(case, shape, dtype).items()
        if not _agrees(wanted, found[what])
    ]


def _asked(case: Case, shape: tuple[int, ...], dtype: np.dtype) -> dict:
    layout, codec = case.layout_row, case.codec_row
    return {
        "format": case.zarr_format,
        "shape": list(shape),
        "dtype": dtype.name,
        "chunks": list(layout.chunks),
        "shards": list(layout.shards) if layout.shards else None,
        "codec": codec.v2 if case.zarr_format == 2 else list(codec.v3),
        "filters": [],
        "key separator": "/",
        "fill value": 0,
    }


def _agrees(wanted, found) -> bool:
    """Equal, where what a library adds to an object (a type size, say) is its own affair."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(k in found and _agrees(v, found[k]) for k, v in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_agrees, wanted, found))
    return wanted == found


def _describe2(disk: dict) -> dict:
    return {
        "format": disk["zarr_format"],
        "shape": disk["shape"],
        "dtype": np.dtype(disk["dtype"]).name,
        "chunks": disk["chunks"],
        "shards": None,
        "codec": disk["compressor"],
        "filters": disk["filters"] or [],
        "key separator": disk.get("dimension_separator", "."),
        "fill value": disk["fill_value"],
    }


def _describe3(disk: dict) -> dict:
    stored = disk["chunk_grid"]["configuration"]["chunk_shape"]
    codecs = disk["codecs"]
    chunks, shards = stored, None
    if codecs[0]["name"] == "sharding_indexed":
        inner = codecs[0]["configuration"]
        chunks, shards, codecs = inner["chunk_shape"], stored, inner["codecs"]
    encoding = disk["chunk_key_encoding"]
    place = [codec["name"] for codec in codecs].index("bytes")
    separators = {"default": "/", "v2": "."}
    return {
        "format": disk["zarr_format"],
        "shape": disk["shape"],
        "dtype": np.dtype(disk["data_type"]).name,
        "chunks": chunks,
        "shards": shards,
        "codec": codecs[place + 1 :],
        "filters": codecs[:place],
        "key separator": encoding.get("configuration", {}).get(
            "separator", separators[encoding["name"]]
        ),
        "fill value": disk["fill_value"],
    }
