"""The only comparison of voxels: equal bit for bit, or within the bound of the codec."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .bound import Bound
from .errors import WrongResult

if TYPE_CHECKING:
    from .access import Box
    from .codecs import Codec

_SLAB = 64 << 20  # bytes read at once, so that a large volume is not held twice
_BLOCK = 1 << 20  # voxels compared at once


class OtherArray(WrongResult):
    """What was read has another shape or type of voxels than what was written."""


@dataclass(frozen=True)
class Verification:
    """Result of one comparison.

    Attributes
    ----------
    total : int
        Voxels compared.
    differ : int
        Voxels of which at least one bit differs.
    beyond : int
        Voxels that are not as the codec promises; without a bound, all that differ.
    error : float
        Largest absolute error of a voxel; of those beyond the bound, where there are any.
        Infinite where NaN or an infinity stands on one side alone.
    share : float
        The same error, or a smaller one of a smaller value, as a share of what the bound
        allows; 0 without a bound.
    where : tuple of int or None
        Index (z, y, x) of the largest error; None where nothing differs.
    zeros, nonfinite : int
        Voxels beyond the bound that were read as 0, and as NaN or an infinity.
    bound : Bound or None
        Declared by the codec; None for exact.
    """

    total: int
    differ: int = 0
    beyond: int = 0
    error: float = 0.0
    share: float = 0.0
    where: tuple[int, ...] | None = None
    zeros: int = 0
    nonfinite: int = 0
    bound: Bound | None = None

    @property
    def holds(self) -> bool:
        """Whether every voxel is as the codec promises."""
        return not self.beyond

    def require(self, what: str) -> Verification:
        """Itself, where it holds.

        Parameters
        ----------
        what
            Name of the voxels, for the message.

        Raises
        ------
        WrongResult
            At least one voxel is not as promised.
        """
        if not self.holds:
            raise WrongResult(self.describe(what))
        return self

    def describe(self, what: str) -> str:
        """For people: how many voxels of what, and the largest error with its place."""
        if not self.differ:
            return f"{self.total} voxels of {what} read back equal"
        largest = f"largest error {self.error:.6g} at {self.where}"
        if self.bound is None:
            return f"{self.differ} voxels of {what} read back differently, {largest}"
        count = self.beyond or self.differ
        place = "not " if self.beyond else ""
        return f"{count} voxels of {what} {place}{self.bound.describe()}, {largest}"

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is infinite is None, as JSON has no word for it."""
        finite = {name: _finite(getattr(self, name)) for name in ("error", "share")}
        return {**asdict(self), **finite, "where": list(self.where) if self.where else None}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Verification:
        """The inverse of `to_json`."""
        error, share, where, bound = map(record.get, ("error", "share", "where", "bound"))
        return cls(
            record["total"],
            record["differ"],
            record["beyond"],
            math.inf if error is None else error,
            math.inf if share is None else share,
            tuple(where) if where else None,
            record["zeros"],
            record["nonfinite"],
            Bound(**bound) if bound else None,
        )


def verify(found: np.ndarray, wanted: np.ndarray, codec: Codec) -> Verification:
    """Compare voxels that were read with those that were written.

    Parameters
    ----------
    found, wanted
        Of any shape. Without a bound, NaN equals itself by its bits, and -0 is not 0.
    codec
        Its bound says what is promised.

    Raises
    ------
    OtherArray
        Shape or type differs.
    """
    found = np.asarray(found)
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise OtherArray(
            f"read back as {found.shape} {found.dtype}, written as {wanted.shape} {wanted.dtype}"
        )
    flat = np.ravel(found), np.ravel(wanted)
    worst = Verification(0, bound=codec.bound)
    for start in range(0, wanted.size, _BLOCK):
        part = _block(*(each[start : start + _BLOCK] for each in flat), codec.bound)
        worst = _merged(worst, _moved(part, start))
    if worst.where is None:
        return worst
    (place,) = worst.where
    return replace(worst, where=tuple(map(int, np.unravel_index(place, wanted.shape))))


def verify_all(read: Callable[[Box], np.ndarray], wanted: np.ndarray, codec: Codec) -> Verification:
    """Read a whole store slab by slab, and compare.

    Parameters
    ----------
    read
        From three slices to the voxels of a box.
    wanted
        The volume, z, y, x.
    codec
        Its bound says what is promised.

    Raises
    ------
    OtherArray
        See `verify`.
    """
    parts = (_moved(verify(read(box), wanted[box], codec), box[0].start) for box in _slabs(wanted))
    return functools.reduce(_merged, parts)


def _slabs(data: np.ndarray) -> Iterator[Box]:
    depth = max(1, _SLAB // max(1, data[0].nbytes))
    for start in range(0, data.shape[0], depth):
        stop = min(start + depth, data.shape[0])
        yield (slice(start, stop), slice(0, data.shape[1]), slice(0, data.shape[2]))


def _block(found: np.ndarray, wanted: np.ndarray, bound: Bound | None) -> Verification:
    """Compare one-dimensional arrays; the index is of one axis."""
    places = np.flatnonzero(_bits(found) != _bits(wanted))
    total = wanted.size
    if not places.size:
        return Verification(total, bound=bound)
    found, wanted = found[places], wanted[places]
    errors = _errors(found, wanted)
    if bound is None:
        beyond = np.ones(places.size, bool)
        shares = np.zeros(1)
    else:
        limits = bound.limits(wanted)
        beyond = errors > limits
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(errors == 0, 0.0, errors / limits)
    candidates = np.flatnonzero(beyond) if beyond.any() else np.arange(places.size)
    worst = candidates[np.argmax(errors[candidates])]
    return Verification(
        total,
        int(places.size),
        int(np.count_nonzero(beyond)),
        float(errors[worst]),
        float(shares.max()),
        (int(places[worst]),),
        int(np.count_nonzero(found[beyond] == 0)),
        int(np.count_nonzero(~np.isfinite(found[beyond]))),
        bound,
    )


def _errors(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Absolute differences, as float64; infinite where only one side is a finite number."""
    if wanted.dtype.kind in "iu":  # exact, whatever the width
        wide = np.dtype(f"u{wanted.dtype.itemsize}")
        found, wanted = np.maximum(found, wanted), np.minimum(found, wanted)
        return (found.view(wide) - wanted.view(wide)).astype(np.float64)
    found, wanted = found.astype(np.float64), wanted.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(found - wanted)
    errors[(found == wanted) | (np.isnan(found) & np.isnan(wanted))] = 0.0
    return np.where(np.isnan(errors), np.inf, errors)


def _merged(one: Verification, other: Verification) -> Verification:
    """Both parts together; the larger error counts, or the one that is beyond the bound."""
    if one.differ and other.differ:
        worst = max(one, other, key=lambda each: (bool(each.beyond), each.error))
    else:
        worst = one if one.differ else other
    return replace(
        worst,
        total=one.total + other.total,
        differ=one.differ + other.differ,
        beyond=one.beyond + other.beyond,
        share=max(one.share, other.share),
        zeros=one.zeros + other.zeros,
        nonfinite=one.nonfinite + other.nonfinite,
    )


def _moved(part: Verification, by: int) -> Verification:
    """The same, of what lies further along the first axis."""
    if part.where is None:
        return part
    return replace(part, where=(part.where[0] + by, *part.where[1:]))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _bits(a: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(a).view(f"u{a.dtype.itemsize}")
