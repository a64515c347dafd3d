"""The process that reads: opens an array, reads it, and says what came.

It lives inside the environment under test, is started by `cell.Reader`, and answers one
question after the other until the other side is gone, or it is killed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from multiprocessing.connection import Connection

import numpy as np

from ..core.codecs import CODECS
from ..core.errors import WrongResult
from ..core.prepare import in_words
from ..core.verify import verify
from .clients import CLIENTS, versions


class Child:
    """Answers questions.

    Parameters
    ----------
    client, endpoint, bucket, path, zarr_format, codec
        What is read, and how.
    box
        Begin and end along z, y, x.
    """

    def __init__(self, client, endpoint, bucket, path, zarr_format, codec, box):
        self.client = CLIENTS[client](endpoint, bucket)
        self.path, self.format, self.codec = path, zarr_format, CODECS[codec]
        self.box = tuple(slice(*span) for span in box)
        self.array = None

    def hello(self) -> dict:
        """Who answers."""
        return {"versions": versions()}

    def read(self, wanted: str, anew: bool) -> dict:
        """Read the box, and hold what comes against a file.

        Parameters
        ----------
        wanted
            An NPY file of the whole volume.
        anew
            Whether the array is opened anew, by a client that knows nothing yet; else it is
            the one that was opened before.

        Returns
        -------
        dict
            ``seconds``; ``error``, its name and words, where it raised; else ``wrong`` and
            ``zeros``, how many voxels are not as they should be, and how many of those are 0.
        """
        started = time.perf_counter()
        try:
            if anew:
                self.array = self.client.open(self.path, self.format)
            found = np.asarray(self.client.read(self.array, self.box))
        except Exception as exc:
            return {"seconds": time.perf_counter() - started, "error": _told(exc)}
        seconds = time.perf_counter() - started
        due = np.load(wanted, mmap_mode="r")[self.box]
        try:
            verification = verify(found, due, self.codec)
        except WrongResult as exc:
            return {"seconds": seconds, "error": str(exc)}
        return {"seconds": seconds, "wrong": verification.beyond, "zeros": verification.zeros}


def _told(exc: BaseException) -> str:
    name, words = type(exc).__name__, in_words(exc)
    return words if name in words else f"{name}: {words}"


def _outlive(parent: int) -> None:
    """End with the parent, in the midst of a read that never ends."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main(descriptor: int, settings: dict) -> None:
    """Answer until the other side is gone."""
    line = Connection(descriptor)
    sys.stdout = sys.stderr  # whatever a library prints, it is no answer
    threading.Thread(target=_outlive, args=(os.getppid(),), daemon=True).start()
    child = Child(**settings)
    while True:
        try:
            question = json.loads(line.recv_bytes())
        except (EOFError, OSError):
            return
        do = question.pop("do")
        answer = child.hello() if do == "hello" else child.read(**question)
        line.send_bytes(json.dumps(answer).encode())
