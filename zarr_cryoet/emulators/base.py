"""What every emulator of a cloud promises."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import ClassVar

from ..core.errors import UserError
from ..core.stores.loopback import Loopback, module

BUCKET = "zarr-cryoet-emulator"
_WAIT = 30.0  # seconds in which one has to answer


def require(modules: Iterable[str], title: str) -> None:
    """Make sure that modules are here.

    Raises
    ------
    UserError
        One is not.
    """
    for name in modules:
        if find_spec(name) is None:
            raise UserError(
                f"{name} is not installed, which {title} needs; "
                "pip install 'zarr-cryoet[emulators]'"
            )


class Emulator(Loopback, ABC):
    """A server on loopback, for as long as a ``with`` block lasts, holding one empty bucket.

    Attributes
    ----------
    title : str
        What it emulates.
    packages : tuple of str
        Modules that it needs.
    """

    title: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()

    def __init__(self):
        require(self.packages, f"the emulator of {self.title}")
        super().__init__(self.title, module(type(self).__module__))

    @property
    @abstractmethod
    def url(self) -> str:
        """Of its bucket, for ``--store``."""

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """Variables of the environment by which libraries find it."""


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
