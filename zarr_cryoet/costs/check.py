"""Hold the seconds of the model against a server that waits: `zarr-cryoet costs check`."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from ..core import backends
from ..core import volume as prepared
from ..core.case import Case
from ..core.errors import UserError
from ..core.measure import affinity
from ..core.measure.worker import Died, Environment, Worker
from ..core.prepare import READY, prepare
from ..core.requests.objects import Objects, look
from ..core.storage import Storage
from ..core.stores.http import Served
from ..model.network import FREE
from ..model.types import Network
from .clients import CLIENTS, environment
from .records import Record, Row
from .requests import OPEN, Foretold, foretell, unforetold
from .stored import WRITER

_LONGEST = 3600.0  # seconds of one cell, on all networks
ALONE = "alone"
SLOW = "20 ms, 20 MB/s"  # as far away as it is slow
NETWORKS: dict[str, Network] = {
    ALONE: FREE,
    **{f"{ms} ms": {**FREE, "latency": ms / 1000} for ms in (5, 20, 80, 100, 400)},
    SLOW: {"latency": 0.020, "bandwidth": 20e6, "link": None},
}
NEAR, FAR = ("5 ms", "20 ms", "80 ms"), ("20 ms", "100 ms", "400 ms")
ROUNDS = 3
LONGEST = 5.0  # seconds; what is predicted to wait longer is left out on that network
_BLOSC = "blosc-zstd-5-shuffle"


@dataclass(frozen=True)
class Trial:
    """What is read, through each client.

    Attributes
    ----------
    storage : Storage
        How it is stored.
    access : str
        Id of an access pattern, or ``open``.
    volume : str
        Empty for the one that is asked for.
    in_flight : tuple of int
        What clients are set to.
    networks : tuple of str
        Names of `NETWORKS`.
    """

    storage: Storage
    access: str
    volume: str = ""
    in_flight: tuple[int, ...] = (4, 16)
    networks: tuple[str, ...] = NEAR


def _far(volume: str, accesses: Iterable[str], *layouts: str) -> Iterator[Trial]:
    """Many objects, at the limit that zarr-python has by default."""
    for access in accesses:
        for layout in layouts:
            yield Trial(Storage("none", layout, 3), access, volume, (10,), FAR)


TRIALS = (
    Trial(Storage("none", "c32", 3), "plane-xy", networks=(*NEAR, SLOW)),
    Trial(Storage("none", "c64", 2), "full", networks=(*NEAR, SLOW)),
    Trial(Storage(_BLOSC, "c64", 3), "plane-xz"),
    Trial(Storage("none", "c32-s128", 3), "plane-xy", networks=(*NEAR, SLOW)),
    Trial(Storage("none", "c16-s64", 3), "part-shard"),
    Trial(Storage("none", "c32", 3), OPEN),
    *_far(
        "phantom-128-t184x630x630",
        ("plane-xy", "plane-yz", "parts-shards"),
        "c64", "c32-s128", "c64-s256", "c32-s256",
    ),
    *_far("phantom-128-t512", ("plane-xz", "parts-shards"), "c64", "c32-s128", "c32-s256"),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A trial for one client; `networks` by their names."""

    case: Case
    access: str
    networks: tuple[str, ...]
    foretold: Foretold

    @property
    def folder(self) -> str:
        """Where it is below a server's URL; the writer has its name in it."""
        return replace(self.case, backend=WRITER).id


def measure(
    volume: str,
    place: Path,
    tick: Callable[[float, str], None] = lambda done, what: None,
    trials: Iterable[Trial] = TRIALS,
    clients: Iterable[str] = tuple(CLIENTS),
    rounds: int = ROUNDS,
) -> Record:
    """Read over HTTP on loopback, from a server that waits, and compare with the model.

    Server and clients share one core: what they work, they work in turn, and each cell
    is timed at no latency too, which tells how much that is.

    Parameters
    ----------
    volume
        Id of a volume, for the trials that name none.
    place
        A folder for stores.
    tick
        Told the fraction that is done, and what is under way.
    trials, clients, rounds
        What is measured, through whom, and how often.

    Raises
    ------
    UserError
        A store cannot be written, a client cannot be used, or a process died.
    """
    affinity.pin()
    trials = [replace(each, volume=each.volume or volume) for each in trials]
    stores = _stores(trials, place, lambda done: tick(0.1 * done, "stores"))
    record = Record(about(volume, trials, rounds), {})
    counts = dict.fromkeys(count for each in trials for count in each.in_flight)
    turns = [(client, count) for client in clients for count in counts]
    with Served(place) as server:
        for done, (client, count) in enumerate(turns):
            mine = list(_cells(CLIENTS[client].backend, count, trials, stores))
            if not mine:  # its library is not here
                continue
            task = {"client": client, "in_flight": count, "url": server.url, "rounds": rounds}
            answers = []
            for answer in _ask(task, mine):
                answers.append(answer)
                part = (done + len(answers) / len(mine)) / len(turns)
                tick(0.1 + 0.9 * part, f"{client}, {count} in flight")
            rows, work = _rows(client, count, mine, answers)
            record.rows.extend(rows)
            record.work.setdefault(client, {})[str(count)] = list(work)
    if not record.rows:
        raise UserError("none of the clients is here; install zarr-cryoet[backends,tensorstore]")
    return record


def _npy(volume: str) -> Path:
    return prepared.folder() / f"{volume}.npy"


