"""The other end of a service in a process of its own: starts it, asks it, outlives it.

With the standard library alone, and no import of what it starts: any interpreter will do.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import Pipe
from pathlib import Path

from ..isolate import how_it_ended

ROOT = Path(__file__).resolve().parents[3]  # where the package is, installed or not
START = 60.0  # seconds in which an interpreter imports numpy
_TICK = 0.5  # seconds between two looks at whether an answer is still wanted
_SERVE = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from zarr_cryoet.core.measure.service import serve; serve(*sys.argv[2:])"
)


class Died(Exception):
    """The process ended in the midst of an answer, or was killed; the text says which."""


class Late(Died):
    """There was no answer by the deadline, and the process was killed."""


@dataclass(frozen=True)
class Environment:
    """An interpreter, and what it is started with.

    Attributes
    ----------
    name : str
        For people: a release.
    python : str
        The interpreter.
    double : dict or None
        Settings of a test double for what is measured; None for the real thing.
    variables : mapping
        Variables beside those of this process; None removes one.
    """

    name: str
    python: str
    double: dict | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict)


class Worker:
    """A process of one environment in which a service answers.

    It ends with this process, whatever it does at that moment.

    Parameters
    ----------
    environment
        Where it runs.
    service
        Module and class, ``package.module:Class``; see `service.question`.
    settings
        Arguments of the class, of values that JSON knows. A change counts from the next
        `start` on.
    cancelled
        Whether answers are no longer wanted.
    """

    def __init__(
        self,
        environment: Environment,
        service: str,
        settings: dict,
        cancelled: Callable[[], bool] | None = None,
    ):
        self.environment, self.service, self.settings = environment, service, settings
        self._cancelled = cancelled
        self._process = self._line = None

    def start(self, deadline: float = START) -> dict:
        """Start it anew; what it answers to ``hello``.

        Raises
        ------
        Died
            It does not come up.
        """
        self.stop()
        variables = {**os.environ, "PYTHONHASHSEED": "0", **self.environment.variables}
        self._line, line = Pipe()
        lifeline, self._lifeline = os.pipe()
        ends = line.fileno(), lifeline
        self._output = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  see `stop`
        self._process = subprocess.Popen(
            [self.environment.python, "-c", _SERVE, str(ROOT), *map(str, ends), self.service,
             json.dumps(self.settings)],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env={name: value for name, value in variables.items() if value is not None},
            start_new_session=True,  # an interrupt is ours to hand on
        )  # fmt: skip
        line.close()
        os.close(lifeline)
        return self.ask("hello", deadline=deadline)

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process and self._process.pid

    def ask(self, do: str, *, deadline: float = 120.0, **question) -> dict:
        """Ask, and wait for the answer; one with ``error`` says why there is no other.

        Raises
        ------
        Died
            There is none; the process is gone, and `start` begins another.
        Late
            There is none within `deadline` seconds; the same holds.
        """
        if self._process is None:
            self.start()
        try:
            self._line.send_bytes(json.dumps({"do": do, **question}).encode())
            if not self._waited(deadline):
                self.stop()
                raise Late(f"took longer than {deadline:.0f} s")
            return json.loads(self._line.recv_bytes())
        except (EOFError, OSError):
            raise Died(self._ending()) from None

    def _waited(self, seconds: float) -> bool:
        tick = _TICK if self._cancelled else math.inf
        end = time.monotonic() + seconds
        while not self._line.poll(max(0.0, min(tick, end - time.monotonic()))):
            if time.monotonic() >= end or (self._cancelled and self._cancelled()):
                return False
        return True

    def _ending(self) -> str:
        code = self._process.wait()
        self._output.seek(0)
        last = (self._output.read().strip().splitlines() or [""])[-1]
        self.stop()
        ending = how_it_ended(code)
        return ending if code < 0 else f"{ending}{': ' if last else ''}{last}"[:300]

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.kill()  # some wait for their threads, and those for a server
        self._process.wait()
        self._line.close()
        os.close(self._lifeline)
        self._output.close()
        self._process = self._line = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def measuring(environment: Environment, volume: str, place: Path) -> Worker:
    """A worker that measures: see `server.Server`.

    Parameters
    ----------
    environment
        Which environment.
    volume
        The volume's id; it is prepared.
    place
        A folder for its stores, which is kept from one process to the next.
    """
    settings = {"name": volume, "place": str(place), "work": str(place / "work")}
    settings["double"] = environment.double
    return Worker(environment, "zarr_cryoet.core.measure.server:Server", settings)


def here(name: str = "here", **more) -> Environment:
    """The environment of this process."""
    return Environment(name, sys.executable, **more)
