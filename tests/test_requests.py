"""Requests, bytes and chunks: what is counted is what is foretold, and what really happens."""

from __future__ import annotations

import itertools
import urllib.error
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from zarr_cryoet.core import access, backends, exact, rng
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.prepare import READY, prepare
from zarr_cryoet.core.requests import model, objects
from zarr_cryoet.core.storage import FORMATS
from zarr_cryoet.core.stores.counting import Tally
from zarr_cryoet.core.stores.http import Served

FULL, ODD, LONG = (64, 64, 66), (19, 21, 33), (130, 20, 40)  # of 64³ shards: some full, none, none
TWO = ("zarr-python", "tensorstore")
OVER_HTTP = ("zarrs", "zarrista")  # see test_requests_http.py
LOCAL = [name for name in exact.COUNTED if name not in OVER_HTTP]
LARGE = {"c256"}  # 64 MiB a chunk, whatever is in it
SOME = ("overwrite-box", "append", "shrink", "read-full", "read-plane-xy", "read-points")


def noise(shape):
    words = rng.bits(3, 0, int(np.prod(shape))) >> np.uint64(40)
    return (words.astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(shape)


def check(tmp_path, layout, shape, operations, codec="none", names=LOCAL):
    failed = []
    cases = [Case.of("v", codec, layout, f, name) for f, name in itertools.product(FORMATS, names)]
    found = exact.problems(cases, operations, noise(shape), tmp_path, failed)
    assert list(found) == []
    assert failed == []
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# Prediction equals count ------------------------------------------------------------------------


@pytest.mark.parametrize("layout", sorted(LAYOUTS.keys() - LARGE))
def test_every_layout_takes_what_is_foretold(layout, tmp_path):
    check(tmp_path, layout, ODD, SOME, names=TWO)


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        ("c16", ODD),
        ("c16-s64", FULL),
        ("c16-s64-start", ODD),
        ("c16-s32-s128", LONG),
        ("c16-s64-swhole", ODD),
    ],
)
def test_every_operation_takes_what_is_foretold(layout, shape, tmp_path):
    check(tmp_path, layout, shape, OPERATIONS)


@pytest.mark.parametrize(
    ("layout", "codec"),
    [("c16", "zstd-3"), ("c32-s64", "blosc-lz4-5-shuffle"), ("c16-s32-s128-start", "zstd-3")],
)
def test_pinned_codecs_take_what_is_foretold(layout, codec, tmp_path):
    check(tmp_path, layout, FULL if "-" in layout else ODD, SOME, codec)


def test_the_portals_chunks_take_what_is_foretold(tmp_path):
    check(tmp_path, "c256", ODD, ("write", "read-plane-xy"), names=TWO[:1])


def test_a_library_that_does_otherwise_is_found(tmp_path, monkeypatch):
    """Nothing above would mean anything without this."""
    cls = type(backends.get("zarr-python"))
    once = cls.read
    monkeypatch.setattr(cls, "read", lambda *args: (once(*args), once(*args))[1])
    case = Case.of("v", "none", "c16", 2, "zarr-python")
    (found,) = exact.problems([case], ["read-full"], noise(ODD), tmp_path)
    assert "gets 24, not 12" in found
    assert "decoded 24, not 12" in found


def test_what_fails_is_named(tmp_path, monkeypatch):
    cls, failed = type(backends.get("zarr-python")), []
    monkeypatch.setattr(cls, "assign", lambda *_: None)
    case = Case.of("v", "none", "c16", 2, "zarr-python")
    assert list(exact.problems([case], ["overwrite-box"], noise(ODD), tmp_path, failed)) == []
    assert len(failed) == 1
    assert "read back differently" in failed[0]


# What is counted is what happens ------------------------------------------------------------------


def counted(name, layout, operation, data, folder, zarr_format=3):
    case = Case.of("v", "none", layout, zarr_format, name)
    done = prepare(case, data, folder)
    assert done["status"] == READY
    return exact.figures(case, operation, data, folder / case.id, folder)


