"""Measuring processes, duels, the statistics, and the page cache."""

import json
import math
import os
import re
import stat
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core.case import Case
from zarr_cryoet.core.measure import duel as duels
from zarr_cryoet.core.measure import pagecache, setups, statistics
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.measure.duel import CPU, WALL, Verdict, duel
from zarr_cryoet.core.measure.worker import Died, Environment, Worker, here, measuring
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.volumes import cache as volumes
from zarr_cryoet.volumes.resolve import resolve

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module", autouse=True)
def phantom(cache):
    volumes.prepare(resolve(setups.VOLUME))


@pytest.fixture
def faulty(tmp_path):
    """A maker of interpreters whose backend goes wrong on one layout."""

    def make(name, body):
        code = f"""
            import os, signal, sys, time
            sys.argv = sys.argv[1:]  # as if -c had been given to the interpreter itself
            sys.path.insert(0, {str(ROOT)!r})
            from zarr_cryoet.core import backends
            real = backends.get("zarr-python")
            def read(self, handle, box, _read=type(real).read):
                if tuple(handle.chunks) == (16, 16, 16):
                    {body}
                return _read(self, handle, box)
            type(real).read = read
            exec(sys.argv.pop(1))
        """
        script = tmp_path / f"{name}.py"
        script.write_text(textwrap.dedent(code))
        python = tmp_path / name
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        return Environment("faulty", str(python))

    return make


def cells(*names):
    return [setups.cell(*name.split(" ")) for name in names]


QUICK = dict(restarts=2, pairs=2)


# Cells ------------------------------------------------------------------------------------------


def test_a_cell_survives_json():
    cold = Cell(Case.of("v", "none", "c16", 3, "tensorstore", "zip"), "read-full", cold=True)
    assert Cell.from_json(json.loads(json.dumps(cold.to_json()))) == cold
    assert cold.id == "v_none_c16_v3_tensorstore_zip_read-full_cold"


def test_the_duel_has_every_operation_in_every_setup():
    found = setups.cells()
    assert len({cell.id for cell in found}) == len(found)
    assert len(found) == len(OPERATIONS) * len(setups.SETUPS)
    assert {cell.operation for cell in found} == set(OPERATIONS)


# A worker ---------------------------------------------------------------------------------------


def test_a_worker_says_who_it_is_and_ends(tmp_path):
    worker = measuring(here(), setups.VOLUME, tmp_path)
    said = worker.start()
    assert said["versions"]["numpy"] == np.__version__
    assert said["cores"] in (1, None)
    assert said["pid"] != os.getpid()
    worker.stop()
    if Path("/proc").is_dir():
        assert not Path(f"/proc/{said['pid']}").exists()


def test_a_sample_has_a_control_and_says_what_was_timed(tmp_path):
    (cell,) = cells("read-full v2-c32")
    with measuring(here(), setups.VOLUME, tmp_path) as worker:
        ready = worker.ask("ready", cell=cell.to_json())
        assert ready["status"] == "ready"
        assert ready["nbytes"] == 64**3 * 4
        found = worker.ask("call", cell=cell.id)
        assert 0 < found["control"] < found["spent"]
        assert found["spent"] >= found["seconds"] * ready["number"]
        assert worker.ask("call", cell=cell.id, control=False)["control"] == 0


def test_what_is_no_question_is_answered_too(tmp_path):
    with measuring(here(), setups.VOLUME, tmp_path) as worker:
        assert "no such question" in worker.ask("serve")["error"]
        assert "error" in worker.ask("call", cell="never made ready")
        assert worker.ask("hello")["pid"]  # and it goes on


def test_a_worker_that_does_not_come_up_says_why(tmp_path):
    with pytest.raises(Died, match="SystemExit|exit code 3|no such interpreter"):
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\necho no such interpreter >&2\nexit 3\n")
        python.chmod(0o755)
        measuring(Environment("x", str(python)), setups.VOLUME, tmp_path).start()


# A duel -----------------------------------------------------------------------------------------


def test_an_environment_against_itself(tmp_path):
    some = cells("read-full v2-c32", "write v3-c16-s32", "open v2-c16-raw", "append v2-c32")
    shares = []
    found = duel(here("a"), here("b"), some, tmp_path / "x", tick=shares.append, **QUICK)
    assert [v.cell for v in found] == some
    assert {(v.status, v.reason) for v in found} == {("ready", None)}
    for verdict in found:
        assert len(verdict.medians) == 2
        assert all(s > 0 for s in verdict.seconds)
        assert verdict.low <= verdict.ratio <= verdict.high
        json.dumps(verdict.to_json())
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert not list((tmp_path / "x").rglob("*.*"))  # it leaves no store


