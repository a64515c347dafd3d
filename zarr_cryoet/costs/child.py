"""One client at a time, in a process of its own: reads over HTTP, compared, counted, and timed.

Told a cell by a line of JSON on its standard input, it answers a line.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

import numpy as np

from ..core.access import ACCESS, take
from ..core.case import Case
from ..core.stores.http import Log
from ..core.verify import verify
from .clients import CLIENTS
from .requests import OPEN


def main() -> None:
    """Each cell that comes, on each of its networks."""
    for line in sys.stdin:
        print(json.dumps(_cell(json.loads(line))), flush=True)


def _cell(task: dict) -> dict:
    """Samples of each network, which take turns, and what was asked for of each.

    All are one server, which waits as it is told: connections are made once, as they are
    by whoever reads on and on from one bucket.
    """
    data, log = np.load(task["data"], mmap_mode="r"), Log(task["url"])
    networks = task["networks"]
    log.pace()
    run, check = _what(task, data)
    run()  # libraries are imported, and connections made
    tallies, samples = {}, {name: [] for name in networks}
    for name, slow in networks.items():
        log.pace(*slow)
        log.start()
        check(run())
        tallies[name] = asdict(log.stop())
    for _ in range(task["rounds"]):
        for name, slow in networks.items():
            log.pace(*slow)
            begun = time.perf_counter()
            run()
            samples[name].append(time.perf_counter() - begun)
    return {"seconds": samples, "tallies": tallies}


def _what(task: dict, data: np.ndarray):
    """What is timed, and what compares that with the volume."""
    case, open_with = Case.from_json(task["case"]), CLIENTS[task["client"]].open
    place, access = f"{task['url']}/{task['folder']}", task["access"]
    if access == OPEN:
        return lambda: open_with(case, place, task["in_flight"]), lambda _: None
    read = open_with(case, place, task["in_flight"])
    selections = ACCESS[access].select(data.shape)

    def check(found):
        for got, selection in zip(found, selections, strict=True):
            verify(got, take(data, selection), case.codec_row).require(access)

    return lambda: [read(selection) for selection in selections], check


if __name__ == "__main__":
    main()
