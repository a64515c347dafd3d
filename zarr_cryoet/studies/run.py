"""Run a study: measure what is not done yet, keep the record, and make its pages."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import console, project, units
from ..core.errors import UserError, unknown
from ..lock import FOLDER, alone, scratch
from . import mapping
from .journal import Journal
from .record import build
from .study import Context, Options, Query, Study, prepared, same_terms


@dataclass(frozen=True)
class Command:
    """How a study is called.

    Attributes
    ----------
    only : str or None
        See `Query`.
    volumes : str
        An id or a file, or several with commas between.
    output : pathlib.Path or None
        A file for the record, in place of its own, and then no page.
    map, workers : str, int
        See `Context`.
    restart : bool
        Whether what an interrupted run has done is done again.
    json : bool
        Whether the answer is for machines.
    options : Options or None
        The study's own; None: as they are where nobody says.
    """

    only: str | None = None
    volumes: str = ""
    output: Path | None = None
    map: str = mapping.SERIAL
    workers: int = 1
    restart: bool = False
    json: bool = False
    options: Options | None = None


def run(study: Study, command: Command) -> int:
    """Answer the question, all of it or some rows, and write the record and the page.

    Returns
    -------
    int
        Exit code: 0, or 1 when a task failed or the record does not hold.

    Raises
    ------
    UserError
        It cannot be done as asked, or the record cannot be written.
    """
    root = project.find().root
    if command.map not in mapping.MAPS:
        raise unknown("map", command.map, mapping.MAPS)
    if study.has_rows:
        study.select(command.only)  # before a volume is prepared in vain
    if command.only and not study.merges and not command.output:
        raise UserError("--only: the record of the docs is of all rows; --output names another")
    path = command.output or study.path(root)
    options = command.options or study.options()
    query = Query(command.only, prepared(study, command.volumes), options)
    tasks = study.tasks(query)
    about = study.about(query)
    project.check_place(path)
    old = study.load(path) if study.extends(query) and path.exists() else None
    if old is not None:
        same_terms(study, old, about)  # before anything is measured in vain
    new, rows = _measured(study, command, root, query, tasks, about)
    whole = new if old is None else study.merged(old, new)
    project.write_whole(path, study.text(whole))
    if not command.output and (doc := study.doc(root)):
        project.write_whole(doc, study.page(study.load(path)))
    if not study.keeps:
        _journal_path(study, root).unlink(missing_ok=True)
    _show(study, new, path, command.json)
    return 0 if study.holds(new) and not any(map(study.failed, rows)) else 1


def markdown(study: Study) -> None:
    """Print what is on record as a page of the docs."""
    print(study.page(study.load(study.path(project.find().root))), end="")


def _measured(
    study: Study, command: Command, root: Path, query: Query, tasks: Sequence, about: dict
) -> tuple[Any, list]:
    """The record of this run and the rows that it is made of."""
    folder = root / FOLDER
    label = study.name.split()[-1][:9]
    console.tell(f"{label:<9} {study.announce(tasks, query)}")
    with alone(folder) as held:
        journal, done = _resumed(study, command, root, query, about)
        left = [task for task in tasks if study.key(task) not in done]
        if len(left) < len(tasks):
            console.tell(f"goes on   {len(tasks) - len(left)} of {len(tasks)} are done")
        if seconds := study.seconds(left, query):
            console.tell(f"time      about {units.format_budget(seconds)} on a machine at rest")
        with scratch(folder) as place, console.bar(study.name) as bar:
            how = mapping.SERIAL if study.timed else command.map
            context = Context(
                query, place, journal, held, ticking(bar), how, max(1, command.workers)
            )
            with closing(_each(study, left, context)) as found:  # nothing goes on behind it
                for task, row in found:
                    key = study.key(task)
                    journal.add(f"row {key}", row)
                    done[key] = row
                    console.log(f"{len(done)}/{len(tasks)} {key}: {study.line(row)}")
            rows = [done[study.key(task)] for task in tasks]
            return study.assemble(about, rows, context), rows


def _each(study: Study, tasks: Sequence, context: Context) -> Generator[tuple]:
    if tasks:
        yield from study.measure(tasks, context)


def _journal_path(study: Study, root: Path) -> Path:
    return root / FOLDER / "journals" / f"{study.name.replace(' ', '-')}.jsonl"


def _resumed(
    study: Study, command: Command, root: Path, query: Query, about: dict
) -> tuple[Journal, dict[str, Any]]:
    """The journal, and the rows that an interrupted run left in it."""
    path = _journal_path(study, root)
    if command.restart:
        path.unlink(missing_ok=True)
    terms = {"record": study.format.version, **study.asked(query), **study.terms(about)}
    terms |= {"volumes": [volume.sha256 or volume.id for volume in query.volumes]}
    journal = Journal(path, study.name, terms, console.tell)
    try:
        done = {
            key.removeprefix("row "): build(study.row, value)
            for key, value in journal.done.items()
            if key.startswith("row ")
        }
    except (TypeError, ValueError, KeyError):
        journal.set_aside("is damaged")
        done = {}
    return journal, done


def ticking(bar: Callable[..., None]) -> Callable[[float, str], None]:
    """Moves the bar; off a terminal, a line for each new stage: the first two words of a text."""
    last = ""

    def tick(done: float, text: str = "") -> None:
        nonlocal last
        bar(done, text or None)
        if text and (stage := " ".join(text.split()[:2])) != last:
            console.log(f"{100 * done:.0f} % {text}")
            last = stage

    return tick


def _show(study: Study, record: Any, path: Path, json: bool) -> None:
    if json:
        return console.as_json({"path": str(path), **study.json(record)})
    study.table(record)
    return console.say(f"record: {path}")
