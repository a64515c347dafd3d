"""Who reads what whom wrote: libraries, each in an environment of its own, on one volume."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ... import console, lists, project, quality
from ...core import volume as prepared
from ...core.case import Case
from ...core.errors import UserError
from ...core.measure.exchange import EXACT, FAILED, SKIPPED, Exchange, Peer
from ...environments.rows import DAMAGED, PEERS
from ...results import machine_name
from ..study import Context, Options, Query, Study
from . import faults, plan, records, table
from .records import Record, Records
from .run import Readings, Run, Volume, rejudged

_SLOWEST = 4e6  # bytes a second, below which a reader or writer counts as hung
_READING, _ENVIRONMENT = 0.3, 5.0  # rough seconds of each, for the estimate


@dataclass(frozen=True)
class Interchange(Options):
    """Codecs, and who writes and reads them."""

    codecs: Annotated[
        str, typer.Option(help="A group, or ids with commas; kinds: one of each kind.")
    ] = plan.KINDS
    writers: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all"
    readers: Annotated[str, typer.Option(help="Ids with commas, or all.")] = "all"

    def selected(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Ids of the writers and of the readers."""
        return (
            lists.select(PEERS, self.writers, "--writers"),
            lists.select(PEERS, self.readers, "--readers"),
        )


@dataclass(frozen=True)
class Task:
    """One store of one writer, which every reader reads.

    Attributes
    ----------
    writer : str
        Id of an environment.
    case : Case
        Another library takes the place of its backend.
    damaged : bool
        Whether each of `faults.FAULTS` is put into it.
    """

    writer: str
    case: Case
    damaged: bool = False


class Interop(Study[Task, Readings, Records]):
    """Who reads bit for bit what whom wrote."""

    name = "interop"
    format = records.FORMAT
    row = Readings
    options = Interchange
    volumes = "phantom-64"
    has_rows = False  # codecs, writers and readers select

    def path(self, root: Path) -> Path:
        """Among this machine's results: users add volumes and codecs of their own."""
        return project.find(root).results / machine_name() / records.NAME

    def doc(self, root: Path) -> None:
        """None: ``--markdown`` prints the page of what is among the results."""

    def extends(self, query: Query) -> bool:
        """Always: the latest record of each combination stays."""
        return True

    def tasks(self, query: Query) -> list[Task]:
        """Each writer with each case; then the stores that are damaged."""
        quality.require()
        writers, _ = query.options.selected()
        cases = plan.cases(query.volume.id, query.options.codecs)
        sound = [Task(*pair) for pair in itertools.product(writers, cases)]
        hurt = faults.cases(query.volume.id) if DAMAGED in writers else ()
        return [*sound, *(Task(DAMAGED, case, True) for case in hurt)]

    def key(self, task: Task) -> str:
        """The writer and the storage configuration."""
        return f"{task.writer} {task.case.storage.id}{' damaged' if task.damaged else ''}"

    def seconds(self, tasks: Sequence[Task], query: Query) -> float:
        """Of each reading, and of the first word of each process."""
        writers, readers = query.options.selected()
        stores = sum(1 + len(faults.FAULTS) if task.damaged else 1 for task in tasks)
        return _READING * stores * len(readers) + _ENVIRONMENT * len({*writers, *readers})

    def announce(self, tasks: Sequence[Task], query: Query) -> str:
        """How many stores, and by how many they are read."""
        return (
            f"{len(tasks)} stores of {query.volume.id}, {len(query.options.selected()[1])} readers"
        )

    def about(self, query: Query) -> dict:
        """Nothing: each record has its own volume and versions."""
        return {}

    def measure(self, tasks: Sequence[Task], context: Context) -> Iterator[tuple[Task, Readings]]:
        """Store by store; a combination without an environment failed."""
        writers, readers = context.options.selected()
        peers, absent = _environments([*writers, *readers])
        present = [peers[name] for name in readers if name in peers]
        name, data = context.volume.id, prepared.open_volume(context.volume.id)[1]
        seconds = max(60.0, data.nbytes / _SLOWEST)
        with Exchange([*peers.values()], name, data, context.place, seconds=seconds) as exchange:
            run = Run(exchange, Volume(name, data), present)
            for number, task in enumerate(tasks):
                context.tick(number / len(tasks), f"written by {task.writer}")
                found = _failed(task, readers, absent)
                if task.writer in peers:
                    ask = run.damaged if task.damaged else run.sound
                    found += ask(peers[task.writer], task.case)
                yield task, found

    def assemble(self, about: dict, rows: Sequence[Readings], context: Context) -> Records:
        """All records of this run."""
        return Records(rejudged(rows))

    def merged(self, old: Records, new: Records) -> Records:
        """Later ones in the place of earlier ones."""
        return Records(records.merged(old.records, new.records))

    def failed(self, row: Readings) -> bool:
        """Whether a process gave no answer; that somebody cannot read is a result."""
        return any(record.status == FAILED for record in row.records)

    def line(self, row: Readings) -> str:
        """How many readers got what."""
        return _counted(row.records)

    def words(self, record: Records) -> dict[str, object]:
        """See `table.words`."""
        return table.words(record.records)

    def table(self, record: Records) -> None:
        """Writers and readers, every failure with its reason, and the counts."""
        sound = [each for each in record.records if not each.fault]
        pairs: dict[tuple[str, str], Counter] = {}
        for each in sound:
            pairs.setdefault((each.writer, each.reader), Counter())[each.status] += 1
        console.table(
            ["written by", "read by", ">exact", ">not exact", ">skipped"],
            [
                (*pair, n[EXACT], n.total() - n[EXACT] - n[SKIPPED], n[SKIPPED])
                for pair, n in pairs.items()
            ],
        )
        console.say()
        for status, reason, some in table.groups(sound):
            console.say(f"{', '.join(table.culprits(some))}, {len(some)} {status}: {reason}")
        console.say(_counted(record.records))
        console.say("interop --markdown makes a page of the record")

    def json(self, record: Records) -> dict:
        """Each with the version of what it means."""
        return {"records": [each.to_json() for each in record.records]}


def _counted(some: Sequence[Record]) -> str:
    counts = Counter(record.status for record in some)
    return ", ".join(f"{number} {status}" for status, number in counts.most_common())


def _environments(names: Sequence[str]) -> tuple[dict[str, Peer], dict[str, str]]:
    """Environments, made where they are missing; and why some could not be."""
    found, absent = {}, {}
    for name in dict.fromkeys(names):
        try:
            found[name] = PEERS[name].peer()
        except UserError as exc:
            absent[name] = str(exc)
            console.tell(f"{name}: {exc}")
    return found, absent


def _failed(task: Task, readers: Sequence[str], absent: dict[str, str]) -> Readings:
    """What should have been, had the environments been there."""
    found = []
    for reader in () if task.damaged else readers:
        missing = task.writer if task.writer in absent else reader
        if missing in absent:
            reason = f"no environment for {missing}: {absent[missing]}"
            found.append(Record.of(task.case, task.writer, reader, FAILED, reason))
    return Readings(found, [None] * len(found))
