"""A script of this package that serves, in a process of its own."""

from __future__ import annotations

from pathlib import Path

from ..core.stores import http
from ..core.stores.loopback import Loopback, script
from .base import require


class Child(Loopback):
    """Runs a script, for as long as a ``with`` block lasts.

    Parameters
    ----------
    path
        A file of this package, which imports nothing of it.
    *words
        Its arguments.
    needs
        Modules without which it cannot run.

    Raises
    ------
    UserError
        A module that it needs is missing.
    """

    def __init__(self, path: Path, *words: object, needs: tuple[str, ...] = ()):
        title = f"the emulator's {path.stem}"
        require(needs, title)
        super().__init__(title, script(path, *words))

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.endpoint

    def ask(self, path: str):
        """What it answers to ``GET``, from JSON."""
        return http.ask(self.url, path)
