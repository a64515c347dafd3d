"""Environments of single releases, kept in the cache: what a duel's two sides run in.

asv has one environment, in which it swaps packages; a duel needs two at a time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from ..core import volume
from ..core.errors import UserError
from . import lock as locks
from .resolve import find_uv

_TIMEOUT = 600  # seconds in which one has to stand


def ensure(release: str, history: str = "zarr") -> Path:
    """The interpreter of an environment that holds one release's lock, made if need be.

    Parameters
    ----------
    release
        For example ``3.1.6``.
    history
        The lock that it stands in.

    Raises
    ------
    UserError
        There is no such release, or the package index or uv failed.
    """
    found = locks.read(locks.path_of(history)).release(release.removeprefix("v"))
    return of_pins(f"{history}-{found.version}", found.requirements)


def of_pins(name: str, pins: tuple[str, ...] | list[str], *, whole: bool = True) -> Path:
    """The interpreter of an environment that holds some packages.

    Parameters
    ----------
    name
        For people, beginning the folder's name.
    pins
        What it holds.
    whole
        Whether they are all; else what they need is resolved.

    Raises
    ------
    UserError
        The package index or uv failed.
    """
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    text = "\n".join([python, sys.base_prefix, str(whole), *pins])
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    kept = Path(os.environ[volume.CACHE_VARIABLE]) / "environments"
    folder = kept / f"{name}-py{python}-{digest}"
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    kept.mkdir(parents=True, exist_ok=True)
    with FileLock(kept / f"{folder.name}.lock"):
        if not (folder / "whole").exists() or not found.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a maker that was killed
            _make(folder, found, pins, whole)
            (folder / "whole").touch()
    return found


def _make(folder: Path, python: Path, pins, whole: bool) -> None:
    uv = find_uv()
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    if whole:
        install.append("--no-deps")
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [*install, *pins],
    ):
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise UserError(f"{folder.name}: uv did not come to an end ({exc})") from exc
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise UserError(f"{folder.name}: uv failed: {said}; is the package index in reach?")
