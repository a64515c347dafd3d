"""The check of what is stored: it takes what is right and names what is not."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.metadata import problems

DATA = np.zeros((40, 50, 33), np.float32)
LZ4 = "blosc-lz4-5-shuffle"
CASES = {
    2: Case.of("v", LZ4, "c32", 2, "tensorstore"),
    3: Case.of("v", LZ4, "c32", 3, "tensorstore"),
    "sharded": Case.of("v", LZ4, "c32-s128", 3, "tensorstore"),
    "nested": Case.of("v", LZ4, "c16-s32-s128", 3, "tensorstore"),
    "at the start": Case.of("v", LZ4, "c32-s128-start", 3, "tensorstore"),
    "nested, at the start": Case.of("v", LZ4, "c16-s32-s128-start", 3, "tensorstore"),
    "whole": Case.of("v", LZ4, "whole", 3, "tensorstore"),
    "whole shard": Case.of("v", LZ4, "c32-swhole", 3, "tensorstore"),
}
BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
# by kind, from the stored object to the chunk, each cube by its edge
EXTENTS = {
    3: [32],
    "sharded": [128, 32],
    "nested": [128, 32, 16],
    "at the start": [128, 32],
    "nested, at the start": [128, 32, 16],
    "whole": [(40, 50, 33)],
    "whole shard": [(64, 64, 64), 32],
}
# what codecs of format 3 are to store for float32, where it is more than compressors
PCODEC = {
    "level": 8,
    "mode_spec": "auto",
    "delta_spec": "auto",
    "paging_spec": "equal_pages_up_to",
    "equal_pages_up_to": 262144,
}
SERIALIZED = {"name": "numcodecs.pcodec", "configuration": PCODEC}
SHUFFLED = {"name": "numcodecs.shuffle", "configuration": {"elementsize": 4}}
ZSTD3 = {"name": "zstd", "configuration": {"level": 3, "checksum": False}}
CODECS_3 = {"pcodec-8": [SERIALIZED], "shuffle-zstd-3": [BYTES, SHUFFLED, ZSTD3]}
ZSTD2 = {"id": "zstd", "level": 3}
FILTERED_2 = {
    "shuffle-zstd-3": ([{"id": "shuffle", "elementsize": 4}], ZSTD2),
    "delta-zstd-3": ([{"id": "delta", "dtype": "<i4", "astype": "<i4"}], ZSTD2),
}


def metadata(kind, codec=LZ4):
    """What the formats' specifications call for, written by hand."""
    if kind == 2:
        filters, compressor = FILTERED_2.get(codec, (None, CODECS[codec].v2))
        return copy.deepcopy({
            "zarr_format": 2,
            "shape": [40, 50, 33],
            "chunks": [32, 32, 32],
            "dtype": "<f4",
            "compressor": compressor,
            "fill_value": 0.0,
            "order": "C",
            "filters": filters,
            "dimension_separator": "/",
        })  # fmt: skip
    outer, *inner = [[e] * 3 if isinstance(e, int) else list(e) for e in EXTENTS[kind]]
    codecs = CODECS_3.get(codec) or [BYTES, *CODECS[codec].v3]
    for extent in reversed(inner):
        configuration = {
            "chunk_shape": extent,
            "codecs": codecs,
            "index_codecs": [BYTES, {"name": "crc32c"}],
            "index_location": "start" if "start" in str(kind) else "end",
        }
        codecs = [{"name": "sharding_indexed", "configuration": configuration}]
    return copy.deepcopy({
        "zarr_format": 3,
        "node_type": "array",
        "shape": [40, 50, 33],
        "data_type": "float32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": outer}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0,
        "codecs": codecs,
        "attributes": {},
    })  # fmt: skip


def of(kind, codec=LZ4):
    """The case of a kind, with another codec."""
    return Case.from_json({**CASES[kind].to_json(), "codec": codec})


def found(kind, disk, case=None, data=DATA):
    """The problems of an array that has `disk` for its metadata, and nothing else."""
    text = disk if isinstance(disk, (str, bytes)) else json.dumps(disk)
    stored = {".zarray" if kind == 2 else "zarr.json": text}
    return problems(case or CASES[kind], stored.__getitem__, data)


def put(disk, place, value):
    """Set what stands at a place such as ``codecs.1.configuration.clevel``."""
    *way, last = [int(p) if p.isdigit() else p for p in place.split(".")]
    for step in way:
        disk = disk[step]
    disk[last] = value


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("codec", CODECS)
def test_what_was_asked_for_is_right(kind, codec):
    case = of(kind, codec)
    if case.zarr_format in CODECS[codec].formats and codec not in ("pcodec-4", "shuffle-gzip-5"):
        assert found(kind, metadata(kind, codec), case) == []


