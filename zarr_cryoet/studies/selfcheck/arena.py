"""Where a self-check takes place: one release against itself, on a small volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ... import console, project
from ...check.duels import Bout
from ...core.measure import setups
from ...core.volume import Volume
from ...environments import compared
from ...project import Project
from ...volumes import cache
from ...volumes.resolve import resolve
from ..study import Context


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
        Told the share that is done, and what is done now.
    """

    project: Project
    volume: Volume
    two: tuple[compared.Compared, compared.Compared]
    place: Path
    held: tuple[int, ...]
    bar: Callable[..., None]

    def bout(self, factor: float, double: dict | None = None) -> Bout:
        """A duel of the two, of which the second one may be a test double."""
        a, b = self.two
        return Bout(a.environment(), b.environment(double), self.place, factor, self.bar)


def arena(context: Context) -> Arena:
    """The newest release against itself."""
    newest = compared.newest()
    with console.bar("preparing") as bar:
        volume = cache.prepare(resolve(setups.VOLUME), bar)[0]
    two = compared.releases(newest, newest)
    return Arena(project.find(), volume, two, context.place, context.held, context.tick)
