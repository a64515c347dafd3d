"""The metadata of an array as the two formats store it, for libraries that take it whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .codecs import BYTES

if TYPE_CHECKING:
    import numpy as np

    from .case import Case
    from .layouts import Extent


def format2(case: Case, shape: Extent, dtype: np.dtype) -> dict:
    """What a ``.zarray`` says, but for its ``zarr_format``."""
    chain = case.codec_row.chain(2, dtype)
    return {
        "shape": shape,
        "chunks": case.layout_row.of(shape).chunks,
        "dtype": dtype.str,
        "compressor": chain.compressors[0] if chain.compressors else None,
        "fill_value": 0,
        "order": "C",
        "filters": chain.filters or None,
        "dimension_separator": "/",
    }


def format3(case: Case, shape: Extent, dtype: np.dtype) -> dict:
    """What a ``zarr.json`` says, but for its ``zarr_format`` and ``node_type``."""
    layout = case.layout_row.of(shape)
    chain = case.codec_row.chain(3, dtype)
    codecs = [*chain.filters, chain.serializer or BYTES, *chain.compressors]
    codecs = [_sized(codec, dtype.itemsize) for codec in codecs]
    for outer, inner in ((layout.middle, layout.chunks), (layout.shards, layout.middle)):
        if outer:
            inner = {
                "chunk_shape": inner or layout.chunks,
                "codecs": codecs,
                "index_codecs": [BYTES, {"name": "crc32c"}],
                "index_location": layout.index,
            }
            codecs = [{"name": "sharding_indexed", "configuration": inner}]
    grid = {"name": "regular", "configuration": {"chunk_shape": layout.stored}}
    return {
        "shape": shape,
        "data_type": dtype.name,
        "chunk_grid": grid,
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": codecs,
        "fill_value": 0,
    }


def _sized(codec: dict, itemsize: int) -> dict:
    """With the size of a voxel, which Blosc's shuffles must be told in format 3."""
    if codec["name"] != "blosc":
        return codec
    return {**codec, "configuration": {**codec["configuration"], "typesize": itemsize}}


def plain(text: bytes, lead: int = 0) -> bytes:
    """Metadata that say the same in the one spelling that the check after writing knows.

    Parameters
    ----------
    text
        JSON, as it was stored; what is no JSON comes back as it is.
    lead
        How many axes of length 1 stand before z, y, x, and are left out. Where one is
        longer all are left, and the shape will not be what was asked for.
    """
    try:
        return json.dumps(_plain(json.loads(text), lead)).encode()
    except ValueError:
        return text


def _plain(node, lead: int):
    if isinstance(node, list):
        return [_plain(each, lead) for each in node]
    if not isinstance(node, dict):
        return node
    found = {}
    for key, value in node.items():
        if key in ("shape", "chunks", "chunk_shape") and isinstance(value, list):
            found[key] = value[lead:] if value[:lead] == [1] * lead else value
        elif key in ("codecs", "index_codecs") and isinstance(value, list):
            # a name may stand for a codec without settings
            named = ({"name": each} if isinstance(each, str) else each for each in value)
            found[key] = [_plain(each, lead) for each in named]
        else:
            found[key] = _plain(value, lead)
    return found
