"""A place for stores where no disk takes part in what is compared."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
_PREFIX = "zarr-cryoet-duel-"


@contextmanager
def folder(default: Path, nbytes: int) -> Iterator[Path]:
    """An empty folder in memory where there is room for `nbytes`, else `default`.

    Two environments on one disk share its journal and its queue, and what one of them
    wrote is on its way to the disk while the other is timed.
    """
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        yield default
        return
    _sweep()
    if shutil.disk_usage(MEMORY).free < 2 * nbytes:
        yield default
        return
    made = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=MEMORY))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep() -> None:
    """Remove what processes left behind that are gone."""
    for left in MEMORY.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(left, ignore_errors=True)
