"""Plain asv, from a clone, with an empty HOME and no terminal."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import clones
import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.environment


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What git tracks or would track, in an empty folder; but for results."""
    return clones.tracked(tmp_path_factory.mktemp("clone"), leave=("results/",))


@pytest.fixture(scope="module")
def asv(clone, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")

    def run(*words, code=0):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("ZARR_CRYOET", "XDG"))}
        done = subprocess.run(
            [sys.executable, "-m", "asv", *words],
            cwd=clone,
            env={**env, "HOME": str(home), "PYTHONPATH": str(clone)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=500,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="module")
def ran(asv):
    """One exact and one timed benchmark on two releases, of which one knows no format 3."""
    pattern = r"track_objects\('blosc-lz4-5-shuffle'|memcpy"
    wanted = ["--bench", pattern, "-a", "rounds=1", "-a", "repeat=1"]
    return [asv("run", f"v{release}^!", *wanted) for release in ("2.18.7", "3.4.2")]


def test_a_run_makes_what_is_missing(ran, clone):
    assert (clone / ".history" / "zarr.git").is_dir()
    assert "<v3.4.2>" in ran[1]
    assert "failed" not in ran[1]


def test_the_reason_for_a_skip_is_kept_beside_the_results(ran, clone):
    from zarr_cryoet import results

    records = list(results.load(clone / "results"))
    assert {r.volume for r in records} == {"phantom-128"}
    assert {r.status for r in records} == {"ok", "skipped"}
    (why,) = {r.reason for r in records if r.status == "skipped"}
    assert why == "zarr-python 2.18.7 has no format 3"
    objects = {
        (r.params["zarr_format"], r.params["backend"]): r.value
        for r in records
        if r.params and r.status == "ok" and r.commit.startswith("e0b29837")
    }
    # 128³ in chunks of 64³ is 8 chunks; zarr-python 3 adds .zattrs to .zarray
    assert objects == {
        (2, "zarr-python"): 10, (2, "tensorstore"): 9,
        (3, "zarr-python"): 9, (3, "tensorstore"): 9,
    }  # fmt: skip


def test_the_environment_holds_one_lock_and_nothing_of_another(ran, clone):
    from zarr_cryoet.environments import lock

    (env,) = [p for p in (clone / "env").iterdir() if p.is_dir()]
    python = next(p for p in (env / "bin" / "python", env / "Scripts" / "python.exe") if p.exists())
    base = json.loads((env / "asv-base.json").read_text())
    listed = [str(python), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    found = {
        lock.normalised(p["name"]): p["version"]
        for p in json.loads(subprocess.check_output(listed, text=True))
    }
    assert found == base | lock.read(lock.path_of("zarr")).releases[-1].pins


def test_the_site_has_tags_the_volume_and_the_page_of_cells(ran, asv, clone):
    asv("publish")
    index = json.loads((clone / "html" / "index.json").read_text())
    assert {"v2.18.4", "v2.18.7", "v3.4.2"} <= set(index["tags"])
    assert index["params"]["env-ZARR_CRYOET_VOLUME"] == ["phantom-128"]
    page = (clone / "html" / "cells.html").read_text()
    assert "zarr-python 2.18.7 has no format 3" in page
    assert 'href="cells.html"' in (clone / "html" / "index.html").read_text()
    script = (clone / "html" / "graphdisplay.js").read_text()
    assert "if (param == 'branch' || param == 'env-ZARR_CRYOET_VOLUME') {" in script
    grid = (clone / "html" / "summarygrid.js").read_text()
    assert 'var groups = {"exact": [], "requests": []' in grid
    data = json.loads((clone / "html" / "data.json").read_text())
    measured = {
        data["releases"][place]["name"]
        for values in data["values"]
        for place, value in enumerate(values)
        if value is not None
    }
    assert measured == {"2.18.7", "3.4.2"}


def test_an_environment_that_is_not_the_locks_fails_every_cell(ran, asv, clone):
    from zarr_cryoet import results

    (env,) = [p for p in (clone / "env").iterdir() if p.is_dir()]
    held = env / "zarr-cryoet.json"
    whole = held.read_text()
    held.write_text(json.dumps({**json.loads(whole), "numpy": "0.1"}))
    pattern = r"track_objects\('none', 2"
    asv("run", "v3.4.2^!", "--bench", pattern, code=2)
    held.write_text(whole)
    bad = [r for r in results.load(clone / "results") if r.params.get("codec") == "none"]
    assert {r.status for r in bad} == {"failed"}
    assert all("the lock says 0.1; delete env/" in r.reason for r in bad)
    asv("run", "v3.4.2^!", "--bench", pattern)
    good = [r for r in results.load(clone / "results") if r.params.get("codec") == "none"]
    assert {r.status for r in good} == {"ok"}


def test_a_swap_that_was_cut_off_is_mended_by_the_next(ran, asv, clone):
    (env,) = [p for p in (clone / "env").iterdir() if p.is_dir()]
    (packages,) = env.glob("lib/python*/site-packages")
    (numpy,) = packages.glob("numpy-*.dist-info")
    numpy.rename(packages / f"~{numpy.name[1:]}")  # as pip leaves it, cut off in mid-uninstall
    shutil.rmtree(packages / "numpy" / "fft")
    (env / "zarr-cryoet.swapping").touch()
    assert "failed" not in asv("run", "v2.18.7^!", "--bench", "memcpy", "-a", "rounds=1")
    assert (packages / "numpy" / "fft").is_dir()
    assert not list(packages.glob("~*"))


def test_compare_takes_the_names_of_releases(ran, asv):
    said = asv("compare", "v2.18.7", "v3.4.2")
    assert "<v2.18.7>" in said
    assert "track_objects('blosc-lz4-5-shuffle', 2, 'zarr-python')" in said


def test_an_unknown_release_is_an_error(ran, asv):
    said = asv("run", "v3.4.1..v3.4.9", code=2)
    assert said == "zarr-cryoet: 3.4.9: no such release; did you mean 3.4.2, 3.4.1, 3.4.0?\n"
