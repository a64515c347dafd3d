"""Write a case, prove that it is right, and count what it took.

No case is timed before this has passed (a figure without a verified round trip
is no figure).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

from . import backends, metadata
from .access import touched
from .case import Case
from .stores import local

SKIPPED, FAILED, READY = "skipped", "failed", "ready"


class WrongResult(Exception):
    """What was read back, or stands on disk or in the environment, is not what was asked for."""


def prepare(case: Case, data: np.ndarray, directory: Path, *, keep: bool = True) -> dict:
    """Write `data` as the case says, read it back, compare, and count.

    Parameters
    ----------
    case
        What to write.
    data
        The volume, z, y, x.
    directory
        Where the store goes, in a folder named after the case.
    keep
        Whether the store is left for reading.

    Returns
    -------
    dict
        ``status`` (``ready``, ``skipped`` or ``failed``) and ``reason``; for
        ``ready`` also ``path``, ``objects``, ``bits_per_voxel`` and ``facts``.
        Plain values, as asv hands them from process to process.
    """
    reason = case.supports()
    if reason:
        return {"status": SKIPPED, "reason": reason}
    path = directory / case.id
    try:
        figures = _round_trip(case, data, path)
    except (Exception, SystemExit) as exc:  # whatever a library raises is that case's failure alone
        shutil.rmtree(path, ignore_errors=True)
        return failure(in_words(exc))
    if not keep:
        shutil.rmtree(path)
    return {"status": READY, "reason": None, "path": str(path), **figures}


def failure(reason: str) -> dict:
    """The outcome of a case that should have been."""
    return {"status": FAILED, "reason": reason}


def _round_trip(case: Case, data: np.ndarray, path: Path) -> dict:
    backend = backends.get(case.backend)
    data = data.view()
    data.flags.writeable = False  # what is compared is what was asked for
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    backend.write(backend.create(case, path, data.shape, data.dtype), data)
    wrong = metadata.problems(case, path, data.shape, data.dtype)
    if wrong:
        raise WrongResult("; ".join(wrong))
    _compare(backend, backend.open(case, path), data)
    taken = local.stored(path)
    whole = tuple(slice(0, n) for n in data.shape)
    chunks = touched(whole, case.layout_row.stored)
    if taken.chunks != chunks:  # an absent chunk reads as zeros
        raise WrongResult(f"{chunks} chunks or shards to store, {taken.chunks} stored")
    return {
        "objects": taken.objects,
        "bits_per_voxel": 8 * taken.nbytes / data.size,
        "facts": backend.facts(),
    }


def _compare(backend, handle, data: np.ndarray) -> None:
    """Read back by slabs of z, so that a large volume is not held twice."""
    depth = max(1, (64 << 20) // max(1, data[0].nbytes))
    for start in range(0, data.shape[0], depth):
        stop = min(start + depth, data.shape[0])
        wanted = data[start:stop]
        box = (slice(start, stop), slice(0, data.shape[1]), slice(0, data.shape[2]))
        found = np.asarray(backend.read(handle, box))
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise WrongResult(
                f"read back as {found.shape} {found.dtype}, written as "
                f"{wanted.shape} {wanted.dtype}"
            )
        differ = int(np.count_nonzero(_as_bits(found) != _as_bits(wanted)))
        if differ:
            raise WrongResult(f"{differ} voxels of z {start} to {stop} read back differently")


def _as_bits(a: np.ndarray) -> np.ndarray:
    """The same bytes as unsigned integers: NaN equals itself, and -0 is not 0."""
    return np.ascontiguousarray(a).view(f"u{a.dtype.itemsize}")


def in_words(exc: BaseException) -> str:
    """One line: what kind of fault, and what it says of itself.

    The place where stores stand is another one each time, and is left out.
    """
    text = " ".join(str(exc).split()) or "no message"
    text = text.replace(f"{Path.cwd()}{os.sep}", "")
    return text[:300] if isinstance(exc, WrongResult) else f"{type(exc).__name__}: {text}"[:300]
