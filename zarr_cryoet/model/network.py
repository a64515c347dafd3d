"""Seconds that requests take, for a latency, a bandwidth, and a number in flight.

A request waits for the latency and for its own bytes at the bandwidth of one connection;
those in flight wait together. Then comes what is done one request after the other: the link
that all share, and the client's work on what it got. A library keeps a limited number in
flight, and asks in stages (`requests.Chain`): a shard's index before its chunks, an
object's size before a part of it.

For `n` requests of one kind, of which `c` are in flight, this is a closed network of one
delay and one queue with constant times, whose makespan is known exactly::

    Z = latency + bytes / bandwidth              what waits at the same time
    s = work + bytes / link                      what waits in turn
    T = Z + s · ((n - 1) mod c + 1) + ⌊(n - 1) / c⌋ · max(Z + s, c · s)

The rate is therefore at most ``c / (Z + s)``, and at most ``1 / s``: the bounds of operational
analysis (P. J. Denning and J. P. Buzen, The operational analysis of queueing network
models, ACM Computing Surveys 10 (3), 1978, 225-261). Requests of several kinds, in stages, have
no such formula; `elapsed` plays the same network through, event by event, and gives what the
formula gives where there is one.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .types import Chain, Task


@dataclass(frozen=True)
class Network:
    """What lies between.

    Attributes
    ----------
    latency : float
        Seconds from asking to the first byte.
    bandwidth : float
        Bytes a second that each connection gets.
    link : float
        Bytes a second that all connections get together.
    """

    latency: float = 0.0
    bandwidth: float = math.inf
    link: float = math.inf


@dataclass(frozen=True)
class Work:
    """What the client, and whoever answers on the same cores, does in turn.

    Attributes
    ----------
    request : float
        Seconds for each request.
    byte : float
        Seconds for each byte that came: copying it, decoding it.
    """

    request: float = 0.0
    byte: float = 0.0


@dataclass(frozen=True)
class Flight:
    """How much a library has under way at once; infinity where nothing holds it.

    Attributes
    ----------
    objects : float
        Stored objects, from their first request to their last.
    inside : float
        Tasks of one object.
    tasks : float
        Tasks of all objects together.
    """

    objects: float = math.inf
    inside: float = math.inf
    tasks: float = math.inf


@dataclass(frozen=True)
class Limit:
    """What holds one library.

    Attributes
    ----------
    setting : str
        By what it is set.
    default : int or None
        Without being set; None for the number of cores.
    flight : callable
        From the setting to what is under way.
    """

    setting: str
    default: int | None
    flight: Callable[[int], Flight]

    def of(self, count: int | None, cores: int) -> Flight:
        """What is under way with that setting, or without one."""
        return self.flight(count or self.default or cores)


#: zarr-python's ranges of one shard are held by a limit of `Store.get_ranges`, 10, that no
#: setting reaches. tensorstore's driver for HTTP has 32; that for S3 has a setting of its own.
#: A thread of zarrs waits for each of its requests. zarrista's asynchronous arrays hold objects,
#: of which there are 4 at least (zarrs' ``chunk_concurrent_minimum``), and not a shard's chunks.
LIMITS = {
    "zarr-python": Limit("async.concurrency", 10, lambda n: Flight(objects=n, inside=10)),
    "tensorstore": Limit("http_request_concurrency", 32, lambda n: Flight(tasks=n)),
    "zarrs": Limit("RAYON_NUM_THREADS", None, lambda n: Flight(tasks=n)),
    "zarrista": Limit("RAYON_NUM_THREADS", None, lambda n: Flight(objects=max(4, n))),
}


def uniform(count: int, in_flight: int, apart: float, turn: float) -> float:
    """The formula above.

    Parameters
    ----------
    count, in_flight
        Requests, and how many of them at once.
    apart, turn
        Seconds that each waits beside the others, and in turn.
    """
    rounds, last = divmod(count - 1, in_flight)
    return apart + turn * (last + 1) + rounds * max(apart + turn, in_flight * turn)


def elapsed(
    reads: Iterable[list[Chain]], network: Network, flight: Flight, work: Work | None = None
) -> float:
    """Seconds for reads, one after the other.

    Parameters
    ----------
    reads
        Chains of the objects of each (`requests.Foretold.reads`).
    network, flight, work
        What holds them up.
    """
    return sum(_Run(network, flight, work or Work()).through(chains) for chains in reads)


@dataclass
class _Object:
    """One on its way: steps to come, tasks of this one that wait, and those under way."""

    steps: deque
    waiting: deque[Task] = field(default_factory=deque)
    active: int = 0


@dataclass
class _Run:
    """One read, played through."""

    network: Network
    flight: Flight
    work: Work

    def through(self, chains: list[Chain]) -> float:
        """Seconds from the first request to the end of the last."""
        self.objects, self.ready = deque(chains), deque()
        self.open = self.tasks = 0
        self.events, self.order = [], itertools.count()
        self.free = now = 0.0  # when the last in turn is through
        self._admit(now)
        while self.events:
            now, _, arrived, owner, task = heapq.heappop(self.events)
            if arrived:
                self.free = max(now, self.free) + self._turn(task[0])
                self._note(self.free, False, owner, task)
            elif len(task) > 1:
                self._ask(now, owner, task[1:])
            else:
                self._end(owner)
                self._admit(now)
        return now

    def _turn(self, nbytes: int) -> float:
        return self.work.request + nbytes * self.work.byte + nbytes / self.network.link

    def _note(self, when: float, arrived: bool, owner: _Object, task: Task) -> None:
        heapq.heappush(self.events, (when, next(self.order), arrived, owner, task))

    def _ask(self, now: float, owner: _Object, task: Task) -> None:
        wait = self.network.latency + task[0] / self.network.bandwidth
        self._note(now + wait, True, owner, task)

    def _admit(self, now: float) -> None:
        """Begin what the limits allow."""
        while self.objects and self.open < self.flight.objects:
            self.open += 1
            self._step(_Object(deque(self.objects.popleft())))
        while self.ready and self.tasks < self.flight.tasks:
            self.tasks += 1
            self._ask(now, *self.ready.popleft())

    def _step(self, owner: _Object) -> None:
        owner.waiting.extend(owner.steps.popleft())
        self._ready(owner)

    def _ready(self, owner: _Object) -> None:
        while owner.waiting and owner.active < self.flight.inside:
            owner.active += 1
            self.ready.append((owner, owner.waiting.popleft()))

    def _end(self, owner: _Object) -> None:
        """Of a task; and of its step and its object, where it was the last."""
        self.tasks -= 1
        owner.active -= 1
        self._ready(owner)
        if owner.active:
            return
        if owner.steps:
            self._step(owner)
        else:
            self.open -= 1
