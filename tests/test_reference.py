"""The results that come with the project: a fresh clone has a full site at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import clones
import pytest

from zarr_cryoet import results
from zarr_cryoet.environments import lock
from zarr_cryoet.site import reference

ROOT = Path(__file__).resolve().parents[1]
HELD = ROOT / "results" / reference.NAME
VOLUMES = {"phantom-128", "phantom-128-u8", "labels-128", "phantom-256"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What `asv publish` makes in a clone in which nothing was measured."""
    clone = clones.tracked(tmp_path_factory.mktemp("clone"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZARR_CRYOET", "XDG"))}
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-m", "asv", "publish"],
        cwd=clone,
        env={**kept, "HOME": str(home), "PYTHONPATH": str(clone), "ZARR_CRYOET_NPM": "no"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return clone / "html"


def test_a_fresh_clone_has_the_exact_figures_of_all_releases(site):
    data = json.loads((site / "data.json").read_text())
    releases = [release.version for release in lock.read(lock.path_of("zarr")).releases]
    assert [r["name"] for r in data["releases"] if r["date"]] == releases
    names, cells = data["names"], data["cells"]
    exact = {n for n, about in data["benchmarks"].items() if about["exact"]}
    found = {}
    for number, values in enumerate(data["values"]):
        if names["benchmark"][cells["benchmark"][number]] in exact:
            volume = names["volume"][cells["volume"][number]]
            measured = (place for place, value in enumerate(values) if value is not None)
            found.setdefault(volume, set()).update(measured)
    everywhere = set(range(len(releases)))
    assert {volume for volume, places in found.items() if everywhere <= places} >= VOLUMES
    assert names["machine"] == [reference.NAME]


def test_a_fresh_clone_has_times_of_what_make_bench_compares(site):
    data = json.loads((site / "data.json").read_text())
    names, cells = data["names"], data["cells"]
    timed = {volume: set() for volume in VOLUMES}
    for number, values in enumerate(data["values"]):
        benchmark = names["benchmark"][cells["benchmark"][number]]
        if data["benchmarks"][benchmark]["unit"] == "seconds" and "sweep." not in benchmark:
            volume = names["volume"][cells["volume"][number]]
            timed[volume] |= {
                data["releases"][place]["name"] for place, v in enumerate(values) if v is not None
            }
    assert all({"2.18.7", "3.0.10", "3.4.2"} <= releases for releases in timed.values()), timed


def test_nothing_that_is_tracked_says_where_it_was_made():
    for path in HELD.iterdir():
        text = path.read_text("utf-8")
        assert "/home/" not in text and "/root/" not in text and "/tmp/" not in text, path.name


def test_the_suite_of_the_reference_serves_only_where_there_is_none(tmp_path):
    held = tmp_path / reference.NAME
    held.mkdir()
    reference.ensure(tmp_path)
    assert not (tmp_path / "benchmarks.json").exists()
    (held / "benchmarks.json").write_text("{}")
    reference.ensure(tmp_path)
    assert (tmp_path / "benchmarks.json").read_text() == "{}"
    (tmp_path / "benchmarks.json").write_text('{"own": 1}')
    reference.ensure(tmp_path)
    assert (tmp_path / "benchmarks.json").read_text() == '{"own": 1}'


def test_compare_takes_the_own_machine_before_the_reference(tmp_path, monkeypatch):
    from asv.commands import compare

    paths = [str(tmp_path / name / "machine.json") for name in (reference.NAME, "mine")]
    monkeypatch.setattr(compare, "iter_machine_files", lambda folder: iter(paths[: int(folder)]))
    reference.stand_back()
    assert compare.iter_machine_files(2) == paths[1:]
    assert compare.iter_machine_files(1) == paths[:1]


def test_the_reference_is_sound():
    results.check(HELD)
    assert json.loads((HELD / "machine.json").read_text())["machine"] == reference.NAME
