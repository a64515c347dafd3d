"""How long does each operation take, in units of a fixed release?

Time on a line that does not know what the machine was doing that day: each release
duels the reference, both on the same core and asked in turn (`core/measure/duel.py`).
"""

import os
import subprocess
import sys
from pathlib import Path

from zarr_cryoet.core import selection, volume
from zarr_cryoet.core.errors import WrongResult
from zarr_cryoet.core.measure import setups
from zarr_cryoet.core.measure.duel import duel
from zarr_cryoet.core.measure.worker import Environment, here
from zarr_cryoet.core.prepare import FAILED, SKIPPED, failure, in_words
from zarr_cryoet.core.support import unsupported

from .base import Benchmark, Skip, note


def reference():
    """The environment of the reference release; the tool makes it, as pip may not be here."""
    tool = os.environ.get(volume.TOOL_VARIABLE, sys.executable)
    command = [tool, "-m", "zarr_cryoet", "history", "environment", setups.REFERENCE]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
    return Environment(setups.REFERENCE, done.stdout.strip())


class AgainstReference(Benchmark):
    """Every operation, in the time that the reference release takes for it."""

    version = "1"
    axes = dict(operation="all", setup="all")
    volume = setups.VOLUME
    takes = 0.9

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule."""
        return unsupported(setups.cell(*cell, cls.volume).case, versions, operation=cell[0])

    @classmethod
    def done_by(cls, cell):
        return (setups.cell(*cell, cls.volume),)

    def setup_cache(self):
        cells = {cell: setups.cell(*cell, self.volume) for cell in selection.chosen(type(self))}
        try:
            volume.ensure(self.volume)
            place = Path("duel").absolute()
            verdicts = duel(reference(), here("this release"), list(cells.values()), place)
        except Exception as exc:
            found = {cell: failure(in_words(exc)) for cell in cells}
        else:
            found = {cell: v.to_json() for cell, v in zip(cells, verdicts, strict=True)}
        for cell, outcome in found.items():
            note(type(self), cell, outcome)
        return found

    setup_cache.timeout = 1200.0

    def setup(self, found, *cell):
        outcome = found[cell]
        if outcome["status"] == SKIPPED:
            raise Skip(outcome["reason"])
        if outcome["status"] == FAILED:
            raise WrongResult(outcome["reason"])
        self.outcome = outcome

    def track_time_ratio(self, found, *cell):
        return self.outcome["ratio"]
