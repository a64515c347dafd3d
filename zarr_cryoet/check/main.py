"""Compare two releases, or commits: asv flags and a duel confirms, or duels do both."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from .. import console, project, units
from ..core.errors import UserError
from ..core.measure import affinity, setups
from ..core.measure.cell import Cell
from ..environments import compared
from ..lock import FOLDER, alone, scratch
from ..volumes import cache
from ..volumes.resolve import resolve
from . import duels, exacts, report, suites
from .asvrun import Continuous
from .claims import Claim

#: Beyond which a time is flagged, through asv and in a duel alone.
ASV, DUEL = 1.25, 1.1


def check(
    base: str,
    head: str,
    *,
    checkout: str | None,
    duel: bool,
    pattern: str | None,
    group: str,
    factor: float | None,
    volume: str | None,
    json: bool,
) -> int:
    """Say what became slower, or changed, from one to the other.

    Returns
    -------
    int
        Exit code: 1 where something is confirmed that nobody wants.

    Raises
    ------
    UserError
        It cannot be done as asked.
    """
    found = project.find()
    affinity.cores()
    factor = factor or (DUEL if duel else ASV)
    if factor <= 1:
        raise UserError(f"--factor {factor:g}: more than 1 was expected")
    wanted = _expression(pattern)
    source = resolve(volume or (setups.VOLUME if duel else "phantom-128"))
    if checkout:
        a, b = compared.commits(found.root, checkout, base, head)
    else:
        a, b = compared.releases(base, head)
    begun = time.monotonic()
    with console.bar(f"preparing {source.id}") as progress:
        prepared = cache.prepare(source, progress)[0]
    if duel:
        cells = [c for c in setups.cells(volume=prepared.id) if wanted.search(c.id)]
        claims = _duel(found, a, b, cells, pattern, factor)
    else:
        claims = _asv(found, (a, b), prepared, wanted, (pattern, group), factor)
    seconds = time.monotonic() - begun
    about = {"base": a.name, "head": b.name, "volume": prepared.id, "factor": factor}
    about |= {"flagged_by": "duel" if duel else "asv", "seconds": round(seconds, 1)}
    return report.say(claims, about, json)


def _expression(pattern: str | None) -> re.Pattern:
    try:
        return re.compile(pattern or "")
    except re.error as exc:
        raise UserError(f"{pattern}: not a regular expression ({exc})") from exc


def _duel(found, a, b, cells: Sequence[Cell], pattern, factor: float) -> list[Claim]:
    if not cells:
        raise UserError(f"{pattern}: no cell of the duel has that in its name")
    seconds = len(cells) * duels.SECONDS
    console.tell(f"duel      {a.name} and {b.name}: {len(cells)} cells")
    console.tell(f"time      about {units.format_budget(seconds)}, and more for what is flagged")
    folder = found.root / FOLDER
    with alone(folder), scratch(folder) as place, console.bar("environments") as bar:
        bout = duels.Bout(a.environment(), b.environment(), place, factor, bar)
        return [*exacts.exact(bout, cells), *bout.settle(cells)]


def _asv(found, two, prepared, wanted, selected, factor: float) -> list[Claim]:
    a, b = two
    cells = suites.chosen(found.root, prepared, two, wanted, selected[1])
    if not cells:
        raise UserError(f"{selected[0]}: no timed or exact benchmark has that in its name")
    suites.foretell(cells, two)
    folder = found.root / FOLDER
    with alone(folder) as held, scratch(folder) as place, console.bar("environments") as bar:
        bout = duels.Bout(a.environment(), b.environment(), place, factor, bar)
        asv = Continuous(found, prepared.id, place, held, a, b)
        return suites.settle(asv, cells, bout, bar)