@pytest.mark.parametrize(
    ("kind", "codec", "place", "value"),
    [
        (2, "zstd-3", "compressor.checksum", False),  # numcodecs 0.15 writes it
        (2, LZ4, "compressor.typesize", 4),  # numcodecs 0.16 writes it
        (2, "pcodec-8", "compressor.delta_encoding_order", None),
        (2, LZ4, "filters", []),
        (2, LZ4, "fill_value", 0),
        (3, LZ4, "codecs.1.configuration.typesize", 4),
        (3, LZ4, "chunk_key_encoding", {"name": "default"}),
        (3, LZ4, "chunk_key_encoding", {"name": "v2", "configuration": {"separator": "/"}}),
        (3, LZ4, "dimension_names", ["z", "y", "x"]),
        ("sharded", LZ4, "codecs.0.configuration.codecs.1.configuration.typesize", 4),
    ],
)
def test_what_a_library_adds_is_its_own_affair(kind, codec, place, value):
    disk = metadata(kind, codec)
    put(disk, place, value)
    assert found(kind, disk, of(kind, codec)) == []


INNER = "codecs.0.configuration"
INNERMOST = f"{INNER}.codecs.0.configuration"
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
    ("whole", "chunk_grid.configuration.chunk_shape", [64, 64, 64], "chunks"),
    ("whole shard", "chunk_grid.configuration.chunk_shape", [96, 96, 96], "shards"),
    ("nested", "chunk_grid.configuration.chunk_shape", [64, 64, 64], "shards"),
    ("nested", f"{INNER}.chunk_shape", [64, 32, 32], "middle"),
    ("nested", f"{INNERMOST}.chunk_shape", [32, 16, 16], "chunks"),
    ("nested", f"{INNERMOST}.codecs", [BYTES], "codec"),
    ("nested", f"{INNER}.index_location", "start", "shard index"),
    ("nested", f"{INNERMOST}.index_location", "start", "shard index"),
    ("nested", f"{INNERMOST}.index_codecs", [BYTES], "shard index"),
    ("nested", f"{INNER}.codecs", [BYTES, *CODECS[LZ4].v3], "middle"),
    ("at the start", f"{INNER}.index_location", "end", "shard index"),
    ("nested, at the start", f"{INNER}.index_location", "end", "shard index"),
    ("nested, at the start", f"{INNERMOST}.index_location", "end", "shard index"),
]


@pytest.mark.parametrize(("kind", "place", "value", "what"), WRONG)
def test_what_is_wrong_is_named(kind, place, value, what):
    disk = metadata(kind)
    put(disk, place, value)
    named = [problem.partition(":")[0] for problem in found(kind, disk)]
    assert what in named
    # with a level of shards less these differ too
    assert set(named) <= {what, "chunks", "shards", "shard index"}


WRONG_CHAINS = [
    (2, "shuffle-zstd-3", "filters", None, "filters"),
    (2, "shuffle-zstd-3", "filters.0.elementsize", 8, "filters"),
    (2, "shuffle-zstd-3", "compressor", None, "codec"),
    (2, "delta-zstd-3", "filters.0.dtype", "<f4", "filters"),
    (2, "delta-zstd-3", "filters.0.astype", "<i2", "filters"),
    (2, "delta-zstd-3", "filters.0.id", "shuffle", "filters"),
    (2, "zstd-3", "filters", [{"id": "shuffle", "elementsize": 4}], "filters"),
    (2, "pcodec-8", "compressor.level", 4, "codec"),
    (2, "pcodec-8", "compressor.delta_spec", "none", "codec"),
    (3, "shuffle-zstd-3", "codecs.1.configuration.elementsize", 2, "codec"),
    (3, "shuffle-zstd-3", "codecs", [BYTES, ZSTD3], "codec"),
    (3, "shuffle-zstd-3", "codecs", [BYTES, ZSTD3, SHUFFLED], "codec"),
    (3, "pcodec-8", "codecs.0.configuration.level", 4, "serializer"),
    (3, "pcodec-8", "codecs.0.configuration.mode_spec", "classic", "serializer"),
    (3, "pcodec-8", "codecs", [BYTES], "serializer"),
    (3, "pcodec-8", "codecs", [SERIALIZED, ZSTD3], "codec"),
    (3, "none", "codecs", [SERIALIZED], "serializer"),
    (3, "crc32c", "codecs", [BYTES], "codec"),
    ("sharded", "pcodec-8", f"{INNER}.codecs", [BYTES], "serializer"),
    ("nested", "pcodec-8", f"{INNERMOST}.codecs.0.configuration.level", 4, "serializer"),
    ("nested", "shuffle-zstd-3", f"{INNERMOST}.codecs", [BYTES, ZSTD3], "codec"),
]


