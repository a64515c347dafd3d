"""A study: a question with rows, and a measured answer that is kept."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from .. import console, lists, project, templates
from ..core.registry import Registry
from ..core.volume import Volume
from . import mapping
from .journal import Journal
from .record import Format

SITE, DOCS = "site.html", "page.md"


@dataclass(frozen=True)
class Options:
    """What a study can be asked for beside what all can: nothing, unless it says more.

    A subclass's fields become options of the verb; their types are ``Annotated`` with what
    `typer` is to say of them.
    """


@dataclass(frozen=True)
class Query:
    """What is asked of a study.

    Attributes
    ----------
    only : str or None
        Ids or groups of its rows, with commas between; None for all.
    volumes : tuple of Volume
        They are prepared; empty where the study takes none.
    options : Options
        Its own.
    """

    only: str | None = None
    volumes: tuple[Volume, ...] = ()
    options: Any = field(default_factory=Options)

    @property
    def volume(self) -> Volume:
        """The first, where the study takes one."""
        return self.volumes[0]

    @property
    def whole(self) -> bool:
        """Whether all rows are asked for."""
        return not self.only


@dataclass
class Context:
    """What a study measures with.

    Attributes
    ----------
    query : Query
        What is asked.
    place : pathlib.Path
        An empty folder, removed at the end.
    journal : Journal
        What is done.
    held : tuple of int
        The clone's lock, for processes that must not outlive it.
    tick : callable
        Told the share of the study that is done, and what is done now.
    how : str
        One of `mapping.MAPS`.
    workers : int
        How many tasks at once, where those are not `timed`.
    """

    query: Query
    place: Path
    journal: Journal
    held: tuple[int, ...] = ()
    tick: Callable[[float, str], None] = lambda done, text: None
    how: str = mapping.SERIAL
    workers: int = 1

    @property
    def volume(self) -> Volume:
        """See `Query`."""
        return self.query.volume

    @property
    def options(self) -> Any:
        """See `Query`."""
        return self.query.options

    def map[T, R](self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Each task with what comes of it, as it comes: one after the other, or side by side."""
        for number, pair in enumerate(mapping.MAPS[self.how](function, tasks, self.workers), 1):
            yield pair
            self.tick(number / len(tasks), "")

    def once[V](self, key: str, work: Callable[[], V]) -> V:
        """A plain value that holds for the whole study, kept in its journal."""
        return self.journal.once(key, work)


