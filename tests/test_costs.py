"""Requests that reading takes over a network, and the seconds that a model gives them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core import rng
from zarr_cryoet.core.access import ACCESS, Orthogonal, Points, asked, cells
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.prepare import READY, prepare
from zarr_cryoet.core.requests.objects import look
from zarr_cryoet.core.stores.counting import Tally
from zarr_cryoet.core.stores.http import Log, Served
from zarr_cryoet.costs import check, records, stored
from zarr_cryoet.costs import requests as rq
from zarr_cryoet.model import network as sec

ROOT = Path(__file__).resolve().parents[1]
SHAPE = (40, 50, 33)  # a multiple of no chunk
TOMOGRAM = (184, 630, 630)
PORTAL = Case.of("raw", "none", "c256", 2, "zarr-python")


def noise(shape):
    words = rng.bits(3, 0, int(np.prod(shape))) >> np.uint64(40)
    return (words.astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(shape)


def written(case, shape, folder):
    done = prepare(replace(case, backend=stored.WRITER), noise(shape), folder)
    assert done["status"] == READY, done
    return look(case, folder / replace(case, backend=stored.WRITER).id, shape)


def asks(reads):
    """Bytes of each request."""
    return [n for chains in reads for chain in chains for step in chain for task in step
            for n in task]  # fmt: skip


# What is stored -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [SHAPE, (19, 21, 150)])
@pytest.mark.parametrize(
    ("layout", "zarr_format"),
    [("c16", 2), ("c8x64x64", 3), ("c16-s64", 3), ("c16-swhole", 3), ("c16-s64-start", 3),
     ("c16-s32-s128", 3), ("c16-s32-s128-start", 3)],
)  # fmt: skip
def test_what_is_foretold_is_what_is_written(layout, zarr_format, shape, tmp_path):
    case = Case.of("raw", "none", layout, zarr_format, stored.WRITER)
    assert stored.raw(case, shape, "float32") == written(case, shape, tmp_path)


def test_the_portals_layout_pads_a_tomogram():
    """9 chunks of 256³ float32 for 630 x 630 x 184 voxels."""
    found = stored.raw(PORTAL, TOMOGRAM, "float32")
    chunks = [n for key, n in found.sizes.items() if not key.startswith(".z")]
    assert chunks == [256**3 * 4] * 9


def test_sizes_of_what_is_compressed_are_not_foretold():
    with pytest.raises(ValueError, match="blosc-lz4-5-shuffle: how large"):
        stored.raw(
            Case.of("raw", "blosc-lz4-5-shuffle", "c256", 2, "zarr-python"), SHAPE, "float32"
        )


# Requests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", rq.BACKENDS)
@pytest.mark.parametrize("layout", ["c16", "c16-s32", "c16x128x128"])
def test_what_objects_are_asked_for_adds_up(name, layout):
    """The chains of all objects are the requests and bytes of the library's account."""
    case = Case.of("raw", "none", layout, 3, name)
    found = stored.raw(case, SHAPE, "float32")
    for access in (rq.OPEN, *ACCESS):
        if rq.unforetold(case, access):
            continue
        each = rq.foretell(case, SHAPE, access, found)
        sizes = asks(each.reads)
        assert (len(sizes), sum(sizes)) == (each.tally.requests, each.tally.bytes_read), access


@pytest.mark.parametrize(
    ("name", "gets", "heads", "nbytes"),
    [
        ("zarr-python", 9, 0, 9 * 256**3 * 4),
        ("tensorstore", 9, 0, 9 * 256**3 * 4),
        ("zarrs", 0, 9, None),
    ],
)
def test_one_plane_of_the_tomogram(name, gets, heads, nbytes):
    case = replace(PORTAL, backend=name)
    found = rq.foretell(case, TOMOGRAM, "plane-xy", stored.raw(PORTAL, TOMOGRAM, "float32"))
    assert (found.tally.gets, found.tally.heads, found.tally.ranges) == (gets, heads, heads)
    if nbytes:
        assert found.tally.bytes_read == nbytes
    assert found.stored.chunks == 9
    assert found.writes == Tally(puts=found.stored.objects, bytes_written=found.stored.nbytes)


