"""What the commands ``cases`` and ``backends`` say."""

from __future__ import annotations

from collections import Counter

from .. import console, project, units
from ..core import backends as libraries
from ..core.backends.base import ROLES
from ..core.errors import unknown
from ..environments import lock as locks
from ..volumes.resolve import resolve
from . import plan, suite


def cases(volume: str, group: str, release: str | None, json: bool) -> None:
    """Every cell for machines; a line for each benchmark for people."""
    root = project.find().root
    if group not in plan.GROUPS:
        raise unknown("group", group, plan.GROUPS)
    newest = locks.read(locks.path_of("zarr")).releases[-1].version
    ((release, versions),) = plan.pins([release or newest]).items()
    described = resolve(volume).describe()
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


_PAGE = """\
# Backends, and what each takes part in

A backend is one class, found because its file is in `zarr_cryoet/core/backends`. Beside being timed
by `zarr-cryoet sweep`, it takes part in all of this, or its class says why not (`excluded`):

{roles}

{table}

{reasons}

This page is made by `zarr-cryoet backends --markdown` from the classes; a test holds that who takes
part has its rows.
"""


def backends(markdown: bool, json: bool) -> None:
    """What each backend takes part in, and why not in the rest."""
    if json:
        rows = libraries.registry().items()
        return console.as_json([{"id": name, "excluded": dict(cls.excluded)} for name, cls in rows])
    if markdown:
        return print(page(), end="")
    rows, reasons = _roles()
    console.table(["backend", *ROLES], rows)
    console.say()
    for number, reason in enumerate(reasons, 1):
        console.say(f"{number}: {reason}")
    return None


def page() -> str:
    """The same as a page of the docs."""
    rows, reasons = _roles()
    return _PAGE.format(
        roles="\n".join(f"- *{role}*: {what}" for role, what in ROLES.items()),
        table=console.markdown_table(
            ["backend", *ROLES], ((f"`{name}`", *cells) for name, *cells in rows)
        ),
        reasons="\n".join(f"{number}. {reason}" for number, reason in enumerate(reasons, 1)),
    )


def _roles() -> tuple[list[tuple[str, ...]], list[str]]:
    """Rows of ``yes`` and of numbers of reasons; and the reasons."""
    rows, reasons = [], []
    for name, cls in libraries.registry().items():
        for reason in cls.excluded.values():
            if reason not in reasons:
                reasons.append(reason)
        cells = (
            f"no ({reasons.index(cls.excluded[role]) + 1})" if role in cls.excluded else "yes"
            for role in ROLES
        )
        rows.append((name, *cells))
    return rows, reasons
