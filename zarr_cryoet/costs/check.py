"""Hold the seconds of the model against a server that waits: `zarr-cryoet costs check`."""

from __future__ import annotations

import datetime
import math
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
from ..core.stores.http import Served
from ..model.network import LIMITS, Network, Work, elapsed
from .clients import CLIENTS, environment
from .records import Record, Row
from .requests import OPEN, Foretold, foretell, unforetold
from .stored import WRITER

_LONGEST = 3600.0  # seconds of one cell, on all networks
ALONE = "alone"
LATENCIES = (0.005, 0.020, 0.080)  # seconds
SLOW = Network(0.020, 20e6)  # as far away as it is slow
IN_FLIGHT = (4, 16)
ROUNDS = 3
_BLOSC = "blosc-zstd-5-shuffle"
#: Codec, layout, format, access; in the last, whether a slow connection is tried too.
CELLS = (
    ("none", "c32", 3, "full", False),
    ("none", "c32", 3, "plane-xy", True),
    ("none", "c32", 3, "plane-yz", False),
    ("none", "c64", 2, "full", True),
    ("none", "c64", 2, "plane-xz", False),
    (_BLOSC, "c32", 3, "plane-xy", False),
    (_BLOSC, "c64", 3, "full", True),
    ("none", "c32-s128", 3, "full", False),
    ("none", "c32-s128", 3, "plane-xy", True),
    ("none", "c32-s128", 3, "parts-shards", False),
    ("none", "c16-s64", 3, "part-shard", False),
    ("none", "c16-s64", 3, "plane-yz", False),
    ("none", "c64", 2, OPEN, False),
    ("none", "c32", 3, OPEN, False),
)


@dataclass(frozen=True)
class Cell:
    """What is read, and how it is stored; `networks` by the names of servers."""

    case: Case
    access: str
    networks: tuple[str, ...]
    stored: Objects
    foretold: Foretold

    @property
    def folder(self) -> str:
        """Where it is below a server's URL; the writer has its name in it."""
        return replace(self.case, backend=WRITER).id


def networks(latencies: Iterable[float] = LATENCIES) -> dict[str, Network]:
    """By name: none at all first, then those with a latency, then the slow one."""
    found = {ALONE: Network()}
    found |= {f"{1000 * seconds:g} ms": Network(seconds) for seconds in latencies}
    return {**found, "slow": SLOW}


def measure(
    volume: str,
    place: Path,
    tick: Callable[[float, str], None] = lambda done, what: None,
    cells=CELLS,
    clients: Iterable[str] = tuple(CLIENTS),
    in_flight: Iterable[int] = IN_FLIGHT,
    latencies: Iterable[float] = LATENCIES,
    rounds: int = ROUNDS,
) -> Record:
    """Read over HTTP on loopback, from servers that wait, and compare with the model.

    Servers and clients share one core: what they work, they work in turn, and each cell
    is timed at no latency too, which tells how much that is.

    Parameters
    ----------
    volume
        Id of a prepared volume.
    place
        A folder for stores.
    tick
        Told the fraction that is done, and what is under way.
    cells, clients, in_flight, latencies, rounds
        What is measured: each client with each number in flight.

    Raises
    ------
    UserError
        A store cannot be written, a client cannot be used, or a process died.
    """
    affinity.pin()
    nets = networks(latencies)
    data = prepared.open_volume(volume)[1]
    stores = _stores(volume, data, cells, place, lambda done: tick(0.1 * done, "stores"))
    record = Record(about(volume, data, rounds, nets), {})
    turns = [(client, count) for client in clients for count in in_flight]
    with Served(place) as server:
        for done, (client, count) in enumerate(turns):
            mine = list(_cells(volume, CLIENTS[client].backend, cells, nets, data.shape, stores))
            if not mine:  # its library is not here
                continue
            task = {"client": client, "in_flight": count, "url": server.url, "rounds": rounds}
            answers = []
            for answer in _ask(task | {"data": str(_npy(volume))}, mine, nets):
                answers.append(answer)
                part = (done + len(answers) / len(mine)) / len(turns)
                tick(0.1 + 0.9 * part, f"{client}, {count} in flight")
            rows, work = _rows(client, count, mine, answers, nets)
            record.rows.extend(rows)
            record.work.setdefault(client, {})[str(count)] = [work.request, work.byte]
    if not record.rows:
        raise UserError("none of the clients is here; install zarr-cryoet[backends,tensorstore]")
    return record


