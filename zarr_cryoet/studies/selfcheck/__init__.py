"""Whether the measuring itself can be trusted: a release against itself, steps of known size."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from ... import console, project, units
from ...core.errors import unknown
from ...lock import FOLDER
from ..study import Context, Options, Query, Study
from .records import FORMAT, Part, Record

_QUICK = ", quick"


@dataclass(frozen=True)
class Size(Options):
    """Which of the checks, and whether all of them."""

    part: Annotated[
        str | None, typer.Argument(metavar="[noise|sensitivity|counts]", help="Default: all.")
    ] = None
    quick: Annotated[bool, typer.Option("--quick", help="Fewer cells: a few minutes.")] = False


def checks(name: str | None = None) -> dict[str, ModuleType]:
    """Modules that say what their parts are, and whether what these found holds.

    Raises
    ------
    UserError
        There is no such check.
    """
    from . import counts, noise, sensitivity

    found = {"counts": counts, "sensitivity": sensitivity, "noise": noise}
    if name and name not in found:
        raise unknown("check", name, found)
    return {name: found[name]} if name else found


class Selfcheck(Study[str, Part, Record]):
    """Whether the measuring itself can be trusted: A/A, steps of known size, exact counts."""

    name = "selfcheck"
    format = FORMAT
    row = Part
    options = Size
    has_rows = False
    keeps = True

    def tasks(self, query: Query) -> list[str]:
        """The parts of each check; those of the reduced size have names of their own."""
        size = _QUICK if query.options.quick else ""
        return [f"{name}{size}" for name in self._parts(None, query)]

    def _parts(self, arena: Any, query: Query) -> dict[str, Callable[[], dict]]:
        options = query.options
        some = (check.parts(arena, options.quick) for check in checks(options.part).values())
        return {name: work for parts in some for name, work in parts}

    def key(self, task: str) -> str:
        """Its name."""
        return task

    def about(self, query: Query) -> dict:
        """The code and the machine: parts of another are done again."""
        from ...core.measure import affinity
        from . import records

        affinity.cores()
        code = records.code(project.find().root)
        return {"code": code, "machine": records.machine(), "quick": query.options.quick}

    def terms(self, about: Mapping) -> dict:
        """All but the size, which the names of parts tell."""
        return {key: about[key] for key in ("code", "machine")}

    def asked(self, query: Query) -> dict:
        """Nothing: each part stands for itself, whichever others are asked for."""
        return {}

    def measure(self, tasks: Sequence[str], context: Context) -> Iterator[tuple[str, Part]]:
        """One part after the other."""
        from .arena import arena

        works = self._parts(arena(context), context.query)
        about = self.about(context.query)
        for task in tasks:
            part = task.removesuffix(_QUICK)
            context.tick(0.0, task)
            load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
            begun = time.monotonic()
            figures = works[part]()
            seconds = round(time.monotonic() - begun, 1)
            yield task, Part(part, **about, load_before=load, seconds=seconds, figures=figures)

    def assemble(self, about: dict, rows: Sequence[Part], context: Context) -> Record:
        """With what holds by them."""
        return record(rows, context.options.quick)

    def holds(self, record: Record) -> bool:
        """Whether all do."""
        return all(record.holds.values())

    def path(self, root: Path) -> Path:
        """Beside the journal: of this machine alone."""
        return root / FOLDER / "selfcheck.json"

    def doc(self, root: Path) -> None:
        """None: see `tools/figures.py`."""

    def line(self, row: Part) -> str:
        """What it took."""
        return units.format_budget(row.seconds)

    def words(self, record: Record) -> dict[str, Any]:
        """The tables."""
        return {"checks": [(c.COLUMNS, *c.summary(p, record.quick), c.WHAT) for c, p in by(record)]}

    def table(self, record: Record) -> None:
        """Figures, and whether they hold."""
        for columns, rows, good, what in self.words(record)["checks"]:
            console.table(columns, rows)
            console.say(f"{'holds' if good else 'does not hold'}: {what}")
            console.say()
        seconds = sum(part.seconds for part in record.parts)
        reduced = ", reduced" if record.quick else ""
        console.say(f"measured in {units.format_budget(seconds)}{reduced}")


def record(parts: Sequence[Part], quick: bool) -> Record:
    """Parts as they are kept."""
    found = Record(quick, {}, list(parts))
    held = {name_of(check): check.summary(own, quick)[1] for check, own in by(found)}
    return Record(quick, held, found.parts)


def name_of(check: ModuleType) -> str:
    """Of a check, from its module."""
    return check.__name__.rpartition(".")[2]


def by(record: Record) -> list[tuple[ModuleType, dict[str, dict]]]:
    """Each check that has parts, with those."""
    found = []
    for name, check in checks().items():
        prefixes = ("curve-", name) if name == "sensitivity" else name
        own = {p.part: asdict(p) for p in record.parts if p.part.startswith(prefixes)}
        if own:
            found.append((check, own))
    return found
