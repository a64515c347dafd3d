"""Backends beside zarr-python and tensorstore: chosen, checked, and never falling back unseen."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest

from zarr_cryoet.core import backends, spelling, volume
from zarr_cryoet.core.access import ACCESS, take
from zarr_cryoet.core.backends.hdf5 import Hdf5
from zarr_cryoet.core.backends.npy import Npy
from zarr_cryoet.core.backends.zarrs import Zarrs, own
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError, WrongResult
from zarr_cryoet.core.operations import OPERATIONS, Job
from zarr_cryoet.core.prepare import FAILED, READY, SKIPPED, prepare
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.core.verify import verify

STORING = (*backends.select("zarr"), *backends.select("reference"))
MORE = [name for name in STORING if name not in backends.select("default")]
LZ4, OWN = "blosc-lz4-5-shuffle", "blosc-zstd-1-bitshuffle"
WHOLE = ("npy", "mrcfile")
EVERYTHING = {
    "zarr": "3.4.2", "zarrs": "0.2.3", "zarrista": "0.1.0", "tensorstore": "0.1.86",
    "iohub": "0.3.11", "mrcfile": "1.5.4", "numpy": "2.5.5", "h5py": "3.16.0",
    "hdf5plugin": "7.1.0", "pcodec": "1.1.0",
}  # fmt: skip


def plain_case(name, zarr_format=None):
    """What a backend certainly does, in its first format or another."""
    if zarr_format is None:
        zarr_format = 0 if name in backends.select("reference") else 2
    codec = OWN if name == "iohub" else "none" if name in WHOLE else LZ4
    return Case.of("v", codec, "whole" if name in WHOLE else "c16", zarr_format, name)


def here(name, **more):
    """A plain case, or a skip with the word why not."""
    case = plain_case(name, **more)
    if reason := unsupported(case):
        pytest.skip(reason)
    return case


@pytest.fixture(name="small")
def small_volume(volume):
    return np.ascontiguousarray(volume[:36, :20, :33])


# Which there are ------------------------------------------------------------------------------


def test_groups_select_their_backends():
    assert backends.select("default") == ("zarr-python", "tensorstore")
    assert set(backends.select("suite")) == {"zarr-python", "tensorstore", "zarr-fused", "zarrs"}
    assert set(backends.select("reference")) == {"mrcfile", "npy", "hdf5"}
    everything, zarr = backends.select("all"), backends.select("zarr")
    assert everything == backends.ids()
    assert everything[: len(zarr)] == zarr
    assert set(backends.select("suite")) | {"zarrista", "iohub"} == set(zarr)
    assert backends.select(["npy", "zarrs", "npy"]) == ("npy", "zarrs")
    assert backends.select("npy") == ("npy",)


@pytest.mark.parametrize("names", ["nyp", ["npy", "nyp"]])
def test_an_unknown_backend_is_named_with_the_nearest(names):
    with pytest.raises(UserError, match="nyp: no such backend"):
        backends.select(names)


@pytest.mark.parametrize(
    ("name", "versions", "words"),
    [
        ("zarr-fused", {"zarr": "3.1.6"}, "no class of zarr-fused serves zarr 3.1.6"),
        ("zarr-fused", {"zarr": "2.18.7"}, "no class of zarr-fused serves zarr 2.18.7"),
        ("zarr-fused", {}, "zarr is not installed"),
        ("zarrs", {"zarr": "3.4.2"}, "zarrs is not installed"),
        ("hdf5", {"h5py": "3.16.0"}, "hdf5plugin is not installed"),
        ("zarrs", {"zarrs": "0.2.3"}, "zarr is not installed"),
    ],
)
def test_what_cannot_serve_says_why(name, versions, words):
    assert backends.find(name, versions) == words


@pytest.mark.parametrize(
    ("name", "package", "release", "cls"),
    [
        ("zarr-fused", "zarr", "3.3.0", "ZarrFused"),
        ("zarr-fused", "zarr", "3.10.1", "ZarrFused"),
        ("zarr-fused", "zarr", "4.0.0rc1", "ZarrFused"),
        ("iohub", "iohub", "0.2.3", "IoHub2"),
        ("iohub", "iohub", "0.3.11", "IoHub3"),
        ("zarrs", "zarrs", "0.2.3", "Zarrs"),
    ],
)
def test_the_release_decides_which_class_serves(name, package, release, cls):
    assert type(backends.find(name, EVERYTHING | {package: release})).__name__ == cls


OLD = {**EVERYTHING, "iohub": "0.2.3", "zarr": "2.18.7"}
WORDS = [
    (Case.of("v", "none", "whole", 2, "mrcfile"), "mrcfile stores no Zarr"),
    (Case.of("v", "none", "whole", 3, "npy"), "npy stores no Zarr"),
    (Case.of("v", "none", "c16", 0, "zarr-python"), "zarr-python stores Zarr alone"),
    (Case.of("v", "none", "c16", 0, "npy"), "npy has no chunks"),
    (Case.of("v", "gzip-5", "whole", 0, "npy"), "npy has no gzip"),
    (Case.of("v", "none", "c16-s64", 0, "hdf5"), "HDF5 has no shards"),
    (Case.of("v", "bz2-1", "c16", 0, "hdf5"), "hdf5 has no bz2"),
    (Case.of("v", LZ4, "c16", 3, "iohub"), f"iohub 0.3.11 compresses format 3 with {OWN} alone"),
    (Case.of("v", "none", "c16", 3, "zarrs", "memory"), "zarrs hands stores of kind memory to"),
    (Case.of("v", "lzma-1", "c16", 3, "zarrs"), "zarrs hands lzma to zarr-python's own pipeline"),
    (Case.of("v", "none", "c16", 3, "zarr-fused", "zip"), "no synchronous requests to a ZIP"),
]


@pytest.mark.parametrize(("case", "words"), WORDS, ids=lambda each: getattr(each, "id", ""))
def test_what_a_backend_has_not_is_skipped_in_words(case, words):
    assert words in unsupported(case, EVERYTHING)


def test_the_older_iohub_has_one_codec_and_one_format():
    assert unsupported(Case.of("v", LZ4, "c16", 2, "iohub"), OLD).endswith(f"with {OWN} alone")
    assert unsupported(Case.of("v", OWN, "c16", 3, "iohub"), OLD) == "iohub 0.2.3 has no format 3"
    assert unsupported(Case.of("v", OWN, "c16", 2, "iohub"), OLD) is None


@pytest.mark.parametrize("operation", ["read-strided", "read-points", "write-zeros"])
def test_what_zarrs_would_hand_on_is_skipped(operation):
    assert unsupported(Case.of("v", "none", "c16", 3, "zarrs"), EVERYTHING, operation)


def test_what_mrc_has_no_mode_for_is_skipped(monkeypatch):
    case = plain_case("mrcfile")
    assert unsupported(case, EVERYTHING) is None
    monkeypatch.setattr(volume, "dtype_of", lambda name: np.dtype("uint8"))
    assert unsupported(case, EVERYTHING) == "MRC has no uint8"


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_what_a_codec_does_not_take_is_skipped(monkeypatch, dtype):
    case = Case.of("v", "pcodec-8", "c16", 3, "zarr-python")
    everything = {**EVERYTHING, "pcodec": "0.3.6"}
    assert unsupported(case, everything) is None
    monkeypatch.setattr(volume, "dtype_of", lambda name: np.dtype(dtype))
    assert unsupported(case, everything) == f"pcodec takes no {dtype}"


# Every case -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MORE)
@pytest.mark.parametrize("zarr_format", [0, 2, 3])
def test_every_codec_and_layout_is_ready_or_skipped(small, tmp_path, name, zarr_format):
    here(name)
    layouts = ("c16", "c16x128x128", "whole", "c16-s64", "c16-s32-s128", "c16-s64-start")
    # numcodecs stores settings of pcodec's in format 2 that its row does not name
    skipping = {f"pcodec-{level}" for level in (4, 8)} if zarr_format == 2 else set()
    codecs = [c for c in CODECS if "-9" not in c and "-7" not in c and c not in skipping]
    cases = [(codec, "c16") for codec in codecs] + [(OWN, layout) for layout in layouts]
    for codec, layout in [*cases, ("none", "whole")]:
        case = Case.of("v", codec, layout, zarr_format, name)
        outcome = prepare(case, small, tmp_path, keep=False)
        wanted = (SKIPPED, unsupported(case)) if unsupported(case) else (READY, None)
        assert (outcome["status"], outcome["reason"]) == wanted, case.id


@pytest.mark.parametrize("name", MORE)
def test_odd_shapes_and_values_survive(tmp_path, name):
    here(name)
    shapes, formats = [(1, 1, 1), (5, 3, 2), (1, 40, 1)], (0, 2, 3)
    for shape, dtype, zarr_format in product(shapes, ("float32", "int16", "int8"), formats):
        case = plain_case(name, zarr_format)
        if unsupported(case) is None:
            data = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
            assert prepare(case, data, tmp_path, keep=False)["reason"] is None, (shape, dtype)
    for zarr_format, value in product(formats, (0.0, -0.0, np.nan)):
        case = plain_case(name, zarr_format)
        if unsupported(case) is None:
            data = np.full((20, 20, 20), value, np.float32)
            data[0, 0, 0] = 1
            assert prepare(case, data, tmp_path, keep=False)["reason"] is None, value


@pytest.mark.parametrize("name", MORE)
@pytest.mark.parametrize("zarr_format", [0, 2, 3])
def test_every_operation_does_what_it_should(small, tmp_path, name, zarr_format):
    case = here(name, zarr_format=zarr_format)
    outcome = prepare(case, small, tmp_path)
    assert outcome["reason"] is None
    able = [each for each in OPERATIONS.values() if unsupported(case, operation=each.id) is None]
    for operation in able:
        job = Job(case, backends.get(name), small, tmp_path / case.id, tmp_path / operation.id)
        operation.bring(job)
        operation.check(job, operation.run(job))
        job.close()
    assert len(able) >= 20


@pytest.mark.parametrize("name", MORE)
def test_what_is_read_is_a_fresh_array(small, tmp_path, name):
    case = here(name)
    assert prepare(case, small, tmp_path)["status"] == READY
    backend = backends.get(name)
    handle = backend.open(case, tmp_path / case.id)
    for access in ("plane-xy", "full", "points", "strided"):
        if unsupported(case, operation=f"read-{access}") is None:
            selection = ACCESS[access].select(small.shape)[0]
            first, second = (backend.read(handle, selection) for _ in range(2))
            assert type(np.asarray(first)) is np.ndarray
            assert not np.shares_memory(first, second)
            assert not isinstance(first, np.memmap)
            assert verify(first, take(small, selection), case.codec_row).differ == 0


# What is checked ------------------------------------------------------------------------------


class OtherCodec(Hdf5):
    def create(self, case, path, shape, dtype):
        return super().create(Case.of("v", "gzip-1", "c16", 0, "hdf5"), path, shape, dtype)


class OtherChunks(Hdf5):
    def create(self, case, path, shape, dtype):
        return super().create(Case.of("v", LZ4, "c32", 0, "hdf5"), path, shape, dtype)


class OtherType(Npy):
    def create(self, case, path, shape, dtype):
        return super().create(case, path, shape, np.dtype("f8"))


@pytest.mark.parametrize(
    ("cls", "words"),
    [
        (OtherCodec, "codec: asked for [(32001, (5, 1, 1))], on disk [(1, (1,))]"),
        (OtherChunks, "chunks: asked for (16, 16, 16), on disk (32, 32, 32)"),
        (OtherType, "dtype: asked for '<f4', on disk '<f8'"),
    ],
)
def test_a_reference_that_stores_something_else_fails(small, tmp_path, monkeypatch, cls, words):
    case = here(cls.id)
    monkeypatch.setattr(backends, "get", lambda name: cls())
    outcome = prepare(case, small, tmp_path)
    assert (outcome["status"], outcome["reason"]) == (FAILED, words)


def test_leading_axes_of_length_1_are_left_out():
    text = json.dumps({"shape": [1, 1, 5, 6, 7], "chunks": [1, 1, 2, 2, 2], "order": "C"})
    found = json.loads(spelling.plain(text.encode(), 2))
    assert found == {"shape": [5, 6, 7], "chunks": [2, 2, 2], "order": "C"}
    assert json.loads(spelling.plain(b'{"shape": [1, 2, 5]}', 2)) == {"shape": [1, 2, 5]}
    assert json.loads(spelling.plain(b'{"shape": [1, 1, 5]}')) == {"shape": [1, 1, 5]}
    assert spelling.plain(b"\xff{") == b"\xff{"


def test_a_codec_may_be_a_name_alone():
    text = b'{"codecs": ["crc32c", {"name": "zstd", "configuration": {"level": 1}}]}'
    zstd = {"name": "zstd", "configuration": {"level": 1}}
    assert json.loads(spelling.plain(text)) == {"codecs": [{"name": "crc32c"}, zstd]}


def test_chunks_that_are_due(small):
    case = plain_case("zarrs", 3)
    data = np.zeros_like(small)  # 36 x 20 x 33 in chunks of 16: 3 x 2 x 3
    data[0, 0, 0], data[-1, -1, -1] = 1, -0.0
    assert backends.find("zarr-fused", EVERYTHING).due(case, data) == 18
    assert backends.find("zarrs", EVERYTHING).due(case, data) == 2


# Falling back ---------------------------------------------------------------------------------


class Stand:
    """An array of which the pipeline can be told."""

    def __init__(self, pipeline):
        self._async_array = self
        self.codec_pipeline = pipeline


def pipeline(name="ZarrsCodecPipeline", **state):
    return type(name, (), {"impl": object(), "python_impl": None, **state})()


def test_a_pipeline_that_is_all_zarrs_passes():
    handle = Stand(pipeline())
    assert own(handle) is handle


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"name": "BatchedCodecPipeline"}, "the pipeline is BatchedCodecPipeline"),
        ({"impl": None}, "falls back to zarr-python"),
        ({"python_impl": object()}, "could fall back to zarr-python in silence"),
    ],
)
def test_a_pipeline_that_falls_back_is_caught(state, words):
    with pytest.raises(WrongResult, match=words):
        own(Stand(pipeline(**state)))


def test_a_double_of_zarrs_that_falls_back_in_silence_fails(small, tmp_path, monkeypatch):
    core = pytest.importorskip("zarr.core.codec_pipeline")
    registry = pytest.importorskip("zarr.registry")
    silent = type("ZarrsCodecPipeline", (core.BatchedCodecPipeline,), {"impl": None})
    silent.__module__ = "double"
    registry.register_pipeline(silent)
    monkeypatch.setattr(backends, "installed", lambda: EVERYTHING)
    monkeypatch.setattr(Zarrs, "pipeline", "double.ZarrsCodecPipeline")
    outcome = prepare(plain_case("zarrs"), small, tmp_path)
    assert outcome["status"] == FAILED
    assert "zarrs does not know this array, and falls back" in outcome["reason"]
    monkeypatch.setattr(Zarrs, "pipeline", None)
    outcome = prepare(plain_case("zarrs"), small, tmp_path)
    assert "the pipeline is BatchedCodecPipeline, not ZarrsCodecPipeline" in outcome["reason"]


def test_zarrs_raises_where_it_would_fall_back(small, tmp_path):
    case = here("zarrs", zarr_format=3)
    prepare(case, small, tmp_path)
    handle = backends.get("zarrs").open(case, tmp_path / case.id)
    with pytest.raises(Exception, match="Step size") as raised:
        handle[::4, ::4, ::4]
    assert type(raised.value).__module__.startswith("zarrs")
    with pytest.raises(Exception) as raised:
        handle.vindex[[0, 3], [1, 9], [0, 5]]  # in one chunk
    assert type(raised.value).__module__.startswith("zarrs")


@pytest.mark.parametrize("codec", ["lz4", "lzma-1", "delta-zstd-3"])
def test_what_is_said_of_zarrs_codecs_is_true(small, tmp_path, monkeypatch, codec):
    here("zarrs")
    monkeypatch.setattr(Zarrs, "supports", lambda *_: None)
    case = Case.of("v", codec, "c16", 2, "zarrs")
    assert prepare(case, small, tmp_path)["reason"].startswith("UnsupportedMetadataError")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_is_said_of_zarrs_and_empty_chunks_is_true(tmp_path, zarr_format):
    case, backend = here("zarrs", zarr_format=zarr_format), backends.get("zarrs")
    zeros = np.zeros((20, 20, 20), np.float32)
    handle = backend.create(case, tmp_path / "a", zeros.shape, zeros.dtype, write_empty=True)
    backend.write(handle, zeros)
    assert backend.chunks(case, tmp_path / "a") == 0


@pytest.mark.parametrize("store", ["local", "memory", "latency-10ms"])
def test_the_fused_pipeline_takes_all_reads_in_its_own_way(small, tmp_path, monkeypatch, store):
    here("zarr-fused")
    core = pytest.importorskip("zarr.core.codec_pipeline")
    calls, fused = [], core.FusedCodecPipeline.read_sync

    def noted(self, *args, **more):
        calls.append(1)
        return fused(self, *args, **more)

    for zarr_format, codec in product((2, 3), ("none", LZ4, "gzip-5", "zlib-1", "lz4")):
        case = Case.of("v", codec, "c32", zarr_format, "zarr-fused", store)
        assert prepare(case, small, tmp_path)["reason"] is None
        backend, box = backends.get("zarr-fused"), ACCESS["full"].select(small.shape)[0]
        handle, before = backend.open(case, tmp_path / case.id), len(calls)
        with monkeypatch.context() as patch:
            patch.setattr(core.FusedCodecPipeline, "read_sync", noted)
            backend.read(handle, box)
        assert len(calls) == before + 1, case.id
        backend.forget(tmp_path / case.id)


def test_iohub_leaves_zarrs_settings_as_they_were(small, tmp_path):
    case = here("iohub")
    zarr = pytest.importorskip("zarr", minversion="3")
    before = zarr.config.get("codec_pipeline")
    prepare(case, small, tmp_path)
    assert zarr.config.get("codec_pipeline") == before
