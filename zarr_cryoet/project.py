"""The folder that commands act on: the nearest one that holds ``asv.conf.json``."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .core.errors import UserError

CONFIGURATION = "asv.conf.json"


@dataclass(frozen=True)
class Project:
    """A clone, and what its asv configuration says.

    Attributes
    ----------
    root : pathlib.Path
        Its folder.
    configuration : dict
        The content of ``asv.conf.json``.
    """

    root: Path
    configuration: dict

    @property
    def results(self) -> Path:
        """Where asv keeps results, a folder for each machine."""
        return self.root / self.configuration.get("results_dir", "results")

    @property
    def html(self) -> Path:
        """Where asv publishes the site."""
        return self.root / self.configuration.get("html_dir", "html")

    def apart(self, name: str, history: str, where: str) -> Project:
        """The same with another history of releases, and what it makes in a folder of its own.

        Parameters
        ----------
        name
            Of that folder, below ``runs``.
        history
            The lock that its releases come from.
        where
            What is different there, for the site's title.
        """
        changed = {
            "project": f"{self.configuration.get('project', 'zarr')}, {where}",
            "repo": f".history/{history}.git",
            "env_dir": f"runs/{history}/env",
            "results_dir": f"runs/{name}/results",
            "html_dir": f"runs/{name}/html",
        }
        return Project(self.root, self.configuration | changed)


def find(start: Path | None = None) -> Project:
    """The project that `start` (default: the current folder) stands in.

    Raises
    ------
    UserError
        Neither it nor a folder above it holds a configuration, or it is damaged.
    """
    start = (start or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        path = folder / CONFIGURATION
        if path.is_file():
            return Project(folder, _load(path))
    raise UserError(
        f"{start}: no {CONFIGURATION} here or above; run this inside a clone of zarr-cryoet"
    )


def _load(path: Path) -> dict:
    """JSON with whole-line comments, which is what asv allows."""
    try:
        text = re.sub(r"^\s*//.*$", "", path.read_text("utf-8"), flags=re.M)
        found = json.loads(text)
        if not isinstance(found, dict) or not isinstance(found.get("repo"), str):
            raise ValueError("it names no repo")
        return found
    except ValueError as exc:
        raise UserError(f"{path}: not a configuration of asv ({exc})") from exc


def read_record[R](
    path: Path, key: str, version: int, command: str, make: Callable[[dict], R]
) -> R:
    """A record of the docs, from JSON.

    Parameters
    ----------
    path
        The file.
    key
        What its version stands under.
    version
        The one that is known.
    command
        What makes such a record.
    make
        Makes it from the values; may raise what a value of another kind raises.

    Raises
    ------
    UserError
        There is none, or it is damaged; it is named, and left alone.
    """
    try:
        read = json.loads(path.read_text("utf-8"))
        if read.pop(key) != version:
            raise ValueError(f"version {version} is known alone")
        return make(read)
    except FileNotFoundError:
        raise UserError(f"{path}: no record; `zarr-cryoet {command}` makes it") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        why = " ".join(str(exc).split()) or type(exc).__name__
        raise UserError(f"{path}: damaged ({why}); move it away to go on without it") from exc


def same_terms(old: dict, new: dict) -> None:
    """Make sure that two runs were measured in the same way, but for the day.

    Raises
    ------
    UserError
        They were not, and their figures are not to stand beside each other.
    """
    for key, value in old.items():
        if key != "measured" and new.get(key) != value:
            raise UserError(
                f"the record has {key} {value}, not {new.get(key)}; --output names another file"
            )


def check_place(path: Path) -> None:
    """Make sure that `write_whole` can write there, before hours go into what is written.

    Raises
    ------
    UserError
        It is a folder, or nothing can be written where it should be.
    """
    if path.is_dir() or not path.name:
        raise UserError(f"{path}: cannot be written (it is a folder); name a file")
    folder = path.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        raise UserError(f"{path}: cannot be written ({folder}: {exc.strerror})") from exc


def write_whole(path: Path, text: str) -> None:
    """Write a file whole, or leave the one that is there.

    Raises
    ------
    UserError
        It cannot be written.
    """
    if path.is_dir() or not path.name:
        raise UserError(f"{path}: cannot be written (it is a folder); name a file")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as exc:
        part.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot be written ({exc.strerror})") from exc
