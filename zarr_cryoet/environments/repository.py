"""The release history as a git repository, made from a lock.

asv walks the commits of a repository; here a commit is a release. Everything in a commit
comes from the lock or is fixed, so that one lock gives the same hashes on every machine,
and stored results find their commit again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from zarr_cryoet.core.errors import UserError, unknown
from zarr_cryoet.environments.lock import Lock, Release, path_of, read

BRANCH = "refs/heads/main"
IDENTITY = b"zarr-cryoet <zarr-cryoet@localhost>"


def ensure(package: str = "zarr", root: str | Path = ".") -> Path:
    """Return a package's release history, made or mended if need be.

    Parameters
    ----------
    package
        A package that has a lock.
    root
        The project's folder; the repository is ``.history/<package>.git`` in it.

    Raises
    ------
    UserError
        The package has no lock, or its repository cannot be made.
    """
    path = path_of(package)
    if not path.is_file():
        locks = path.parent.glob("*.lock.json")
        raise unknown("history", package, [lock.name.partition(".")[0] for lock in locks])
    return build(read(path), Path(root) / ".history" / f"{package}.git")


def build(lock: Lock, path: Path) -> Path:
    """Make the repository that a lock describes; do nothing if it is there.

    Any number of processes may ask for it at once.

    Raises
    ------
    UserError
        The folder cannot be written to, or git is missing or fails.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.with_name(f"{path.name}.lock")):
            if not _matches(lock, path):
                _rebuild(lock, path)
    except OSError as fault:
        raise UserError(f"{path}: cannot be made: {fault.strerror or fault}") from None
    return path


def commit_of(repo: Path, version: str) -> str:
    """Return the commit of a release; a `UserError` names the nearest ones if it has none."""
    commits = _commits(repo)
    version = version.removeprefix("v")
    if version not in commits:
        raise unknown("release", version, commits)
    return commits[version]


def versions(repo: Path) -> list[str]:
    """Return the releases of a history, oldest first."""
    return list(_commits(repo))


def _commits(repo: Path) -> dict[str, str]:
    log = _git(repo, "log", "--reverse", "--format=%H %s", BRANCH).decode()
    return {line.split()[-1]: line.split()[0] for line in log.splitlines()}


def _files(lock: Lock, release: Release) -> dict[str, bytes]:
    record = {"package": lock.package} | asdict(release)
    lines = record.pop("requirements")
    return {
        "release.json": (json.dumps(record, indent=2) + "\n").encode(),
        "requirements.txt": "".join(f"{line}\n" for line in lines).encode(),
    }


def _headers(lock: Lock, release: Release) -> tuple[bytes, bytes]:
    stamp = IDENTITY + b" %d +0000\n" % release.timestamp
    message = f"{lock.package} {release.version}\n".encode()
    return b"author " + stamp + b"committer " + stamp, message


def expected(lock: Lock) -> dict[str, str]:
    """Return each release's commit as git will name it: what a sound repository holds."""
    parent, commits = "", {}
    for release in lock.releases:
        tree = b"".join(
            b"100644 %s\0" % name.encode() + bytes.fromhex(_sha1(b"blob", content))
            for name, content in sorted(_files(lock, release).items())
        )
        who, message = _headers(lock, release)
        body = f"tree {_sha1(b'tree', tree)}\n{parent}".encode() + who + b"\n" + message
        commits[release.version] = _sha1(b"commit", body)
        parent = f"parent {commits[release.version]}\n"
    return commits


def _sha1(kind: bytes, body: bytes) -> str:
    # git's names for things, not a matter of security
    return hashlib.sha1(b"%s %d\0" % (kind, len(body)) + body, usedforsecurity=False).hexdigest()


def _stream(lock: Lock) -> bytes:
    """Spell the lock in the language of ``git fast-import``."""
    out = b""
    for mark, release in enumerate(lock.releases, 1):
        who, message = _headers(lock, release)
        out += b"commit %s\nmark :%d\n%s" % (BRANCH.encode(), mark, who)
        out += b"data %d\n%s\n" % (len(message), message)
        for name, content in _files(lock, release).items():
            out += b"M 100644 inline %s\ndata %d\n" % (name.encode(), len(content))
            out += content + b"\n"
        out += b"reset refs/tags/v%s\nfrom :%d\n\n" % (release.version.encode(), mark)
    return out + b"done\n"


def _matches(lock: Lock, path: Path) -> bool:
    commits = expected(lock)
    refs = {f"refs/tags/v{version}": commit for version, commit in commits.items()}
    refs[BRANCH] = commits[lock.versions[-1]]
    try:
        found = _git(path, "for-each-ref", "--format=%(refname) %(objectname)").decode()
        head = _git(path, "symbolic-ref", "HEAD").decode().strip()
        _git(path, "fsck", "--full", "--strict", "--no-dangling", "--no-progress")
    except (UserError, ValueError):
        return False  # missing, or damaged: either way it is made anew
    return head == BRANCH and dict(line.split() for line in found.splitlines()) == refs


def _rebuild(lock: Lock, path: Path) -> None:
    new, old = path.with_name(f"{path.name}.new"), path.with_name(f"{path.name}.old")
    for leftover in (new, old):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    flags = ("--bare", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main")
    _git(new, "init", *flags)
    # asv's clones borrow its objects: it must never tidy them away by itself
    _git(new, "config", "gc.auto", "0")
    _git(new, "fast-import", "--quiet", "--done", stdin=_stream(lock))
    if not _matches(lock, new):
        raise UserError(f"{path}: git made other commits than the lock says; report this")
    if path.exists():
        path.rename(old)
    new.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def _git(repo: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    # The user's settings, hooks and GIT_* variables must not reach into the hashes.
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    command = ["git", "-c", "safe.directory=*", f"--git-dir={repo}", *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, env=env, check=False)
    except FileNotFoundError:
        raise UserError("git: no such program; install git, which keeps the releases") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise UserError(f"git {arguments[0]} failed: {said[0]}")
    return done.stdout


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a file's lock, which the system takes back even from a killed process."""
    with path.open("ab") as file:
        with suppress(OSError):  # some network file systems have no locks: go on without
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
        yield
