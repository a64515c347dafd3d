"""Maximum error, mean squared error, PSNR and SSIM of two volumes.

A tomogram has no scale and no zero of its own, and may be stored with either contrast.
So what has no unit here, PSNR and SSIM, is the same for ``a * x + b`` of both volumes,
with any a but 0: the range and the mean of the *original* take the place of those of an
image with fixed limits. SSIM is three-dimensional, in windows of 7 voxels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..core.errors import UserError

_WINDOW = 7  # voxels along each axis, or the most that an odd window can be


@dataclass(frozen=True)
class Similarity:
    """How near a volume is to its original.

    Attributes
    ----------
    max_error : float
        Largest difference of a voxel, in the volume's unit.
    mse : float
        Mean of the squared differences.
    psnr : float
        Decibels, from the range of the original's finite voxels; infinite where nothing
        differs, and minus infinite where the original is constant and something does.
    ssim : float
        Structural similarity, 1 where nothing differs; NaN where there is none: the
        original is constant, one side is NaN, or an axis is shorter than 3 voxels.
    """

    max_error: float
    mse: float
    psnr: float
    ssim: float


SAME = Similarity(0.0, 0.0, math.inf, 1.0)


def require() -> None:
    """Make sure that scikit-image is here, before work is done that needs it.

    Raises
    ------
    UserError
        It is not.
    """
    try:
        import skimage.metrics  # noqa: F401
    except ImportError as exc:
        raise UserError(f"scikit-image: {exc}; pip install 'zarr-cryoet[quality]'") from exc


def compare(original: np.ndarray, other: np.ndarray) -> Similarity:
    """Hold a volume against its original.

    Voxels that are NaN, or the same infinity, on both sides agree. One that is so on one
    side alone is an infinite error.

    Parameters
    ----------
    original, other
        Of one shape; any real type.

    Raises
    ------
    ValueError
        Their shapes differ, or they hold nothing.
    """
    if original.shape != other.shape or not original.size:
        raise ValueError(f"shapes {original.shape} and {other.shape} cannot be compared")
    with np.errstate(all="ignore"):  # damaged voxels may be anything, and their squares more
        return _compare(*(np.asarray(x).astype(np.float64) for x in (original, other)))


def _compare(a: np.ndarray, b: np.ndarray) -> Similarity:
    agree = (a == b) | (np.isnan(a) & np.isnan(b))
    if agree.all():
        return SAME
    finite = np.isfinite(a)
    known = a[finite]
    if not np.isfinite(b[~agree]).all() or not finite[~agree].all():
        return Similarity(math.inf, math.inf, -math.inf, math.nan)
    span = float(np.ptp(known))
    middle = float(known.mean())
    a[~finite] = b[~finite] = middle  # they agree there, and count as that
    error = b - a
    mse = float(np.mean(error**2))
    return Similarity(
        max_error=float(np.abs(error).max()),
        mse=mse,
        psnr=_decibels(span, mse),
        ssim=_ssim((a - middle) / span, (b - middle) / span) if span else math.nan,
    )


def _decibels(span: float, mse: float) -> float:
    """The same as scikit-image's, without its overflow where errors are huge."""
    if not span or not mse or math.isinf(mse):
        return math.inf if span and not mse else -math.inf
    return 20 * math.log10(span) - 10 * math.log10(mse)


def _ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Of volumes whose mean is 0 and whose range is 1, so that no scale is left."""
    from skimage.metrics import structural_similarity

    window = min(_WINDOW, (min(a.shape) - 1) // 2 * 2 + 1)
    if window < 3:
        return math.nan
    return float(structural_similarity(a, b, win_size=window, data_range=1.0))
