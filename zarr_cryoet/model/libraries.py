"""How each library asks: its backend's row and its own account, as plain values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict

from ..core import backends
from ..core.errors import UserError
from ..core.requests.countable import Countable
from .types import UNLIMITED, Library


def library(name: str, versions: Mapping[str, str] | None = None) -> Library:
    """The row of a backend.

    Parameters
    ----------
    name
        Its id.
    versions
        Releases of its packages; default: those that are installed.

    Raises
    ------
    UserError
        It is not installed, or asks for nothing over a network.
    """
    found = backends.find(name, backends.installed() if versions is None else versions)
    if isinstance(found, str):
        raise UserError(f"--backend {name}: {found}")
    if found.flight is None or not isinstance(found, Countable):
        raise UserError(f"{name}: its requests to a network are not predicted")
    account = found.model(backends.installed() if versions is None else versions)
    flight = asdict(found.flight)
    flight |= {key: flight[key] or UNLIMITED for key in ("inside", "shards")}
    return {
        "id": name,
        "sizes": account.sizes,
        "parts": account.parts,
        "joins": account.joins,
        "gap": account.gap,
        "limit": account.limit,
        "flight": flight,
    }


def cores() -> int:
    """Of this process, where the system says it: what Rust's threads are as many as."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
