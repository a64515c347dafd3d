"""What is kept of the self-check: the figures of each part, of this code and machine."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ..record import Format

# what figures depend on: the code that measures, and the one that judges
_CODE = (
    "zarr_cryoet/core",
    "zarr_cryoet/check",
    "zarr_cryoet/studies/selfcheck",
    "zarr_cryoet/bench",
    "benchmarks",
)


@dataclass(frozen=True)
class Part:
    """A part that is done.

    Attributes
    ----------
    part : str
        Its name.
    code, machine : dict
        See `code` and `machine`.
    quick : bool
        Whether it is of the reduced size.
    load_before : float or None
        Of the machine, when it began.
    seconds : float
        What it took.
    figures : dict
        What it found.
    """

    part: str
    code: dict
    machine: dict
    quick: bool
    load_before: float | None
    seconds: float
    figures: dict


@dataclass(frozen=True)
class Record:
    """Parts, and which of the checks hold by them."""

    quick: bool
    holds: dict[str, bool]
    parts: list[Part] = field(default_factory=list)


FORMAT = Format(Record, "version", command="selfcheck")


def code(root: Path) -> dict:
    """The commit, and a digest of what is in the files now."""
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".json"):
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {"commit": done.stdout.strip()[:12] or None, "digest": digest.hexdigest()[:16]}


def machine() -> dict:
    """Where figures are taken."""
    from asv.machine import Machine

    known = Machine.get_defaults()
    python = ".".join(map(str, sys.version_info[:3]))
    return {k: known[k] for k in ("machine", "cpu", "num_cpu", "os")} | {
        "arch": platform.machine(),
        "python": python,
    }
