"""Sweeps: names to cells, samples to a file as they come, and back."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet import results
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure import statistics
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.measure.sampler import Sampler, Series, noise_floor
from zarr_cryoet.core.measure.worker import here
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.environments.make import Contents
from zarr_cryoet.results import sweeps
from zarr_cryoet.sweep import plan, report
from zarr_cryoet.sweep.main import _batches, _Run
from zarr_cryoet.volumes import cache
from zarr_cryoet.volumes.rows import VOLUMES

LZ4 = "blosc-lz4-5-shuffle"


def cell(operation="read-full", backend="zarr-python", codec=LZ4, **more):
    return Cell(Case.of("phantom-64", codec, "c32", 2, backend), operation, **more)


@pytest.fixture(scope="module", autouse=True)
def phantom():
    cache.use_cache()
    cache.prepare(VOLUMES["phantom-64"])


def test_names_become_cells_once_each():
    asked = plan.Asked(codecs="none,zstd-3,none", layouts="c32", operations="write,read-full")
    sides, cells = plan.cells(asked, "v")
    assert len(cells) == len(set(cells)) == 2 * 2 * 2 * len(sides)
    assert {c.case.zarr_format for _, c in cells} == {2, 3}
    assert {side for side, _ in cells} == set(sides)
    assert all(side.endswith(f":{c.case.backend}") for side, c in cells)


def test_cold_is_of_reading_files_alone():
    asked = plan.Asked("none", "c32", "write,read-full,open", stores="local,memory", cold=True)
    cold = [c for _, c in plan.cells(asked, "v")[1] if c.cold]
    assert cold
    assert {(c.operation, c.case.store) for c in cold} == {
        ("read-full", "local"),
        ("open", "local"),
    }


def test_limits_are_of_the_same_chunks_and_operations():
    wanted = [("s", cell()), ("s", cell("write")), ("s", cell("open")), ("s", cell(codec="none"))]
    sides, found = plan.limits(wanted)
    assert {c.operation for _, c in found} == {"read-full", "write"}
    alone = [c.case for _, c in found if c.case.backend == "codec-alone"]
    assert {(c.codec, c.layout) for c in alone} == {(LZ4, "c32")}
    assert {side for side, _ in found} == set(sides)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (dict(codecs="zstd-99"), "zstd-99: no such codec"),
        (dict(layouts=","), "an empty list of names"),
        (dict(formats="4"), "4: no format of Zarr"),
        (dict(backends="zarr-pithon"), "zarr-pithon: no such backend"),
        (dict(backends="zarr-python@9.9"), "9.9: no such release"),
        (dict(operations="reed"), "reed: no such operation"),
        (dict(stores="s4"), "s4: no such store"),
    ],
)
def test_a_wrong_name_is_named(names, says):
    with pytest.raises(UserError, match=says):
        plan.cells(plan.Asked(**names), "v")


def sampled(tmp_path, cells, rounds=3, **sides):
    """A sampler that ran, and the file that it kept."""
    sides = sides or {"installed:zarr-python": here("installed:zarr-python")}
    wanted = [(side, c) for side in sides for c in cells]
    head = {"machine": "box", "python": "3.12", "volume": {"id": "phantom-64"}, "started": 1.0}
    writer = sweeps.Writer(tmp_path / "box" / f"a{sweeps.SUFFIX}", head)
    sampler = Sampler(sides, wanted, tmp_path / "stores", writer.keep)
    try:
        sampler.prepare()
        for _ in range(rounds):
            sampler.round()
    finally:
        sampler.stop()
    writer.close({"noise_floor": noise_floor(sampler.series)})
    return sampler, writer.path


def test_every_sample_is_in_the_file_and_comes_back(tmp_path):
    cells = [cell(), cell("write"), cell("open"), cell(backend="iohub"), cell(codec="crc32c")]
    sampler, path = sampled(tmp_path, cells)
    head, series, closed = sweeps.read(path)
    assert head["sweep"] == sweeps.VERSION
    assert closed == {"noise_floor": noise_floor(sampler.series)}
    assert [(s.name, s.status, s.reason) for s in series if not s.twin] == [
        (s.name, s.status, s.reason) for s in sampler.series if not s.twin
    ]
    for one, other in zip(
        sorted(sampler.series, key=lambda s: s.name), sorted(series, key=lambda s: s.name),
        strict=True,
    ):  # fmt: skip
        assert (one.seconds, one.cpu, one.control) == (other.seconds, other.cpu, other.control)
    ran = [s for s in series if s.seconds]
    assert {len(s.seconds) for s in ran} == {3}
    assert all(min(s.seconds) > 0 and s.cores < 1.5 for s in ran)
    assert 0 < sampler.measured_share <= 1


def test_a_backend_with_an_environment_of_its_own_runs_in_it(monkeypatch):
    made = []
    monkeypatch.setattr(Contents, "python", lambda self: made.append(self.name) or self.name[0])
    asked = plan.Asked(backends="iohub@0.3.11,zarr-python@2.18.7,zarr-python", formats="2")
    sides, _ = plan.cells(asked, "phantom-64")
    assert {name: side.python for name, side in sides.items()} == {
        "iohub-0.3.11:iohub": "i",
        "zarr-2.18.7:zarr-python": "z",
        "installed:zarr-python": sys.executable,
    }
    assert made == ["iohub-0.3.11", "zarr-2.18.7"]


def test_skipped_cells_have_their_rule_as_the_reason(tmp_path):
    sampler, _ = sampled(tmp_path, [cell(), cell(codec="crc32c")])
    (left,) = [s for s in sampler.series if not s.seconds]
    assert (left.status, left.reason) == ("skipped", unsupported(left.cell.case))


def test_sweeps_and_asvs_results_are_one_table(tmp_path):
    _, path = sampled(tmp_path, [cell(), cell(codec="crc32c")])
    records = list(results.table(tmp_path))
    assert [(r.benchmark, r.status) for r in records] == [
        ("sweep.read-full", "ok"), ("sweep.read-full", "skipped"),
        ("sweep.track_bits_per_voxel", "ok"), ("sweep.track_objects", "ok"),
    ]  # fmt: skip
    facts = sweeps.read(path)[1][0].facts
    assert [r.value for r in records[2:]] == [facts["bits_per_voxel"], facts["objects"]]
    found, series = records[0], sweeps.read(path)[1][0]
    assert found.value == np.median(series.seconds)
    assert found.interval[0] <= found.value <= found.interval[1]
    assert (found.volume, found.machine, found.commit) == ("phantom-64", "box", "installed")
    assert found.params["backend"] == "zarr-python"


def test_what_was_cut_off_loses_one_line_at_most(tmp_path):
    _, path = sampled(tmp_path, [cell()])
    text = path.read_text()
    whole = sum(len(s.seconds) for s in sweeps.read(path)[1])
    last = text.rindex('{"event":"sample"')
    for cut in (last + 5, last + 40, last):
        path.write_text(text[:cut])
        _, series, closed = sweeps.read(path)
        assert closed == {}
        assert sum(len(s.seconds) for s in series) == whole - 1


@pytest.mark.parametrize("damage", ["[]\n", "", '{"sweep": 99}\n', '{"sweep": 1}\n{"x"\n{}\n'])
def test_a_damaged_file_is_named_and_left_alone(tmp_path, damage):
    path = tmp_path / "box" / f"b{sweeps.SUFFIX}"
    path.parent.mkdir()
    path.write_text(damage)
    with pytest.raises(UserError, match=f"{path.name}: damaged"):
        list(results.table(tmp_path))
    assert path.read_text() == damage


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_keeps_what_was_written(tmp_path):
    path = tmp_path / f"c{sweeps.SUFFIX}"
    writer = sweeps.Writer(path, {"machine": "box"})
    before = path.read_text()
    writer._file = Path("/dev/full").open("w")  # noqa: SIM115
    with pytest.raises(UserError, match="cannot be written further .*what it holds is kept"):
        writer.line({"event": "closed"})
    assert path.read_text() == before


def test_results_are_never_written_over(tmp_path):
    path = tmp_path / f"d{sweeps.SUFFIX}"
    sweeps.Writer(path, {}).close()
    with pytest.raises(UserError, match="cannot be written"):
        sweeps.Writer(path, {})


def test_cold_reads_are_cold_or_say_why_not(tmp_path):
    sampler, _ = sampled(tmp_path, [cell(cold=True)], rounds=1)
    one = sampler.series[0]
    if one.status == "failed":
        assert "page cache" in one.reason
        pytest.skip(one.reason)
    assert one.facts["number"] == 1
    assert one.seconds


def test_a_process_that_dies_fails_its_cell_and_the_rest_goes_on(tmp_path):
    sides = {"installed:zarr-python": here("installed:zarr-python")}
    wanted = [("installed:zarr-python", c) for c in (cell(), cell("read-plane-xy"))]
    sampler = Sampler(sides, wanted, tmp_path)
    try:
        sampler.prepare()
        victim, other = sampler.series[:2]
        worker = sampler.workers["installed:zarr-python"]
        true = worker.ask

        def ask(do, **question):
            if do == "call" and question["cell"] == victim.cell.id:
                os.kill(worker.pid, signal.SIGKILL)
            return true(do, **question)

        worker.ask = ask
        sampler.round()
        sampler.round()
    finally:
        sampler.stop()
    assert (victim.status, victim.reason) == ("failed", "killed by SIGKILL")
    assert len(other.seconds) == 2


def series(name, seconds, twin=False):
    made = Series("installed:zarr-python", cell(codec=name), twin, facts={"bits_per_voxel": 1.0})
    made.seconds, made.cpu = list(seconds), list(seconds)
    made.control = [0.5 * s for s in seconds]
    return made


def test_the_noise_floor_is_what_twins_differ_by_at_most():
    one, two = series("none", [1.0, 1.0]), series("none", [1.1, 1.1], twin=True)
    assert noise_floor([one, two, series("zstd-3", [9, 9])]) == pytest.approx(0.1)
    assert noise_floor([one]) is None


def test_ties_are_called_ties():
    fast, near, far = (
        series("none", [1.0] * 9),
        series("zstd-1", [1.04] * 9),
        series("lz4", [2] * 9),
    )
    assert report.ties(fast, near, {"noise_floor": 0.05})
    assert not report.ties(fast, near, {"noise_floor": 0.01})
    assert not report.ties(fast, far, {"noise_floor": 0.05})


def test_a_share_is_of_the_control_beside_each_sample():
    assert report.share_of_control(series("none", [1.0, 4.0, 2.0])) == 0.5


def test_an_interval_holds_its_median_and_narrows_with_samples():
    rng = np.random.default_rng(1)
    few, many = (statistics.estimate(rng.normal(10, 1, n)) for n in (6, 600))
    assert few.low <= few.value <= few.high
    assert many.width < few.width / 3
    assert statistics.estimate([1.0, 2.0, 3.0]) == statistics.estimate([1.0, 2.0, 3.0])


def test_batches_keep_a_case_together_and_within_what_fits():
    wanted = [("s", cell(op, codec=c)) for c in ("none", LZ4, "zstd-3") for op in ("write", "open")]
    assert [len(b) for b in _batches(wanted, 3 << 30)] == [2, 2, 2]
    assert [len(b) for b in _batches(wanted, 1 << 20)] == [6]


def test_a_budget_goes_where_intervals_are_widest(tmp_path):
    calls = []

    class Fake:
        def __init__(self):
            self.all = [series("none", [1.0] * 9), series("lz4", [1.0, 3.0, 1.0, 3.0, 2.0])]

        def ready(self):
            return self.all

        def round(self, chosen=None):
            calls.append([s.cell.case.codec for s in chosen] if chosen else None)

        widest = Sampler.widest

    run = _Run(None, 5, None)
    import time

    run.deadline = time.monotonic() + 0.05
    run._rounds(Fake(), lambda share: None, 1)
    assert calls[:5] == [None] * 5
    assert {tuple(c) for c in calls[5:]} == {("lz4",)}


def test_the_file_is_one_object_a_line(tmp_path):
    _, path = sampled(tmp_path, [cell()], rounds=2)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("event") for line in lines[1:3]] == ["series", "prepared"]
    assert lines[-1]["event"] == "closed"
