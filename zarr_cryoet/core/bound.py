"""How far a voxel may be from what was written: the error bound of a lossy codec."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bound:
    """The largest error that a codec promises for each voxel.

    Where both parts are given, the larger of them holds. NaN and the infinities are kept
    as they are; the sign of zero and the payload of NaN are no part of the promise. A float
    below the smallest normal number has fewer bits to be kept, and a relative bound counts
    it as that number.

    Attributes
    ----------
    absolute : float
        In the unit of the voxels.
    relative : float
        Share of the absolute value that was written.
    """

    absolute: float = 0.0
    relative: float = 0.0

    def __post_init__(self):
        parts = (self.absolute, self.relative)
        if not all(math.isfinite(part) and part >= 0 for part in parts) or not any(parts):
            raise ValueError(f"{self!r}: finite, not negative, and one above 0; exact is None")

    def limits(self, wanted: np.ndarray) -> np.ndarray:
        """Largest error allowed for each value that was written, as float64."""
        size = np.abs(wanted.astype(np.float64))
        finite = np.isfinite(size)
        size[~finite] = 0.0
        if wanted.dtype.kind == "f":
            size = np.maximum(size, float(np.finfo(wanted.dtype).tiny))
        return np.where(finite, np.maximum(self.absolute, self.relative * size), 0.0)

    def describe(self) -> str:
        """For people: ``within 0.1 % of each value``."""
        parts = [f"{self.absolute:.3g}"] if self.absolute else []
        parts += [f"{100 * self.relative:.3g} %"] if self.relative else []
        more = ", whichever is more" if len(parts) > 1 else ""
        return f"within {' or '.join(parts)} of each value{more}"