def _npy(volume: str) -> Path:
    return prepared.folder() / f"{volume}.npy"


def _finite(rate: float) -> float:
    return rate if math.isfinite(rate) else 0.0


def _stores(volume: str, data, cells, place: Path, tick) -> dict[tuple, Objects]:
    """Write what is read, each once, and take stock of it."""
    found = {}
    forms = list(dict.fromkeys(cell[:3] for cell in cells))
    for done, (codec, layout, zarr_format) in enumerate(forms, 1):
        case = Case.of(volume, codec, layout, zarr_format, WRITER)
        written = prepare(case, data, place)
        if written["status"] != READY:
            raise UserError(f"{case.id}: {written['reason']}")
        found[codec, layout, zarr_format] = look(case, Path(written["path"]), data.shape)
        tick(done / len(forms))
    return found


def _cells(volume: str, backend: str, cells, nets, shape, stores) -> Iterator[Cell]:
    """Those that a backend can read."""
    for codec, layout, zarr_format, access, slow in cells:
        case = Case.of(volume, codec, layout, zarr_format, backend)
        if unforetold(case, access):
            continue
        names = tuple(name for name in nets if slow or name != "slow")
        stored = stores[codec, layout, zarr_format]
        yield Cell(case, access, names, stored, foretell(case, shape, access, stored))


def _ask(task: dict, cells: Iterable[Cell], nets: dict[str, Network]) -> Iterator[dict]:
    """What a process of that client answers, cell by cell."""
    variables = environment(task["in_flight"])
    where = Environment(task["client"], sys.executable, variables=variables)
    with Worker(where, "zarr_cryoet.costs.child:Reads", task) as worker:
        for cell in cells:
            slow = {n: (nets[n].latency, _finite(nets[n].bandwidth)) for n in cell.networks}
            what = {"folder": cell.folder, "access": cell.access, "networks": slow}
            try:
                found = worker.ask("sample", deadline=_LONGEST, case=cell.case.to_json(), **what)
            except Died as exc:
                found = {"error": str(exc)}
            if "error" in found:
                read = f"{task['client']}, {cell.folder} {cell.access}"
                raise UserError(f"{read}: {found['error']}")
            yield found


def _rows(client, in_flight, cells, answers, nets) -> tuple[list[Row], Work]:
    """Cells beside what the model says of them, and what the client works."""
    pairs = list(zip(cells, answers, strict=True))
    alone = [median(answer["seconds"][ALONE]) for answer in answers]
    reads = [(c, t) for c, t in zip(cells, alone, strict=True) if c.access != OPEN]
    work = fitted([(c.foretold.tally, t) for c, t in reads])
    rows = []
    for (cell, answer), own in zip(pairs, alone, strict=True):
        tally = cell.foretold.tally
        kinds = {k: v for k, v in vars(tally).items() if k != "decoded"}
        flight = LIMITS[cell.case.backend].of(in_flight, 1)
        models = (
            Work(own / tally.requests),
            Work(own / tally.requests) if cell.access == OPEN else work,
        )
        for name in cell.networks[1:]:
            net, counted = nets[name], answer["tallies"][name]
            foretold = all(counted[kind] == n for kind, n in kinds.items())
            by = [elapsed(cell.foretold.reads, net, flight, each) for each in models]
            rows.append(
                Row(
                    client, cell.case.backend, cell.case.codec, cell.case.layout, cell.access,
                    cell.case.zarr_format, in_flight, net.latency, _finite(net.bandwidth),
                    sum(n for k, n in counted.items() if k in _REQUESTS), counted["bytes_read"],
                    foretold, own, median(answer["seconds"][name]), *by,
                )
            )  # fmt: skip
    return rows, work


_REQUESTS = ("gets", "ranges", "heads", "lists", "puts", "deletes")


def fitted(cells: Iterable[tuple]) -> Work:
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
    return Work(*map(float, found))


def about(volume: str, data, rounds: int, nets) -> dict:
    """What holds for a run."""
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
        "networks": [[n.latency, _finite(n.bandwidth)] for n in nets.values()],
        "processors": os.cpu_count(),
        "cores": affinity.cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": ".".join(platform.python_version_tuple()[:2]),
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
