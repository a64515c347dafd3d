"""How the command line talks: tables, bars on a terminal, JSON for machines."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table


def _console(**kwargs) -> Console:
    """80 columns off a terminal, where nobody said how wide it is."""
    stream = sys.stderr if kwargs.get("stderr") else sys.stdout
    terminal = stream is not None and stream.isatty()
    return Console(width=None if terminal else 80, highlight=False, **kwargs)


def say_wrapped(text: str, indent: str = "  ") -> None:
    """A sentence of the answer, in lines that fit; all but the first begin with `indent`."""
    width = max(_console().width, 40)
    say(textwrap.fill(text, width, subsequent_indent=indent, break_on_hyphens=False,
                      break_long_words=False))  # fmt: skip


def say(text: str = "") -> None:
    """A line of the answer."""
    _console().print(text, soft_wrap=True, markup=False)


def tell(text: str) -> None:
    """A line about the work, apart from the answer."""
    _console(stderr=True).print(text, soft_wrap=True, markup=False)


def log(text: str) -> None:
    """A line about the work where there is no bar to show it."""
    if not sys.stderr.isatty():
        tell(text)


def as_json(value: object) -> None:
    """The answer for a machine."""
    print(json.dumps(value, indent=1))


def table(columns: Iterable[str], rows: Iterable[Iterable[object]], title: str = "") -> None:
    """A table that fits 80 columns.

    The first column is never broken; those whose name begins with ``>`` hold numbers.
    """
    shown = Table(box=None, pad_edge=False, title=title or None, title_justify="left")
    shown.title_style = "bold"
    for place, column in enumerate(columns):
        right = column.startswith(">")
        shown.add_column(
            column.lstrip(">"),
            justify="right" if right else "left",
            no_wrap=right or not place,
            overflow="fold",
        )
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    _console(markup=False).print(shown)


def markdown_table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table for a page of the docs; what would end a cell is replaced."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(c).replace('|', '/') for c in line)} |" for line in lines)


@contextmanager
def bar(text: str) -> Iterator[Callable[..., None]]:
    """A bar with an estimate, on a terminal; silent elsewhere.

    Yields
    ------
    callable
        Takes the fraction that is done, and a new text where that changes.
    """
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
    stream = _console(stderr=True)
    with Progress(
        *columns,
        TextColumn("elapsed, about"),
        TimeRemainingColumn(elapsed_when_finished=False),
        TextColumn("left"),
        console=stream,
        disable=not stream.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task(text, total=1.0)

        def update(done: float, text: str | None = None) -> None:
            progress.update(task, completed=done, description=text)

        yield update
