"""What a self-check has found so far: a file for each part, of this code and machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# what figures depend on: the code that measures, and the one that judges
_CODE = "zarr_cryoet/core", "zarr_cryoet/check", "zarr_cryoet/bench", "benchmarks"


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


class Kept:
    """Parts that are done.

    Parameters
    ----------
    root
        The clone.
    quick
        Whether parts are of the reduced size; those of full size are kept apart.
    """

    def __init__(self, root: Path, quick: bool):
        self.folder = root / ".zarr-cryoet" / "selfcheck" / ("quick" if quick else "full")
        self.about = {"code": code(root), "machine": machine(), "quick": quick}

    def clear(self, prefix: str) -> None:
        """Forget some parts."""
        for path in self.folder.glob(f"{prefix}*.json"):
            path.unlink()

    def get(self, name: str) -> dict | None:
        """A part's figures, if it was done with this code on this machine."""
        try:
            found = json.loads((self.folder / f"{name}.json").read_text())
            same = all(found[key] == value for key, value in self.about.items())
            return found if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def do(self, name: str, work: Callable[[], dict]) -> dict:
        """A part, from what is kept, or else done and kept."""
        if found := self.get(name):
            return found
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        begun = time.monotonic()
        figures = work()
        seconds = round(time.monotonic() - begun, 1)
        found = {"part": name, **self.about, "load_before": load, "seconds": seconds}
        found["figures"] = figures
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{name}.json.new"
        fresh.write_text(json.dumps(found, indent=1))
        fresh.replace(self.folder / f"{name}.json")
        return found
