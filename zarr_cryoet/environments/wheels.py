"""Wheels of the commits of a checkout, built once and kept in the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from ..core import volume
from ..core.errors import UserError
from . import swap
from .uv import find_uv

_BUILD = 600  # seconds


def repository(root: Path, checkout: str) -> Path:
    """A checkout where it is; a copy of what is elsewhere, brought up to date.

    Raises
    ------
    UserError
        It is no repository, or out of reach.
    """
    path = Path(checkout).expanduser()
    if path.exists():
        _git("-C", str(path), "rev-parse", "--git-dir", what=f"{checkout}: no git repository")
        return path.absolute()
    if "://" not in checkout:
        raise UserError(f"{checkout}: no such checkout; a path or an address was expected")
    copy = root / ".history" / f"{Path(checkout).name.removesuffix('.git')}.checkout.git"
    copy.parent.mkdir(exist_ok=True)
    if copy.exists():
        _git("-C", str(copy), "remote", "update", "--prune", what=f"{checkout}: not updated")
    else:
        fresh = copy.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        _git("clone", "--quiet", "--mirror", checkout, str(fresh), what=f"{checkout}: not copied")
        fresh.rename(copy)
    return copy


def commit(repository: Path, name: str) -> str:
    """The full hash of a branch, a tag or a short hash.

    Raises
    ------
    UserError
        There is no such commit.
    """
    words = "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    return _git("-C", str(repository), *words, what=f"{name}: no such commit in {repository}")


def build(repository: Path, digest: str) -> Path:
    """The wheel of a commit, with the checkout left as it is.

    Raises
    ------
    UserError
        It does not build.
    """
    kept = Path(os.environ[volume.CACHE_VARIABLE]) / "wheels"
    folder = kept / digest
    kept.mkdir(parents=True, exist_ok=True)
    with FileLock(kept / f"{digest}.lock"):
        if not list(folder.glob("*.whl")):
            with tempfile.TemporaryDirectory(prefix="zarr-cryoet-") as place:
                _build(repository, digest, Path(place), folder)
    (made,) = folder.glob("*.whl")
    return made


def _build(repository: Path, digest: str, place: Path, folder: Path) -> None:
    tree, out = place / "tree", place / "out"
    # a clone, not a work tree of the user's: its tags give the version, and nothing is left
    clone = "clone", "--quiet", "--shared", "--no-checkout", str(repository), str(tree)
    _git(*clone, what=f"{repository}: cannot be copied")
    _git("-C", str(tree), "checkout", "--quiet", digest, what=f"{digest[:8]}: cannot be read")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "-w", str(out), str(tree)]
    _run(command, f"{digest[:8]}: no wheel")
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(out, fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def satisfied(python: Path, wheel: Path) -> None:
    """Make sure that a commit finds what it asks for.

    Raises
    ------
    UserError
        It does not; the pins are to be changed.
    """
    (name,) = swap.built(wheel)
    command = [find_uv(), "pip", "check", "--quiet", "--python", str(python)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stderr.splitlines():
        if f"package `{name}` requires" in line:
            raise UserError(f"{wheel.name}: {line.strip()}; change configs/zarr-checkout.txt")


def _git(*words: str, what: str) -> str:
    return _run(["git", "-c", "safe.directory=*", *words], what)


def _run(command: list[str], what: str) -> str:
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_BUILD, env=env,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise UserError(f"{what} ({exc})") from exc
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [""])[-1]
        raise UserError(f"{what}{f' ({said})' if said else ''}")
    return done.stdout.strip()
