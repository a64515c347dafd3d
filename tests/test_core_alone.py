"""The wall: `zarr_cryoet.core` needs numpy alone, and its environment is the lock's."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from importlib.metadata import distributions, version
from pathlib import Path

import pytest

from zarr_cryoet.core import environment, isolate

ROOT = Path(__file__).resolve().parents[1]
IMPORT_ALL = """
import importlib, json, pkgutil, sys
from importlib.metadata import distributions
import zarr_cryoet.core as core
names = [m.name for m in pkgutil.walk_packages(core.__path__, "zarr_cryoet.core.")]
for name in names:
    importlib.import_module(name)
outside = [m for m in sys.modules if m.startswith("zarr_cryoet.") and ".core" not in m]
print(json.dumps([sorted(d.name for d in distributions()), names, outside]))
"""


def run(*command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def uv():
    """The uv of this environment, or any other."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        pytest.skip("uv is not installed")
    return found


@pytest.mark.environment
def test_core_imports_where_there_is_numpy_alone(tmp_path):
    home = tmp_path / "alone"
    run(uv(), "venv", "--quiet", "--python", sys.executable, home)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(uv(), "pip", "install", "--quiet", "--python", python, f"numpy=={version('numpy')}")
    # -I: no PYTHONPATH, no user's packages; the root is put on the path as asv's suite does
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{IMPORT_ALL}"
    there, imported, outside = json.loads(run(python, "-I", "-c", code, cwd=tmp_path))
    assert there == ["numpy"]
    assert outside == []
    files = [p for p in (ROOT / "zarr_cryoet" / "core").rglob("*.py") if p.name != "__init__.py"]
    assert {p.stem for p in files} <= {name.rpartition(".")[2] for name in imported}


def test_no_import_crosses_the_wall():
    beside = Path(sys.executable).with_name("lint-imports")
    command = str(beside) if beside.exists() else shutil.which("lint-imports")
    if not command:
        pytest.skip("import-linter is not installed")
    assert "1 kept, 0 broken" in run(command, "--no-cache", cwd=ROOT)


# The environment and its lock -------------------------------------------------------------------


@pytest.fixture
def held(tmp_path, monkeypatch):
    """Says that the last swap left here what is installed, but for the given changes."""
    here = [sysconfig.get_path("purelib")]
    found = {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in distributions(path=here)}
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda kind: here[0])

    def hold(**changed):
        wanted = {n: v for n, v in (found | changed).items() if v}
        (tmp_path / environment.HELD).write_text(json.dumps(wanted))

    return hold


def test_what_is_installed_as_locked_is_right(held):
    held()
    assert environment.problems() == []


def test_another_release_is_named_with_the_locks(held):
    held(numpy="1.0")
    first, way_out = environment.problems()
    assert first == f"numpy is {version('numpy')}, the lock says 1.0"
    assert "delete env/" in way_out


def test_what_is_absent_and_what_is_too_much_are_named(held):
    held(nothing="1.2", pytest=None)
    assert environment.problems()[:-1] == [
        "nothing is absent, the lock says 1.2",
        f"pytest is {version('pytest')}, the lock says nothing",
    ]


def test_the_way_out_is_never_cut_off(held):
    held(**{f"package-{i}": "1" for i in range(30)})
    said = "; ".join(environment.problems())
    assert len(said) < 300
    assert said.endswith("and 27 more; delete env/, and run again")


def test_the_swap_and_the_check_agree_on_their_files():
    swap = (ROOT / "zarr_cryoet" / "environments" / "swap.py").read_text()
    check = (ROOT / "zarr_cryoet" / "core" / "environment.py").read_text()
    for name in ('"zarr-cryoet.json"', '"zarr-cryoet.swapping"'):
        assert name in swap
        assert name in check


def test_an_environment_that_was_made_in_another_way_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert environment.problems() == []


def test_a_swap_that_was_cut_off_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    (tmp_path / "zarr-cryoet.swapping").touch()
    assert "cut off" in environment.problems()[0]
    (tmp_path / environment.HELD).write_text("{")
    assert "damaged" in environment.problems()[0]


# Work in a process of its own -------------------------------------------------------------------


def outcomes(tasks, work, seconds=20.0, untouched=True):
    fail, kind = (lambda reason: {"bad": reason}), (lambda task: str(task)[:4])
    return dict(isolate.outcomes(tasks, work, seconds, fail, kind, untouched))


class Slow:
    def __reduce__(self):
        time.sleep(600)


def misbehave(task):
    if task == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "cut off":  # in the midst of telling an outcome larger than a pipe holds
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return {"good": Slow()}
    if task == "exits":
        os._exit(3)
    if str(task).startswith("hang"):
        time.sleep(600)
    return {"good": task}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_task_that_ends_or_hangs_its_process_is_the_only_one_to_fail():
    tasks = ["a", "killed", "cut off", "b", "exits", "hangs", "c"]
    assert outcomes(tasks, misbehave, seconds=6.0) == {
        "a": {"good": "a"},
        "killed": {"bad": "killed by SIGKILL"},
        "cut off": {"bad": "killed by SIGKILL"},
        "b": {"good": "b"},
        "exits": {"bad": "its process ended with exit code 3"},
        "hangs": {"bad": "took longer than 6 s"},
        "c": {"good": "c"},
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_what_hung_twice_is_not_waited_for_again():
    found = outcomes(["hang1", "a", "hang2", "hang3", "b"], misbehave, seconds=4.0)
    assert found["hang1"] == found["hang2"] == {"bad": "took longer than 4 s"}
    assert found["hang3"] == {"bad": "not tried: hang took longer than 4 s twice"}
    assert found["b"] == {"good": "b"}


def test_without_a_process_of_its_own_the_work_is_done_here():
    assert outcomes([os.getpid()], lambda pid: {"same": pid == os.getpid()}, untouched=False) == {
        os.getpid(): {"same": True}
    }


def test_outcomes_come_in_the_order_of_the_tasks():
    assert list(outcomes(list(range(20)), misbehave)) == list(range(20))
