"""A first duel that flags, and a second one, with new processes and stores, that confirms."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import UserError
from ..core.measure.cell import Cell
from ..core.measure.duel import PAIRS, RESTARTS, Verdict, duel
from ..core.measure.worker import Died, Environment
from .claims import (
    BROKEN,
    FAILED,
    READY,
    SAME,
    UNCONFIRMED,
    Claim,
    beyond,
    judge,
    of_duel,
)

Tick = Callable[[float, str], None]
#: A cell of 64³, eight pairs and four restarts of it, on one core.
SECONDS = 1.6
CONFIRM = 6  # restarts: of few cells, so that each can afford more


@dataclass(frozen=True)
class Bout:
    """Two environments, and where they may write.

    Attributes
    ----------
    a, b : Environment
        Before and after.
    place : pathlib.Path
        An empty folder.
    factor : float
        See `claims.judge`.
    tick : callable
        Told the share of a step that is done, and what step it is.
    """

    a: Environment
    b: Environment
    place: Path
    factor: float
    tick: Tick = lambda done, text: None

    def fight(self, cells: Sequence[Cell], text: str, *, restarts=RESTARTS, seed=1):
        """One duel for each volume, in the order of the cells."""
        found: dict[str, Verdict] = {}
        volumes = dict.fromkeys(cell.case.volume for cell in cells)
        for volume in volumes:
            some = [cell for cell in cells if cell.case.volume == volume]
            begun, share = len(found) / len(cells), len(some) / len(cells)
            try:
                verdicts = duel(
                    self.a, self.b, some, self.place / f"duel-{seed}", restarts=restarts,
                    pairs=PAIRS, seed=seed,
                    tick=lambda done, o=begun, s=share: self.tick(o + s * done, text),
                )  # fmt: skip
            except Died as exc:
                raise UserError(f"{self.a.name} or {self.b.name} does not start: {exc}") from exc
            found |= {verdict.cell.id: verdict for verdict in verdicts}
            shutil.rmtree(self.place / f"duel-{seed}", ignore_errors=True)
        return [found[cell.id] for cell in cells]

    def confirm(self, flagged: Sequence[Verdict]) -> dict[str, str]:
        """What each flagged cell comes to; its verdict is brought up to date."""
        if not flagged:
            return {}
        cells = [verdict.cell for verdict in flagged]
        again = self.fight(cells, "confirming", restarts=CONFIRM, seed=2)
        found = {}
        for first, second in zip(flagged, again, strict=True):
            found[first.cell.id] = self._settled(first, second)
            first.__dict__.update(vars(second))
        return found

    def _settled(self, first: Verdict, second: Verdict) -> str:
        if FAILED in (first.status, second.status):
            broken = newly_failed(first, self.b) and newly_failed(second, self.b)
            if broken:
                return BROKEN
            return UNCONFIRMED if second.status == READY else FAILED
        side = judge(second, self.factor)
        same = side and side == beyond(first.ratio, self.factor)
        return side if same else UNCONFIRMED

    def settle(self, cells: Sequence[Cell]) -> list[Claim]:
        """Duel all, and those that are flagged a second time."""
        verdicts = self.fight(cells, "first duel")
        flagged = [v for v in verdicts if self.flags(v)]
        settled = self.confirm(flagged)
        return [of_duel(v, settled.get(v.cell.id) or plain(v)) for v in verdicts]

    def flags(self, verdict: Verdict) -> bool:
        """Whether a second look is due."""
        if verdict.status == READY and verdict.medians:
            return bool(beyond(verdict.ratio, self.factor))
        return newly_failed(verdict, self.b)


def plain(verdict: Verdict) -> str:
    """What is claimed of a cell that was not flagged."""
    if verdict.status == READY:
        return SAME if verdict.medians else FAILED
    return verdict.status


def newly_failed(verdict: Verdict, after: Environment) -> bool:
    """Whether it failed, and that where it is new."""
    return verdict.status == FAILED and (verdict.reason or "").startswith(f"{after.name}: ")
