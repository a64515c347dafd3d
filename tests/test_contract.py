"""What `prepare` promises: nothing passes that is not written as asked and read back alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core import backends, rng
from zarr_cryoet.core.access import ACCESS, touched
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.prepare import FAILED, READY, SKIPPED, prepare
from zarr_cryoet.core.storage import FORMATS
from zarr_cryoet.core.stores import STORES
from zarr_cryoet.core.support import unsupported

METADATA = {".zarray", ".zattrs", ".zgroup", ".zmetadata", "zarr.json"}
LZ4 = "blosc-lz4-5-shuffle"
# Every format that a backend is of, what is no Zarr too.
KINDS = sorted({(cls.id, number) for cls in backends.classes() for number in cls.families})
HERE = [b for b in backends.ids() if unsupported(Case.of("v", "none", "c16", 2, b)) is None]
NOT_SO_LARGE = [name for name, row in LAYOUTS.items() if prod(row.chunks) <= 64**3]
# One codec of each family, and all that the suite measures by default.
SOME = {codec.family: codec.id for codec in CODECS.values()}.values()
SOME = tuple(dict.fromkeys([*SOME, *CODECS.select("default")]))
every_kind = pytest.mark.parametrize(("backend", "zarr_format"), KINDS)
DTYPES = ["float32", "float16", "uint8", "int8", "uint16", "int16", "int32"]
SHAPES = [(1, 1, 1), (5, 3, 2), (17, 16, 33), (1, 40, 1)]


def any_bits(shape, dtype, seed=1):
    """Voxels of random bytes: among floats every kind of NaN, infinity and subnormal."""
    nbytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return rng.bits(seed, 0, nbytes // 8 + 1).view(np.uint8)[:nbytes].view(dtype).reshape(shape)


def bits_of(array):
    return array.view(f"u{array.dtype.itemsize}").tolist()


def files(path):
    return [p for p in path.rglob("*") if p.is_file()]


def assert_true_figures(outcome, case, data, folder):
    """What was counted is what stands there, and what the layout makes necessary."""
    assert outcome["path"] == str(folder / case.id)
    stored = files(folder / case.id)
    assert outcome["objects"] == len(stored)
    assert outcome["bits_per_voxel"] * data.size / 8 == pytest.approx(
        sum(p.stat().st_size for p in stored)
    )
    assert outcome["facts"]
    if not case.zarr_format:
        return
    (whole,) = ACCESS["full"].select(data.shape)
    layout = case.layout_row.of(data.shape)
    chunks = [p for p in stored if p.name not in METADATA]
    if backends.get(case.backend).keeps_empty or data.all():
        assert len(chunks) == touched(whole, layout.stored)
    if case.codec == "none" and not layout.shards:
        padded = len(chunks) * prod(layout.chunks) * data.itemsize
        assert sum(p.stat().st_size for p in chunks) == padded


def changed(case, **fields):
    """The same case with other flat fields."""
    return Case.from_json({**case.to_json(), **fields})


def check(case, data, folder):
    """A case is ready, with figures that are true, or has a reason not to be tried."""
    outcome = prepare(case, data, folder)
    reason = unsupported(case)
    if reason:
        assert outcome == {"status": SKIPPED, "reason": reason}
        assert not (folder / case.id).exists()
        return
    assert (outcome["status"], outcome["reason"]) == (READY, None), case.id
    assert_true_figures(outcome, case, data, folder)
    backend = backends.get(case.backend)
    box = tuple(slice(n // 3, n // 3 + (n + 1) // 2) for n in data.shape)
    found = np.asarray(backend.read(backend.open(case, folder / case.id), box))
    assert bits_of(np.ascontiguousarray(found)) == bits_of(np.ascontiguousarray(data[box]))


# Every row, and some of all cases --------------------------------------------------------------

ODD = (0x7FC00000, 0x7FC00001, 0xFFC00000, 0x7F800001, 0x7F800000, 0xFF800000, 0x80000000, 1)


@every_kind
def test_every_codec_is_ready_or_skipped(tmp_path, backend, zarr_format):
    """With NaN of several kinds, infinity and minus zero among the voxels."""
    data = any_bits((20, 17, 33), "float32")
    data[0, 0, : len(ODD)] = np.array(ODD, np.uint32).view(np.float32)
    for codec in CODECS:
        check(Case.of("v", codec, "c16", zarr_format, backend), data, tmp_path)


@every_kind
def test_every_layout_is_ready_or_skipped(volume, tmp_path, backend, zarr_format):
    for layout in LAYOUTS:
        check(Case.of("v", LZ4, layout, zarr_format, backend), volume, tmp_path)
        check(Case.of("v", "none", layout, zarr_format, backend), volume[:, :4, :4], tmp_path)


@every_kind
def test_every_store_is_ready_or_skipped(volume, tmp_path, backend, zarr_format):
    cases = [Case.of("v", LZ4, "c32", zarr_format, backend, store) for store in STORES]
    found = [prepare(case, volume, tmp_path) for case in cases]
    ready = [{**o, "path": None} for o in found if o["status"] == READY]
    assert len(ready) == sum(unsupported(case) is None for case in cases)
    assert all(outcome == ready[0] for outcome in ready), "the same objects everywhere"
    for case, outcome in zip(cases, found, strict=True):
        assert (outcome["status"], outcome["reason"]) in [
            (READY, None),
            (SKIPPED, unsupported(case)),
        ]
        if outcome["status"] == READY:
            assert case.store == "memory" or case.store_row.place(tmp_path / case.id).exists()
            backends.get(backend).forget(tmp_path / case.id)


@every_kind
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_shape_survives_bit_for_bit(tmp_path, dtype, backend, zarr_format):
    for shape, codec in product(SHAPES, ("none", LZ4, "gzip-5")):
        check(Case.of("v", codec, "c16", zarr_format, backend), any_bits(shape, dtype), tmp_path)
    for shape, layout in product(SHAPES, ("whole", "c16-s64")):
        check(
            Case.of("v", "zstd-3", layout, zarr_format, backend), any_bits(shape, dtype), tmp_path
        )


@every_kind
@pytest.mark.parametrize("value", [0.0, -0.0, np.nan])
def test_chunks_of_nothing_but_fill_are_stored(tmp_path, value, backend, zarr_format):
    data = np.full((20, 20, 20), value, np.float32)
    for codec, layout in (("none", "c16"), (LZ4, "c16-s64"), ("none", "whole")):
        check(Case.of("v", codec, layout, zarr_format, backend), data, tmp_path)


def holds(codec, dtype):
    """Pcodec's numbers have two bytes at least."""
    return codec.serializer3 is None or np.dtype(dtype).itemsize > 1


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 40)] * 3),
    rows=st.tuples(st.sampled_from(list(CODECS)), st.sampled_from(NOT_SO_LARGE)),
    dtype=st.sampled_from(DTYPES),
    kind=st.sampled_from(KINDS),
)
def test_any_small_case_is_ready_or_skipped(tmp_path_factory, shape, rows, dtype, kind):
    """A sample of the product of all registries, which is too large to be gone through."""
    codec, layout = rows
    if holds(CODECS[codec], dtype):
        case = Case.of("v", codec, layout, kind[1], kind[0])
        check(case, any_bits(shape, dtype), tmp_path_factory.mktemp("any"))


