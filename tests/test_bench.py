"""Planning a run, going on after an interruption, and what the plan promises."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from zarr_cryoet import lock, project
from zarr_cryoet.bench import plan, run
from zarr_cryoet.bench.main import _run
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.volume import Volume

ROOT = Path(__file__).resolve().parents[1]
SMALL = Volume("phantom-128", (128,) * 3, "float32", None, "synthetic", None, None)
DEFAULT = ("2.18.7", "3.0.10", "3.4.2")


@pytest.fixture(scope="module")
def slices():
    return plan.plan(ROOT, SMALL, "smoke", DEFAULT)


def test_releases_are_run_one_after_the_other_oldest_first(slices):
    order = [release for release, _ in itertools.groupby(part.release for part in slices)]
    assert order == list(DEFAULT)
    assert plan.pins(["v3.4.2", " 2.18.7"]).keys() == {"2.18.7", "3.4.2"}


def test_smoke_has_its_exact_figures_and_at_most_25_timed_cells(slices):
    everything = plan.plan(ROOT, SMALL, "exact", ["3.4.2"])
    exact = {c.name for part in everything for c in part.cells if c.smoke}
    assert all(c.exact for part in everything for c in part.cells)
    assert any(name.startswith("exact.") for name in exact)
    assert any(name.startswith("requests.") for name in exact)
    for release in DEFAULT:
        cells = [c for part in slices if part.release == release for c in part.cells]
        assert {c.name for c in cells if c.exact} == exact
        assert 0 < sum(not c.exact for c in cells) <= 25


def test_only_what_starts_no_threads_is_forked(slices):
    for part in slices:
        exact = all(cell.exact for cell in part.cells)
        assert part.launch == ("forkserver" if exact else "spawn")


def test_a_pattern_matches_its_own_cell_alone(slices):
    import re

    cells = [cell for part in slices[:2] for cell in part.cells]
    for cell in cells[:: len(cells) // 20]:
        assert [c.name for c in cells if re.search(cell.pattern, c.name)] == [cell.name]


def test_unknown_releases_and_groups_come_with_the_nearest():
    with pytest.raises(UserError, match=r"3\.4\.9: no such release of zarr.*3\.4\.2"):
        plan.plan(ROOT, SMALL, "smoke", ["3.4.9"])
    with pytest.raises(UserError, match="no release was named"):
        plan.plan(ROOT, SMALL, "smoke", ["", " "])
    with pytest.raises(UserError, match="smoky: no such group; did you mean smoke"):
        plan.plan(ROOT, SMALL, "smoky", DEFAULT)


@pytest.fixture
def clone(tmp_path):
    (tmp_path / "asv.conf.json").write_text('{\n  // a comment\n  "repo": "x",\n "matrix": {}}')
    (tmp_path / lock.FOLDER).mkdir()
    return project.find(tmp_path)


class Interrupted(run.Asv):
    """asv, replaced by a list; a signal comes at the given call."""

    def __init__(self, clone, volume, rounds, fail_at=None):
        super().__init__(clone, volume, rounds, clone.root)
        self.calls, self.fail_at = [], fail_at

    def missing(self, part, since=0.0):
        return 0

    def _asv(self, arguments, tick):
        if len(self.calls) == self.fail_at:
            raise KeyboardInterrupt
        self.calls.append(arguments)
        tick(0.1)
        return 0


def test_an_interrupted_run_goes_on_where_it_was(clone, slices):
    first = Interrupted(clone, "v", 1, fail_at=3)
    with pytest.raises(KeyboardInterrupt):
        _run(first, slices)
    second = Interrupted(clone, "v", 1)
    left = [part for part in slices if part.digest not in second.unfinished.done]
    assert left == slices[3:]
    _run(second, left)
    runs = [c for c in first.calls + second.calls if c[0] == "run"]
    assert [c[1] for c in runs] == [f"{part.commit}^!" for part in slices]
    assert second.calls[-1] == ["publish"]
    assert set(run.Unfinished(clone.root / lock.FOLDER / "unfinished-v-1.json").done) == {
        part.digest for part in slices
    }


def test_another_volume_or_number_of_rounds_is_another_run(clone, slices):
    asv = Interrupted(clone, "v", 1)
    asv.run(slices[0], lambda _: None)
    assert Interrupted(clone, "w", 1).unfinished.done == set()
    assert Interrupted(clone, "v", 2).unfinished.done == set()


def test_a_damaged_note_of_what_is_done_counts_for_nothing(clone):
    (clone.root / lock.FOLDER / "unfinished-v-1.json").write_text('["abc')
    assert Interrupted(clone, "v", 1).unfinished.done == set()


def test_the_volume_under_test_is_part_of_the_configuration(clone):
    run.Asv(clone, "13pf_MT-d6f4a167", 1, clone.root)
    written = json.loads((clone.root / run.CONFIGURATION).read_text())
    assert written["matrix"] == {"env_nobuild": {"ZARR_CRYOET_VOLUME": ["13pf_MT-d6f4a167"]}}
    assert written["repo"] == "x"


def test_a_failure_of_asv_is_told_in_its_own_words(clone, slices):
    class Failing(run.Asv):
        def _asv(self, arguments, tick):
            self.log.write_text("· Creating\nERROR: No space left on device\nand much more\n")
            return code

    for code in (1, 2):  # 2 is also what asv says of a run in which a cell failed
        with pytest.raises(UserError, match=rf"failed with {code}: ERROR: No space left on dev"):
            Failing(clone, "v", 1, clone.root).run(slices[0], lambda _: None)
    assert Failing(clone, "v", 1, clone.root).unfinished.done == set()


def test_results_of_before_do_not_pass_for_those_of_a_run(clone, slices, monkeypatch):
    cells, now = slices[0].cells, 1000.0

    def record(name, measured):
        fields = {"commit": slices[0].commit, "measured": measured, "name": name}
        return type("Record", (), fields)

    stored = [record(cell.name, now) for cell in cells]
    monkeypatch.setattr(run.results, "mine", lambda folder, volume: stored)
    asv = run.Asv(clone, "v", 1, clone.root)
    assert asv.missing(slices[0]) == 0
    assert asv.missing(slices[0], since=now) == 0
    assert asv.missing(slices[0], since=now + 60) == len(cells)
    monkeypatch.setattr(asv, "_asv", lambda arguments, tick: 2)  # the plug-in had to give up
    with pytest.raises(UserError, match="asv failed with 2"):
        asv.run(slices[0], lambda _: None)
    assert asv.unfinished.done == set()


def test_stores_of_a_run_that_was_killed_are_swept(tmp_path):
    with lock.scratch(tmp_path) as first:
        (first / "stores").mkdir()
        note = (tmp_path / "scratch").read_text()
    assert not first.exists()
    first.mkdir()
    (tmp_path / "scratch").write_text(note)
    with lock.scratch(tmp_path) as second:
        assert not first.exists()
        assert second.is_dir()


def test_one_run_at_a_time_even_after_its_parent_was_killed(tmp_path):
    with lock.alone(tmp_path / "x") as held:
        code = "import time, sys; print(1, flush=True); time.sleep(60)"
        child = subprocess.Popen(
            [sys.executable, "-c", code], pass_fds=held, stdout=subprocess.PIPE
        )
        child.stdout.readline()
    try:
        with (
            pytest.raises(UserError, match="a run is still under way"),
            lock.alone(tmp_path / "x"),
        ):
            pass
    finally:
        child.kill()
        child.wait()
    with lock.alone(tmp_path / "x"):
        pass


def test_outside_a_clone_the_way_out_is_named(tmp_path):
    with pytest.raises(UserError, match=r"no asv\.conf\.json here or above; run this inside"):
        project.find(tmp_path)
    (tmp_path / "asv.conf.json").write_text("{")
    with pytest.raises(UserError, match=r"asv\.conf\.json: not a configuration of asv"):
        project.find(tmp_path)


def test_room_is_asked_for_the_stores_that_stand_at_one_time(tmp_path, monkeypatch):
    from zarr_cryoet.bench import main

    (part,) = [p for p in plan.plan(ROOT, SMALL, "all", ["3.4.2"]) if p.title.endswith("memory")]
    assert main._stores(part) == (10 + 1) * 512**3 * 4  # ten cases, and one being written
    (exact,) = [p for p in plan.plan(ROOT, SMALL, "all", ["3.4.2"]) if p.title.endswith("exact")]
    assert main._stores(exact) == 0
    main._room(tmp_path, [exact])
    monkeypatch.setattr(main.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**30}))
    with pytest.raises(UserError, match=r"1\.0 GiB free, stores may take 5\.5 GiB; TMPDIR"):
        main._room(tmp_path, [exact, part])
