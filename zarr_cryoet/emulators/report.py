"""Run an emulator for a person: what to set, and what to use."""

from __future__ import annotations

import shlex
import time

from .. import console
from . import of


def serve(kind: str) -> None:
    """Serve until interrupted, having said how it is reached.

    Raises
    ------
    UserError
        What it needs is missing, or it does not start.
    """
    with of(kind) as server:
        for name, value in server.settings.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# --store {server.url}", flush=True)
        console.tell(
            f"{server.title} on loopback, in memory, until Ctrl-C; its speed is no cloud's. "
            "Copy the lines above into another terminal."
        )
        while server.alive():
            time.sleep(0.5)
