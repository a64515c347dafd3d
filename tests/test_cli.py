"""What people and machines get from the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


def cryoet(*words, cwd=ROOT, **variables):
    command = [sys.executable, "-m", "zarr_cryoet", *map(str, words)]
    env = {**os.environ, **variables}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def answer(*words, **kwargs):
    done = cryoet(*words, "--json", **kwargs)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_volumes_list():
    found = {v["id"]: v for v in answer("volumes", "list")}
    assert {"phantom-128", "phantom-128-u8", "labels-128", "phantom-256", "phantom-512"} <= set(
        found
    )
    assert found["labels-128"]["dtype"] == "uint8"


KEYS = {"id", "shape", "dtype", "voxel_spacing", "provenance", "licence", "sha256"}


def test_volumes_show_and_prepare_agree(shared):
    shown = answer("volumes", "show", shared / "13pf_MT.tif")
    made = answer("volumes", "prepare", shared / "13pf_MT.tif")
    assert set(shown) >= KEYS
    assert shown["voxel_spacing"] == [10.52, 10.52, 10.52]
    assert shown["shape"] == [36, 206, 94]
    assert shown["id"] == "13pf_MT-d6f4a167"
    path = Path(made.pop("path"))
    assert made == shown
    assert np.load(path).shape == (36, 206, 94)


def test_cases_for_a_release():
    found = answer("cases", "--group", "smoke", "--release", "2.18.7")
    assert {c["release"] for c in found} == {"2.18.7"}
    skipped = {c["skipped"] for c in found if c["skipped"]}
    assert "zarr-python 2.18.7 has no format 3" in skipped
    assert all(c["seconds"] > 0 for c in found)
    assert sum("time_" in c["name"] for c in found) <= 25


def test_history_list():
    found = answer("history", "list", "zarr")
    assert len(found) >= 20
    assert found[0]["version"] == "2.18.4"
    assert all(any(r.startswith("numpy==") for r in release["requirements"]) for release in found)


@pytest.mark.parametrize("words", [("volumes", "list"), ("cases",), ("history", "list"), ("-h",)])
def test_tables_fit_80_columns(words):
    done = cryoet(*words, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_help_documents_exit_codes():
    assert "Exit codes" in cryoet("--help").stdout


BAD = [
    (("volumes", "show", "phantom-129"), "phantom-129: no such volume or file; did you mean"),
    (("volumes", "prepare", "absent.mrc"), "absent.mrc: no such file"),
    (("cases", "--release", "9.9.9"), "9.9.9: no such release of zarr in the history"),
    (("cases", "--group", "everything"), "everything: no such group"),
    (("bench", "--releases", "3.4.9"), "3.4.9: no such release of zarr in the history"),
    (("bench", "--volume", "absent.mrc"), "absent.mrc: no such file"),
    (("history", "list", "zaar"), "zaar: no such history; did you mean zarr?"),
    (("history", "update", "nothing"), "nothing: no such package"),
    (("history", "list", "../../etc/passwd"), "no such history"),
    (("bench", "--releases", ","), "no release was named"),
    (("volumes", "prepare", "/dev/null"), "/dev/null: is neither a file nor a folder"),
    (("volumes", "show", "phantom-128-t99999"), "no such volume"),
]


@pytest.mark.parametrize(("words", "line"), BAD, ids=lambda w: " ".join(w) if len(w) < 9 else "")
def test_what_cannot_be_done_takes_one_line_and_exit_code_2(words, line):
    done = cryoet(*words)
    assert done.returncode == 2
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_option_is_exit_code_2_too():
    assert cryoet("bench", "--rounds", "0").returncode == 2


def test_a_damaged_file_is_named(tmp_path, shared):
    (tmp_path / "short.mrc").write_bytes((shared / "betaGal.mrc").read_bytes()[:5000])
    done = cryoet("volumes", "prepare", tmp_path / "short.mrc")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "short.mrc" in done.stderr


def test_an_unwritable_cache_is_named(tmp_path):
    (tmp_path / "file").touch()
    done = cryoet("volumes", "prepare", "labels-128", ZARR_CRYOET_CACHE=str(tmp_path / "file"))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "ZARR_CRYOET_CACHE" in done.stderr


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path):
    code = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.argv = ["zarr-cryoet", "volumes", "prepare", "labels-128"]
from zarr_cryoet.cli import main
main()
"""
    env = {**os.environ, "ZARR_CRYOET_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "labels-128.npy: File too large" in done.stderr
    assert {p.suffix for p in (tmp_path / "volumes").iterdir()} == {".lock"}


def test_outside_a_clone_the_command_says_so(tmp_path):
    done = cryoet("cases", cwd=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "no asv.conf.json here or above" in done.stderr


def test_commands_act_on_the_nearest_clone():
    assert answer("cases", "--group", "smoke", cwd=ROOT / "zarr_cryoet" / "core")


def test_a_reader_that_has_had_enough_is_no_fault():
    done = subprocess.run(
        f"'{sys.executable}' -m zarr_cryoet cases --json | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "[\n")


def test_a_terminal_of_few_letters_is_enough():
    done = cryoet("volumes", "list", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "phantom-128-u8" in done.stdout


def test_cores_that_cannot_be_are_named():
    done = cryoet("bench", ZARR_CRYOET_CORES="x")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "ZARR_CRYOET_CORES=x: a number of cores" in done.stderr
