"""A study of three sums, for the tests of the frame; also a program that runs it."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field, replace

from zarr_cryoet import console
from zarr_cryoet.core.registry import Registry
from zarr_cryoet.studies.record import Format
from zarr_cryoet.studies.study import Options, Study


@dataclass(frozen=True)
class Sum:
    id: str
    terms: tuple[int, ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    id: str
    total: int | None
    note: str | None = None


@dataclass(frozen=True)
class Record:
    about: dict
    found: list[Found] = field(default_factory=list)
    shift: int = 0


@dataclass(frozen=True)
class Shifted(Options):
    shift: int = 0


SUMS = Registry("sum", [
    Sum("one", (1,), ("odd",)), Sum("three", (1, 2), ("odd",)), Sum("six", (1, 2, 3)),
])  # fmt: skip
STEPS: list[str] = []


def step(name: str) -> None:
    """Notes what was done; does what ``MADE_STUDY`` says of it: ``raise``, or a signal's name."""
    STEPS.append(name)
    where, _, what = os.environ.get("MADE_STUDY", "").partition("=")
    if where == name:
        if what == "raise":
            raise KeyboardInterrupt
        os.kill(os.getpid(), signal.Signals[what])


class Sums(Study[Sum, Found, Record]):
    """What sums come to.

    More than the first line is no help of the verb.
    """

    name = "sums"
    format = Format(Record, "sums", 2, lines=("found",), older={1: lambda old: {**old, "shift": 0}})
    row = Found
    options = Shifted
    timed = False

    def rows(self):
        return SUMS

    def about(self, query):
        return {"shift": query.options.shift, "measured": "today"}

    def seconds(self, tasks, query):
        return 2.0 * len(tasks)

    def ask(self, task, query):
        step(task.id)
        return Found(task.id, sum(task.terms) + query.options.shift)

    def assemble(self, about, rows, context):
        shift = context.once("shift", lambda: STEPS.append("once") or context.options.shift)
        step("assemble")
        return Record(about, list(rows), shift)

    def merged(self, old, new):
        kept = {each.id: each for each in (*old.found, *new.found)}
        return replace(new, found=[kept[name] for name in SUMS if name in kept])

    def failed(self, row):
        return row.total == 13

    def holds(self, record):
        return record.shift >= 0

    def line(self, row):
        return f"comes to {row.total}"

    def page(self, record):
        return "".join(f"- {each.id}: {each.total}\n" for each in record.found)

    def table(self, record):
        console.table(["sum", ">total"], [(each.id, each.total) for each in record.found])


if __name__ == "__main__":
    from zarr_cryoet import cli
    from zarr_cryoet.cli import studies

    studies.add(Sums(), {})
    sys.argv[0] = "zarr-cryoet"
    cli.main()
