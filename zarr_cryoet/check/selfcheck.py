"""The self-check: whether the measuring holds what the documentation says of it."""

from __future__ import annotations

from types import ModuleType

from .. import console, project, units
from ..core.errors import unknown
from ..core.measure import affinity
from . import counts, noise, sensitivity
from .arena import arena
from .keep import Kept

CHECKS: dict[str, ModuleType] = {"counts": counts, "sensitivity": sensitivity, "noise": noise}
VERSION = 1


def run(name: str | None, quick: bool, restart: bool, json: bool) -> int:
    """Do what is not done yet, and print the figures.

    Returns
    -------
    int
        Exit code: 1 where a figure does not hold.

    Raises
    ------
    UserError
        There is no such check, or it cannot be done.
    """
    if name and name not in CHECKS:
        raise unknown("check", name, CHECKS)
    found = project.find()
    affinity.cores()
    wanted = {name: CHECKS[name]} if name else CHECKS
    kept = Kept(found.root, quick)
    done: dict[str, dict[str, dict]] = {}
    with arena(found) as where:
        for title, check in wanted.items():
            parts = list(check.parts(where, quick))
            if restart:
                for part, _ in parts:
                    kept.clear(part)
            done[title] = {}
            for part, work in parts:
                where.bar(0.0, part)
                done[title][part] = kept.do(part, work)
                console.log(f"{part}: {units.format_budget(done[title][part]['seconds'])}")
    return say(done, quick, json)


def say(done: dict[str, dict[str, dict]], quick: bool, json: bool) -> int:
    """Figures, and whether they hold."""
    held = {name: CHECKS[name].summary(parts, quick) for name, parts in done.items()}
    if json:
        console.as_json(
            {
                "version": VERSION,
                "quick": quick,
                "holds": {name: good for name, (_, good) in held.items()},
                "parts": [part for parts in done.values() for part in parts.values()],
            }
        )
    else:
        for name, (rows, good) in held.items():
            check = CHECKS[name]
            console.table(check.COLUMNS, rows)
            console.say(f"{'holds' if good else 'does not hold'}: {check.WHAT}")
            console.say()
        seconds = sum(p["seconds"] for parts in done.values() for p in parts.values())
        console.say(f"measured in {units.format_budget(seconds)}{', reduced' if quick else ''}")
    return 0 if all(good for _, good in held.values()) else 1


def markdown(answer: dict) -> str:
    """The tables for the documentation, from what ``selfcheck --json`` said.

    Parameters
    ----------
    answer
        That JSON, of any of the checks.
    """
    parts = {part["part"]: part for part in answer["parts"]}
    lines = []
    for name in answer["holds"]:
        check = CHECKS[name]
        own = {k: v for k, v in parts.items() if _belongs(k, name)}
        rows, good = check.summary(own, answer["quick"])
        columns = [column.lstrip(">") for column in check.COLUMNS]
        right = ["---:" if column.startswith(">") else "---" for column in check.COLUMNS]
        table = [columns, right, *([str(cell) for cell in row] for row in rows)]
        lines += [f"| {' | '.join(cells)} |" for cells in table]
        lines += ["", f"{'Holds' if good else 'Does not hold'}: {check.WHAT}.", ""]
    return "\n".join(lines)


def _belongs(part: str, name: str) -> bool:
    return part.startswith("curve-" if name == "sensitivity" else name) or part.startswith(name)
