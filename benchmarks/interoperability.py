"""Who does not read, bit for bit, what whom wrote?

Within one environment, and from two releases that stay the same: the reference, and the
last before zarr's rewrite. `zarr-cryoet interop` asks more libraries, each in an
environment of its own.
"""

import itertools
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from zarr_cryoet.core import backends, environment, selection, volume
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import WrongResult
from zarr_cryoet.core.measure import setups
from zarr_cryoet.core.measure.exchange import EXACT, SKIPPED, Exchange, Peer
from zarr_cryoet.core.measure.worker import Environment, here
from zarr_cryoet.core.prepare import FAILED, READY, failure, in_words

from .base import FORMATS, QUICK, Benchmark, Skip, note

FIXED = {f"zarr-{release}": release for release in (setups.REFERENCE, "2.18.7")}


def peer(name):
    """Who is called so; the tool makes a fixed environment, as pip may not be here."""
    if name not in FIXED:
        return Peer(name, name, here(name))
    tool = os.environ.get(volume.TOOL_VARIABLE, sys.executable)
    command = [tool, "-m", "zarr_cryoet", "history", "environment", FIXED[name]]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
    return Peer(name, QUICK[0], Environment(name, done.stdout.strip()))


class Unreadable(Benchmark):
    """How many ways of storing are not read bit for bit, of those that both know?"""

    version = "1"
    axes = dict(writer=(*QUICK, *FIXED), reader=QUICK)
    volume = setups.VOLUME
    layout = "c32"

    @classmethod
    def why_not(cls, cell, versions=None):
        """A backend that is not installed; fixed releases always are."""
        versions = backends.installed() if versions is None else versions
        found = (backends.find(name, versions) for name in cell if name not in FIXED)
        return next((reason for reason in found if isinstance(reason, str)), None)

    @classmethod
    def cases(cls):
        """Each codec in each format."""
        chosen = CODECS.select("default")
        return [Case.of(cls.volume, c, cls.layout, v, QUICK[0]) for c in chosen for v in FORMATS]

    def setup_cache(self):
        cells = selection.chosen(type(self))
        found = {cell: {"status": SKIPPED, "reason": self.why_not(cell)} for cell in cells}
        asked = [cell for cell in cells if not found[cell]["reason"]]
        peers = {}
        for name in dict.fromkeys(name for cell in asked for name in cell):
            try:
                peers[name] = peer(name)
            except Exception as exc:
                found |= {cell: failure(in_words(exc)) for cell in asked if name in cell}
        asked = [cell for cell in asked if peers.keys() >= set(cell)]
        try:
            readings = self.readings(peers, asked)
        except Exception as exc:
            found |= {cell: failure(in_words(exc)) for cell in asked}
        else:
            found |= {cell: summed(readings[cell]) for cell in asked}
        for cell, outcome in found.items():
            note(type(self), cell, outcome)
        return found

    setup_cache.timeout = 600.0

    def readings(self, peers, cells):
        """By cell: each case, its status, and its reason."""
        if wrong := environment.problems():
            raise WrongResult("; ".join(wrong))
        found = {cell: [] for cell in cells}
        data = volume.ensure(self.volume)[1]
        place = Path("exchange").absolute()
        try:
            with Exchange(list(peers.values()), self.volume, data, place) as exchange:
                for writer, case in itertools.product(dict(cells), self.cases()):
                    written = exchange.write(peers[writer], case)
                    told = written["status"], written["reason"]
                    for cell in (cell for cell in cells if cell[0] == writer):
                        if written["status"] == READY:
                            path = Path(written["path"])
                            reading = exchange.read(peers[cell[1]], case, path)
                            told = reading.status, reading.reason
                        found[cell].append((f"{case.codec} v{case.zarr_format}", *told))
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return found

    def setup(self, found, *cell):
        self.outcome = found[cell]
        if self.outcome["status"] == SKIPPED:
            raise Skip(self.outcome["reason"])
        if self.outcome["status"] == FAILED:
            raise WrongResult(self.outcome["reason"])

    def track_unreadable(self, found, *cell):
        return self.outcome["unreadable"]


def summed(readings):
    """How many were not exact, of how many, and which, with their reasons."""
    wrong = {what: reason for what, status, reason in readings if status not in (EXACT, SKIPPED)}
    tried = len(readings) - Counter(status for _, status, _ in readings)[SKIPPED]
    if not tried:
        return {"status": SKIPPED, "reason": "no way of storing that both know"}
    told = "; ".join(f"{what}: {reason}" for what, reason in wrong.items())
    figures = {"unreadable": len(wrong), "tried": tried}
    return {
        "status": READY,
        "reason": f"{len(wrong)} of {tried}: {told}" if wrong else None,
    } | figures
