"""Serve until a person interrupts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

_ENDING = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


def until_interrupted(say: Callable[[], None]) -> None:
    """Say how to reach it, and wait for a signal, which is then handled as anywhere.

    A signal that came while something is said could be lost: what its handler raises
    is swallowed where the interpreter happens to clean up. So it is held back meanwhile.
    """
    if not hasattr(signal, "sigwait"):  # Windows
        say()
        threading.Event().wait()
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        say()
        came = signal.sigwait(_ENDING)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    signal.raise_signal(came)
