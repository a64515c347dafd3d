"""Equal resources: every backend on the same number of cores."""

from __future__ import annotations

import os

from ..errors import UserError

VARIABLE = "ZARR_CRYOET_CORES"


def cores() -> int:
    """How many cores `ZARR_CRYOET_CORES` asks for; 1 where it is not set.

    Raises
    ------
    UserError
        It is no number of cores.
    """
    text = os.environ.get(VARIABLE) or "1"
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{VARIABLE}={text}: a number of cores, from 1 on, was expected")
    return int(text)


def pin() -> int | None:
    """Hold this process to `ZARR_CRYOET_CORES` cores (default 1).

    Must run before any backend is imported: affinity is the one control that holds
    for zarr-python, zarrs and tensorstore alike, however many threads each of them
    starts. The last cores are taken, which leaves the first to asv and the system.

    Returns
    -------
    int or None
        How many cores; None where the system has no such control (macOS, Windows).

    Raises
    ------
    UserError
        `ZARR_CRYOET_CORES` is no number of cores.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    wanted = cores()
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[-wanted:])
    return min(wanted, len(allowed))
