"""Fetching a tomogram from the portal's emulator: how quick, and what is lost when it is killed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any

import typer

from ... import console
from ..study import Context, Options, Query, Study
from . import records
from .child import WAYS
from .records import NETWORKS, SLOW, Crop, Fetched, Killed, Record

_SECONDS = {"loopback": 6.0, "slow": 18.0, "kill": 20.0, "crop": 6.0}  # roughly, of each
_KILLED = SLOW, "prepare"  # what is killed
_WITHIN = 0.8  # of its seconds, in which it is killed


@dataclass(frozen=True)
class Often(Options):
    """How often all is done."""

    rounds: Annotated[int, typer.Option(min=1, help="Of all ways, over each network.")] = 5
    kills: Annotated[int, typer.Option(min=1, help="Of one way, over the slow network.")] = 10


@dataclass(frozen=True)
class Task:
    """One fetching: ``crop``, ``kill``, or a way over a network; and its number."""

    what: str
    number: int = 0
    way: str = ""

    @property
    def id(self) -> str:
        """What it is called."""
        return " ".join(filter(None, (self.what, str(self.number), self.way)))


class Fetching(Study[Task, Fetched | Killed | Crop, Record]):
    """How quick a tomogram is fetched, beside the portal's own client."""

    name = "fetching"
    format = records.FORMAT
    row = Fetched | Killed | Crop
    options = Often
    has_rows = False
    merges = False

    def tasks(self, query: Query) -> list[Task]:
        """A crop; all ways in turn, each beginning a round as often as the others; the kills."""
        ways = [*WAYS]
        found = [Task("crop")]
        for network in NETWORKS:
            for number in range(query.options.rounds):
                turn = number % len(ways)
                found += [Task(network, number, way) for way in (*ways[turn:], *ways[:turn])]
        return [*found, *(Task("kill", number) for number in range(query.options.kills))]

    def seconds(self, tasks: Sequence[Task], query: Query) -> float:
        """Of each kind."""
        return sum(_SECONDS[task.what] for task in tasks)

    def about(self, query: Query) -> dict:
        """Cores in all, the machine's load, and the slow network."""
        from .measure import BANDWIDTH, LATENCY

        return {
            "cores": len(os.sched_getaffinity(0)),
            "load_before": round(os.getloadavg()[0], 1),
            "rounds": query.options.rounds,
            "bandwidth_mb_per_s": BANDWIDTH / 1e6,
            "latency_ms": LATENCY * 1e3,
            "what": WAYS,
        }

    def terms(self, about: dict) -> dict:
        """All but the load."""
        return {key: value for key, value in about.items() if key != "load_before"}

    def measure(self, tasks: Sequence[Task], context: Context) -> Iterator[tuple]:
        """One after the other, in processes of their own."""
        from .measure import networks

        with networks(context.place) as running:
            for number, task in enumerate(tasks):
                context.tick(number / len(tasks), task.id)
                if task.what == "crop":
                    yield task, running.crop()
                elif task.what == "kill":
                    yield task, running.killed(self._moment(task.number, context))
                else:
                    yield task, running.once(task.what, task.way)

    def _moment(self, number: int, context: Context) -> float:
        """When it is killed: at random within most of what fetching takes here."""
        done = context.journal.done
        keys = [f"row {t.id}" for t in self.tasks(context.query) if (t.what, t.way) == _KILLED]
        within = _WITHIN * median(done[key]["seconds"] for key in keys)
        chance = random.Random(4)
        return [chance.uniform(0, within) for _ in range(number + 1)][number]

    def assemble(self, about: dict, rows: Sequence, context: Context) -> Record:
        """Medians over rounds, and all kills."""
        crop, *fetched = (row for row in rows if not isinstance(row, Killed))
        loopback, slow = (
            records.network([row for row in fetched if row.network == name]) for name in NETWORKS
        )
        kills = records.kills([row for row in rows if isinstance(row, Killed)])
        return Record(about, crop, loopback, slow, kills)

    def holds(self, record: Record) -> bool:
        """Whether all voxels are the same, and nothing that was here was asked for again."""
        same = record.loopback.same_sha256 and record.slow.same_sha256
        return same and (record.kills.sha256s, record.kills.requests_for_what_was_here) == (1, 0)

    def line(self, row: Fetched | Killed | Crop) -> str:
        """Seconds, or how far it was and what was asked again, or chunks."""
        if isinstance(row, Fetched):
            return f"{row.seconds:.2f} s, CPU {row.cpu:.2f} s, {row.peak_mib:.0f} MiB"
        if isinstance(row, Killed):
            return f"killed at {100 * row.share:.0f} %, asked again {row.repeated}"
        return f"{len(row.chunks_read)} chunks"

    def words(self, record: Record) -> dict[str, Any]:
        """Titles of the networks, and what the ways are called."""
        slow = (
            f"{record.about['bandwidth_mb_per_s']:g} MB/s for each connection, "
            f"{record.about['latency_ms']:g} ms before each request"
        )
        return {
            "networks": [
                ("On loopback, as fast as it goes", record.loopback),
                (slow, record.slow),
            ],
            "what": WAYS,
            "moments": [f"{100 * share:.0f}" for share in sorted(record.kills.share_when_killed)],
        }

    def table(self, record: Record) -> None:
        """Each way over each network."""
        head = ["network", "way", ">speed of the client's", ">s", ">CPU s", ">server's", ">MiB"]
        rows = (
            (name, way, f"{each.speed_of_client:.2f}", f"{each.seconds:.1f}", f"{each.cpu:.2f}",
             f"{each.server_cpu:.2f}", f"{each.peak_mib:.0f}")
            for name in NETWORKS
            for way, each in getattr(record, name).ways.items()
        )  # fmt: skip
        console.table(head, rows)
