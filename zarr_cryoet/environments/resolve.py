"""Let a lock grow: find new releases, and pin what each was installed with on its day."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.environments import index
from zarr_cryoet.environments.lock import DATE, PIN, Lock, Release, normalised, read, write
from zarr_cryoet.environments.packages import Package, find
from zarr_cryoet.environments.uv import find_uv

# Every machine must get the same pins, so they are made for one: the plainest Linux for
# which all of them have wheels.
PLATFORM = "x86_64-manylinux_2_28"
MARGIN = timedelta(days=1)  # a release may need what its makers uploaded right after it
ALWAYS = "2100-01-01"  # a day before which everything was uploaded
TIMEOUT = 300  # seconds for one set of pins
# uv's variables that say how to reach an index; all others could change the pins
TRANSPORT = ("UV_CACHE_DIR", "UV_NO_CACHE", "UV_HTTP", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS",
             "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER", "UV_OFFLINE", "UV_CONCURRENT")  # fmt: skip


def update(
    package: Package | str,
    lock_path: Path,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Release]:
    """Append the releases that are newer than a lock's last one.

    What is in the lock stays as it is. Nothing is written unless all of them are resolved.

    Parameters
    ----------
    package
        The package's row, or its name.
    lock_path
        The lock; if there is none, it is begun at the row's first release.
    progress
        Called before each new release with its version, its number and how many there are.

    Returns
    -------
    list of Release
        What was appended, oldest first.

    Raises
    ------
    UserError
        The index or uv failed, or a release has no set of pins; the lock is untouched.
    """
    row = find(package) if isinstance(package, str) else package
    lock_path, address = Path(lock_path), index.configured()
    lock = read(lock_path) if lock_path.exists() else Lock(row.package)
    if lock.package != row.package:
        raise UserError(f"{lock_path}: this is the lock of {lock.package}, not of {row.package}")
    added: list[Release] = []
    news = _news(row, lock, address)
    for number, upload in enumerate(news, 1):
        if progress:
            progress(str(upload.version), number, len(news))
        added.append(resolve(row, upload, address))
    if added:
        write(replace(lock, releases=lock.releases + tuple(added)), lock_path)
    return added


def _news(row: Package, lock: Lock, address: str) -> list[index.Upload]:
    uploads = index.releases(row.package, address)
    if not lock.releases:
        first = index.Version(row.first)
        return [upload for upload in uploads if upload.version >= first]
    last = lock.releases[-1]
    # dates are compared as the lock spells them, to the second
    return [
        upload
        for upload in uploads
        if upload.version > index.Version(last.version) and upload.date.strftime(DATE) >= last.date
    ]


def resolve(row: Package, upload: index.Upload, address: str) -> Release:
    """Pin a release and all its dependencies as of its day.

    Parameters
    ----------
    row
        The package.
    upload
        The release.
    address
        The index to ask.

    Raises
    ------
    UserError
        uv is missing or failed, or no set of wheels serves all interpreters of the row.
    """
    pins: Sequence[str] = (f"{row.package}=={upload.version}", *along(row, upload.version))
    for python in row.pythons:
        # what one interpreter got is asked for with the next, so that one set serves all
        pins = _compile(row, upload, pins, python, address)
    date = upload.date.strftime(DATE)
    return Release(str(upload.version), date, upload.requires_python, tuple(sorted(pins)))


def along(row: Package, version: index.Version) -> tuple[str, ...]:
    """Return the pins that go along with a release, whatever its day."""
    pins = {_name(pin): pin for pin in row.fixed}
    for first, pin in sorted(row.later, key=lambda pair: index.Version(pair[0])):
        if version >= index.Version(first):
            pins[_name(pin)] = pin
    return tuple(pins.values())


def _compile(
    row: Package, upload: index.Upload, pins: Sequence[str], python: str, address: str
) -> list[str]:
    command = [find_uv(), "pip", "compile", "-", "--quiet", "--no-config", "--color", "never"]
    command += ["--no-header", "--no-annotate", "--no-python-downloads", "--python", sys.executable]
    command += ["--python-version", python, "--python-platform", PLATFORM]
    command += ["--only-binary", ":all:"]
    for name in row.sdists:
        command += ["--no-binary", name]
    command += ["--exclude-newer", _day(upload.date + MARGIN)]
    for name in (row.package, *map(_name, along(row, upload.version))):
        command += ["--exclude-newer-package", f"{name}={ALWAYS}"]
    # the address goes by a variable: a command line is for everyone on the machine to read
    env = {key: value for key, value in os.environ.items() if _passes(key)}
    env["UV_DEFAULT_INDEX"] = address
    what = f"{row.package} {upload.version} on Python {python}"
    try:
        done = subprocess.run(
            command, input="\n".join([*pins, *row.beside]), env=env, capture_output=True, text=True,
            encoding="utf-8", errors="replace", timeout=TIMEOUT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(f"{what}: uv found no pins in {TIMEOUT} s; try again later") from None
    except OSError as fault:
        raise UserError(f"uv cannot be started: {fault.strerror}; reinstall it") from None
    if done.returncode:
        raise UserError(f"{what}: uv found no pins: {_one_line(done.stderr)}")
    found = [line.strip() for line in done.stdout.splitlines() if PIN.fullmatch(line.strip())]
    # one for this interpreter alone (a marker) must not be lost to the next
    names = {_name(line) for line in found}
    return found + [pin for pin in pins if _name(pin) not in names]


def _name(pin: str) -> str:
    return normalised(pin.partition("==")[0])


def _day(date: datetime) -> str:
    return date.strftime(DATE)


def _passes(variable: str) -> bool:
    return not variable.startswith("UV_") or variable.startswith(TRANSPORT)


def _one_line(said: str) -> str:
    text = " ".join(said.replace("×", " ").replace("╰─▶", " ").split())
    return index.hidden(text)[:500] or "no reason given"
