"""A competitor for the core that is measured on: noise on purpose."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# ends by itself when the one that started it is gone, however that ended
_LOOP = """
import os, sys
from zarr_cryoet.core.measure import affinity
affinity.pin()
while os.getppid() == int(sys.argv[1]):
    for _ in range(10**6):
        pass
"""


@contextmanager
def competitor(wanted: bool = True) -> Iterator[None]:
    """Keep the core busy that measuring processes are held to.

    Parameters
    ----------
    wanted
        Whether there is one at all.
    """
    if not wanted:
        yield
        return
    child = subprocess.Popen(
        [sys.executable, "-c", _LOOP, str(os.getpid())],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt is ours to hand on
    )
    try:
        yield
    finally:
        child.kill()
        child.wait()
