"""What a record says of the machine that it was measured on."""

from __future__ import annotations

import datetime
import os
import platform
import re
from pathlib import Path


def facts(cores: int) -> dict:
    """Processor, system, interpreter and day.

    Parameters
    ----------
    cores
        How many of its processors are used.
    """
    return {
        "cpu": _cpu(),
        "processors": os.cpu_count(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": ".".join(platform.python_version_tuple()[:2]),
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _cpu() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()
