"""Servers on loopback that emulate the clouds, each a process of its own.

Each file is one cloud: ``Emulator`` there starts it for as long as a ``with`` block lasts,
and says by which settings the clouds' own libraries find it. Their speed is theirs, not
a cloud's: what can be taken from them is requests, bytes, and whether a library works.
"""

from __future__ import annotations

import importlib

from ..core.errors import unknown
from .base import Emulator

KINDS = ("s3", "gcs", "azure")


def of(kind: str) -> Emulator:
    """The emulator for a cloud, not started yet.

    Raises
    ------
    UserError
        There is no such cloud, or what it needs is missing.
    """
    if kind not in KINDS:
        raise unknown("emulator", kind, KINDS)
    return importlib.import_module(f"{__name__}.{kind}").Server()