@pytest.mark.parametrize(("kind", "codec", "place", "value", "what"), WRONG_CHAINS)
def test_a_wrong_chain_is_named(kind, codec, place, value, what):
    disk = metadata(kind, codec)
    put(disk, place, value)
    named = [problem.partition(":")[0] for problem in found(kind, disk, of(kind, codec))]
    assert named == [what]


# Each is a way to store other bytes than those asked for.
OTHER_BYTES = [
    (2, "dtype", ">f4"),
    (2, "order", "F"),
    (2, "compressor.checksum", True),
    (3, "codecs.0.configuration.endian", "big"),
    ("sharded", "codecs.0.configuration.index_location", "start"),
    ("sharded", "codecs.0.configuration.index_codecs", [BYTES]),
    ("sharded", "codecs.1", {"name": "crc32c"}),
    ("nested", "codecs.0.configuration.codecs.0.configuration.index_codecs", []),
]


@pytest.mark.parametrize(("kind", "place", "value"), OTHER_BYTES)
def test_no_other_bytes_pass(kind, place, value):
    codec = "zstd-3" if place.endswith("checksum") else LZ4
    disk = metadata(kind, codec)
    if place == "codecs.1":
        disk["codecs"].append(value)
    else:
        put(disk, place, value)
    assert found(kind, disk, of(kind, codec))


def test_every_difference_is_named_with_both_sides():
    disk = metadata(3) | {"shape": [1, 2, 3], "data_type": "int32"}
    shape, dtype = found(3, disk)
    assert shape == "shape: asked for [40, 50, 33], on disk [1, 2, 3]"
    assert dtype == "dtype: asked for 'float32', on disk 'int32'"


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "7", '"text"', "{}", '{"zarr_format": 3}', "\x00", "[[[]]]"]
)
def test_garbage_is_no_metadata(kind, text):
    (problem,) = found(kind, text)
    assert problem.startswith((".zarray: ", "zarr.json: "))


def test_bytes_that_are_no_text_are_no_metadata():
    (problem,) = found(2, b"\xff\xfe\xfd")
    assert problem == ".zarray: UnicodeDecodeError when it was read"


@pytest.mark.parametrize("kind", [2, 3])
@pytest.mark.parametrize("value", [None, 7, "text", [], {}])
def test_any_field_may_be_garbage(kind, value):
    places = {"zarr_format", "shape", "fill_value", "dtype", "chunks", "compressor"}
    places |= {"data_type", "chunk_grid", "codecs"}
    for place in places & metadata(kind).keys():
        assert found(kind, metadata(kind) | {place: value}), place


@pytest.mark.parametrize("value", [None, 7, "default", []])
def test_the_key_encoding_may_be_garbage(value):
    assert found(3, metadata(3) | {"chunk_key_encoding": value})


@pytest.mark.parametrize(("kind", "name"), [(2, ".zarray"), (3, "zarr.json")])
@pytest.mark.parametrize("fault", [FileNotFoundError, KeyError, PermissionError])
def test_what_cannot_be_read_is_named(kind, name, fault):
    def raw(key):
        raise fault(key)

    assert problems(CASES[kind], raw, DATA) == [f"{name}: {fault.__name__} when it was read"]


def test_the_other_format_is_a_missing_object():
    stored = {".zarray": json.dumps(metadata(2))}
    assert problems(CASES[2], stored.__getitem__, DATA) == []
    assert problems(CASES[3], stored.__getitem__, DATA) == ["zarr.json: KeyError when it was read"]


@pytest.mark.parametrize("kind", ["sharded", "nested"])
@pytest.mark.parametrize("value", [None, 7, "text", [], {}])
def test_any_part_of_a_shard_may_be_garbage(kind, value):
    disk = metadata(kind)
    inner = disk["codecs"][0]["configuration"]
    places = ["codecs.0", INNER, *(f"{INNER}.{field}" for field in inner)]
    for place in places:
        damaged = copy.deepcopy(disk)
        put(damaged, place, value)
        assert found(kind, damaged), place
