"""Peak memory of one operation, native code included, without a tool beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def available() -> bool:
    """Whether the system keeps a high-water mark that can be put back (Linux)."""
    return _CLEAR.exists()


def peak(work: Callable[[], object]) -> int:
    """Bytes that the process holds at most during `work`, above what it held before.

    Raises
    ------
    OSError
        The system keeps no such mark.
    """
    _CLEAR.write_text("5")  # proc(5): resets the peak resident set size
    before = _read("VmRSS")
    result = work()
    held = _read("VmHWM") - before
    del result
    return max(0, held)


def _read(field: str) -> int:
    return 1024 * int(re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text(), re.M)[1])