def _stores(trials: list[Trial], place: Path, tick) -> dict[tuple[str, Storage], Objects]:
    """Write what is read, each once, and take stock of it."""
    found = {}
    wanted = dict.fromkeys((each.volume, each.storage) for each in trials)
    for done, (volume, storage) in enumerate(wanted, 1):
        data = prepared.open_volume(volume)[1]
        case = Case(volume, storage, WRITER)
        written = prepare(case, data, place)
        if written["status"] != READY:
            raise UserError(f"{case.id}: {written['reason']}")
        found[volume, storage] = look(case, Path(written["path"]), data.shape)
        tick(done / len(wanted))
    return found


def _cells(backend: str, in_flight: int, trials: Iterable[Trial], stores) -> Iterator[Cell]:
    """Those that a backend can read, on the networks that take no more than `LONGEST`."""
    for each in trials:
        case = Case(each.volume, each.storage, backend)
        if in_flight not in each.in_flight or unforetold(case, each.access):
            continue
        shape = prepared.open_volume(each.volume)[1].shape
        found = foretell(case, shape, each.access, stores[each.volume, each.storage])
        names = [
            name for name in each.networks if found.seconds(NETWORKS[name], in_flight, 1) <= LONGEST
        ]
        yield Cell(case, each.access, (ALONE, *names), found)


def _ask(task: dict, cells: Iterable[Cell]) -> Iterator[dict]:
    """What a process of that client answers, cell by cell."""
    variables = environment(task["in_flight"])
    where = Environment(task["client"], sys.executable, variables=variables)
    with Worker(where, "zarr_cryoet.costs.child:Reads", task) as worker:
        for cell in cells:
            nets = {name: NETWORKS[name] for name in cell.networks}
            slow = {n: (net["latency"], net["bandwidth"] or 0.0) for n, net in nets.items()}
            what = {"folder": cell.folder, "access": cell.access, "networks": slow}
            what |= {"case": cell.case.to_json(), "data": str(_npy(cell.case.volume))}
            try:
                found = worker.ask("sample", deadline=_LONGEST, **what)
            except Died as exc:
                found = {"error": str(exc)}
            if "error" in found:
                read = f"{task['client']}, {cell.folder} {cell.access}"
                raise UserError(f"{read}: {found['error']}")
            yield found


def _rows(client: str, in_flight: int, cells, answers) -> tuple[list[Row], tuple[float, float]]:
    """Cells beside what the model says of them, and what the client works."""
    alone = [median(answer["seconds"][ALONE]) for answer in answers]
    reads = [(c, t) for c, t in zip(cells, alone, strict=True) if c.access != OPEN]
    work = fitted([(c.foretold.tally, t) for c, t in reads])
    rows = []
    for cell, answer, own in zip(cells, answers, alone, strict=True):
        tally = cell.foretold.tally
        kinds = {k: v for k, v in vars(tally).items() if k != "decoded"}
        of_client = tally.requests * work[0] + tally.bytes_read * work[1]
        works = own, own if cell.access == OPEN else of_client
        for name in cell.networks[1:]:
            net, counted = NETWORKS[name], answer["tallies"][name]
            foretold = all(counted[kind] == n for kind, n in kinds.items())
            by = [cell.foretold.seconds(net, in_flight, 1, each) for each in works]
            storage = cell.case.storage
            rows.append(
                Row(
                    client, cell.case.backend, storage.codec, storage.layout, cell.access,
                    storage.zarr_format, in_flight, net["latency"], net["bandwidth"] or 0.0,
                    sum(n for k, n in counted.items() if k in _REQUESTS), counted["bytes_read"],
                    foretold, own, median(answer["seconds"][name]), *by, cell.case.volume,
                )
            )  # fmt: skip
    return rows, work


_REQUESTS = ("gets", "ranges", "heads", "lists", "puts", "deletes")


def fitted(cells: Iterable[tuple]) -> tuple[float, float]:
    """Seconds for a request and for a byte, which explain best what cells took alone.

    Least squares of relative errors, over tallies and seconds; neither is negative.
    """
    cells = list(cells)
    rows = np.array([(tally.requests, tally.bytes_read) for tally, _ in cells], float)
    rows /= np.array([seconds for _, seconds in cells])[:, None]
    found = np.linalg.lstsq(rows, np.ones(len(rows)), rcond=None)[0]
    if found.min() < 0:  # one of them explains all
        kept = int(found.argmax())
        one = rows[:, kept]
        found = np.zeros(2)
        found[kept] = one.sum() / (one @ one)
    return float(found[0]), float(found[1])


def about(volume: str, trials: Iterable[Trial], rounds: int) -> dict:
    """What holds for a run."""
    data = prepared.open_volume(volume)[1]
    names_of = dict.fromkeys(name for each in trials for name in each.networks)
    nets = [NETWORKS[name] for name in (ALONE, *names_of)]
    here = backends.installed()
    names = ("zarr", "tensorstore", "zarrs", "zarrista", "obstore", "fsspec")
    from importlib.metadata import PackageNotFoundError, version

    versions = {}
    for name in names:
        try:
            versions[name] = here.get(name) or version(name)
        except PackageNotFoundError:
            continue
    return {
        "volume": volume,
        "shape": list(data.shape),
        "dtype": data.dtype.name,
        "versions": versions,
        "rounds": rounds,
        "networks": [[net["latency"], net["bandwidth"] or 0.0] for net in nets],
        "processors": os.cpu_count(),
        "cores": affinity.cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": ".".join(platform.python_version_tuple()[:2]),
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
