"""Seconds that chains of requests take, for a network and what a library has in flight.

A request waits for the latency and for its own bytes at the bandwidth of one connection; those in
flight wait together. What then comes is shared, and adds up: the link between all connections, and
the processor. Whoever is there has an equal part of it (processor sharing), so that requests that
were asked for together are done together, and the next are asked for together again. That work
does not hide behind waiting is what is measured (`docs/costs.md`); a queue that serves one after
the other would let it.

A library keeps a limited number in flight, and asks in steps (`requests`): a shard's index before
its chunks, an object's size before a part of it. For ``n`` requests of one kind, of which ``c``
are in flight, that is::

    T = ⌈n / c⌉ · (latency + bytes / bandwidth) + n · (work + bytes / link)

The rate is therefore at most ``c / (latency + bytes / bandwidth)``, and at most ``1 / work``: the
bounds of operational analysis (P. J. Denning and J. P. Buzen, The operational analysis of queueing
network models, ACM Computing Surveys 10 (3), 1978, 225-261). Of several kinds, each begins where a
place is free, in their order (list scheduling: R. L. Graham, Bounds on multiprocessing timing
anomalies, SIAM Journal on Applied Mathematics 17 (2), 1969, 416-429).
"""

from __future__ import annotations

from typing import TypedDict

from .requests import bytes_of
from .types import UNLIMITED, Chain, Flight, Library, Limit, Network

FREE: Network = {"latency": 0.0, "bandwidth": None, "link": None}


class Job(TypedDict):
    """``count`` tasks or objects that each keep a place for ``seconds``, from ``earliest`` on."""

    count: int
    seconds: float
    earliest: float


class Places(TypedDict):
    """Places in flight that become free at one time."""

    when: float
    count: int


def in_flight(limit: Limit, count: int | None, cores: int) -> int:
    """To what a library is set: as it is told, else its default."""
    return count or limit["default"] or cores


def flight_of(library: Library, count: int, sharded: bool) -> Flight:
    """What is under way of a library whose limit is set to `count`; of shards, or of chunks."""
    limit = library["flight"]
    most = max(count, limit["least"])
    shards = limit["shards"] if sharded else UNLIMITED
    if limit["limits"] == "objects":
        return {"objects": min(most, shards), "inside": limit["inside"], "tasks": UNLIMITED}
    return {"objects": shards, "inside": limit["inside"], "tasks": most}


def seconds(reads: list[list[Chain]], work: float, network: Network, flight: Flight) -> float:
    """Seconds for reads, one after the other.

    Parameters
    ----------
    reads
        Chains that each selection asks for.
    work : float
        Seconds of the processor in all.
    network, flight
        What lies between, and what is under way at once.
    """
    found = work
    for chains in reads:
        found += waiting(chains, network, flight)
    return found


def waiting(chains: list[Chain], network: Network, flight: Flight) -> float:
    """Seconds of the network, from the first request of a selection to the end of the last."""
    shared = 0.0 if network["link"] is None else bytes_of(chains) / network["link"]
    jobs: list[Job] = []
    if flight["tasks"] == UNLIMITED:
        for chain in chains:
            held = chain_seconds(chain, flight["inside"], network)
            jobs.append({"count": chain["count"], "seconds": held, "earliest": 0.0})
        return shared + makespan(jobs, flight["objects"])
    if flight["objects"] != UNLIMITED:
        return shared + in_blocks(chains, network, flight)
    then: list[Job] = []
    for chain in chains:  # who is ready first goes first: the first tasks of all objects
        held = task_seconds(chain["first"], network)
        jobs.append({"count": chain["count"], "seconds": held, "earliest": 0.0})
        if chain["tasks"]:
            count = chain["count"] * chain["tasks"]
            each = task_seconds(chain["each"], network)
            then.append({"count": count, "seconds": each, "earliest": held})
    return shared + makespan([*jobs, *then], flight["tasks"])


def task_seconds(task: list[float], network: Network) -> float:
    """Seconds that requests wait that wait for each other; `task` holds the bytes of each."""
    found = len(task) * network["latency"]
    if network["bandwidth"] is not None:
        for nbytes in task:
            found += nbytes / network["bandwidth"]
    return found


def chain_seconds(chain: Chain, inside: int, network: Network) -> float:
    """Seconds that one object waits, of which so many tasks are under way at once."""
    rounds = (chain["tasks"] + inside - 1) // inside
    return task_seconds(chain["first"], network) + rounds * task_seconds(chain["each"], network)


def in_blocks(chains: list[Chain], network: Network, flight: Flight) -> float:
    """Seconds for shards that are parted into blocks, in their order, which threads go through.

    A block is gone through shard by shard. Threads share the chunks of a shard in the same way, as
    many for each block; where that makes more than there are, all take as much longer.
    """
    count = 0
    for chain in chains:
        count += chain["count"]
    blocks = min(flight["objects"], count)
    inside = (flight["tasks"] + blocks - 1) // blocks
    size = (count + blocks - 1) // blocks
    blocks = (count + size - 1) // size
    crowd = max(1.0, blocks * inside / flight["tasks"])
    most = block = 0.0
    room = size
    for chain in chains:
        rounds = (chain["tasks"] + inside - 1) // inside
        held = task_seconds(chain["first"], network)
        held += crowd * rounds * task_seconds(chain["each"], network)
        left = chain["count"]
        while left > 0:
            taken = min(left, room)
            block += taken * held
            left -= taken
            room -= taken
            if room == 0:
                most = max(most, block)
                block = 0.0
                room = size
    return max(most, block)


def makespan(jobs: list[Job], count: int) -> float:
    """When the last of some jobs is done, which begin in their order as places are free.

    Parameters
    ----------
    jobs
        What is to be done.
    count
        Places.
    """
    places: list[Places] = [{"when": 0.0, "count": count}]  # ascending
    end = 0.0
    for job in jobs:
        left = job["count"]
        while left > 0:
            first = places[0]
            begin = max(first["when"], job["earliest"])
            if first["count"] == count and left >= count:  # all at once, round by round
                rounds = left // count
                first["when"] = begin + rounds * job["seconds"]
                left -= rounds * count
                end = max(end, first["when"])
                continue
            taken = min(left, first["count"])
            left -= taken
            first["count"] -= taken
            end = max(end, begin + job["seconds"])
            if not first["count"]:
                places = places[1:]
            places = _with(places, begin + job["seconds"], taken)
    return end


def _with(places: list[Places], when: float, count: int) -> list[Places]:
    """Places, and others that become free at some time."""
    before = [each for each in places if each["when"] < when]
    at = [each for each in places if each["when"] == when]
    after = [each for each in places if each["when"] > when]
    there = at[0]["count"] if at else 0
    return [*before, {"when": when, "count": there + count}, *after]
