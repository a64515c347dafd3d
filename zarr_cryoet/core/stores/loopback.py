"""A server on loopback in a process of its own, which ends with whoever started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from ..errors import UserError

_ROOT = Path(__file__).resolve().parents[3]  # where the package is, installed or not
_START = "import sys; sys.path.insert(0, sys.argv[1]); from {} import main; main(*sys.argv[2:])"


class Loopback:
    """Runs a command that serves, for as long as a ``with`` block lasts.

    The process prints the port that it took, answers a line of JSON on its standard input by
    another, and ends when that is closed: so it ends too when its starter is killed.

    Parameters
    ----------
    title
        What it is, for people.
    command
        What starts it: see `module` and `script`.

    Attributes
    ----------
    port : int
        That it listens at, on 127.0.0.1.
    """

    def __init__(self, title: str, command: list[str]):
        self.title, self.command, self.port = title, command, 0
        self._process: subprocess.Popen | None = None
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """``http://127.0.0.1:`` and the port."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self._output = tempfile.TemporaryFile("w+", errors="replace")
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,  # whose end it takes for its own
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            start_new_session=True,  # an interrupt is for its owner, who ends it
        )
        try:
            line = self._process.stdout.readline().strip()
            if not line.isdigit():
                raise UserError(f"{self.title} did not start: {self._last(line)}")
            self.port = int(line)
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self) -> None:
        """What is to be done once it listens."""

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._output.close()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def alive(self) -> bool:
        """Whether it still serves."""
        return self._process is not None and self._process.poll() is None

    def tell(self, question):
        """What it answers to a line of JSON."""
        with self._lock:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def _last(self, line: str) -> str:
        self._process.stdin.close()
        self._process.wait(5)
        self._output.seek(0)
        said = [each for each in self._output.read().splitlines() if each.strip()]
        return (said or [line or "it said nothing"])[-1][:300]


def module(name: str, *words: object) -> list[str]:
    """The command that runs ``main`` of a module of the project, with words as arguments."""
    return [sys.executable, "-I", "-c", _START.format(name), str(_ROOT), *map(str, words)]


def script(path: Path, *words: object) -> list[str]:
    """The command that runs a file which imports nothing of the project."""
    # -P: its own folder must not hide packages that are named as files of it are
    return [sys.executable, "-P", str(path), *map(str, words)]