def test_known_figures(tmp_path):
    """One plane of 128³ float32, in 16 chunks, and in one shard."""
    data = noise((128, 128, 128))
    for name in LOCAL:
        found = counted(name, "c32", "read-plane-xy", data, tmp_path)
        figures = [found[k] for k in ("requests", "bytes_read", "decoded", "amplification")]
        assert figures == [16, 2**21, 16, 32.0]
    found = counted("tensorstore", "c32-s128", "read-plane-xy", data, tmp_path)
    assert (found["ranges"], found["bytes_read"]) == (2, 2_098_180)


@pytest.mark.parametrize("pattern", access.ACCESS)
def test_one_request_a_chunk_where_nothing_is_special(pattern, tmp_path):
    found = counted("tensorstore", "c16", f"read-{pattern}", noise(ODD), tmp_path)
    ideal = access.ACCESS[pattern].geometry(ODD, LAYOUTS["c16"])
    assert (found["requests"], found["decoded"]) == (ideal.requests, ideal.chunks)
    assert found["amplification"] == ideal.amplification


@pytest.mark.parametrize("operation", ["read-plane-yz", "write-slabs-off", "overwrite-box"])
@pytest.mark.parametrize("layout", ["c16", "c16-s64"])
def test_zarr_opens_as_many_files_as_are_counted(operation, layout, tmp_path, monkeypatch):
    local = pytest.importorskip("zarr.storage._local")
    opened, read, put = [], local._get, local._put
    monkeypatch.setattr(local, "_get", lambda *args: opened.append("get") or read(*args))
    monkeypatch.setattr(
        local, "_put", lambda *args, **more: opened.append("put") or put(*args, **more)
    )
    cls, seen = OPERATIONS[operation].__class__, []
    run = cls.run

    def watched(self, job):
        before = len(opened)
        result = run(self, job)
        seen.extend(opened[before:])
        return result

    monkeypatch.setattr(cls, "run", watched)
    found = counted("zarr-python", layout, operation, noise(FULL), tmp_path)
    assert (found["gets"] + found["ranges"], found["puts"]) == (
        seen.count("get"),
        seen.count("put"),
    )


@pytest.mark.parametrize("layout", ["c16", "c16-s64", "c16-s32-s128"])
def test_tensorstore_asks_a_server_for_the_same(layout, tmp_path):
    """A whole shard is asked for without a range, which its own metrics do not tell."""
    ts = pytest.importorskip("tensorstore")
    data, one = noise(FULL), {"limit": 1}
    case = Case.of("v", "none", layout, 3, "tensorstore")
    assert prepare(case, data, tmp_path)["status"] == READY
    with Served(tmp_path) as server:
        spec = {
            "driver": "zarr3",
            "kvstore": {"driver": "http", "base_url": f"{server.url}/{case.id}/"},
            "context": {"data_copy_concurrency": one, "http_request_concurrency": one},
        }
        handle = ts.open(spec, open=True).result()
        for pattern in ("plane-yz", "full", "part-shard"):
            found = exact.figures(case, f"read-{pattern}", data, tmp_path / case.id, tmp_path)
            server.start()
            for selection in access.ACCESS[pattern].select(data.shape):
                handle[selection].read().result()
            there = server.stop()
            assert (there.requests, there.bytes_read) == (found["requests"], found["bytes_read"])


def test_what_is_done_afterwards_is_not_counted(tmp_path):
    case, backend = Case.of("v", "none", "c16", 2, "zarr-python"), backends.get("zarr-python")
    with backend.counting() as counter:
        handle = backend.create(case, tmp_path / "counted", ODD, np.dtype("f4"))
        backend.write(handle, noise(ODD))
    before = counter.stop()
    assert before.puts > 12
    assert before.bytes_written > noise(ODD).nbytes
    handle = backend.create(case, tmp_path / "after", ODD, np.dtype("f4"))
    backend.write(handle, noise(ODD))
    backend.read(handle, (slice(0, 4),) * 3)
    assert counter.stop() == before


