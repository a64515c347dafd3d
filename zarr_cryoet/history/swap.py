"""Bring an asv environment to one release: what asv put there, what the lock says, no more.

Runs inside that environment, under its interpreter: the standard library and pip only.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path


def installed() -> dict[str, str]:
    """Return the versions of all packages here, by normalised name."""
    found = importlib.metadata.distributions()
    return {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in found}


def base() -> dict[str, str]:
    """Return what asv itself installed, noted down before the first release came."""
    note = Path(sys.prefix) / "asv-base.json"
    if not note.exists():
        fresh = note.with_suffix(".new")
        fresh.write_text(json.dumps(installed()))
        fresh.replace(note)
    return json.loads(note.read_text())


def swap(requirements: Path) -> str | None:
    """Install what is missing, remove what is too much; return what is still wrong."""
    lines = requirements.read_text().split()
    wanted = base() | dict(line.split("==") for line in lines)
    now = installed()
    surplus = sorted(now.keys() - wanted.keys())
    missing = [f"{name}=={version}" for name, version in wanted.items() if now.get(name) != version]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    if surplus:
        subprocess.run([*pip, "uninstall", "--yes", *surplus], check=True)
    if missing:
        subprocess.run([*pip, "install", "--no-deps", *missing], check=True)
    wrong = set(installed().items()) ^ set(wanted.items())
    return f"{requirements}: {sorted(wrong)} after the swap" if wrong else None


if __name__ == "__main__":
    sys.exit(swap(Path(sys.argv[1])))
