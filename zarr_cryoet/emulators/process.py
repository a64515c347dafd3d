"""A server in a process of its own, which ends with whoever started it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from ..core.errors import UserError
from ..core.stores import http


class Child:
    """Runs a script that serves on loopback, for as long as a ``with`` block lasts.

    The script prints its port, and ends when its standard input does: so it ends too when
    its starter is killed.

    Parameters
    ----------
    script
        A file of this package, which imports nothing of it.
    *words
        Its arguments.
    needs
        Modules without which it cannot run.

    Attributes
    ----------
    url : str
        ``http://127.0.0.1:`` and its port.

    Raises
    ------
    UserError
        A module that it needs is missing, or it ended before it served.
    """

    def __init__(self, script: Path, *words: object, needs: tuple[str, ...] = ()):
        for module in needs:
            if importlib.util.find_spec(module) is None:
                raise UserError(
                    f"{script.stem}: the stand-in needs {module}: pip install 'zarr-cryoet[dev]'"
                )
        # -P: the script's own folder must not hide packages that are named as files of it are
        self._command = [sys.executable, "-P", str(script), *map(str, words)]
        self._name = script.stem
        self.url = ""

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        said = self._process.stdout.readline().strip()
        if not said.isdigit():
            self.__exit__()
            raise UserError(f"{self._name}: the stand-in did not start; what it said is above")
        self.url = f"http://127.0.0.1:{said}"
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, path: str):
        """What it answers to ``GET``, from JSON."""
        return http.ask(self.url, path)
