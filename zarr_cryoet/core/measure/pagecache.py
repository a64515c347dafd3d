"""Cold reads: put files out of the page cache, and prove that they are."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

_PAGE = mmap.PAGESIZE


def evict(paths: Iterable[Path]) -> None:
    """Ask the system to drop the pages of files; what was written is synced first.

    Raises
    ------
    OSError
        The system has no such request (macOS, Windows).
    """
    if not hasattr(os, "posix_fadvise"):
        raise OSError("no posix_fadvise on this system")
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)  # dirty pages stay, whatever is asked
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)


def resident(paths: Iterable[Path]) -> float:
    """The share of the pages of files that are in memory, from ``mincore``.

    Raises
    ------
    OSError
        The system does not tell.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "mincore"):
        raise OSError("no mincore on this system")
    libc.mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_ubyte))
    held = total = 0
    for path in paths:
        size = path.stat().st_size
        if not size:
            continue
        with path.open("rb") as file:
            # a private map can be written to in theory, which is what ctypes asks for
            mapped = mmap.mmap(file.fileno(), size, mmap.MAP_PRIVATE, mmap.PROT_READ | 2)
            pages = (ctypes.c_ubyte * -(-size // _PAGE))()
            buffer = (ctypes.c_char * size).from_buffer(mapped)
            failed = libc.mincore(ctypes.addressof(buffer), size, pages)
            del buffer
            mapped.close()
        if failed:
            raise OSError(ctypes.get_errno(), "mincore failed")
        held += sum(page & 1 for page in bytes(pages))
        total += len(pages)
    return held / total if total else 0.0