def test_a_shards_index_comes_before_its_chunks():
    case = Case.of("raw", "none", "c16-s64", 3, "zarr-python")
    shape = (128, 128, 128)
    found = rq.foretell(case, shape, "plane-yz", stored.raw(case, shape, "float32"))
    ((chain, *others),) = found.reads
    assert others == [chain] * 3
    index, chunks = chain
    assert index == ((16 * 64 + 4,),)
    assert sum(n for (n,) in chunks) + index[0][0] == found.tally.bytes_read // 4


def test_zarrs_asks_how_large_before_what():
    case = Case.of("raw", "none", "c16-s64", 3, "zarrs")
    shape = (64, 64, 128)
    found = rq.foretell(case, shape, "plane-xy", stored.raw(case, shape, "float32"))
    index, chunks = found.reads[0][0]
    assert index == ((0, 16 * 64 + 4),)
    assert chunks == ((0, 16 * 16 * 4),) * 16


def test_shards_in_shards_have_requests_and_no_seconds():
    case = Case.of("raw", "none", "c16-s32-s128", 3, "tensorstore")
    found = rq.foretell(case, SHAPE, "plane-xy", stored.raw(case, SHAPE, "float32"))
    assert found.reads is None
    assert found.tally.requests > 1


@pytest.mark.parametrize(
    ("case", "access", "reason"),
    [
        (replace(PORTAL, backend="zarr-fused"), "full", "requests to a network are not foretold"),
        (Case.of("raw", "none", "c16-s64", 2, "zarr-python"), "full", "format 2 has no shards"),
        (replace(PORTAL, backend="zarrs"), "points", "zarrs hands fancy indexing to zarr-python"),
        (PORTAL, "plane", "no such access pattern; did you mean plane-xy"),
    ],
)
def test_what_is_not_foretold_has_its_reason(case, access, reason):
    with pytest.raises(UserError, match=reason):
        rq.foretell(case, SHAPE, access, stored.raw(PORTAL, SHAPE, "float32"))


def test_another_series_of_zarr_is_not_foretold(monkeypatch):
    monkeypatch.setattr(rq.backends, "installed", lambda: {"zarr": "2.18.7"})
    reason = "zarr-python 2.18.7: its requests to a network are not foretold"
    assert rq.unforetold(PORTAL, "full") == reason


@pytest.mark.parametrize("access", list(ACCESS))
def test_the_parts_of_a_selection_are_all_of_it(access):
    for selection in ACCESS[access].select(SHAPE):
        met = cells(selection, (16, 16, 16)).tolist()
        parts = [rq.part(selection, cell, (16, 16, 16)) for cell in met]
        assert sum(map(asked, parts)) == asked(selection)
        assert {type(each) for each in parts} <= {type(selection)} <= {tuple, Orthogonal, Points}


# Seconds ------------------------------------------------------------------------------------------


def alike(count, nbytes=0):
    return [[(((nbytes,),),)] * count]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 20), st.floats(0.001, 1), st.floats(0, 0.5),
    st.sampled_from(["objects", "tasks"]),
)  # fmt: skip
def test_requests_of_one_kind_take_what_the_formula_says(count, in_flight, apart, turn, limit):
    flight = sec.Flight(**{limit: in_flight})
    found = sec.elapsed(alike(count), sec.Network(apart), flight, sec.Work(turn))
    assert found == pytest.approx(sec.uniform(count, in_flight, apart, turn), rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(1, 8), st.floats(0.001, 0.1), st.floats(0, 0.01))
def test_no_rate_is_above_the_bounds(count, in_flight, apart, turn):
    found = sec.uniform(count, in_flight, apart, turn)
    assert found >= count * turn
    assert found >= (apart + turn) * count / in_flight * (1 - 1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 30), st.integers(1, 8), st.floats(0.5, 4))
def test_seconds_grow_with_the_latency_alone_where_there_is_nothing_else(count, flight, factor):
    one, more = (
        sec.elapsed(alike(count), sec.Network(each), sec.Flight(tasks=flight))
        for each in (0.02, 0.02 * factor)
    )
    assert more == pytest.approx(one * factor)


