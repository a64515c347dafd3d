"""The end of a worker that answers: a service, asked by the names of its questions.

It lives inside the environment under test, is started by `worker.Worker`, and does nothing
between two questions, so that two of them can be asked in turn.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import platform
import select
import sys
import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection

import numpy as np

from .. import backends
from ..prepare import in_words
from . import affinity


def question(method: Callable[..., dict]) -> Callable[..., dict]:
    """Mark a method of a service that may be asked for; its answer is a dictionary of JSON."""
    method.question = True
    return method


class Service:
    """What a worker answers with; methods that are questions are marked as such.

    Attributes
    ----------
    pinned : bool
        Whether its process is held to the cores of all benchmarks.
    """

    pinned = False

    @question
    def hello(self) -> dict:
        """Who answers: process, Python, cores, and releases."""
        affine = hasattr(os, "sched_getaffinity")
        return {
            "pid": os.getpid(),
            "python": platform.python_version(),
            "cores": len(os.sched_getaffinity(0)) if affine else None,
            "versions": {**backends.installed(), **_numcodecs(), "numpy": np.__version__},
        }


def _numcodecs() -> dict[str, str]:
    """Its release: most codecs come from it, and no backend is named after it."""
    try:
        return {"numcodecs": version("numcodecs")}
    except PackageNotFoundError:
        return {}


def serve(line: str, lifeline: str, service: str, settings: str) -> None:
    """Answer until the other side is gone; what goes wrong is an answer too.

    Parameters
    ----------
    line, lifeline
        Descriptors: of the questions, and of a pipe whose other end only the asker holds.
    service
        Module and class, ``package.module:Class``; a `Service`.
    settings
        Arguments of the class, as JSON.
    """
    sys.stdout = sys.stderr  # whatever a library prints, it is no answer
    end_with(int(lifeline))
    connection = Connection(int(line))
    module, _, name = service.partition(":")
    kind = getattr(importlib.import_module(module), name)
    if kind.pinned:
        affinity.pin()
    answering = kind(**json.loads(settings))
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked = json.loads(connection.recv_bytes())
            connection.send_bytes(json.dumps(_answer(answering, **asked)).encode())


def _answer(service: Service, do: str, **words) -> dict:
    try:
        method = getattr(service, do, None)
        if not getattr(method, "question", False):
            raise ValueError(f"{do}: no such question")
        return method(**words)
    except (Exception, SystemExit) as exc:
        return {"error": in_words(exc)}


def end_with(descriptor: int) -> None:
    """End this process once the other end of a pipe is closed, in the midst of any call.

    On Linux the kernel does it, by a signal that nobody handles: a second thread beside what
    is timed would change its allocator's locks.
    """
    if sys.platform != "linux":
        threading.Thread(target=_wait, args=(descriptor,), daemon=True).start()
        return
    import fcntl

    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_RDONLY | os.O_ASYNC)
    if select.select([descriptor], [], [], 0)[0]:  # it was closed before
        os._exit(1)


def _wait(descriptor: int) -> None:
    os.read(descriptor, 1)
    os._exit(1)
