"""Volumes from files: MRC, TIFF, NPY and OME-Zarr.

Each module of this package that defines a `Reader` adds a format; nothing else is to be edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from ...core.errors import UserError
from .base import Loaded, Reader, check_dtype, check_shape, frozen, one_line, quiet, refuse

__all__ = ["READERS", "SUFFIXES", "Loaded", "Reader", "read", "reader_for"]


def _discover() -> tuple[Reader, ...]:
    """One instance of each reader class, in the order of their files' names."""
    found = []
    for entry in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{entry.name}")
        for item in vars(module).values():
            own = isinstance(item, type) and item.__module__ == module.__name__
            if own and issubclass(item, Reader) and item is not Reader:
                found.append(item())
    return tuple(found)


READERS = _discover()

#: Ends of file names by the format's name, for help texts.
SUFFIXES = {reader.name: reader.suffixes for reader in READERS}


def reader_for(path: Path | str) -> Reader:
    """Pick the reader for a file or folder: by its content, then by its suffix.

    Content goes first, as a wrong suffix is more common than a wrong signature; a file
    whose signature is damaged still finds the reader that can say so.

    Raises
    ------
    UserError
        If there is no such file, it is empty, or no reader knows it.
    """
    path = Path(path)
    name = path.name.lower()
    by_suffix = [r for r in READERS if name.endswith(r.suffixes)]
    if not path.exists():
        raise refuse(path, "no such file or folder")
    folder = path.is_dir()
    if not folder and not path.is_file():
        raise refuse(path, "is neither a file nor a folder")
    if not folder and path.stat().st_size == 0:
        raise refuse(path, "is empty")
    fitting = [r for r in READERS if r.folder == folder]
    for reader in fitting:
        if reader.matches(path):
            return reader
    for reader in by_suffix:
        if reader in fitting:
            return reader
        wanted, given = ("folder", "file") if reader.folder else ("file", "folder")
        raise refuse(path, f"is a {given}; {reader.name} is a {wanted}")
    if folder:
        raise refuse(path, "is a folder, and not an OME-Zarr; name one file")
    known = "; ".join(f"{title} ({', '.join(ends)})" for title, ends in SUFFIXES.items())
    raise refuse(path, f"of no format that is read here: {known}")


def read(path: Path | str) -> Loaded:
    """Read the volume in a file or folder.

    Parameters
    ----------
    path
        An MRC, TIFF or NPY file, or an OME-Zarr folder.

    Returns
    -------
    Loaded
        Its array has axes z, y, x, at least one voxel, and integers or floats of 8 to 64
        bits; it is read-only. A memory map stays valid as long as the file is left alone.
        NaN and infinity are passed on as they are.

    Raises
    ------
    UserError
        For anything that cannot be read as a volume: one line with the file and the reason.
    """
    path = Path(path)
    what = "a volume"
    try:
        with quiet():
            reader = reader_for(path)
            what = reader.name
            loaded = reader.read(path)
            check_shape(path, loaded.array.shape)
            check_dtype(path, loaded.array.dtype)
            frozen(loaded.array)
    except PermissionError as exc:
        raise refuse(path, "permission denied; ask its owner, or copy it") from exc
    except Exception as exc:
        # Libraries raise whatever their parsing stumbles over; for a person it is all one.
        if isinstance(exc, UserError):
            raise
        reason = one_line(exc)
        if not reason or not isinstance(exc, ValueError | RuntimeError | OSError | EOFError):
            reason = f"{type(exc).__name__} {reason}".rstrip()  # a KeyError says but its key
        raise refuse(path, f"not readable as {what}: {reason}") from exc
    return loaded