@pytest.mark.parametrize(
    ("network", "seconds"),
    [
        (sec.Network(0.02), 0.06),
        (sec.Network(0.02, 1e6), 3 * (0.02 + 0.1)),
        (sec.Network(0.02, math.inf, 1e6), 0.02 + 12 * 0.1),
        (sec.Network(0.0, 1e6), 0.3),
    ],
)
def test_bandwidth_is_of_each_connection_and_the_link_of_all(network, seconds):
    """12 requests of 100 kB, 4 in flight."""
    found = sec.elapsed(alike(12, 10**5), network, sec.Flight(objects=4))
    assert found == pytest.approx(seconds)


def test_stages_wait_for_each_other():
    """An index, then 20 ranges of which 10 are asked for at once; two shards beside each other."""
    shard = (((8,),), ((0,),) * 20)
    flight = sec.LIMITS["zarr-python"].of(10, 1)
    assert sec.elapsed([[shard, shard]], sec.Network(0.1), flight) == pytest.approx(0.3)
    assert sec.elapsed([[shard]] * 2, sec.Network(0.1), flight) == pytest.approx(0.6)
    one = sec.LIMITS["zarr-python"].of(1, 1)
    assert sec.elapsed([[shard, shard]], sec.Network(0.1), one) == pytest.approx(0.6)


def test_a_thread_of_zarrs_waits_for_both_of_its_requests():
    chunks = [(((0, 9),),)] * 8
    for threads, rounds in ((1, 16), (4, 4), (8, 2), (100, 2)):
        flight = sec.LIMITS["zarrs"].of(threads, 1)
        assert sec.elapsed([chunks], sec.Network(0.1), flight) == pytest.approx(0.1 * rounds)


def test_nothing_read_takes_no_time():
    assert sec.elapsed([[]], sec.Network(0.1), sec.Flight(1)) == 0


# The server that waits, and the check -------------------------------------------------------------


