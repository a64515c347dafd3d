"""Bring an asv environment to one release: what asv put there, what the lock says, no more.

Runs inside that environment, under its interpreter: the standard library and pip only.
What the environment then holds stands in ``zarr-cryoet.json`` in its folder, for the
benchmarks to hold it against (`zarr_cryoet.core.environment`).
"""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

BASE = Path(sys.prefix) / "asv-base.json"
HELD = Path(sys.prefix) / "zarr-cryoet.json"
UNDER_WAY = Path(sys.prefix) / "zarr-cryoet.swapping"


def installed() -> dict[str, str]:
    """Return the versions of all packages here, by normalised name."""
    here = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    found = importlib.metadata.distributions(path=list(dict.fromkeys(here)))
    return {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in found if d.name}


def base() -> dict[str, str]:
    """Return what asv itself installed, noted down before the first release came."""
    if not BASE.exists():
        _write(BASE, installed())
    return json.loads(BASE.read_text())


def _write(path: Path, value: dict) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value))
    fresh.replace(path)


def swap(requirements: Path) -> str | None:
    """Install what is missing, remove what is too much; return what is still wrong."""
    broken = UNDER_WAY.exists()  # an earlier swap was cut off: trust nothing of a release
    asv = base()
    UNDER_WAY.touch()
    HELD.unlink(missing_ok=True)
    for left in Path(sysconfig.get_path("purelib")).glob("~*"):  # by a pip that was cut off
        shutil.rmtree(left, ignore_errors=True)
    release = dict(line.split("==") for line in requirements.read_text().split())
    wanted, now = asv | release, installed()
    surplus = sorted(now.keys() - wanted.keys())
    again = release if broken else {}
    missing = [f"{n}=={v}" for n, v in wanted.items() if n in again or now.get(n) != v]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    if surplus:
        subprocess.run([*pip, "uninstall", "--yes", *surplus], check=True)
    if missing:
        force = ["--force-reinstall"] if broken else []
        subprocess.run([*pip, "install", "--no-deps", *force, *missing], check=True)
    wrong = set(installed().items()) ^ set(wanted.items())
    if wrong:
        return f"{requirements}: {sorted(wrong)} after the swap"
    _write(HELD, wanted)
    UNDER_WAY.unlink()
    return None


def main() -> str | None:
    """Swap, and put into one line what went wrong, with the way out."""
    try:
        wrong = swap(Path(sys.argv[1]))
    except subprocess.CalledProcessError as exc:
        wrong = f"pip {'uninstall' if 'uninstall' in exc.cmd else 'install'} failed"
    except (OSError, ValueError) as exc:
        wrong = " ".join(str(exc).split())
    return wrong and f"zarr-cryoet: {wrong}; is the package index in reach? or delete env/"


if __name__ == "__main__":
    sys.exit(main())
