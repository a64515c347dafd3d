"""Bit for bit: what was read against what should be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .backends.base import Backend, Handle


class WrongResult(Exception):
    """What was read back, or stands on disk or in the environment, is not what was asked for."""


def same(found: np.ndarray, wanted: np.ndarray, where: str) -> None:
    """Hold two arrays against each other.

    Parameters
    ----------
    found, wanted
        Any shape; NaN equals itself, and -0 is not 0.
    where
        What they are of, for the message.

    Raises
    ------
    WrongResult
        Shape, type or a single bit differs.
    """
    found = np.asarray(found)
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise WrongResult(
            f"read back as {found.shape} {found.dtype}, written as {wanted.shape} {wanted.dtype}"
        )
    differ = int(np.count_nonzero(_as_bits(found) != _as_bits(wanted)))
    if differ:
        raise WrongResult(f"{differ} voxels of {where} read back differently")


def whole(backend: Backend, handle: Handle, data: np.ndarray) -> None:
    """Read back by slabs of z, so that a large volume is not held twice, and compare.

    Raises
    ------
    WrongResult
        See `same`.
    """
    depth = max(1, (64 << 20) // max(1, data[0].nbytes))
    for start in range(0, data.shape[0], depth):
        stop = min(start + depth, data.shape[0])
        box = (slice(start, stop), slice(0, data.shape[1]), slice(0, data.shape[2]))
        same(backend.read(handle, box), data[start:stop], f"z {start} to {stop}")


def _as_bits(a: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(a).view(f"u{a.dtype.itemsize}")
