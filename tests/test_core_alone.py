"""The wall: `zarr_cryoet.core` needs numpy alone, and its environment is the lock's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from zarr_cryoet.core import environment

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
def lock(tmp_path, monkeypatch):
    monkeypatch.setenv("ASV_BUILD_DIR", str(tmp_path))
    return tmp_path / "requirements.txt"


def test_what_is_installed_as_locked_is_right(lock):
    lock.write_text(f"numpy=={version('numpy')}\npytest=={version('pytest')}\n\n# a word\n")
    assert environment.problems() == []


def test_another_release_is_named_with_the_locks(lock):
    lock.write_text(f"numpy==1.0\npytest=={version('pytest')}\n")
    assert environment.problems() == [f"numpy is {version('numpy')}, the lock says 1.0"]


def test_an_absent_package_is_named(lock):
    lock.write_text("no-such-package-here==1.2\n")
    assert environment.problems() == ["no-such-package-here is absent, the lock says 1.2"]


def test_every_difference_is_named(lock):
    lock.write_text("numpy==1.0\nno-such-package-here==1.2\n")
    assert len(environment.problems()) == 2


def test_a_name_may_be_spelled_otherwise(lock):
    lock.write_text(f"Hypothesis=={version('hypothesis')}\nimport_linter==0\n")
    assert environment.problems() == [
        f"import_linter is {version('import-linter')}, the lock says 0"
    ]


def test_a_marker_that_holds_is_no_part_of_the_release(lock):
    lock.write_text(f"numpy=={version('numpy')} ; python_version >= '3'\n")
    assert environment.problems() == []


@pytest.mark.parametrize(
    "line",
    [
        "no-such-package-here==1.2 ; sys_platform == 'amiga'",
        "# no-such-package-here==1.2",
        f"numpy=={version('numpy')}  # via zarr",
        f"numpy == {version('numpy')}",
    ],
)
def test_any_requirements_file_is_understood(lock, line):
    lock.write_text(line + "\n")
    assert environment.problems() == []


@pytest.mark.parametrize("text", ["", "numpy\n", "numpy>=1\n"])
def test_what_is_not_pinned_is_not_checked(lock, text):
    lock.write_text(text)
    assert environment.problems() == []


def test_without_a_lock_all_is_right(tmp_path, monkeypatch):
    monkeypatch.setenv("ASV_BUILD_DIR", str(tmp_path))
    assert environment.problems() == []
    monkeypatch.delenv("ASV_BUILD_DIR")
    assert environment.problems() == []
