"""Bring an asv environment to one release: what asv put there, what the lock says, no more.

With a wheel as second argument, or named in a comment of the pins, that wheel goes along: a
commit of a checkout, over a fixed set of pins.

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
WHEEL = "# wheel: "
UNDER_WAY = Path(sys.prefix) / "zarr-cryoet.swapping"


def installed() -> dict[str, str]:
    """Return the versions of all packages here, by normalised name."""
    here = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    found = importlib.metadata.distributions(path=list(dict.fromkeys(here)))
    return {_normalised(d.name): d.version for d in found if d.name}


def base() -> dict[str, str]:
    """Return what asv itself installed, noted down before the first release came."""
    if not BASE.exists():
        _write(BASE, installed())
    return json.loads(BASE.read_text())


def _write(path: Path, value: dict) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value))
    fresh.replace(path)


def read(requirements: Path) -> dict[str, str]:
    """Return versions by name from a file of exact pins, in which comments may stand."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


def named(requirements: Path) -> Path | None:
    """Return the wheel that a comment in a file of pins names."""
    lines = requirements.read_text().splitlines()
    wheels = (line.removeprefix(WHEEL) for line in lines if line.startswith(WHEEL))
    return next(map(Path, wheels), None)


def built(wheel: Path) -> dict[str, str]:
    """Return the version in a wheel's name, by its package's."""
    name, version = wheel.name.split("-")[:2]
    return {_normalised(name): version}


def swap(requirements: Path, wheel: Path | None = None) -> str | None:
    """Install what is missing, remove what is too much; return what is still wrong."""
    wheel = wheel or named(requirements)
    broken = UNDER_WAY.exists()  # an earlier swap was cut off: trust nothing of a release
    asv = base()
    UNDER_WAY.touch()
    HELD.unlink(missing_ok=True)
    for left in Path(sysconfig.get_path("purelib")).glob("~*"):  # by a pip that was cut off
        shutil.rmtree(left, ignore_errors=True)
    release, own = read(requirements), built(wheel) if wheel else {}
    wanted, now = asv | release | own, installed()
    again = release if broken else {}
    missing = [
        f"{n}=={v}" for n, v in wanted.items() if n not in own and (n in again or now.get(n) != v)
    ]
    surplus = sorted(now.keys() - wanted.keys())
    if surplus:
        _pip("uninstall", "--yes", *surplus)
    if missing:
        _pip("install", "--no-deps", *(["--force-reinstall"] if broken else []), *missing)
    if wheel:  # always: two commits may call themselves one version
        _pip("install", "--no-deps", "--force-reinstall", str(wheel))
    wrong = set(installed().items()) ^ set(wanted.items())
    if wrong:
        return f"{requirements}: {sorted(wrong)} after the swap"
    if wheel and (lacking := _lacking(own)):
        return f"{lacking}; change {requirements}"
    _write(HELD, wanted)
    UNDER_WAY.unlink()
    return None


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*command, *words], check=True)


def _lacking(own: dict[str, str]) -> str:
    """What a commit asks for that the pins beside it do not give."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    lines = [line.rstrip(".") for line in said.splitlines()]
    return "; ".join(line for line in lines if _normalised(line.partition(" ")[0]) in own)


def main() -> str | None:
    """Swap, and put into one line what went wrong, with the way out."""
    try:
        wrong = swap(*map(Path, sys.argv[1:]))
    except subprocess.CalledProcessError as exc:
        wrong = f"pip {'uninstall' if 'uninstall' in exc.cmd else 'install'} failed"
    except (OSError, ValueError) as exc:
        wrong = " ".join(str(exc).split())
    if wrong:
        env = Path(sys.prefix).parent
        return f"zarr-cryoet: {wrong}; is the package index in reach? or delete {env}"
    return None


if __name__ == "__main__":
    sys.exit(main())