def test_one_slowed_cell_is_found_and_no_other_is_called_slower(tmp_path):
    some = cells("read-full v2-c32", "write v3-c16-s32", "read-full v2-c16-raw", "open v2-c32")
    slow = here("b", double={"slowed": {some[0].id: 5.0}})
    found = duel(here("a"), slow, some, tmp_path, restarts=2, pairs=6)
    assert found[0].changed(gate=2) == "slower"
    assert [v.changed(gate=2) == "slower" for v in found[1:]] == [False] * 3
    back = duel(slow, here("a"), some[:1], tmp_path / "back", restarts=2, pairs=6)
    assert back[0].changed(gate=2) == "faster"


FAULTS = {
    "raises": ("raise RuntimeError('no such luck')", "faulty: RuntimeError: no such luck"),
    "lies": ("return 0 * _read(self, handle, box)", "faulty: .*differ"),
    "hangs": ("time.sleep(600)", "faulty: took longer than 6 s"),
    "dies": ("os.kill(os.getpid(), signal.SIGKILL)", "faulty: killed by SIGKILL"),
    "leaves": ("os._exit(7)", "faulty: its process ended with exit code 7"),
}


@pytest.mark.skipif(os.name == "nt", reason="the double is a shell script")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_its_own_cells_alone(fault, faulty, tmp_path, monkeypatch):
    monkeypatch.setattr(duels, "_SECONDS", 6.0)
    body, reason = FAULTS[fault]
    some = cells("read-full v2-c16-raw", "read-full v2-c32", "write v2-c32")
    found = duel(here("good"), faulty(fault, body), some, tmp_path / "x", restarts=1, pairs=2)
    assert [v.status for v in found] == ["failed", "ready", "ready"]
    assert re.match(reason, found[0].reason), found[0].reason
    assert all(v.medians for v in found[1:])
    assert found[0].changed() is None


def test_what_is_not_installed_is_skipped_with_its_reason(tmp_path, monkeypatch):
    from zarr_cryoet.core import backends

    absent = [
        name for name in backends.ids()
        if "is not installed" in str(backends.find(name, backends.installed()))
    ]  # fmt: skip
    if not absent:
        pytest.skip("every backend is installed here")
    some = [setups.cell("write", "v2-c32", backend=name) for name in (absent[0], "zarr-python")]
    found = duel(here("a"), here("b"), some, tmp_path, restarts=1, pairs=1)
    assert [v.status for v in found] == ["skipped", "ready"]
    assert found[0].reason.startswith("a: ")
    assert "is not installed" in found[0].reason


def test_all_cells_of_a_duel_are_of_one_volume(tmp_path):
    two = [setups.cell("write", "v2-c32", volume=name) for name in ("phantom-64", "phantom-128")]
    with pytest.raises(ValueError, match="one volume"):
        duel(here("a"), here("b"), two, tmp_path)


def test_who_is_first_costs_nothing_in_the_ratio(tmp_path):
    """Whoever is first takes half as long again: known pairs, no process."""
    (cell,) = cells("read-full v2-c32")
    verdict = Verdict(cell)
    bout = object.__new__(duels._Bout)
    bout.verdicts, bout.cells = {cell.id: verdict}, {cell.id: (cell, cell)}
    bout.calls = {clock: {cell.id: ([1.0], [1.2])} for clock in (CPU, WALL)}
    bout.medians = {clock: {cell.id: []} for clock in (CPU, WALL)}
    found = {cell.id: ([1.2 / 1.5] * 4, [1.2 * 1.5] * 4)}
    bout.count({CPU: found, WALL: found})
    assert bout.judged() == [verdict]
    assert verdict.medians == pytest.approx([1.2])


@pytest.mark.parametrize(
    ("cpu", "wall", "clock", "changed"),
    [
        ([1.0, 1.0], [1.2, 1.3], CPU, None),  # others on the core
        ([1.0, 1.0], [1.6, 1.7], WALL, "slower"),  # somebody waits
        ([1.2, 1.2], [1.6, 1.7], CPU, "slower"),
        ([1.0, 1.0], [0.6, 0.5], WALL, "faster"),
    ],
)
def test_wall_time_counts_where_somebody_waits(cpu, wall, clock, changed):
    (cell,) = cells("read-full v2-c32")
    bout = object.__new__(duels._Bout)
    bout.verdicts, bout.cells = {cell.id: Verdict(cell)}, {cell.id: (cell, cell)}
    bout.calls = {clock: {cell.id: ([1.0], [1.2])} for clock in (CPU, WALL)}
    bout.medians = {CPU: {cell.id: cpu}, WALL: {cell.id: wall}}
    (verdict,) = bout.judged()
    assert (verdict.clock, verdict.changed()) == (clock, changed)


