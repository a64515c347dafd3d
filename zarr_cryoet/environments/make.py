"""Environments, made when they are asked for and kept in the cache.

asv has one environment, in which it swaps packages; whoever compares needs several at a time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ..core import volume
from ..core.errors import UserError
from . import lock as locks
from . import swap, wheels
from .uv import find_uv

_TIMEOUT = 600  # seconds in which one has to stand


@dataclass(frozen=True)
class Contents:
    """What an environment holds.

    Attributes
    ----------
    name : str
        For people, beginning the folder's name.
    pins : tuple of str
        Packages and their versions.
    whole : bool
        Whether the pins are all of it; else what they need is resolved when it is made.
    wheel : pathlib.Path or None
        Of a commit that was built, which goes over the pins.
    """

    name: str
    pins: tuple[str, ...]
    whole: bool = True
    wheel: Path | None = None

    @property
    def release(self) -> str:
        """That of zarr whose lock it is; empty where it is none."""
        return self.versions["zarr"] if self.whole and not self.wheel else ""

    @property
    def versions(self) -> Mapping[str, str]:
        """Releases by package."""
        pins = dict(pin.split("==") for pin in self.pins)
        built = swap.built(self.wheel) if self.wheel else {}
        return {locks.normalised(name): version for name, version in pins.items()} | built

    def python(self) -> Path:
        """The interpreter of the environment, made if need be.

        Raises
        ------
        UserError
            The package index or uv failed, or the commit asks for what is not pinned.
        """
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        packages = [*self.pins, *([str(self.wheel)] if self.wheel else [])]
        text = "\n".join([python, sys.base_prefix, str(self.whole), *packages])
        digest = hashlib.sha256(text.encode()).hexdigest()[:10]
        kept = Path(os.environ[volume.CACHE_VARIABLE]) / "environments"
        folder = kept / f"{self.name}-py{python}-{digest}"
        found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        kept.mkdir(parents=True, exist_ok=True)
        with FileLock(kept / f"{folder.name}.lock"):
            if not (folder / "whole").exists() or not found.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a maker that was killed
                _make(folder, found, packages, self.whole)
                (folder / "whole").touch()
        if self.wheel:
            wheels.satisfied(found, self.wheel)
        return found


def of_release(release: str, history: str = "zarr") -> Contents:
    """One release's lock.

    Parameters
    ----------
    release
        For example ``3.1.6``.
    history
        The lock that it stands in.

    Raises
    ------
    UserError
        There is no such release.
    """
    version = release.strip().removeprefix("v")
    if not version:
        raise UserError("no release was named; for example 3.4.2")
    found = locks.read(locks.path_of(history)).release(version)
    return Contents(f"{history}-{found.version}", found.requirements)


def _make(folder: Path, python: Path, packages: list[str], whole: bool) -> None:
    uv = find_uv()
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    if whole:
        install.append("--no-deps")
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [*install, *packages],
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
