"""The lock: the releases of a package, their dates, and every dependency of their day.

It only ever grows. asv stores results by commit, and the commits are made from this file,
so an entry that changes orphans everything that was measured with it.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from zarr_cryoet.core.errors import UserError, unknown

FORMAT = 1
DATE = "%Y-%m-%dT%H:%M:%SZ"
FINAL = re.compile(r"\d+(\.\d+)*(\.post\d+)?")  # no pre-release has a place in a history
PIN = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([A-Za-z0-9.!+_-]+)")


@dataclass(frozen=True)
class Release:
    """One release: when it came out, and what it is installed with.

    Attributes
    ----------
    version
        The release, for example ``"3.4.2"``.
    date
        When its first file was uploaded, in UTC, to the second.
    requires_python
        What it says about its interpreters; empty if it says nothing.
    requirements
        Exact pins of the package and all its dependencies, sorted.
    """

    version: str
    date: str
    requires_python: str
    requirements: tuple[str, ...]

    @property
    def timestamp(self) -> int:
        """The date in seconds since 1970."""
        return int(datetime.strptime(self.date, DATE).replace(tzinfo=UTC).timestamp())

    @property
    def pins(self) -> dict[str, str]:
        """Versions by normalised name, as an environment should hold them."""
        pairs = (PIN.fullmatch(requirement).groups() for requirement in self.requirements)
        return {normalised(name): version for name, version in pairs}


@dataclass(frozen=True)
class Lock:
    """All releases of one package, oldest first."""

    package: str
    releases: tuple[Release, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """The releases' versions, oldest first."""
        return tuple(release.version for release in self.releases)

    def release(self, version: str) -> Release:
        """The release of that version; a `UserError` names the nearest ones if there is none."""
        known = {release.version: release for release in self.releases}
        if version not in known:
            raise unknown(f"release of {self.package} in the history", version, known)
        return known[version]


def path_of(package: str) -> Path:
    """Return where the lock of a package is kept; it need not exist."""
    return Path(__file__).with_name(f"{package}.lock.json")


def normalised(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def order(version: str) -> tuple:
    """Return the key that final releases are sorted by."""
    numbers, _, post = version.partition(".post")
    parts = [int(part) for part in numbers.split(".")]
    while parts and parts[-1] == 0:  # 3.1 and 3.1.0 are one version
        parts.pop()
    return tuple(parts), int(post or -1)


def read(path: Path) -> Lock:
    """Read a lock and check it.

    Raises
    ------
    UserError
        It is missing, unreadable, or not a lock; the message says what is wrong.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such lock; restore it, or write it anew") from None
    except (OSError, ValueError) as fault:
        raise UserError(f"{path}: not a readable lock: {fault}; restore it") from None
    try:
        if data["version"] != FORMAT:
            raise ValueError(f"format {data['version']!r}, where this program knows {FORMAT}")
        rows = [row | {"requirements": tuple(row["requirements"])} for row in data["releases"]]
        lock = Lock(data["package"], tuple(Release(**row) for row in rows))
        validate(lock)
    except KeyError as fault:
        raise UserError(f"{path}: not a valid lock: {fault} is missing; restore it") from None
    except (TypeError, ValueError, AttributeError) as fault:
        raise UserError(f"{path}: not a valid lock: {fault}; restore it") from None
    return lock


def validate(lock: Lock) -> None:
    """Check what must hold in every lock.

    Raises
    ------
    ValueError
        Something does not hold; the message names the release.
    """
    if not lock.releases:
        raise ValueError("it holds no release")
    before = None
    for release in lock.releases:
        if not FINAL.fullmatch(release.version):
            raise ValueError(f"{release.version} is not a final release")
        if release.date != datetime.strptime(release.date, DATE).strftime(DATE):
            raise ValueError(f"{release.version} has the date {release.date}")
        if before and order(before.version) >= order(release.version):
            raise ValueError(f"{release.version} follows {before.version}")
        if before and before.date > release.date:
            raise ValueError(f"{release.version} is older than {before.version}")
        _validate_pins(lock.package, release)
        before = release


def _validate_pins(package: str, release: Release) -> None:
    for requirement in release.requirements:
        if not PIN.fullmatch(requirement):
            raise ValueError(f"{release.version} has {requirement!r}, which is no exact pin")
    if list(release.requirements) != sorted(release.requirements):
        raise ValueError(f"{release.version} has requirements out of order")
    if len(release.pins) != len(release.requirements):
        raise ValueError(f"{release.version} pins a package twice")
    if release.pins.get(normalised(package)) != release.version:
        raise ValueError(f"{release.version} does not pin {package}=={release.version}")


def write(lock: Lock, path: Path) -> None:
    """Write a lock, all of it or nothing.

    Raises
    ------
    UserError
        The folder cannot be written to.
    ValueError
        The lock is not valid.
    """
    validate(lock)
    rows = [asdict(release) for release in lock.releases]
    data = {"version": FORMAT, "package": lock.package, "releases": rows}
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            json.dump(data, file, indent=2)
            file.write("\n")
        temporary.replace(path)
    except OSError as fault:
        raise UserError(f"{path}: cannot be written: {fault.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
