"""Requests of libraries that go past zarr's stores: counted over HTTP, and foretold."""

from __future__ import annotations

import os
import urllib.request

import numpy as np
import pytest

from zarr_cryoet.core import backends, exact, rng
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.prepare import READY, SKIPPED, prepare
from zarr_cryoet.core.requests import served
from zarr_cryoet.core.storage import FORMATS
from zarr_cryoet.core.stores import http
from zarr_cryoet.core.stores.http import Request

for package in ("zarrs", "zarrista", "obstore"):
    pytest.importorskip(package)

NAMES = ("zarrs", "zarrista")
ODD, LONG = (19, 21, 33), (130, 20, 40)  # of 64³ shards: none full; a row of two and a bit
SOME = ("open", "read-full", "read-plane-xz", "read-plane-yz", "read-parts-shards")
BLOSC = "blosc-lz4-5-shuffle"


def noise(shape, empty=0):
    """Some, and as many planes of zeros."""
    words = rng.bits(3, 0, int(np.prod(shape))) >> np.uint64(40)
    data = (words.astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(shape)
    data[:empty] = 0
    return data


def check(folder, layout, data, codec="none", operations=SOME):
    failed = []
    cases = [Case.of("v", codec, layout, f, name) for f in FORMATS for name in NAMES]
    assert list(exact.problems(cases, operations, data, folder, failed)) == []
    assert failed == []


def counted(name, layout, operation, data, folder, codec="none"):
    case = Case.of("v", codec, layout, 3, name)
    done = prepare(case, data, folder)
    assert done["status"] == READY
    return exact.figures(case, operation, data, folder / case.id, folder)


def ask(url, **headers):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read()


# Prediction equals count --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layout", ["c16", "c8x64x64", "c1x256x256", "whole", "c16-s64", "c16-s64-start", "c16-s32-s128"]
)
def test_every_layout_takes_what_is_foretold(layout, tmp_path):
    check(tmp_path, layout, noise(ODD))


@pytest.mark.parametrize(
    ("layout", "codec", "empty"),
    [
        ("c16", BLOSC, 0),
        ("c16-s64", BLOSC, 0),
        ("c16-s32-s128-start", BLOSC, 64),
        ("c16-s64-swhole", "none", 64),
        ("c16-s64", "crc32c", 70),
    ],
)
def test_chunks_that_are_absent_take_what_is_foretold(layout, codec, empty, tmp_path):
    check(tmp_path, layout, noise(LONG, empty), codec, SOME[1:3])


def test_every_way_of_reading_takes_what_is_foretold(tmp_path):
    reads = [name for name in OPERATIONS if name.startswith("read-")]
    check(tmp_path, "c16-s32", noise((40, 36, 33)), operations=reads)


@pytest.mark.parametrize("name", NAMES)
def test_a_library_that_does_otherwise_is_found(name, tmp_path, monkeypatch):
    """Nothing above would mean anything without this."""
    cls = type(backends.get(name))
    once = cls.read
    monkeypatch.setattr(cls, "read", lambda *args: (once(*args), once(*args))[1])
    found = counted(name, "c16", "read-plane-xy", noise(ODD), tmp_path)
    (wrong,) = found["unpredicted"]
    assert "ranges 12, not 6, heads 12, not 6" in wrong


# What is counted is what happens ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layout", "codec", "heads", "nbytes", "amplification"),
    [
        ("zarrs", "c32", "none", 16, 2**16, 1.0),
        ("zarrista", "c32", "none", 16, 2**16, 1.0),
        ("zarrs", "c32-s128", "none", 17, 2**16 + 1028, 1.0),
        ("zarrista", "c32-s128", "none", 17, 2**21 + 1028, 32.0),
        ("zarrs", "c32-s128", "crc32c", 17, 2**21 + 16 * 4 + 1028, 32.0),
    ],
)
def test_known_figures(name, layout, codec, heads, nbytes, amplification, tmp_path):
    """One plane of 128³ float32: of raw chunks, a row of bytes in each."""
    found = counted(name, layout, "read-plane-xy", noise((128, 128, 128)), tmp_path, codec)
    assert (found["gets"], found["heads"], found["ranges"]) == (0, heads, heads)
    assert (found["bytes_read"], found["decoded"]) == (nbytes, 16)
    assert found["amplification"] == amplification
    assert found["unpredicted"] == []