def read_alike(one, other):
    """Whether two backends look for an array in the same place."""
    return (one.inside, one.lead) == (other.inside, other.lead)


# zarrista 0.1.0 writes the bare name of a codec without settings, which others do not take
REFUSED = {("zarrista", "crc32c")}


@pytest.mark.parametrize("backend", HERE)
def test_backends_read_what_others_wrote(volume, tmp_path, backend):
    """So with today's numcodecs; up to 0.16 it adds keys to format 2 that tensorstore refuses."""
    cases = [Case.of("v", codec, "c32", number, backend) for codec in SOME for number in FORMATS]
    compared = 0
    for case in (case for case in cases if unsupported(case) is None):
        prepare(case, volume, tmp_path)
        for reader in map(backends.get, HERE):
            asked = replace(case, backend=reader.id)
            if (backend, case.codec) in REFUSED and reader.id != backend:
                continue
            if unsupported(asked) is None and read_alike(backends.get(backend), reader):
                box = ACCESS["plane-yz"].select(volume.shape)[0]
                found = np.asarray(reader.read(reader.open(asked, tmp_path / case.id), box))
                assert np.array_equal(found, volume[box]), f"{case.id} read by {reader.id}"
                compared += 1
    assert compared >= 2 * len(CODECS.select("smoke"))


