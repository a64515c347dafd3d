"""What a run is made of: slices of the suite, release by release.

asv saves its results when it ends; a slice is one run of asv, and so what an
interruption can cost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import UserError, unknown
from ..core.volume import Volume
from ..environments import lock as locks
from ..environments import repository
from . import suite

GROUPS = ("smoke", "exact", "all")
_ASV = 3.0  # seconds in which one run of asv discovers the suite, and saves
_SWAP = 6.0  # seconds in which the packages of a release are swapped


@dataclass(frozen=True)
class Slice:
    """One run of asv: some benchmarks on one release.

    Attributes
    ----------
    release, commit : str
        Of zarr, and of the history.
    title : str
        For the bar: ``3.4.2 exact``.
    patterns : tuple of str
        For asv's ``--bench``.
    launch : str
        For asv's ``--launch-method``.
    cells : tuple of suite.Cell
        What it runs and skips.
    seconds : float
        About how long it takes.
    """

    release: str
    commit: str
    title: str
    patterns: tuple[str, ...]
    launch: str
    cells: tuple[suite.Cell, ...]
    seconds: float

    @property
    def digest(self) -> str:
        """Names the slice in the record of an interrupted run."""
        text = "\n".join((self.commit, self.launch, *(cell.name for cell in self.cells)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def pins(releases: Iterable[str], history: str = "zarr") -> dict[str, dict[str, str]]:
    """The packages of each release, by release, oldest first; ``all`` for every one.

    Raises
    ------
    UserError
        A release is not in the history.
    """
    lock = locks.read(locks.path_of(history))
    named = (release.strip().removeprefix("v") for release in releases)
    wanted = [release for release in named if release]
    if wanted == ["all"]:
        wanted = list(lock.versions)
    if not wanted:
        raise UserError("no release was named; for example --releases 3.0.10,3.4.2")
    chosen = {release.version for release in map(lock.release, wanted)}
    return {each.version: each.pins for each in lock.releases if each.version in chosen}


def of_group(cells: Iterable[suite.Cell], group: str) -> list[suite.Cell]:
    """The cells of a group: the quick ones, those that are exact, or all."""
    chosen = {"smoke": lambda c: c.smoke, "exact": lambda c: c.exact, "all": lambda c: True}
    return [cell for cell in cells if chosen[group](cell)]


def plan(
    root: Path, volume: Volume, group: str, releases: Iterable[str], history: str = "zarr"
) -> list[Slice]:
    """The slices of a run, in the order in which they are to run.

    Raises
    ------
    UserError
        A release is not in the history, or there is no such group.
    """
    if group not in GROUPS:
        raise unknown("group", group, GROUPS)
    commits = repository.expected(locks.read(locks.path_of(history)))
    slices = []
    for release, versions in pins(releases, history).items():
        cells = suite.cells(root, volume.id, volume.nbytes, versions)
        chosen = of_group(cells, group)
        for title, some in _parts(chosen, group):
            seconds = _ASV + sum(cell.seconds for cell in some)
            if not slices or slices[-1].release != release:
                seconds += _SWAP
            slices.append(_slice(release, commits[release], title, some, seconds))
    return slices


def _parts(cells: list[suite.Cell], group: str) -> list[tuple[str, list[suite.Cell]]]:
    """Exact figures first; the rest at once when quick, file by file when whole."""
    parts: dict[str, list[suite.Cell]] = {"exact": []}
    for cell in cells:
        name = "exact" if cell.exact else cell.group if group == "all" else "timed"
        parts.setdefault(name, []).append(cell)
    return [(name, some) for name, some in parts.items() if some]


def _slice(release: str, commit: str, title: str, cells: list[suite.Cell], seconds: float) -> Slice:
    exact = all(cell.exact for cell in cells)
    patterns = tuple(cell.pattern for cell in cells)
    # what only looks a figure up starts no threads, so forking is safe there, and quicker
    launch = "forkserver" if exact else "spawn"
    return Slice(release, commit, f"{release} {title}", patterns, launch, tuple(cells), seconds)
