"""The asv way: cells of the suite, what asv flags, and who confirms it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .. import console, units
from ..bench import suite
from ..bench.plan import GROUPS
from ..core.errors import unknown
from ..core.measure.cell import Cell
from ..core.measure.duel import Verdict
from ..core.metrics import METRICS, TIMED
from ..core.volume import Volume
from ..environments.compared import Compared
from ..results import FAILED, OK, Record
from . import asvrun, duels
from .claims import BROKEN, EXACT, SAME, UNCONFIRMED, Claim, beyond, judge, of_duel

_SWAPS = 2 * asvrun.ROUNDS * 6.0  # seconds in which packages are swapped


@dataclass(frozen=True)
class Chosen:
    """A cell of the suite that is compared.

    Attributes
    ----------
    cell : suite.Cell
        As asv knows it.
    duel : Cell or None
        The same for a duel, where there is such a thing.
    """

    cell: suite.Cell
    duel: Cell | None

    @property
    def exact(self) -> bool:
        """Whether any change counts."""
        return self.cell.exact


def chosen(
    root: Path, volume: Volume, two: tuple[Compared, Compared], wanted: re.Pattern, group: str
) -> list[Chosen]:
    """Timed and exact cells that one of the two can run at least.

    What asv tracks and is not exact is left out: ratios of times, and peaks of memory.

    Raises
    ------
    UserError
        There is no such group.
    """
    if group not in GROUPS:
        raise unknown("group", group, GROUPS)
    sides = [suite.cells(root, volume.id, volume.nbytes, each.contents.versions) for each in two]
    found = []
    for before, after in zip(*sides, strict=True):
        if METRICS[before.metric].kind != TIMED and not before.exact:
            continue
        if (before.skip and after.skip) or not wanted.search(before.name):
            continue
        # an expression of one's own says enough
        grouped = {"all": True, "exact": before.exact, "smoke": before.smoke}[group]
        if wanted.pattern or grouped:
            cell = before if after.skip else after
            found.append(Chosen(cell, _in_a_duel(cell)))
    return found


def _in_a_duel(cell: suite.Cell) -> Cell | None:
    """The same case and operation; None for what is no single operation that is timed."""
    if len(cell.does) != 1 or METRICS[cell.metric].kind != TIMED:
        return None
    # what is in memory is gone when a duel starts its processes anew
    return None if cell.does[0].case.store == "memory" else cell.does[0]


def foretell(cells: Sequence[Chosen], two: tuple[Compared, Compared]) -> None:
    """What is going to run, and about how long."""
    exact = sum(c.exact for c in cells)
    console.tell(
        f"asv       {two[0].name} and {two[1].name}: {len(cells) - exact} timed and {exact} "
        f"exact cells, {asvrun.ROUNDS} rounds"
    )
    console.tell(
        f"time      about {units.format_budget(seconds(cells))}, and more for what is flagged"
    )


def seconds(cells: Sequence[Chosen]) -> float:
    """About how long asv takes."""
    timed = sum(2 * asvrun.ROUNDS * c.cell.seconds for c in cells if not c.exact)
    return _SWAPS * bool(timed) + timed + sum(2 * c.cell.seconds for c in cells if c.exact) + 10


def settle(asv: asvrun.Continuous, cells: Sequence[Chosen], bout: duels.Bout, bar) -> list[Claim]:
    """Run asv, and have what it flags confirmed."""
    found = run(asv, cells, "first", bar)
    claims = {c.cell.name: first(c, found.get(c.cell.name), bout.factor) for c in cells}
    flagged = [c for c in cells if claims[c.cell.name].verdict == UNCONFIRMED]
    by_duel = [c for c in flagged if c.duel and not c.exact]
    if by_duel:
        claims |= _confirmed_by_duel(by_duel, found, claims, bout)
    again = [c for c in flagged if c not in by_duel]
    if again:
        second = run(asv, again, "second", bar)
        for c in again:
            name = c.cell.name
            claims[name] = _both(claims[name], first(c, second.get(name), bout.factor), c.exact)
    return list(claims.values())


def run(asv, cells: Sequence[Chosen], name: str, bar) -> dict[str, asvrun.Outcome]:
    """Exact figures need one process each; what is timed needs many."""
    found = {}
    for timed in (False, True):
        some = [c for c in cells if c.exact != timed]
        if some:
            expected, title = seconds(some), "timed" if timed else "exact"
            patterns = [c.cell.pattern for c in some]
            found |= asv.compare(
                patterns,
                f"{name}-{title}",
                lambda s, e=expected, t=title: bar(min(s / e, 0.97), f"asv {name}, {t}"),
                timed=timed,
            )
    return found


def first(chosen: Chosen, found: asvrun.Outcome | None, factor: float) -> Claim:
    """What asv says of a cell; ``not confirmed`` where it is flagged."""
    benchmark, cell = chosen.cell.benchmark, " ".join(map(str, chosen.cell.params))
    before, after = (found.before, found.after) if found else (None, None)
    if not (before and after):
        return Claim(benchmark, cell, FAILED, reason="asv has no result of it")
    if OK not in (before.status, after.status) or before.status != after.status:
        return _not_both(Claim(benchmark, cell, SAME, unit=after.unit), before, after)
    ratio = after.value / before.value if before.value else None
    claim = Claim(benchmark, cell, SAME, before.value, after.value, ratio, unit=after.unit)
    if chosen.exact:
        flagged = before.value != after.value
    else:
        flagged = found.different and beyond(ratio, factor)
    return replace(claim, verdict=UNCONFIRMED) if flagged else claim


def _not_both(claim: Claim, before: Record, after: Record) -> Claim:
    worse = before if before.status != OK else after
    side = "before" if worse is before else "after"
    claim.reason, claim.verdict = f"{side}: {worse.reason}", worse.status
    if before.status == OK and after.status == FAILED:
        claim.verdict = UNCONFIRMED  # newly failed, if it does so again
    return claim


def _confirmed_by_duel(cells, found, claims, bout: duels.Bout) -> dict[str, Claim]:
    verdicts = bout.fight([c.duel for c in cells], "confirming", restarts=duels.CONFIRM, seed=2)
    settled = {}
    for c, verdict in zip(cells, verdicts, strict=True):
        claim, outcome = claims[c.cell.name], found[c.cell.name]
        of = claim.benchmark, claim.cell
        settled[c.cell.name] = of_duel(verdict, _settled(outcome, verdict, bout), of)
    return settled


def _settled(outcome: asvrun.Outcome, verdict: Verdict, bout: duels.Bout) -> str:
    if outcome.after.status == FAILED:
        return BROKEN if duels.newly_failed(verdict, bout.b) else UNCONFIRMED
    side = judge(verdict, bout.factor)
    return side if side and side == beyond(_ratio(outcome), bout.factor) else UNCONFIRMED


def _ratio(outcome: asvrun.Outcome) -> float:
    return outcome.after.value / outcome.before.value


def _both(one: Claim, other: Claim, exact: bool) -> Claim:
    """What two runs of asv agree on."""
    if other.verdict != UNCONFIRMED:
        return replace(other, verdict=UNCONFIRMED if other.verdict == SAME else other.verdict)
    if one.ratio is None and one.before is None:
        return replace(other, verdict=BROKEN)
    if exact:
        same = (one.before, one.after) == (other.before, other.after)
        return replace(other, verdict=EXACT if same else UNCONFIRMED)
    sides = [beyond(claim.ratio, 1.0) for claim in (one, other)]
    return replace(other, verdict=sides[1] if sides[0] == sides[1] else UNCONFIRMED)
