"""Write a case, prove that it is right, and count what it took.

No case is timed before this has passed (a figure without a verified round trip
is no figure).
"""

from __future__ import annotations

import functools
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from . import backends, secrets
from .case import Case
from .errors import WrongResult
from .stores import files
from .support import unsupported
from .verify import verify_all

SKIPPED, FAILED, READY = "skipped", "failed", "ready"


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
        ``ready`` also ``path``, ``objects``, ``bits_per_voxel``, ``facts`` and
        ``verification``.
        Plain values, as asv hands them from process to process.
    """
    reason = unsupported(case)
    if reason:
        return {"status": SKIPPED, "reason": reason}
    path = directory / case.id
    try:
        figures = _round_trip(case, data, path)
    except (Exception, SystemExit) as exc:  # whatever a library raises is that case's failure alone
        _remove(case, path)
        return failure(in_words(exc))
    if not keep:
        _remove(case, path)
    return {"status": READY, "reason": None, "path": str(path), **figures}


def failure(reason: str) -> dict:
    """The outcome of a case that should have been."""
    return {"status": FAILED, "reason": reason}


def _round_trip(case: Case, data: np.ndarray, path: Path) -> dict:
    backend = backends.get(case.backend)
    data = data.view()
    data.flags.writeable = False  # what is compared is what was asked for
    _remove(case, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = replace(case, store="local") if case.store_row.packed else case
    backend.write(backend.create(written, path, data.shape, data.dtype), data)
    if case.store_row.kind == "zip":
        files.pack(path, case.store_row.place(path))
        shutil.rmtree(path)
    wrong = backend.problems(case, path, data)
    if wrong:
        raise WrongResult("; ".join(wrong))
    read = functools.partial(backend.read, backend.open(case, path))
    verification = verify_all(read, data, case.codec_row).require("the volume")
    taken = files.stored(backend.objects(case, path))
    due, there = backend.due(case, data), backend.chunks(case, path)
    if there != due:  # an absent chunk reads as zeros
        raise WrongResult(f"{due} chunks or shards to store, {there} stored")
    return {
        "objects": taken.objects,
        "bits_per_voxel": 8 * taken.nbytes / data.size,
        "facts": backend.facts(backends.installed()),
        "verification": verification.to_json(),
    }


def _remove(case: Case, path: Path) -> None:
    case.store_row.remove(path)


def in_words(exc: BaseException) -> str:
    """One line: what kind of fault, and what it says of itself.

    The place where stores stand is another one each time, and is left out.
    """
    text = " ".join(str(exc).split()) or "no message"
    text = secrets.hidden(text.replace(f"{Path.cwd()}{os.sep}", ""))
    return text[:500] if isinstance(exc, WrongResult) else f"{type(exc).__name__}: {text}"[:500]
