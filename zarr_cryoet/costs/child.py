"""One client at a time, in a process of its own: reads over HTTP, compared, counted, and timed."""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np

from ..core.access import ACCESS, take
from ..core.case import Case
from ..core.measure.service import Service, question
from ..core.stores.http import Log
from ..core.verify import verify
from .clients import CLIENTS
from .requests import OPEN


class Reads(Service):
    """Reads of one client.

    Parameters
    ----------
    client, in_flight
        Which, and how many requests it may have in flight.
    url
        The server.
    rounds
        Samples of each network.
    """

    def __init__(self, client: str, in_flight: int, url: str, rounds: int):
        self.client, self.in_flight, self.url, self.rounds = client, in_flight, url, rounds

    @question
    def sample(self, case: dict, data: str, folder: str, access: str, networks: dict) -> dict:
        """Samples of each network, which take turns, and what was asked for of each.

        All are one server, which waits as it is told: connections are made once, as they are
        by whoever reads on and on from one bucket.
        """
        log, volume = Log(self.url), np.load(data, mmap_mode="r")
        log.pace()
        run, check = self._what(Case.from_json(case), volume, f"{self.url}/{folder}", access)
        run()  # libraries are imported, and connections made
        tallies, samples = {}, {name: [] for name in networks}
        for name, slow in networks.items():
            log.pace(*slow)
            log.start()
            begun = time.perf_counter()
            found = run()
            samples[name].append(time.perf_counter() - begun)
            check(found)
            tallies[name] = asdict(log.stop())
        for _ in range(self.rounds - 1):
            for name, slow in networks.items():
                log.pace(*slow)
                begun = time.perf_counter()
                run()
                samples[name].append(time.perf_counter() - begun)
        return {"seconds": samples, "tallies": tallies}

    def _what(self, case: Case, data: np.ndarray, place: str, access: str):
        """What is timed, and what compares that with the volume."""
        open_with = CLIENTS[self.client].open
        if access == OPEN:
            return lambda: open_with(case, place, self.in_flight), lambda _: None
        read = open_with(case, place, self.in_flight)
        selections = ACCESS[access].select(data.shape)

        def check(found):
            for got, selection in zip(found, selections, strict=True):
                verify(got, take(data, selection), case.codec_row).require(access)

        return lambda: [read(selection) for selection in selections], check
