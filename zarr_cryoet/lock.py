"""One run at a time in a clone, and the scratch folder that it cleans up after itself."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .core.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

FOLDER = ".zarr-cryoet"


@contextmanager
def alone(folder: Path) -> Iterator[tuple[int, ...]]:
    """Hold a clone for one run at a time, as its environments and its pinned core serve one.

    Parameters
    ----------
    folder
        Where the lock is: `FOLDER` of a clone.

    Yields
    ------
    tuple of int
        File descriptors to hand to asv: were this process killed, the lock would
        last as long as the asv that it left behind.

    Raises
    ------
    UserError
        Another run is under way (the message names its command), or the clone cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
        file = (folder / "lock").open("a+")
    except OSError as exc:
        raise UserError(f"{folder}: cannot be written ({exc.strerror})") from exc
    with file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            file.seek(0)
            process, _, command = file.read().strip().partition(" ")
            raise UserError(
                f"{folder.parent}: a run is still under way in this clone, begun by process "
                f"{process or 'unknown'}{f' ({command})' if command else ''}; wait until it has "
                "ended"
            ) from exc
        file.truncate(0)
        file.write(f"{os.getpid()} {_command()}")
        file.flush()
        yield (file.fileno(),) if fcntl else ()


def _command() -> str:
    """What was typed, as the message to another run shows it."""
    return shlex.join(["zarr-cryoet", *sys.argv[1:]])[:200]


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A place for temporary stores, removed at the end, or by the next run after a kill.

    Parameters
    ----------
    folder
        Where the place is noted; the caller holds the clone's lock.
    """
    note = folder / "scratch"
    if note.is_file() and (left := Path(note.read_text())).name.startswith("zarr-cryoet-"):
        shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="zarr-cryoet-"))
    note.write_text(str(made))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        note.unlink(missing_ok=True)