@pytest.mark.parametrize("backend", HERE)
def test_what_is_read_is_a_fresh_array(volume, tmp_path, backend):
    case = Case.of("v", "none", "c16", 2, backend)
    prepare(case, volume, tmp_path)
    reader = backends.get(backend)
    handle, box = reader.open(case, tmp_path / case.id), ACCESS["full"].select(volume.shape)[0]
    first, second = np.asarray(reader.read(handle, box)), np.asarray(reader.read(handle, box))
    assert not np.shares_memory(first, second)


def test_nothing_is_kept_unless_asked_for(volume, tmp_path):
    case = Case.of("v", "none", "c16", 2, HERE[0])
    outcome = prepare(case, volume, tmp_path, keep=False)
    assert outcome["status"] == READY
    assert outcome["objects"] > 1
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_before_does_not_count(volume, tmp_path):
    case = Case.of("v", "none", "c16", 2, HERE[0])
    wanted = prepare(case, volume, tmp_path)
    (tmp_path / case.id / "left-over").write_bytes(b"0123456789")
    assert prepare(case, volume, tmp_path) == wanted


def test_a_read_only_volume_is_enough(volume, tmp_path):
    volume.flags.writeable = False
    check(Case.of("v", LZ4, "c32", 2, HERE[0]), volume, tmp_path)


# Wrong backends -------------------------------------------------------------------------------


class Wrong:
    """Mixed into a right backend; `instead` is the case that it writes."""

    instead: dict = {}  # noqa: RUF012

    def create(self, case, path, shape, dtype, **more):
        return super().create(changed(case, **self.instead), path, shape, dtype, **more)

    def open(self, case, path, **more):
        return super().open(changed(case, **self.instead), path, **more)


def writes(**instead):
    return type("Writes", (Wrong,), {"instead": instead})


def reads(change):
    """Reads rightly, then spoils it."""

    class Reads:
        def read(self, handle, selection):
            return change(np.array(super().read(handle, selection)))

    return Reads


def one_voxel(array):
    array[-1, -1, -1] = -array[-1, -1, -1]
    return array


def raises(verb):
    def method(self, *_, **__):
        raise OSError(28, f"no space left\nto {verb}")

    return type("Raises", (), {verb: method})


class CreatesNothing:
    def create(self, *_, **__):
        return None

    def write(self, *_):
        pass


class WritesNothing:
    def write(self, *_):
        pass


