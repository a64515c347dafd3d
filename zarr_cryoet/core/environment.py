"""Whether this environment is the one that the release's lock describes."""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

HELD = "zarr-cryoet.json"  # written into the environment by environments/swap.py


def problems() -> list[str]:
    """Differences between what is installed and what the last swap left here.

    asv swaps the packages of a release in one environment; were a swap to go wrong
    in silence, or somebody to install something, every figure of that release would
    be another's. Nothing is known of an environment that was made in another way.
    """
    path = Path(sys.prefix) / HELD
    try:
        wanted = json.loads(path.read_text())
    except FileNotFoundError:
        swapping = path.with_name("zarr-cryoet.swapping").exists()
        return ["a swap of its packages was cut off; delete env/"] if swapping else []
    except ValueError:
        return [f"{HELD} is damaged; delete env/"]
    here = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    installed = distributions(path=list(dict.fromkeys(here)))
    found = {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in installed if d.name}
    wrong = [
        f"{name} is {found.get(name, 'absent')}, the lock says {wanted.get(name, 'nothing')}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]
    more = [f"and {len(wrong) - 3} more"] if len(wrong) > 3 else []
    return [*wrong[:3], *more, "delete env/, and run again"] if wrong else []
