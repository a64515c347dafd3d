"""Run the slices of a plan through asv, so that an interruption costs one at most."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import UserError
from ..core.volume import VOLUME_VARIABLE
from ..project import Project
from .plan import Slice

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

FOLDER = ".zarr-cryoet"
CONFIGURATION = ".asv.zarr-cryoet.json"  # beside asv.conf.json, which its paths are relative to


@contextmanager
def alone(folder: Path) -> Iterator[tuple[int, ...]]:
    """Hold a clone for one run at a time, as asv's environment serves one.

    Yields
    ------
    tuple of int
        File descriptors to hand to asv: were this process killed, the lock would
        last as long as the asv that it left behind.

    Raises
    ------
    UserError
        Another run is under way.
    """
    if fcntl is None:
        yield ()
        return
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise UserError(
                f"{folder.parent}: a run is still under way in this clone; wait until it has ended"
            ) from exc
        yield (file.fileno(),)


def _end(child: subprocess.Popen) -> None:
    """End asv as a Ctrl-C does, which makes it end the processes that it started."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


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
        self._path.parent.mkdir(exist_ok=True)
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
    held
        File descriptors of the clone's lock, see `alone`.
    """

    def __init__(self, project: Project, volume: str, rounds: int, held: tuple[int, ...] = ()):
        self.project, self.rounds, self.held = project, rounds, held
        self.folder = project.root / FOLDER
        self.log = self.folder / "asv.log"
        self.unfinished = Unfinished(self.folder / f"unfinished-{volume}-{rounds}.json")
        self._configure(volume)

    def _configure(self, volume: str) -> None:
        """The project's configuration, with another volume in its matrix."""
        changed = {**self.project.configuration}
        changed["matrix"] = {"env_nobuild": {VOLUME_VARIABLE: [volume]}}
        try:
            self.folder.mkdir(exist_ok=True)
            (self.project.root / CONFIGURATION).write_text(json.dumps(changed, indent=1))
            self.log.write_text("")
        except OSError as exc:
            raise UserError(f"{self.project.root}: cannot be written ({exc.strerror})") from exc

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
        code = self._asv([*arguments, "-a", f"rounds={self.rounds}", *patterns], tick)
        if code not in (0, 2):  # 2: a cell failed
            raise UserError(f"{part.title}: asv failed with {code}: {self._last_words()}")
        self.unfinished.add(part)

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
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
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
        lines = [line for line in self.log.read_text().splitlines() if line.strip(" -·")]
        place = self.log.relative_to(self.project.root)
        return f"{lines[-1].strip() if lines else 'it said nothing'} (all of it in {place})"