class WritesHalf:
    def write(self, handle, data):
        half = data.copy()
        half[len(data) // 2 :] = 0
        super().write(handle, half)


class WritesOtherDtype:
    def create(self, case, path, shape, dtype, **more):
        return super().create(case, path, shape, np.dtype("float64"), **more)


class WritesOtherShape:
    def create(self, case, path, shape, dtype, **more):
        return super().create(case, path, shape[::-1], dtype, **more)

    def write(self, handle, data):
        super().write(handle, data.T.copy())


class LosesAChunk:
    """Of nothing but fill, so that what is read is right."""

    def write(self, handle, data):
        super().write(handle, data)
        for path in sorted(self.written.rglob("*")):
            if path.is_file() and path.name not in METADATA:
                path.unlink()
                return

    def create(self, case, path, *args, **more):
        self.written = path
        return super().create(case, path, *args, **more)


PLAIN = Case.of("v", "zstd-3", "c16", 3, "?")
BLOSC = Case.of("v", "blosc-zstd-5-shuffle", "c32", 3, "?")
SHARDED = Case.of("v", "none", "c16-s64", 3, "?")
WRONG = {
    "wrong voxels": (reads(one_voxel), PLAIN, "1 voxels of the volume read back differently"),
    "minus zero": (reads(lambda a: a + np.float32(0)), PLAIN, "read back differently"),
    "wrong shape": (reads(lambda a: a[:-1]), PLAIN, "read back as (39, 50, 33)"),
    "one axis less": (reads(lambda a: a[0]), PLAIN, "read back as (50, 33)"),
    "wrong dtype": (reads(lambda a: a.astype("f8")), PLAIN, "float64, written as"),
    "other byte order": (reads(lambda a: a.astype(">f4")), PLAIN, ">f4, written as"),
    "transposed": (reads(lambda a: a.T), PLAIN, "read back as (33, 50, 40)"),
    "flipped": (reads(lambda a: a[::-1]), PLAIN, "read back differently"),
    "other level": (writes(codec="blosc-zstd-1-shuffle"), BLOSC, "codec: asked for"),
    "other shuffle": (writes(codec="blosc-zstd-5-bitshuffle"), BLOSC, "codec: asked for"),
    "other inner codec": (writes(codec="blosc-zlib-5-shuffle"), BLOSC, "codec: asked for"),
    "other codec": (writes(codec="gzip-5"), PLAIN, "codec: asked for"),
    "no codec": (writes(codec="none"), PLAIN, "codec: asked for"),
    "other chunks": (writes(layout="c32"), PLAIN, "chunks: asked for [16, 16, 16]"),
    "chunks turned": (writes(layout="c16x128x128"), PLAIN, "on disk [16, 128, 128]"),
    "no shards": (writes(layout="c16"), SHARDED, "shards: asked for [64, 64, 64]"),
    "other shards": (writes(layout="c32-s128"), SHARDED, "shards: asked for [64, 64, 64]"),
    "format 2": (writes(zarr_format=2), PLAIN, "zarr.json: FileNotFoundError"),
    "format 3": (writes(zarr_format=3), changed(PLAIN, zarr_format=2), ".zarray: FileNotFound"),
    "other dtype on disk": (WritesOtherDtype, PLAIN, "dtype: asked for 'float32'"),
    "other shape on disk": (WritesOtherShape, PLAIN, "shape: asked for [40, 50, 33]"),
    "raises in create": (raises("create"), PLAIN, "OSError: [Errno 28] no space left to create"),
    "raises in write": (raises("write"), PLAIN, "OSError: [Errno 28] no space left to write"),
    "raises in open": (raises("open"), PLAIN, "OSError: [Errno 28] no space left to open"),
    "raises in read": (raises("read"), PLAIN, "OSError: [Errno 28] no space left to read"),
    "raises in facts": (raises("facts"), PLAIN, "OSError: [Errno 28] no space left to facts"),
    "creates nothing": (CreatesNothing, PLAIN, "zarr.json: FileNotFoundError"),
    "writes nothing": (WritesNothing, PLAIN, "voxels of the volume read back differently"),
    "writes half": (WritesHalf, PLAIN, "voxels of the volume read back differently"),
}


def fail(mixin, case, data, folder, monkeypatch):
    """What comes of a case when its backend is spoilt, and that the next one goes on."""
    spoilt = type("Spoilt", (mixin, type(backends.get(case.backend))), {})
    with monkeypatch.context() as patch:
        patch.setattr(backends, "get", lambda name: spoilt())
        outcome = prepare(case, data, folder)
    if outcome["status"] == FAILED:
        assert list(folder.iterdir()) == []
        assert prepare(case, data, folder)["status"] == READY
    return outcome


@pytest.mark.parametrize("backend", HERE)
@pytest.mark.parametrize(("mixin", "case", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_backend_fails_by_name(volume, tmp_path, monkeypatch, mixin, case, words, backend):
    case = replace(case, backend=backend)
    written = changed(case, **getattr(mixin, "instead", {}))
    if reason := unsupported(case) or unsupported(written):
        pytest.skip(reason)
    volume[0, 0, 0] = -0.0
    outcome = fail(mixin, case, volume, tmp_path, monkeypatch)
    assert outcome["status"] == FAILED
    # some refuse by themselves, before anything can be compared
    assert words in outcome["reason"] or outcome["reason"].startswith("TypeError: the data has")
    assert "\n" not in outcome["reason"]
    assert outcome.keys() == {"status", "reason"}


def spelled(**other):
    """tensorstore, told to write other metadata than the case's."""

    class Spelled:
        def _open(self, *args, **more):
            if "metadata" in more:
                more["metadata"] = {**more["metadata"], **other}
            return super()._open(*args, **more)

    return Spelled


DOTS = {"name": "default", "configuration": {"separator": "."}}
BIG = [{"name": "bytes", "configuration": {"endian": "big"}}]
TURNED = {"name": "transpose", "configuration": {"order": [2, 1, 0]}}
SPELLED = {
    "dots, format 2": (spelled(dimension_separator="."), "key separator: asked for '/'"),
    "dots, format 3": (spelled(chunk_key_encoding=DOTS), "key separator: asked for '/'"),
    "fill, format 2": (spelled(fill_value=1), "fill value: asked for 0"),
    "fill, format 3": (spelled(fill_value=1), "fill value: asked for 0"),
    "turned, format 3": (spelled(codecs=[TURNED]), "filters: asked for []"),
    "turned, format 2": (spelled(order="F"), "order"),
    "big-endian, format 2": (spelled(dtype=">f4"), "byte order"),
    "big-endian, format 3": (spelled(codecs=BIG), "byte order"),
}


@pytest.mark.parametrize(
    ("name", "mixin", "words"), [(name, *row) for name, row in SPELLED.items()], ids=SPELLED
)
@pytest.mark.skipif("tensorstore" not in HERE, reason="tensorstore is not installed")
def test_other_metadata_fails_by_name(volume, tmp_path, monkeypatch, name, mixin, words):
    case = Case.of("v", "none", "c16", int(name[-1]), "tensorstore")
    outcome = fail(mixin, case, volume, tmp_path, monkeypatch)
    assert outcome["status"] == FAILED
    assert words in outcome["reason"]


class WritesOverTheVolume:
    def write(self, handle, data):
        data[...] = 0
        super().write(handle, data)


def test_a_backend_that_changes_the_volume_fails(volume, tmp_path, monkeypatch):
    case = Case.of("v", "none", "c16", 2, HERE[0])
    assert fail(WritesOverTheVolume, case, volume, tmp_path, monkeypatch)["status"] == FAILED


def test_zeros_that_were_never_written_fail(tmp_path, monkeypatch):
    case, zeros = Case.of("v", "none", "c16", 2, HERE[0]), np.zeros((20, 20, 20), np.float32)
    assert fail(WritesNothing, case, zeros, tmp_path, monkeypatch)["status"] == FAILED


@pytest.mark.parametrize("backend", HERE)
def test_a_chunk_of_zeros_that_is_lost_fails(tmp_path, monkeypatch, backend):
    case, zeros = Case.of("v", "none", "c16", 2, backend), np.zeros((20, 20, 20), np.float32)
    if not backends.get(backend).keeps_empty:
        pytest.skip(f"{backend} stores no empty chunks")
    outcome = fail(LosesAChunk, case, zeros, tmp_path, monkeypatch)
    assert outcome == {"status": FAILED, "reason": "8 chunks or shards to store, 7 stored"}
