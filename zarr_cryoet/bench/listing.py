"""What the ``cases`` command says."""

from __future__ import annotations

from collections import Counter

from .. import console, project, units
from ..core.errors import unknown
from ..environments import lock as locks
from ..volumes import cache
from . import plan, suite


def cases(volume: str, group: str, release: str | None, json: bool) -> None:
    """Every cell for machines; a line for each benchmark for people."""
    root = project.find().root
    if group not in plan.GROUPS:
        raise unknown("group", group, plan.GROUPS)
    newest = locks.read(locks.path_of("zarr")).releases[-1].version
    ((release, versions),) = plan.pins([release or newest]).items()
    described = cache.resolve(volume).describe()
    cells = suite.cells(root, described.id, described.nbytes, versions)
    chosen = plan.of_group(cells, group)
    if json:
        return console.as_json([_as_dict(cell, release, described.id) for cell in chosen])
    return _people(chosen, release, described.id, group)


def _as_dict(cell: suite.Cell, release: str, volume: str) -> dict:
    return {
        "name": cell.name,
        "benchmark": cell.benchmark,
        "params": list(cell.params),
        "volume": volume,
        "release": release,
        "skipped": cell.skip,
        "seconds": round(cell.seconds, 2),
    }


def _people(cells: list[suite.Cell], release: str, volume: str, group: str) -> None:
    by_benchmark: dict[str, list[suite.Cell]] = {}
    for cell in cells:
        by_benchmark.setdefault(cell.benchmark, []).append(cell)
    console.table(
        ["benchmark", ">cells", ">run", ">skipped", ">about"],
        [
            (
                name,
                len(some),
                sum(not cell.skip for cell in some),
                sum(bool(cell.skip) for cell in some),
                units.format_budget(sum(cell.seconds for cell in some)),
            )
            for name, some in by_benchmark.items()
        ],
        title=f"{volume}, zarr {release}, group {group}, one round",
    )
    console.say()
    for reason, count in Counter(cell.skip for cell in cells if cell.skip).most_common():
        console.say(f"skipped {count}: {reason}")
    total = sum(cell.seconds for cell in cells)
    console.say(f"{len(cells)} cells, about {units.format_budget(total)} for one release")
