"""The command line: few verbs, a file for those that belong together, and no logic."""

from __future__ import annotations

import signal
import sys

from ..core.errors import UserError
from . import (  # noqa: F401  the order of `--help`
    advice,
    checks,
    costs,
    emulators,
    history,
    measure,
    portal,
    reproduce,
    studies,
    volumes,
)
from .options import RESUMABLE, STARTS_OTHERS, app

studies.add_all({"costs": costs.costs_app})


class Interrupted(BaseException):
    """A person, or the system, wants this to end; all that was started ends with it."""


def _interrupt(*_: object) -> None:
    raise Interrupted


def _verbs() -> set[str]:
    """The command that was given: its word, or both of them."""
    return {sys.argv[1], " ".join(sys.argv[1:3])} if sys.argv[1:] else set()


def main() -> None:
    """Run the command line; faults that a person can mend take one line and exit 2."""
    from ..volumes.cache import use_cache

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(signal, name, None)  # Windows has no SIGHUP, and nohup ignores it
        if signum and signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _interrupt)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="replace")  # a terminal without ³ or Å shows something else
    if not STARTS_OTHERS & _verbs() and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `head` has had enough
    try:
        use_cache()
        app()
    except UserError as exc:
        print(f"zarr-cryoet: {' '.join(str(exc).split())}", file=sys.stderr)
        sys.exit(2)
    except Interrupted:
        goes_on = "; the same command goes on from here" if RESUMABLE & _verbs() else ""
        print(f"zarr-cryoet: interrupted{goes_on}", file=sys.stderr)
        sys.exit(130)
    except (OSError, MemoryError, UnicodeError) as exc:  # none that a person could not mend
        print(f"zarr-cryoet: {' '.join(str(exc).split()) or type(exc).__name__}", file=sys.stderr)
        sys.exit(2)