def test_a_server_waits_as_it_is_told(tmp_path):
    (tmp_path / "key").write_bytes(bytes(range(256)) * 100)
    with Served(tmp_path) as server:
        log = Log(server.url)  # as from another process
        log.pace(0.0, 1e6)
        log.start()
        import time
        from http.client import HTTPConnection

        took = []
        for slow in ((0.0, 1e6), (0.05, 0.0)):
            log.pace(*slow)
            connection = HTTPConnection(server.url.removeprefix("http://"), timeout=10)
            begun = time.perf_counter()
            connection.request("GET", "/key")
            assert connection.getresponse().read() == bytes(range(256)) * 100
            took.append(time.perf_counter() - begun)
            connection.close()
        assert took[0] >= 0.0256  # never faster than it may be; how much slower is the machine's
        assert took[1] >= 0.05
        assert log.stop() == Tally(gets=2, bytes_read=2 * 25600)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A volume of 64³, in the cache of the tests."""
    from zarr_cryoet.volumes import cache
    from zarr_cryoet.volumes.resolve import resolve

    cache.prepare(resolve("phantom-64"))
    return tmp_path_factory.mktemp("stores")


CELLS = (
    ("none", "c32", 3, "plane-xy", True),
    ("none", "c16-s64", 3, "part-shard", False),
    ("none", "c32", 2, rq.OPEN, False),
)


def test_every_client_is_counted_as_foretold(small, monkeypatch):
    for package in ("zarr", "tensorstore", "zarrs", "zarrista", "obstore", "fsspec"):
        pytest.importorskip(package)
    monkeypatch.setattr(check.affinity, "pin", lambda: None)  # not of the tests' own process
    told = []
    record = check.measure(
        "phantom-64", small, lambda done, what: told.append(done), CELLS, in_flight=(4,),
        latencies=(0.005,), rounds=1,
    )  # fmt: skip
    assert len(record.rows) == 5 * (3 + 1)
    assert [row for row in record.rows if not row.foretold] == []
    assert all(row.measured > row.latency for row in record.rows)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    path = small / "record.json"
    path.write_text(records.text(record))
    read = records.load(path)
    assert [row.requests for row in read.rows] == [row.requests for row in record.rows]
    assert read.about == record.about


def test_a_client_that_dies_is_named_with_its_last_word(small, monkeypatch):
    monkeypatch.setattr(check.affinity, "pin", lambda: None)
    name = "zarr-python, obstore"
    monkeypatch.setitem(check.CLIENTS, "none", check.CLIENTS[name])  # the child knows no such
    with pytest.raises(UserError, match=r"none, .*c32.* plane-xy: KeyError: 'none'"):
        check.measure("phantom-64", small, cells=CELLS[:1], clients=["none"], in_flight=[4])


def test_without_any_client_there_is_a_reason(small, monkeypatch):
    monkeypatch.setattr(check.affinity, "pin", lambda: None)
    monkeypatch.setattr(check, "unforetold", lambda case, access: "it is not installed")
    with pytest.raises(UserError, match="none of the clients is here; install zarr-cryoet"):
        check.measure("phantom-64", small, cells=CELLS[:1])


def test_work_is_fitted_to_what_cells_took():
    true = sec.Work(2e-3, 5e-9)
    tallies = [Tally(gets=n, bytes_read=b) for n, b in ((1, 10**7), (64, 10**7), (16, 10**5))]
    cells = [(t, t.requests * true.request + t.bytes_read * true.byte) for t in tallies]
    found = check.fitted(cells)
    assert (found.request, found.byte) == pytest.approx((true.request, true.byte))
    none = check.fitted([(tallies[0], 1.0), (tallies[1], 0.5)])
    assert min(none.request, none.byte) == 0


@pytest.mark.parametrize("text", ["{}", "[]", "no", '{"latency": 2}', '{"latency": 1, "x": 1}'])
def test_a_damaged_record_is_named(text, tmp_path):
    path = tmp_path / "latency.json"
    with pytest.raises(UserError, match="no record"):
        records.load(path)
    path.write_text(text)
    with pytest.raises(UserError, match=r"latency.json: damaged \("):
        records.load(path)


def test_errors_are_shares_of_what_was_measured():
    plain = dict.fromkeys(("client", "backend", "codec", "layout", "access"), "x")
    rest = dict.fromkeys(("zarr_format", "in_flight", "requests", "nbytes"), 1)
    rows = [
        records.Row(**plain, **rest, latency=0.02, bandwidth=0.0, foretold=True, alone=0.1,
                    measured=1.0, by_cell=by, by_client=2.0)
        for by in (1.1, 0.9, 1.3)
    ]  # fmt: skip
    assert [round(row.error(), 6) for row in rows] == [0.1, 0.1, 0.3]
    assert records.middle(rows) == pytest.approx(0.1)
    assert records.middle(rows, "by_client") == 1.0
    good = records.Record({}, {}, rows)
    assert records.holds(good)
    assert not records.holds(replace(good, rows=[replace(rows[0], foretold=False)]))
    assert not records.holds(replace(good, rows=[rows[2]]))


def test_a_check_leaves_a_page_that_is_of_its_record(small, tmp_path, monkeypatch, capsys):
    from zarr_cryoet.costs import main, page
    from zarr_cryoet.model import prices as money

    kept = records.load(ROOT / records.PATH)
    finer = [replace(row, measured=row.measured * 1.0000123) for row in kept.rows[:50]]
    monkeypatch.setattr(check, "measure", lambda *args: replace(kept, rows=finer))
    monkeypatch.setattr(page, "reference", lambda foretold: kept.reference)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asv.conf.json").write_text('{"repo": "."}')
    assert main.checked("phantom-64", None, False) == 0
    assert "counted as foretold" in " ".join(capsys.readouterr().out.split())
    record = records.load(tmp_path / records.PATH)
    assert len(record.rows) == 50
    assert (tmp_path / main.MARKDOWN).read_text() == page.render(record, money.load())
    wrong = [replace(row, foretold=False) for row in finer]
    monkeypatch.setattr(check, "measure", lambda *args: replace(kept, rows=wrong))
    assert main.checked("phantom-64", tmp_path / "other.json", True) == 1
    assert (tmp_path / main.MARKDOWN).read_text() == page.render(record, money.load())


def test_json_holds_the_record(tmp_path):
    text = records.text(records.Record({"a": 1}, {"b": {"4": [1.0, 2.0]}}, [], [{"c": 0.1}]))
    assert json.loads(text) == {
        "latency": 1, "about": {"a": 1}, "work": {"b": {"4": [1.0, 2.0]}}, "rows": [],
        "reference": [{"c": 0.1}],
    }  # fmt: skip
