"""What becomes of a read from a bucket that fails: retried, raised, wrong, or hung."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ... import console, lists
from ...environments.rows import BUCKET_READERS, Row
from ..study import Context, Options, Query, Study
from . import page, plan, records
from .cell import Shared, run
from .plan import Ask
from .records import Answer, Record
from .stores import written

_EACH = 3.0  # seconds that a cell takes beside its fault, for the estimate beforehand


@dataclass(frozen=True)
class Cells(Options):
    """Who reads, under which faults, and how long that may take."""

    environments: Annotated[
        str, typer.Option("--environments", "--parties", help="Ids with commas, or all.")
    ] = "all"
    faults: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all"
    deadline: Annotated[
        float, typer.Option(min=1, help="Seconds after which a read is killed.")
    ] = 600.0
    at_once: Annotated[int, typer.Option(min=1, help="Cells that are waited for side by side.")] = (
        48
    )

    @property
    def selected(self) -> dict[str, str]:
        """What selects cells."""
        return {"environments": self.environments, "faults": self.faults}


class Faults(Study[Ask, Answer, Record]):
    """Who retries, raises, hangs, or returns wrong data, when a bucket fails."""

    name = "faults"
    format = records.FORMAT
    row = Answer
    options = Cells
    volumes = "phantom-64"
    has_rows = False  # environments and faults select

    def extends(self, query: Query) -> bool:
        """Where some cells are asked for."""
        return {*query.options.selected.values()} != {"all"}

    def asked(self, query: Query) -> dict:
        """All but how many cells are waited for at once."""
        return query.options.selected

    def tasks(self, query: Query) -> list[Ask]:
        """Each way of storing under each fault, by each that knows it."""
        who = lists.select(BUCKET_READERS, query.options.environments, "--environments")
        some = lists.select(plan.FAULTS, query.options.faults, "--faults")
        return [a for a in _all() if a.environment.id in who and a.fault.id in some]

    def key(self, task: Ask) -> str:
        """The environment, the fault, the way of storing, and how long it lasts."""
        return " ".join(task.key)

    def seconds(self, tasks: Sequence[Ask], query: Query) -> float:
        """Of the start of each, one after the other, and half of what may hang."""
        hang = sum(a.lasts == plan.ALWAYS and a.fault.forms == plan.SENT for a in tasks)
        return len(tasks) * _EACH + hang * query.options.deadline / 2 / query.options.at_once

    def announce(self, tasks: Sequence[Ask], query: Query) -> str:
        """How many cells, and how long each may take."""
        options = query.options
        return (
            f"{len(tasks)} cells, {options.at_once} at once, {options.deadline:.0f} s at most each"
        )

    def about(self, query: Query) -> dict:
        """The day, the volume, and the deadline: times are not compared between machines."""
        return {
            "volume": query.volume.id,
            "deadline": query.options.deadline,
            "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        }

    def measure(self, tasks: Sequence[Ask], context: Context) -> Iterator[tuple[Ask, Answer]]:
        """Side by side, as most of them wait; processes start one after the other."""
        pythons = _pythons({task.environment.id: task.environment for task in tasks})
        made = written(context.volume.id, {task.form.id for task in tasks}, context.place)
        shared, deadline = Shared(), context.options.deadline
        with ThreadPoolExecutor(context.options.at_once) as pool:
            asked = {
                pool.submit(run, task, pythons[task.environment.id], made, deadline, shared): task
                for task in tasks
            }
            try:
                for number, done in enumerate(as_completed(asked), 1):
                    yield asked[done], done.result()
                    context.tick(number / len(tasks))
            except BaseException:
                shared.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def assemble(self, about: dict, rows: Sequence[Answer], context: Context) -> Record:
        """All cells, and the versions of each environment."""
        versions: dict[str, dict[str, str]] = {}
        for row in rows:
            versions.setdefault(row.cell.party, {}).update(row.versions)
        return Record(about, versions, [row.cell for row in rows])

    def merged(self, old: Record, new: Record) -> Record:
        """New cells in the place of old ones; those that are no longer asked are dropped."""
        return records.merged(old, new, [ask.key for ask in _all()])

    def failed(self, row: Answer) -> bool:
        """Whether nothing can be said; that a library raises or hangs is a result."""
        return row.cell.status == records.FAILED

    def line(self, row: Answer) -> str:
        """What came of the cell."""
        return page.said(row.cell)

    def words(self, record: Record) -> dict[str, Any]:
        """See `page.words`."""
        return page.words(record)

    def table(self, record: Record) -> None:
        """Counts for each that reads, and every cell that was wrong."""
        found: dict[str, Counter] = {}
        for cell in record.cells:
            found.setdefault(cell.party, Counter())[cell.status] += 1
        columns = [s for s in records.STATUSES if any(n[s] for n in found.values())]
        console.table(
            ["read by", *(f">{each}" for each in columns)],
            [(party, *(n[each] for each in columns)) for party, n in found.items()],
        )
        console.say()
        for cell in record.cells:
            if cell.status == records.WRONG:
                console.say(f"{' '.join(cell.key)}: {page.said(cell)}")
        console.say("faults --markdown makes a page of the record")


def _all() -> list[Ask]:
    """All cells that there are, in their order."""
    return plan.cells(BUCKET_READERS.values(), plan.FAULTS.values())


def _pythons(rows: dict[str, Row]) -> dict[str, str]:
    """Interpreters of environments, which are made where they are missing."""
    found = {}
    with console.bar("environments") as bar:
        for number, (name, row) in enumerate(rows.items(), 1):
            found[name] = str(row.contents.python())
            bar(number / len(rows))
    return found
