"""Fetching from the emulator of the portal: in processes that end, or are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import UserError
from ...core.measure.worker import Died, Worker, here
from ...emulators import slow
from ...emulators.portal import Portal, portal
from .child import NAME
from .records import LOOPBACK, SLOW, Crop, Fetched, Killed

CROP = "10:138,200:328,200:328"  # crosses chunks along y and x
BANDWIDTH, LATENCY = 5e6, 0.1
_LONGEST = 1800.0  # seconds that one fetching may take


@dataclass(frozen=True)
class Networks:
    """The portal that runs, and variables by which it is reached over each network."""

    portal: Portal
    settings: dict[str, dict[str, str]]
    place: Path

    def once(self, network: str, way: str) -> Fetched:
        """One way, in a process of its own."""
        with self._folder() as place, self._worker(network, place) as worker:
            worker.start()
            before = _cpu(self.portal.bucket.pid)
            answer = _fetched(worker, way)
            server_cpu = _cpu(self.portal.bucket.pid) - before
            return Fetched(network, way, **answer, server_cpu=server_cpu)

    def crop(self) -> Crop:
        """Which objects a crop reads."""
        self.portal.bucket.clear()
        with self._folder() as place, self._worker(LOOPBACK, place) as worker:
            _fetched(worker, "prepare", f"{NAME}?crop={CROP}")
        return Crop(CROP, sorted({_key(r) for r in self.portal.bucket.requests() if r.range}))

    def killed(self, moment: float) -> Killed:
        """Kill it some seconds after it has begun, run it again, and ask the server's log."""
        with self._folder() as place:
            with self._worker(SLOW, place) as worker, ThreadPoolExecutor(1) as pool:
                worker.start()
                asked = pool.submit(worker.ask, "fetch", deadline=_LONGEST, way="prepare")
                while not asked.done() and not list(place.rglob("pieces.log")):
                    time.sleep(0.01)
                time.sleep(moment)
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)
                with suppress(Died):
                    asked.result()
            whole, parts, share = _held(place)
            self.portal.bucket.clear()
            with self._worker(SLOW, place) as worker:
                digest = _fetched(worker, "prepare")["sha256"]
        asked = [r for r in self.portal.bucket.requests() if r.range]
        again = [r for r in asked if _key(r) in whole or _overlaps(r, parts)]
        return Killed(share, len(again), digest)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        place = Path(tempfile.mkdtemp(dir=self.place))
        yield place
        shutil.rmtree(place, ignore_errors=True)

    def _worker(self, network: str, place: Path) -> Worker:
        variables = {**self.settings[network], "ZARR_CRYOET_CACHE": str(place / "cache")}
        service = f"{__package__}.child:Fetches"
        return Worker(here(network, variables=variables), service, {"place": str(place)})


@contextmanager
def networks(place: Path) -> Iterator[Networks]:
    """Start the portal, and a slow network before its bucket."""
    with portal(full=True) as running:
        plain = {**running.settings, "NO_PROXY": "127.0.0.1"}
        with slow.child(running.bucket.url, BANDWIDTH, LATENCY) as proxy:
            throttled = {**plain, "AWS_ENDPOINT_URL_S3": proxy.url, "BOTO_ENDPOINT_URL": proxy.url}
            yield Networks(running, {LOOPBACK: plain, SLOW: throttled}, place)


def _fetched(worker: Worker, way: str, name: str = NAME) -> dict:
    try:
        answer = worker.ask("fetch", deadline=_LONGEST, way=way, name=name)
    except Died as exc:
        raise UserError(f"{way}: {exc}") from exc
    if "error" in answer:
        raise UserError(f"{way}: {answer['error']}")
    return answer


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _key(request) -> str:
    return request.path.partition(".zarr/")[2]


def _overlaps(request, pieces: set) -> bool:
    """Whether it asks for any byte of what was on record."""
    first, last = map(int, request.range.removeprefix("bytes=").split("-"))
    return any(k == _key(request) and b <= last and first < e for k, b, e in pieces)


def _held(place: Path) -> tuple[set, set, float]:
    """Objects that were whole, and pieces on record, when the process was killed."""
    (folder,) = place.rglob("objects") if list(place.rglob("pieces.log")) else (place / "no",)
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent != folder]
    names = [p.relative_to(folder).as_posix() for p in files]
    whole = {n for n in names if not n.endswith((".part", ".zarray"))}
    lines = [line.split(" ", 2) for line in (folder / "pieces.log").read_text().splitlines()]
    parts = {(key, int(begin), int(end)) for begin, end, key in lines}
    head = json.loads((folder / "head.json").read_text())["objects"]
    done = sum(head[k][0] for k in whole)
    done += sum(int(e) - int(b) for b, e, k in lines if k not in whole)
    return whole, parts, round(done / sum(size for size, _ in head.values()), 2)
