"""The suite in a bucket: what it would do there, and where its results are."""

from __future__ import annotations

from pathlib import Path

import pytest

from zarr_cryoet import project
from zarr_cryoet.bench import plan, suite
from zarr_cryoet.buckets import forecast, run
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.stores import STORES, remote
from zarr_cryoet.core.volume import DEFAULT_VOLUME, Volume

ROOT = Path(__file__).resolve().parents[1]
NEWEST = "3.4.2"


@pytest.fixture
def in_bucket(monkeypatch):
    monkeypatch.delenv(remote.VARIABLE, raising=False)
    with run.named("s3://mine/tests"):
        yield
    assert remote.here() is None


def cells(history):
    pins = plan.pins([NEWEST], history)[NEWEST]
    return list(suite.cells(ROOT, DEFAULT_VOLUME, 128**3 * 4, pins))


def of_zarr(found, benchmark="codecs.ReadCodec.time_read"):
    return [c for c in found if c.benchmark == benchmark and "zarr-python" in c.params]


def test_all_that_is_stored_stands_in_the_bucket(in_bucket):
    found = of_zarr(cells("zarr-cloud"))
    assert found
    for cell in found:
        assert [(d.case.store, d.operation) for d in cell.does] == [("s3", "read-full")]


def test_without_a_bucket_all_stands_in_files(monkeypatch):
    monkeypatch.delenv(remote.VARIABLE, raising=False)
    found = of_zarr(cells("zarr"))
    assert found
    assert all(d.case.store == "local" for c in found for d in c.does)


def test_releases_without_the_clouds_clients_cannot(in_bucket):
    found = of_zarr(cells("zarr"))
    assert {cell.skip for cell in found} == {"s3fs is not installed"}
    assert not any(cell.does for cell in found)


def test_what_the_suite_does_in_a_bucket_is_foretold_by_runs(in_bucket):
    volume = Volume("v", (64, 64, 64), "float32", None, "synthetic", None, None)
    case = Case.of("v", "none", "c32", 2, "zarr-python", "s3")
    read = Cell(case, "read-full")
    exact, once, twice = (
        forecast.of_suite([(read, timed)], volume, rounds)
        for timed, rounds in ((False, 2), (True, 1), (True, 2))
    )
    one = forecast.of_cells([read], volume, 0)[1]  # 8 chunks, asked for and fetched
    assert (one.gets, one.bytes_read) == (8, 64**3 * 4)
    assert once.bytes_read - exact.bytes_read == 5 * one.bytes_read
    assert twice.bytes_read - once.bytes_read == 6 * one.bytes_read
    assert once.puts == twice.puts == exact.puts  # written once, by what prepares it
    both = forecast.of_suite([(read, False), (read, False)], volume, 1)
    assert both.puts == exact.puts


def test_a_tiled_volume_is_foretold_before_it_is_there(in_bucket, monkeypatch, tmp_path):
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path))
    volume = Volume("v", (64, 64, 64), "float32", None, "synthetic", None, None)
    case = Case.of("v-t512", "none", "c256", 2, "zarr-python", "s3")
    found = forecast.of_suite([(Cell(case, "read-full"), False)], volume, 1)
    assert found.bytes_written == 512**3 * 4


def test_the_forecast_names_a_price_or_says_that_there_is_none(in_bucket, monkeypatch, capsys):
    volume = Volume("v", (64, 64, 64), "float32", None, "synthetic", None, None)
    cell = Cell(Case.of("v", "none", "c32", 2, "zarr-python", "s3"), "read-full")
    total = forecast.of_suite([(cell, True)], volume, 1)
    forecast.say("s3://mine/tests", total)
    assert "$" in capsys.readouterr().err
    monkeypatch.setattr(forecast.money, "of_requests", lambda *_: None)
    forecast.say("s3://mine/tests", total)
    assert "no price of Amazon S3 is known" in capsys.readouterr().err


def test_results_of_a_bucket_are_apart_from_those_of_files():
    found = project.find(ROOT)
    apart = found.apart("zarr-s3", "zarr-cloud", "in Amazon S3")
    assert apart.results == ROOT / "runs" / "zarr-s3" / "results"
    assert apart.html == ROOT / "runs" / "zarr-s3" / "html"
    assert apart.configuration["project"] == found.configuration["project"] + ", in Amazon S3"
    assert apart.configuration["repo"] == ".history/zarr-cloud.git"
    assert apart.configuration["benchmark_dir"] == found.configuration["benchmark_dir"]
    assert found.results == ROOT / "results"


def test_every_store_of_a_bucket_is_known_to_be_one():
    assert {name for name, row in STORES.items() if row.remote} == set(STORES.select("bucket"))
