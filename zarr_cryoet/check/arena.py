"""Where a self-check takes place: one release against itself, on a small volume."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import console
from ..core.measure import setups
from ..core.volume import Volume
from ..environments import compared
from ..lock import FOLDER, alone, scratch
from ..project import Project
from ..volumes import cache
from ..volumes.resolve import resolve
from .duels import Bout


@dataclass(frozen=True)
class Arena:
    """The two sides, and what they need.

    Attributes
    ----------
    project, volume, two
        The clone, on what, and the newest release twice.
    place, held
        Scratch, and the clone's lock.
    bar : callable
        See `console.bar`.
    """

    project: Project
    volume: Volume
    two: tuple[compared.Party, compared.Party]
    place: Path
    held: tuple[int, ...]
    bar: Callable[..., None]

    def bout(self, factor: float, double: dict | None = None) -> Bout:
        """A duel of the two, of which the second one may be a test double."""
        a, b = self.two
        return Bout(a.side(), b.side(double), self.place, factor, self.bar)


@contextmanager
def arena(project: Project) -> Iterator[Arena]:
    """The newest release against itself, alone in the clone."""
    newest = compared.newest()
    folder = project.root / FOLDER
    with alone(folder) as held, scratch(folder) as place, console.bar("preparing") as bar:
        volume = cache.prepare(resolve(setups.VOLUME), bar)[0]
        yield Arena(project, volume, compared.releases(newest, newest), place, held, bar)
