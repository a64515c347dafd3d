"""Run the slices of a plan through asv, so that an interruption costs one at most."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .. import results
from ..core.errors import UserError
from ..core.volume import VOLUME_VARIABLE
from ..lock import FOLDER
from ..project import Project
from .plan import Slice

CONFIGURATION = ".asv.zarr-cryoet.json"  # beside asv.conf.json, which its paths are relative to
_TELLING = ("ERROR: ", "zarr-cryoet: ", "No space left on device")  # of all that the log says


class Unfinished:
    """Which slices of an interrupted run are done.

    Parameters
    ----------
    path
        Where that is kept; gone once a run is complete.
    """

    def __init__(self, path: Path):
        self._path = path
        try:
            self.done = set(json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            self.done = set()

    def add(self, part: Slice) -> None:
        """Note a slice as done."""
        self.done.add(part.digest)
        fresh = self._path.with_suffix(".tmp")
        fresh.write_text(json.dumps(sorted(self.done)))
        fresh.replace(self._path)

    def clear(self) -> None:
        """Forget them: the next run measures again."""
        self._path.unlink(missing_ok=True)
        self.done = set()


class Asv:
    """asv, for one project and one volume.

    Parameters
    ----------
    project
        The clone.
    volume
        Id of the volume under test.
    rounds
        Processes for each timed cell.
    scratch
        Where asv puts its stores.
    held
        File descriptors of the clone's lock, see `lock.alone`.
    """

    def __init__(
        self,
        project: Project,
        volume: str,
        rounds: int,
        scratch: Path,
        held: tuple[int, ...] = (),
    ):
        self.project, self.volume, self.rounds = project, volume, rounds
        self.scratch, self.held = scratch, held
        self.folder = project.root / FOLDER
        self.log = self.folder / "asv.log"
        self.unfinished = Unfinished(self.folder / f"unfinished-{volume}-{rounds}.json")
        self._configure()

    def _configure(self) -> None:
        """The project's configuration, with another volume in its matrix."""
        changed = {**self.project.configuration}
        changed["matrix"] = {"env_nobuild": {VOLUME_VARIABLE: [self.volume]}}
        (self.project.root / CONFIGURATION).write_text(json.dumps(changed, indent=1))
        self.log.write_text("")

    def run(self, part: Slice, tick: Callable[[float], None]) -> None:
        """Run one slice.

        Parameters
        ----------
        part
            What to run.
        tick
            Told the seconds since its start, several times a second.

        Raises
        ------
        UserError
            asv itself failed; that single cells did is in the results.
        """
        patterns = [word for pattern in part.patterns for word in ("--bench", pattern)]
        arguments = ["run", f"{part.commit}^!", "--launch-method", part.launch]
        begun = time.time()
        code = self._asv([*arguments, "-a", f"rounds={self.rounds}", *patterns], tick)
        # 2: a cell failed, or the plug-in had to give up; the results tell which
        if code not in (0, 2) or self.missing(part, since=begun):
            raise UserError(f"{part.title}: asv failed with {code}: {self._last_words()}")
        self.unfinished.add(part)

    def missing(self, part: Slice, since: float = 0.0) -> int:
        """How many cells of a slice have no result, good or bad, from that time on.

        Results of an earlier run must not pass for those of one that measured nothing.
        """
        found = {
            r.name
            for r in results.mine(self.project.results, self.volume)
            if r.commit == part.commit and r.measured >= since - 1  # asv rounds it
        }
        return sum(cell.name not in found for cell in part.cells)

    def publish(self, tick: Callable[[float], None]) -> None:
        """Make the site.

        Raises
        ------
        UserError
            asv failed.
        """
        if code := self._asv(["publish"], tick):
            raise UserError(f"asv publish failed with {code}: {self._last_words()}")

    def _asv(self, arguments: list[str], tick: Callable[[float], None]) -> int:
        command = [sys.executable, "-m", "asv", *arguments, "--config", CONFIGURATION]
        start = time.monotonic()
        with self.log.open("a") as log:
            child = subprocess.Popen(
                command,
                cwd=self.project.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=self.held,
                start_new_session=True,  # a Ctrl-C comes to this process alone, which hands it on
                env={**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(self.scratch)},
            )
            try:
                while True:
                    tick(time.monotonic() - start)
                    try:
                        return child.wait(0.25)
                    except subprocess.TimeoutExpired:
                        continue
            finally:
                _end(child)

    def _last_words(self) -> str:
        """The line of the log that says most, and where the rest is."""
        lines = [line.strip(" -·") for line in self.log.read_text().splitlines()]
        said = [line for line in lines if line]
        telling = [line for line in said if any(word in line for word in _TELLING)]
        last = [*said, *telling][-1:] or ["it said nothing"]
        return f"{last[0]} (all of it in {self.log.relative_to(self.project.root)})"


def _end(child: subprocess.Popen) -> None:
    """End asv as a Ctrl-C does, which makes it end the processes that it started."""
    if child.poll() is not None:
        return
    kept = {s: signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        child.send_signal(signal.SIGINT)
        child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    finally:
        for signum, handler in kept.items():
            signal.signal(signum, handler)
