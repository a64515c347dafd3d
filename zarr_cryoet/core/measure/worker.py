"""The other end of a measuring process: starts it, asks it, outlives it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import Pipe
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]  # where the package is, installed or not
_START = 60.0  # seconds in which an interpreter imports numpy
_SERVE = (
    "import json, sys; sys.path.insert(0, sys.argv[1]);"
    "from zarr_cryoet.core.measure.server import serve;"
    "serve(int(sys.argv[2]), json.loads(sys.argv[3]))"
)


class Died(Exception):
    """The process ended, or took too long, in the midst of an answer; the text says which."""


@dataclass(frozen=True)
class Side:
    """An environment that measures.

    Attributes
    ----------
    name : str
        For people: a release.
    python : str
        Its interpreter.
    double : dict or None
        Settings of a test double; None for the real thing.
    environment : mapping
        Variables beside those of this process.
    """

    name: str
    python: str
    double: dict | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


class Worker:
    """A measuring process of one environment.

    Parameters
    ----------
    side
        Which environment.
    volume
        The volume's id; it is prepared.
    place
        A folder for its stores, which is kept from one process to the next.
    work
        A folder for what operations write; default: one below `place`.
    """

    def __init__(self, side: Side, volume: str, place: Path, work: Path | None = None):
        self.side, self.volume = side, volume
        self.place, self.work = place, work or place / "work"
        self._child = self._line = None

    def start(self) -> dict:
        """Start it anew; what it says of itself.

        Raises
        ------
        Died
            It does not come up.
        """
        self.stop()
        ours, theirs = Pipe()
        settings = {"volume": self.volume, "double": self.side.double}
        settings |= {"place": str(self.place), "work": str(self.work)}
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed by `stop`
        fd = theirs.fileno()
        self._child = subprocess.Popen(
            [self.side.python, "-c", _SERVE, str(ROOT), str(fd), json.dumps(settings)],
            pass_fds=(fd,),
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            env={**os.environ, "PYTHONHASHSEED": "0", **self.side.environment},
            start_new_session=True,  # an interrupt is ours to hand on
        )
        theirs.close()
        self._line = ours
        return self.ask("hello", seconds=_START)

    def ask(self, do: str, *, seconds: float = 120.0, **question) -> dict:
        """Ask, and wait for the answer.

        Raises
        ------
        Died
            There is none; the process is gone, and `start` begins another.
        """
        if self._line is None:
            self.start()
        try:
            self._line.send_bytes(json.dumps({"do": do, **question}).encode())
            if not self._line.poll(seconds):
                self.stop()
                raise Died(f"took longer than {seconds:.0f} s")
            return json.loads(self._line.recv_bytes())
        except (EOFError, OSError):
            raise Died(self._ending()) from None

    def _ending(self) -> str:
        code = self._child.wait() if self._child else None
        self._said.seek(0)
        last = (self._said.read().strip().splitlines() or [""])[-1]
        self.stop()
        if code is not None and code < 0:
            import signal

            known = {s.value: s.name for s in signal.Signals}
            return f"killed by {known.get(-code, f'signal {-code}')}"
        return f"its process ended with exit code {code}{': ' if last else ''}{last}"[:300]

    def stop(self) -> None:
        """End it."""
        if self._line is not None:
            self._line.close()  # which it takes for the end
        if self._child is not None:
            try:
                self._child.wait(2)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._said.close()
        self._child = self._line = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def here(name: str = "here", **more) -> Side:
    """The environment of this process."""
    return Side(name, sys.executable, **more)
