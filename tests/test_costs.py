"""Requests that reading takes over a network, and the seconds that a model gives them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core import rng
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.prepare import READY, prepare
from zarr_cryoet.core.requests.objects import look
from zarr_cryoet.core.storage import Storage
from zarr_cryoet.core.stores.counting import Tally
from zarr_cryoet.core.stores.http import Log, Served
from zarr_cryoet.costs import check, records, stored
from zarr_cryoet.costs import requests as rq

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
    ((chain,),) = found.reads
    assert (chain["count"], chain["first"]) == (4, [16 * 64 + 4])
    assert 4 * chain["bytes"] == found.tally.bytes_read
    assert chain["tasks"] * chain["each"][0] + chain["first"][0] == chain["bytes"]


def test_zarrs_asks_how_large_before_what():
    case = Case.of("raw", "none", "c16-s64", 3, "zarrs")
    shape = (64, 64, 128)
    found = rq.foretell(case, shape, "plane-xy", stored.raw(case, shape, "float32"))
    (chain,) = found.reads[0]
    assert (chain["first"], chain["tasks"]) == ([0, 16 * 64 + 4], 16)
    assert chain["each"] == [0, 16 * 16 * 4]


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


TRIALS = (
    check.Trial(Storage("none", "c32", 3), "plane-xy", "", (4,), ("5 ms", check.SLOW)),
    check.Trial(Storage("none", "c16-s64", 3), "part-shard", "", (4,), ("5 ms",)),
    check.Trial(Storage("none", "c32", 2), rq.OPEN, "", (4,), ("5 ms",)),
)


def test_every_client_is_counted_as_foretold(small, monkeypatch):
    for package in ("zarr", "tensorstore", "zarrs", "zarrista", "obstore", "fsspec"):
        pytest.importorskip(package)
    monkeypatch.setattr(check.affinity, "pin", lambda: None)  # not of the tests' own process
    told = []
    record = check.measure(
        "phantom-64", small, lambda done, what: told.append(done), TRIALS, rounds=1
    )
    assert len(record.rows) == 5 * (2 + 1 + 1)
    assert {row.volume for row in record.rows} == {"phantom-64"}
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
        check.measure("phantom-64", small, trials=TRIALS[:1], clients=["none"])


def test_without_any_client_there_is_a_reason(small, monkeypatch):
    monkeypatch.setattr(check.affinity, "pin", lambda: None)
    monkeypatch.setattr(check, "unforetold", lambda case, access: "it is not installed")
    with pytest.raises(UserError, match="none of the clients is here; install zarr-cryoet"):
        check.measure("phantom-64", small, trials=TRIALS[:1])


def test_work_is_fitted_to_what_cells_took():
    request, byte = 2e-3, 5e-9
    tallies = [Tally(gets=n, bytes_read=b) for n, b in ((1, 10**7), (64, 10**7), (16, 10**5))]
    cells = [(t, t.requests * request + t.bytes_read * byte) for t in tallies]
    found = check.fitted(cells)
    assert found == pytest.approx((request, byte))
    none = check.fitted([(tallies[0], 1.0), (tallies[1], 0.5)])
    assert min(none) == 0


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