CHANGED = [
    ([1.2, 1.3, 1.15, 1.11], "slower"),
    ([1.2, 1.3, 1.15, 1.09], None),
    ([0.8, 0.7, 0.9, 0.85], "faster"),
    ([0.8, 0.7, 0.95, 0.85], None),
    ([0.5, 2.0], None),
    ([], None),
]


@pytest.mark.parametrize(("medians", "wanted"), CHANGED)
def test_changed_is_what_every_restart_says(medians, wanted):
    (cell,) = cells("write v2-c32")
    assert Verdict(cell, medians=medians).changed() == wanted
    assert Verdict(cell, "failed", "a: no", medians).changed() is None


def test_the_ratio_is_the_median_of_logarithms():
    (cell,) = cells("write v2-c32")
    assert Verdict(cell, medians=[0.5, 2.0]).ratio == pytest.approx(1)
    assert Verdict(cell, medians=[1.0, 1.2, 4.0]).ratio == pytest.approx(1.2)


# Statistics -------------------------------------------------------------------------------------


def test_the_interval_of_known_samples():
    found = statistics.estimate(range(1, 102))
    assert (found.value, found.samples) == (51, 101)
    # order statistics of a median, n = 101: ranks 41 and 61 hold it with 95 %
    assert found.low == pytest.approx(41, abs=3)
    assert found.high == pytest.approx(61, abs=3)
    assert found == statistics.estimate(range(1, 102))
    assert found.width == pytest.approx((found.high - found.low) / 51)


def test_equal_samples_have_no_width():
    found = statistics.estimate([2.0] * 7)
    assert (found.value, found.low, found.high, found.width) == (2, 2, 2, 0)
    assert statistics.estimate([3.0]).high == 3
    assert statistics.estimate([0.0, 0.0]).width == 0


def test_a_ratio_of_known_samples():
    rng = np.random.default_rng(3)
    a = rng.lognormal(0, 0.05, 400)
    found = statistics.ratio(a, 1.3 * rng.lognormal(0, 0.05, 400))
    assert found.low < 1.3 < found.high
    assert found.width < 0.05
    assert statistics.ratio([2.0], [3.0]).value == 1.5


def test_intervals_hold_what_they_promise():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(100):
        found = statistics.estimate(rng.lognormal(0, 0.3, 25))
        held += found.low <= 1 <= found.high
    assert held >= 88  # of 95 expected


def test_nothing_is_no_estimate():
    for call in (lambda: statistics.estimate([]), lambda: statistics.ratio([], [1.0])):
        with pytest.raises(ValueError, match="no samples"):
            call()


def test_ties():
    estimate = statistics.Estimate
    assert statistics.tie(estimate(1.2, 0.9, 1.5, 9), floor=0.01)
    assert statistics.tie(estimate(1.02, 1.01, 1.03, 9), floor=0.03)
    assert statistics.tie(estimate(1 / 1.02, 0.97, 0.99, 9), floor=0.03)
    assert not statistics.tie(estimate(1.2, 1.1, 1.3, 9), floor=0.03)
    assert not statistics.tie(estimate(0.8, 0.7, 0.9, 9), floor=0.03)


# The page cache ---------------------------------------------------------------------------------


def test_what_was_read_is_resident_and_what_was_evicted_is_not(tmp_path):
    path, empty = tmp_path / "data", tmp_path / "empty"
    path.write_bytes(bytes(1 << 20))
    empty.touch()
    path.read_bytes()
    try:
        assert pagecache.resident([path, empty]) == 1
        pagecache.evict([path, empty])
        left = pagecache.resident([path, empty])
    except OSError as exc:
        pytest.skip(f"this system does not tell: {exc}")
    if left == 1:
        pytest.skip("this file system keeps all pages (tmpfs does)")
    assert left == 0
    path.read_bytes()
    assert pagecache.resident([path]) == 1
    assert pagecache.resident([]) == 0
    assert math.isclose(path.stat().st_size, 1 << 20)


def test_both_sides_put_as_many_runs_into_a_call(tmp_path, monkeypatch):
    """Of what a call costs once, a call of more runs shows less."""
    numbers, true = {}, Worker.ask

    def ask(self, do, **question):
        found = true(self, do, **question)
        if do == "ready":
            cell = Cell.from_json(question["cell"]).id
            numbers.setdefault(cell, set()).add(found["number"])
        return found

    monkeypatch.setattr(Worker, "ask", ask)
    duel(here("a"), here("b"), cells("open v2-c32", "list v2-c32"), tmp_path, restarts=2, pairs=1)
    assert len(numbers) == 2
    assert all(len(found) == 1 for found in numbers.values())
    assert max(map(max, numbers.values())) > 1
