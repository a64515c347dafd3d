"""The service that reads from the bucket: opens an array, reads it, and says what came."""

from __future__ import annotations

import time

import numpy as np

from ..codecs import CODECS
from ..errors import WrongResult
from ..prepare import in_words
from ..verify import verify
from .clients import CLIENTS, versions
from .service import Service, question


class Reader(Service):
    """Reads one array.

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

    @question
    def hello(self) -> dict:
        """Who answers."""
        return {"versions": versions()}

    @question
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