class Study[Task, Row, Record](ABC):
    """A question, its rows, and how it is measured. The first line is the help of its verb.

    Found because it is there: a folder of `zarr_cryoet.studies` whose ``__init__`` defines it,
    with its rows and two templates beside it, `page.md` for the docs and `site.html` for the
    site. What needs an extra is imported inside methods.

    Attributes
    ----------
    name : str
        Its verb; of two words, the second is a verb below the first.
    format : Format
        Of its record, a dataclass with ``about`` (what holds for a run).
    row : type
        Of what comes of one task, as the journal brings it back.
    options : type
        A subclass of `Options`.
    volumes : str
        What it is measured on where nobody says; empty where it takes no volume.
    several : bool
        Whether it takes several volumes, with commas between.
    has_rows : bool
        Whether ``--only`` selects among its rows.
    merges : bool
        Whether a run of some rows can be laid over the record of more.
    keeps : bool
        Whether the journal outlives the run, so that what is done is not done again.
    timed : bool
        Whether times are measured: then nothing else runs beside a task.
    title, summary : str
        Of its page on the site, and `order`, its place among them.
    """

    name: ClassVar[str]
    format: ClassVar[Format]
    row: ClassVar[Any]
    options: ClassVar[type[Options]] = Options
    volumes: ClassVar[str] = ""
    several: ClassVar[bool] = False
    has_rows: ClassVar[bool] = True
    merges: ClassVar[bool] = True
    keeps: ClassVar[bool] = False
    timed: ClassVar[bool] = True
    title: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    order: ClassVar[int] = 60

    # What is asked

    def rows(self) -> Registry[Any]:
        """The registry of its rows, of which ``--only`` selects."""
        raise NotImplementedError

    def select(self, only: str | None) -> list[Any]:
        """Rows by their ids or groups, with commas between, in their order; default: all.

        Raises
        ------
        UserError
            One is unknown, or none was named.
        """
        rows = self.rows()
        ids = lists.select(rows, "all" if only is None else only, "--only")
        return [rows[each] for each in rows if each in ids]

    def tasks(self, query: Query) -> list[Task]:
        """What there is to do; default: a task for each row."""
        return self.select(query.only)

    def key(self, task: Task) -> str:
        """What a task is called in the journal."""
        return task.id

    def seconds(self, tasks: Sequence[Task], query: Query) -> float:
        """About how long those take, on a machine at rest; 0 where nobody knows."""
        return 0.0

    def announce(self, tasks: Sequence[Task], query: Query) -> str:
        """What is about to be done, in a few words."""
        volumes = ", ".join(volume.id for volume in query.volumes)
        return f"{len(tasks)}{f', on {volumes}' if volumes else ''}"

    # What is measured

    def about(self, query: Query) -> dict:
        """What holds for a run: the machine and the day, the volume, and how it is measured."""
        from ..core.measure import affinity
        from ..results import machine

        volume = {"volume": query.volume.id} if self.volumes and not self.several else {}
        return volume | machine.facts(affinity.cores())

    def terms(self, about: Mapping) -> dict:
        """What of that figures depend on: with other terms they do not go together."""
        return {key: value for key, value in about.items() if key != "measured"}

    def asked(self, query: Query) -> dict:
        """What of the question does so; default: all of it but the volumes, which always do."""
        return {"only": query.only, "options": vars(query.options)}

    def measure(self, tasks: Sequence[Task], context: Context) -> Iterator[tuple[Task, Row]]:
        """Each task with what came of it, as soon as it is known; default: see `ask`."""
        return context.map(partial(self.ask, query=context.query), tasks)

    def ask(self, task: Task, query: Query) -> Row:
        """One task of those that need nothing of the others."""
        raise NotImplementedError

    @abstractmethod
    def assemble(self, about: dict, rows: Sequence[Row], context: Context) -> Record:
        """The record; rows stand in the order of the tasks."""

    def merged(self, old: Record, new: Record) -> Record:
        """A run of some rows laid over the record of more, of the same terms."""
        raise NotImplementedError

    def failed(self, row: Row) -> bool:
        """Whether a task came to nothing, which the exit code tells."""
        return False

    def holds(self, record: Record) -> bool:
        """Whether the record is as it should be, which the exit code tells too."""
        return True

    # What is kept and shown

    def path(self, root: Path) -> Path:
        """Of the record, in a clone."""
        return root / "docs" / "records" / f"{self.format.key}.json"

    def extends(self, query: Query) -> bool:
        """Whether a run is laid over what is on record; default: where some rows are asked for."""
        return not query.whole and self.merges

    def doc(self, root: Path) -> Path | None:
        """Of the page of the docs; None where a run writes none."""
        return root / "docs" / f"{self.format.key}.md"

    def load(self, path: Path) -> Record:
        """What is on record; see `Format.load`."""
        return self.format.load(path)

    def text(self, record: Record) -> str:
        """What stands in the record's file."""
        return self.format.text(record)

    def page(self, record: Record) -> str:
        """The page of the docs, from its template."""
        return templates.render(self.folder, DOCS, **{"record": record, **self.words(record)})

    def words(self, record: Record) -> dict[str, Any]:
        """What the template of the docs page shows beside the record itself."""
        return {}

    def site(self, record: Record, docs: str) -> str:
        """HTML below the title of its page on the site, from its template.

        Parameters
        ----------
        record
            What is shown.
        docs
            HTML of a link to the page of the docs.
        """
        words = {"docs": docs, **self.site_words(record)}
        return templates.render(self.folder, SITE, record=record, **words).rstrip("\n")

    def site_words(self, record: Record) -> dict[str, Any]:
        """What the template of the site's page shows beside the record itself."""
        return {}

    def line(self, row: Row) -> str:
        """What came of a task, for the log."""
        return "done"

    @abstractmethod
    def table(self, record: Record) -> None:
        """Show a run on the terminal."""

    def json(self, record: Record) -> dict:
        """A run for machines."""
        return self.format.to_json(record)

    @property
    def folder(self) -> Path:
        """Where its templates are."""
        return Path(inspect.getfile(type(self))).resolve().parent

    @classmethod
    def help(cls) -> str:
        """Of its verb."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]


def prepared(study: Study, names: str) -> tuple[Volume, ...]:
    """The volumes that a study is asked about, each in the cache.

    Raises
    ------
    UserError
        One is unknown or cannot be prepared, or none was named.
    """
    from ..volumes import cache
    from ..volumes.resolve import resolve

    if not study.volumes:
        return ()
    several = study.several and lists.names(names, "--volumes")
    found: dict[str, Volume] = {}
    for name in several or [names]:
        with console.bar(f"preparing {name}") as progress:
            volume = cache.prepare(resolve(name), progress)[0]
        found[volume.id] = volume
    return tuple(found.values())


def same_terms(study: Study, old: Any, about: Mapping) -> None:
    """Make sure that a run may stand beside what is on record.

    Raises
    ------
    UserError
        It was measured in another way.
    """
    project.same_terms(study.terms(old.about), study.terms(about))