# The server ---------------------------------------------------------------------------------------


def ask(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, b"", error.headers


def test_a_server_counts_by_kind_and_shows_nothing_else(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a b").write_bytes(b"0123456789")
    (tmp_path / "secret").write_bytes(b"no")
    with Served(inside) as server:
        url = f"{server.url}/a%20b"
        assert ask(url)[:2] == (200, b"0123456789")
        status, body, headers = ask(url, "HEAD")
        assert (status, body, headers["Content-Length"]) == (200, b"", "10")
        assert ask(url, Range="bytes=2-4")[:2] == (206, b"234")
        assert ask(url, Range="bytes=-3")[:2] == (206, b"789")
        assert ask(url, Range="bytes=8-")[:2] == (206, b"89")
        assert ask(url, Range="bytes=20-30")[0] == 416
        assert ask(f"{server.url}/absent")[0] == 404
        assert ask(f"{server.url}/../secret")[0] == 404
        assert ask(f"{server.url}/%2e%2e/secret")[0] == 404
        assert server.stop() == Tally(gets=4, heads=1, ranges=4, bytes_read=18)
        assert server.log()[0] == ("gets", "a b", 10)
        server.start()
        assert server.stop() == Tally()
        process = server._process
    assert process.returncode == 0


# Geometry -----------------------------------------------------------------------------------------


def test_near_parts_are_joined_and_far_ones_are_not():
    parts = [(30, 40), (0, 10), (12, 20), (21, 25)]
    assert model.joined(parts, 2, 100) == [(0, 25), (30, 40)]
    assert model.joined(parts, 2, 20) == [(0, 20), (21, 25), (30, 40)]
    assert model.joined(parts, 0, 100) == [(0, 10), (12, 20), (21, 25), (30, 40)]


def test_a_cell_is_covered_up_to_the_shape_or_to_its_own_end():
    box = (slice(0, 20), slice(0, 16), slice(16, 32))
    assert model.covered(box, (0, 0, 1), (16, 16, 16))
    assert not model.covered(box, (1, 0, 1), (16, 16, 16))
    assert model.covered(box, (1, 0, 1), (16, 16, 16), (20, 16, 32))


@pytest.mark.parametrize("layout", ["c16-s64", "c16-s64-start", "c16-s32-s128"])
def test_indexes_tell_where_every_chunk_is(layout, tmp_path):
    data, case = noise(LONG), Case.of("v", "none", layout, 3, "tensorstore")
    assert prepare(case, data, tmp_path)["status"] == READY
    found = objects.look(case, tmp_path / case.id, LONG)
    edge = case.layout_row.chunks[0]
    assert sum(cell[0] * edge < 130 and cell[1] * edge < 20 for cell in found.chunks) == 9 * 2 * 3
    z, y, x = (4, 1, 2)
    begin, end = found.chunks[z, y, x]
    shard = [c * edge // s for c, s in zip((z, y, x), case.layout_row.shards, strict=True)]
    stored = (tmp_path / case.id / "c" / "/".join(map(str, shard))).read_bytes()[begin:end]
    voxels = np.frombuffer(stored, "<f4").reshape(edge, edge, edge)
    part = data[z * edge : z * edge + edge, y * edge : y * edge + edge, x * edge : x * edge + edge]
    assert np.array_equal(voxels[: part.shape[0], : part.shape[1], : part.shape[2]], part)


def test_tallies_say_where_they_differ():
    tally = Tally(gets=2, bytes_read=7)
    assert tally.differs(replace(tally)) == ""
    assert tally.differs(Tally(gets=3, bytes_read=7)) == "gets 2, not 3"
    assert tally.requests == 2