@pytest.mark.parametrize("name", NAMES)
def test_far_rows_of_a_raw_chunk_are_asked_for_one_by_one(name, tmp_path):
    found = counted(name, "whole", "read-plane-xz", noise((3, 700, 400)), tmp_path)
    assert (found["heads"], found["ranges"], found["decoded"]) == (1, 3, 1)
    assert found["bytes_read"] == 3 * 400 * 4
    assert found["unpredicted"] == []


def test_zarrista_gets_what_it_needs_in_full(tmp_path):
    found = counted("zarrista", "c16-s64", "read-full", noise((64, 64, 64)), tmp_path)
    assert (found["gets"], found["requests"], found["decoded"]) == (1, 1, 64)
    assert found["bytes_read"] == 64**3 * 4 + 16 * 64 + 4


# What is not counted ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("operation", ["create", "write", "overwrite-box", "append", "delete"])
def test_what_writes_is_skipped_with_its_reason(name, operation, tmp_path):
    found = counted(name, "c16", operation, noise(ODD), tmp_path)
    assert found["status"] == SKIPPED
    assert found["reason"] == f"{name} is counted over HTTP, where arrays are only opened and read"
    case = Case.of("v", "none", "c16", 3, name)
    with pytest.raises(NotImplementedError, match="over HTTP"):
        exact.count(case, operation, noise(ODD), tmp_path / case.id, tmp_path / "place")


def test_without_obstore_there_is_a_reason(monkeypatch):
    monkeypatch.setattr(served, "find_spec", lambda name: None)
    for name in NAMES:
        reason = exact.uncounted(Case.of("v", "none", "c16", 3, name), "read-full")
        assert reason == f"{name} is counted over HTTP through obstore, which is not installed"


# Around it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, "example.org"])
def test_a_proxy_is_not_asked(before, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", before) if before else monkeypatch.delenv("NO_PROXY", False)
    for name in NAMES:
        assert counted(name, "c16", "read-full", noise(ODD), tmp_path)["status"] == READY
    assert os.environ.get("NO_PROXY") == before


def test_a_backend_reads_files_again_afterwards(tmp_path):
    data = noise(ODD)
    for name, requests in zip(NAMES, (1 + 24, 1 + 22), strict=True):  # 2 of 12 chunks are full
        case, backend = Case.of("v", "none", "c16", 3, name), backends.get(name)
        assert prepare(case, data, tmp_path)["status"] == READY
        whole = tuple(map(slice, (0, 0, 0), ODD))
        with backend.counting() as counter:
            handle = backend.open(case, tmp_path / case.id)
            assert np.array_equal(backend.read(handle, whole), data)
            before = counter.stop()
        assert before.requests == requests
        assert before.decoded == 12
        handle = backend.open(case, tmp_path / case.id)
        assert np.array_equal(backend.read(handle, whole), data)
        assert counter.stop() == before


def test_a_process_has_one_server_for_one_folder_after_another(tmp_path, monkeypatch):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(name * 3)
    server = http.shared(tmp_path / "a")
    url = f"{server.url}/key"
    server.start()
    assert ask(url) == b"aaa"
    assert http.shared(tmp_path / "b") is server
    assert ask(url, Range="bytes=1-") == b"bb"
    assert server.requests() == [Request("gets", "key", 0, 3), Request("ranges", "key", 1, 3)]
    monkeypatch.setattr(http.os, "getpid", lambda: -1)  # as in a child
    other = http.shared(tmp_path / "a")
    try:
        assert (other.requests(), other.url != server.url) == ([], True)
    finally:
        other.__exit__()
        http._shared.pop(-1)
