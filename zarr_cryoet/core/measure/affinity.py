"""Equal resources: every backend on the same number of cores."""

from __future__ import annotations

import os

VARIABLE = "ZARR_CRYOET_CORES"


def pin() -> int | None:
    """Hold this process to `ZARR_CRYOET_CORES` cores (default 1).

    Must run before any backend is imported: affinity is the one control that holds
    for zarr-python, zarrs and tensorstore alike, as they size their thread pools by it.
    The last cores are taken, which leaves the first to asv and the system.

    Returns
    -------
    int or None
        How many cores; None where the system has no such control (macOS, Windows).
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    wanted = int(os.environ.get(VARIABLE, "1"))
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[-wanted:])
    return min(wanted, len(allowed))
