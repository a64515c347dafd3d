"""The check of what stands on disk: it takes what is right and names what is not."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.metadata import problems

SHAPE, DTYPE = (40, 50, 33), np.dtype("float32")
LZ4 = "blosc-lz4-5-shuffle"
CASES = {
    2: Case("v", LZ4, "c32", 2, "tensorstore"),
    3: Case("v", LZ4, "c32", 3, "tensorstore"),
    "sharded": Case("v", LZ4, "c32-s128", 3, "tensorstore"),
}
BYTES = {"name": "bytes", "configuration": {"endian": "little"}}


def metadata(kind, codec=LZ4):
    """What the formats' specifications call for, written by hand."""
    if kind == 2:
        return {
            "zarr_format": 2,
            "shape": [40, 50, 33],
            "chunks": [32, 32, 32],
            "dtype": "<f4",
            "compressor": copy.deepcopy(CODECS[codec].v2),
            "fill_value": 0.0,
            "order": "C",
            "filters": None,
            "dimension_separator": "/",
        }
    codecs = [copy.deepcopy(BYTES), *copy.deepcopy(CODECS[codec].v3)]
    stored = [32, 32, 32]
    if kind == "sharded":
        inner = {
            "chunk_shape": stored,
            "codecs": codecs,
            "index_codecs": [copy.deepcopy(BYTES), {"name": "crc32c"}],
            "index_location": "end",
        }
        codecs = [{"name": "sharding_indexed", "configuration": inner}]
        stored = [128, 128, 128]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [40, 50, 33],
        "data_type": "float32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": stored}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0,
        "codecs": codecs,
        "attributes": {},
    }


def found(folder, kind, disk, case=None, dtype=DTYPE):
    text = disk if isinstance(disk, str) else json.dumps(disk)
    (folder / (".zarray" if kind == 2 else "zarr.json")).write_text(text)
    return problems(case or CASES[kind], folder, SHAPE, dtype)


def put(disk, place, value):
    """Set what stands at a place such as ``codecs.1.configuration.clevel``."""
    *way, last = [int(p) if p.isdigit() else p for p in place.split(".")]
    for step in way:
        disk = disk[step]
    disk[last] = value


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("codec", CODECS)
def test_what_was_asked_for_is_right(tmp_path, kind, codec):
    case = Case("v", codec, CASES[kind].layout, CASES[kind].zarr_format, "tensorstore")
    assert found(tmp_path, kind, metadata(kind, codec), case) == []


@pytest.mark.parametrize(
    ("kind", "codec", "place", "value"),
    [
        (2, "zstd-3", "compressor.checksum", False),  # numcodecs 0.15 writes it
        (2, LZ4, "compressor.typesize", 4),  # numcodecs 0.16 writes it
        (2, LZ4, "filters", []),
        (2, LZ4, "fill_value", 0),
        (3, LZ4, "codecs.1.configuration.typesize", 4),
        (3, LZ4, "chunk_key_encoding", {"name": "default"}),
        (3, LZ4, "chunk_key_encoding", {"name": "v2", "configuration": {"separator": "/"}}),
        (3, LZ4, "dimension_names", ["z", "y", "x"]),
        ("sharded", LZ4, "codecs.0.configuration.codecs.1.configuration.typesize", 4),
    ],
)
def test_what_a_library_adds_is_its_own_affair(tmp_path, kind, codec, place, value):
    disk = metadata(kind, codec)
    put(disk, place, value)
    case = Case("v", codec, CASES[kind].layout, CASES[kind].zarr_format, "tensorstore")
    assert found(tmp_path, kind, disk, case) == []


WRONG = [
    (2, "zarr_format", 3, "format"),
    (2, "shape", [33, 50, 40], "shape"),
    (2, "chunks", [32, 32, 33], "chunks"),
    (2, "dtype", "<f8", "dtype"),
    (2, "compressor", None, "codec"),
    (2, "compressor.id", "zlib", "codec"),
    (2, "compressor.cname", "lz4hc", "codec"),
    (2, "compressor.clevel", 4, "codec"),
    (2, "compressor.shuffle", 2, "codec"),
    (2, "compressor.blocksize", 4096, "codec"),
    (2, "filters", [{"id": "delta", "dtype": "<f4"}], "filters"),
    (2, "dimension_separator", ".", "key separator"),
    (2, "fill_value", None, "fill value"),
    (2, "fill_value", "NaN", "fill value"),
    (3, "zarr_format", 2, "format"),
    (3, "shape", [40, 50], "shape"),
    (3, "data_type", "float16", "dtype"),
    (3, "chunk_grid.configuration.chunk_shape", [64, 32, 32], "chunks"),
    (3, "chunk_key_encoding.configuration.separator", ".", "key separator"),
    (3, "chunk_key_encoding", {"name": "v2"}, "key separator"),
    (3, "codecs", [BYTES], "codec"),
    (3, "codecs", [BYTES, *CODECS[LZ4].v3, {"name": "crc32c"}], "codec"),
    (3, "codecs.1.name", "gzip", "codec"),
    (3, "codecs.1.configuration.clevel", 1, "codec"),
    (3, "codecs.1.configuration.shuffle", "bitshuffle", "codec"),
    (3, "codecs", [{"name": "transpose"}, BYTES, *CODECS[LZ4].v3], "filters"),
    (3, "fill_value", 1.0, "fill value"),
    ("sharded", "chunk_grid.configuration.chunk_shape", [64, 64, 64], "shards"),
    ("sharded", "codecs.0.configuration.chunk_shape", [16, 32, 32], "chunks"),
    ("sharded", "codecs.0.configuration.codecs", [BYTES], "codec"),
    ("sharded", "codecs", [BYTES, *CODECS[LZ4].v3], "shards"),
]


