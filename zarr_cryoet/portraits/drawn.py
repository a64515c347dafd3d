"""Slices, histogram and power spectrum of a volume, from its voxels."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator

import numpy as np

from ..core.errors import UserError

Progress = Callable[[float], None]
PLANES = {"xy": 0, "xz": 1, "yz": 2}  # and the axis, of z, y, x, that each stands across
_EDGE = 256  # pixels, of a slice's longer side at most
_PIXELS = 84_000  # of all three at most: noise does not compress, and a portrait is to stay small
_BINS = 128
_SPAN = 6.0  # standard deviations to either side of the mean that a histogram shows
_PIECE = 1 << 22  # voxels read at a time
_BLOCK = 128  # voxels, a block's edge at most, of which spectra are averaged
_ALONG = 3  # blocks along an axis at most


def portrait(voxels: np.ndarray, spacing, progress: Progress = lambda _: None) -> dict:
    """All of it.

    Parameters
    ----------
    voxels : numpy.ndarray
        z, y, x; whole or floating numbers, all finite. It is read in pieces.
    spacing : sequence of float or None
        Ångström along z, y, x.
    progress
        Told the fraction that is done.

    Returns
    -------
    dict
        ``statistics``, ``histogram``, ``spectrum`` (None of a constant volume) and ``slices``,
        which hold PNG as bytes.

    Raises
    ------
    UserError
        Pillow is not installed.
    """
    found = slices(voxels, spacing)
    numbers = statistics(voxels, lambda done: progress(0.05 + 0.35 * done))
    counted = histogram(voxels, numbers, lambda done: progress(0.4 + 0.3 * done))
    power = spectrum(voxels, spacing, numbers, lambda done: progress(0.7 + 0.3 * done))
    return {"statistics": numbers, "histogram": counted, "spectrum": power, "slices": found}


def statistics(voxels: np.ndarray, progress: Progress = lambda _: None) -> dict[str, float]:
    """Least and greatest value, mean, and standard deviation, of all voxels."""
    shift = float(voxels[len(voxels) // 2].astype(np.float64).mean())  # keeps the squares small
    low, high, total, squares = math.inf, -math.inf, 0.0, 0.0
    for piece in _pieces(voxels, progress):
        low, high = min(low, float(piece.min())), max(high, float(piece.max()))
        moved = piece.astype(np.float64) - shift
        total += float(moved.sum())
        squares += float(np.square(moved).sum())
    mean = total / voxels.size
    spread = math.sqrt(max(0.0, squares / voxels.size - mean * mean)) if high > low else 0.0
    return {"min": low, "max": high, "mean": shift + mean, "std": spread}


def histogram(voxels: np.ndarray, numbers: dict, progress: Progress = lambda _: None) -> dict:
    """How many voxels have which value.

    Returns
    -------
    dict
        ``low`` and ``width`` of the first bin, ``counts``, and what lies ``below`` and ``above``
        all of them: floating numbers are shown to six standard deviations from their mean.
    """
    low, high, bins = numbers["min"], numbers["max"], _BINS
    if voxels.dtype.kind == "f":
        reach = _SPAN * numbers["std"]
        low, high = max(low, numbers["mean"] - reach), min(high, numbers["mean"] + reach)
        width = (high - low) / bins
    else:  # as many values in each bin, or the bins would show combs
        width = max(1, math.ceil((high - low + 1) / bins))
        bins = math.ceil((high - low + 1) / width)
    if not width > 0 or low + width == low:
        return {"low": low, "width": 0, "counts": [voxels.size], "below": 0, "above": 0}
    edges = low + width * np.arange(bins + 1)
    edges[-1] = max(edges[-1], high)
    counts = np.zeros(bins, np.int64)
    below = 0
    for piece in _pieces(voxels, progress):
        counts += np.histogram(piece, edges)[0]
        below += int(np.count_nonzero(piece < edges[0]))
    above = voxels.size - below - int(counts.sum())
    return {"low": low, "width": width, "counts": counts.tolist(), "below": below, "above": above}


def _pieces(voxels: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
    depth = max(1, _PIECE // max(1, voxels[0].size))
    for begin in range(0, len(voxels), depth):
        yield voxels[begin : begin + depth]
        progress(min(1.0, (begin + depth) / len(voxels)))


def spectrum(
    voxels: np.ndarray, spacing, numbers: dict, progress: Progress = lambda _: None
) -> dict | None:
    """The rotational average of the power spectrum, in units of the variance.

    White noise has 1 at every frequency. It is Welch's estimate (IEEE Trans. Audio
    Electroacoust. 1967, 15:70): the mean over blocks of at most 128 voxels an edge, less their
    mean, under a Hann window; so it takes the same memory whatever the volume's size.

    Returns
    -------
    dict or None
        ``step``, the width of a shell; ``power`` of each shell, from that round ``step`` on, None
        where none falls into it; ``unit``, ``1/Å`` or, without a spacing, ``1/voxel``. None where
        all voxels are equal.
    """
    if not numbers["std"] > 0:
        return None
    edges = [min(_BLOCK, n) for n in voxels.shape]
    windows = [np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2 for n in edges]
    window = np.einsum("i,j,k->ijk", *windows).astype(np.float32)
    shells, weights, step = _shells(edges, spacing)
    total, blocks = 0.0, list(_blocks(voxels.shape, edges))
    for done, block in enumerate(blocks, 1):
        piece = (voxels[block].astype(np.float64) - numbers["mean"]) / numbers["std"]
        piece = ((piece - piece.mean()) * window).astype(np.float32)
        power = np.abs(np.fft.rfftn(piece)) ** 2 * weights
        total = total + np.bincount(shells.ravel(), power.ravel())
        progress(done / len(blocks))
    counts = np.bincount(shells.ravel(), np.broadcast_to(weights, shells.shape).ravel())
    scale = len(blocks) * float(np.square(window, dtype=np.float64).sum())
    last = max(1, int(_nyquist(edges, spacing) / step + 1e-9))
    mean = [
        float(p / (c * scale)) if c else None
        for p, c in zip(total[1 : last + 1], counts[1 : last + 1], strict=True)
    ]
    return {"step": step, "power": mean, "unit": "1/Å" if spacing else "1/voxel"}


def _shells(edges, spacing) -> tuple[np.ndarray, np.ndarray, float]:
    """Each frequency's shell, how often it counts, and the width of a shell.

    A real transform leaves out what mirrors the rest, so that most count twice.
    """
    sizes = spacing or (1.0, 1.0, 1.0)
    z, y = (np.fft.fftfreq(n, d) for n, d in zip(edges[:2], sizes[:2], strict=True))
    x = np.fft.rfftfreq(edges[2], sizes[2])
    radius = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    # as wide as the steps of the shortest axis, but for one too short to tell frequencies apart
    step = max(1 / (n * d) for n, d in zip(edges, sizes, strict=True) if n >= min(8, max(edges)))
    weights = np.full(len(x), 2.0)
    weights[0] = 1.0
    if edges[2] % 2 == 0:
        weights[-1] = 1.0
    return np.rint(radius / step).astype(np.int64), weights, step


def _nyquist(edges, spacing) -> float:
    """The highest frequency that all axes with more than one voxel have."""
    sizes = spacing or (1.0, 1.0, 1.0)
    return min((0.5 / d for n, d in zip(edges, sizes, strict=True) if n > 1), default=0.5)


def _blocks(shape, edges) -> Iterator[tuple[slice, ...]]:
    """Evenly over the volume, a few along each axis."""
    starts = [
        np.linspace(0, n - e, min(_ALONG, math.ceil(n / e))).astype(int)
        for n, e in zip(shape, edges, strict=True)
    ]
    for place in np.stack(np.meshgrid(*starts, indexing="ij"), -1).reshape(-1, 3):
        yield tuple(slice(int(p), int(p) + e) for p, e in zip(place, edges, strict=True))


def slices(voxels: np.ndarray, spacing) -> dict[str, dict]:
    """The three planes through the middle, as pictures.

    Grey runs from the 1st to the 99th percentile of all three; pixels are means of squares of
    voxels, whose edge is the same in all three.

    Returns
    -------
    dict of dict
        By plane: ``png`` (bytes; 8 bits, rows along z or, of xy, along y), ``at`` (which plane of
        its axis), ``size`` (columns and rows), ``step`` (voxels in a pixel's edge), ``black`` and
        ``white`` (values), and ``extent`` (Å across columns and rows, or None).
    """
    cut = {name: np.take(voxels, voxels.shape[axis] // 2, axis) for name, axis in PLANES.items()}
    cut = {name: plane.astype(np.float64) for name, plane in cut.items()}
    values = np.concatenate([plane.ravel() for plane in cut.values()])
    black, white = (float(v) for v in np.percentile(values, (1, 99)))
    if not white > black:
        black, white = float(values.min()), float(values.max())
    step = _step([plane.shape for plane in cut.values()])
    found = {}
    for name, plane in cut.items():
        small = _means(_means(plane, step, 0), step, 1)
        grey = (small - black) / (white - black) if white > black else np.full(small.shape, 0.5)
        image = np.rint(255 * np.clip(grey, 0, 1)).astype(np.uint8)
        rows, columns = (a for a in range(3) if a != PLANES[name])
        extent = [voxels.shape[a] * spacing[a] for a in (columns, rows)] if spacing else None
        found[name] = {
            "png": _png(image), "at": voxels.shape[PLANES[name]] // 2,
            "size": [image.shape[1], image.shape[0]], "step": step,
            "black": black, "white": white, "extent": extent,
        }  # fmt: skip
    return found


def _step(shapes) -> int:
    """Voxels that make a pixel's edge, so that all three pictures stay small."""
    step = 1
    while (
        max(math.ceil(max(shape) / step) for shape in shapes) > _EDGE
        or sum(math.ceil(a / step) * math.ceil(b / step) for a, b in shapes) > _PIXELS
    ):
        step += 1
    return step


def _means(plane: np.ndarray, step: int, axis: int) -> np.ndarray:
    """Means of as many voxels along an axis; of those that are left at its end."""
    begins = np.arange(0, plane.shape[axis], step)
    counts = np.diff([*begins, plane.shape[axis]])
    return np.add.reduceat(plane, begins, axis) / (counts[:, None] if axis == 0 else counts)


def _png(image: np.ndarray) -> bytes:
    try:
        from PIL import Image
    except ImportError:
        raise UserError("Pillow is not installed; pip install 'zarr-cryoet[site]'") from None
    held = io.BytesIO()
    Image.fromarray(image).save(held, "PNG", optimize=True)
    return held.getvalue()
