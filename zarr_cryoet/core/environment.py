"""Whether this environment is the one that the release's lock describes."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def problems() -> list[str]:
    """Differences between what is installed and the commit's ``requirements.txt``.

    asv swaps the packages of a release in one environment; were a swap to go wrong
    in silence, every figure of that release would be another's.
    """
    build = os.environ.get("ASV_BUILD_DIR")
    if not build or not (path := Path(build) / "requirements.txt").is_file():
        return []
    wrong = []
    for line in path.read_text().splitlines():
        name, _, wanted = map(str.strip, line.partition("#")[0].partition("=="))
        if not wanted or ";" in wanted:  # what holds for some systems only
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "absent"
        if found != wanted:
            wrong.append(f"{name} is {found}, the lock says {wanted}")
    return wrong