@pytest.mark.parametrize(("kind", "place", "value", "what"), WRONG)
def test_what_is_wrong_is_named(tmp_path, kind, place, value, what):
    disk = metadata(kind)
    put(disk, place, value)
    named = [problem.partition(":")[0] for problem in found(tmp_path, kind, disk)]
    assert what in named
    assert set(named) <= {what, "chunks", "shard index"}  # without shards these differ too


# Each is a way to store other bytes than those asked for.
OTHER_BYTES = [
    (2, "dtype", ">f4"),
    (2, "order", "F"),
    (2, "compressor.checksum", True),
    (3, "codecs.0.configuration.endian", "big"),
    ("sharded", "codecs.0.configuration.index_location", "start"),
    ("sharded", "codecs.0.configuration.index_codecs", [BYTES]),
    ("sharded", "codecs.1", {"name": "crc32c"}),
]


@pytest.mark.parametrize(("kind", "place", "value"), OTHER_BYTES)
def test_no_other_bytes_pass(tmp_path, kind, place, value):
    codec = "zstd-3" if place.endswith("checksum") else LZ4
    disk = metadata(kind, codec)
    if place == "codecs.1":
        disk["codecs"].append(value)
    else:
        put(disk, place, value)
    case = Case("v", codec, CASES[kind].layout, CASES[kind].zarr_format, "tensorstore")
    assert found(tmp_path, kind, disk, case)


def test_every_difference_is_named_with_both_sides(tmp_path):
    disk = metadata(3) | {"shape": [1, 2, 3], "data_type": "int32"}
    shape, dtype = found(tmp_path, 3, disk)
    assert shape == "shape: asked for [40, 50, 33], on disk [1, 2, 3]"
    assert dtype == "dtype: asked for 'float32', on disk 'int32'"


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "7", '"text"', "{}", '{"zarr_format": 3}', "\x00", "[[[]]]"]
)
def test_garbage_is_no_metadata(tmp_path, kind, text):
    (problem,) = found(tmp_path, kind, text)
    assert problem.startswith((".zarray: ", "zarr.json: "))


def test_bytes_that_are_no_text_are_no_metadata(tmp_path):
    (tmp_path / ".zarray").write_bytes(b"\xff\xfe\xfd")
    assert problems(CASES[2], tmp_path, SHAPE, DTYPE) == [
        ".zarray: UnicodeDecodeError when it was read"
    ]


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize("value", [None, 7, "text", [], {}])
def test_any_field_may_be_garbage(tmp_path, kind, value):
    places = {"zarr_format", "shape", "fill_value", "dtype", "chunks", "compressor"}
    places |= {"data_type", "chunk_grid", "codecs"}
    for place in places & metadata(kind).keys():
        assert found(tmp_path, kind, metadata(kind) | {place: value}), place


@pytest.mark.parametrize("value", [None, 7, "default", []])
def test_the_key_encoding_may_be_garbage(tmp_path, value):
    assert found(tmp_path, 3, metadata(3) | {"chunk_key_encoding": value})


@pytest.mark.parametrize(("kind", "name"), [(2, ".zarray"), (3, "zarr.json")])
def test_a_missing_file_is_named(tmp_path, kind, name):
    assert problems(CASES[kind], tmp_path, SHAPE, DTYPE) == [
        f"{name}: FileNotFoundError when it was read"
    ]


def test_the_other_format_is_a_missing_file(tmp_path):
    assert found(tmp_path, 2, metadata(2)) == []
    (problem,) = problems(CASES[3], tmp_path, SHAPE, DTYPE)
    assert problem.startswith("zarr.json: FileNotFoundError")
