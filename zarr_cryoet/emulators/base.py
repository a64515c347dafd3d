"""What every stand-in promises: a process that ends with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib.util import find_spec
from typing import ClassVar

from ..core.errors import UserError

BUCKET = "zarr-cryoet-stand-in"
_WAIT = 30.0  # seconds in which one has to answer


class StandIn(ABC):
    """A server on loopback, for as long as a ``with`` block lasts, holding one empty bucket.

    Attributes
    ----------
    title : str
        What it stands in for.
    url : str
        Of its bucket, for ``--store``.
    settings : dict
        Variables of the environment by which libraries find it.
    packages : tuple of str
        Modules that it needs, and by what they are installed.
    """

    title: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()

    def __init__(self):
        for name in self.packages:
            if find_spec(name) is None:
                raise UserError(
                    f"{name} is not installed, which stands in for {self.title}; "
                    "pip install 'zarr-cryoet[dev]'"
                )
        self.port = 0
        self._process: subprocess.Popen | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Of its bucket."""

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """Variables of the environment."""

    @abstractmethod
    def _command(self) -> list[str]:
        """What prints the port that it took on a line of its own, first of all."""

    @abstractmethod
    def _make_bucket(self) -> None:
        """Make the bucket, once the server answers."""

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> StandIn:
        self._said = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,  # whose end it takes for its own
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            start_new_session=True,
        )
        try:
            line = self._process.stdout.readline()
            if not line.strip().isdigit():
                raise UserError(f"the stand-in for {self.title} did not start: {self._last(line)}")
            self.port = int(line)
            self._make_bucket()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._said.close()

    def alive(self) -> bool:
        """Whether it still serves."""
        return self._process is not None and self._process.poll() is None

    def _last(self, line: str) -> str:
        self._process.wait(5)
        self._said.seek(0)
        said = [each for each in self._said.read().splitlines() if each.strip()]
        return (said or [line.strip() or "it said nothing"])[-1][:300]


def script(module: str) -> list[str]:
    """The command that runs a module of this package."""
    return [sys.executable, "-m", module]


def until(done: Callable[[], bool], what: str) -> None:
    """Ask again and again until something is so.

    Raises
    ------
    UserError
        It is not within half a minute.
    """
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        if done():
            return
        time.sleep(0.05)
    raise UserError(f"{what} did not answer within {_WAIT:.0f} s")


def ask(method: str, port: int, path: str, body: bytes = b"", headers=None) -> int:
    """The status of one request to loopback, past any proxy; 0 where nobody answers."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def end_with_parent() -> None:
    """Return once whoever started this process closes its end of the pipe, or dies."""
    sys.stdin.read()
