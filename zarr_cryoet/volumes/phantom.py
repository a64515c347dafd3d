"""A synthetic tomogram: particles, membranes, contrast transfer, missing wedge, coloured noise.

The same bytes on every machine, under every release of numpy. Sines and FFTs differ between
machines in their last bit, so what enters the sum is made of integers, and those differences are
rounded away:

1. Random numbers are integers (`zarr_cryoet.core.rng`): each voxel's white noise is the sum of
   the four 16-bit fields of one 64-bit word, nearly Gaussian, minus its mean.
2. The scene is an integer density, drawn with operations that IEEE 754 rounds in one way only
   (`phantom_scene`).
3. The transfer functions are integer kernels in real space, the convolutions exact integers
   (`phantom_optics`). Signal and noise are added with an integer gain.
4. Mean and variance come from exact integer sums. One subtraction and one division give each
   voxel, cast to float32 at the end.

Axes are z, y, x, with z along the beam and the tilt axis along y. Density is dark, as in a
tomogram recorded at underfocus.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core import rng
from ..core.errors import UserError
from . import phantom_optics as optics
from . import phantom_scene as scenes
from .phantom_scene import KINDS, MEMBRANE_LABEL, Particle, Vesicle

SMALLEST_EDGE = 64
LABELS = {**{name: kind.label for name, kind in KINDS.items()}, "membrane": MEMBRANE_LABEL}
_COUNTED_IN = 128**3  # voxels
_LEVELS_SPAN = 5.0  # standard deviations to either side that 8 bits cover

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Phantom:
    """What a phantom is made from: values only.

    Attributes
    ----------
    edge : int
        Voxels along each side, 64 or more.
    seed : int
        Of all random numbers.
    voxel_spacing : float
        Å. The contrast transfer follows it; the particles are drawn for voxels of 10 Å.
    defocus : float
        Underfocus in Å.
    snr : float
        Variance of the signal over that of the noise, in the whole volume.
    ribosomes, proteasomes, globules, vesicles : int
        How many in 128³ voxels; other volumes hold as many for each voxel, but one at least.
    """

    edge: int
    seed: int = 52
    voxel_spacing: float = 10.0
    defocus: float = 50_000.0
    snr: float = 0.15
    ribosomes: int = 14
    proteasomes: int = 24
    globules: int = 50
    vesicles: int = 2

    def __post_init__(self):
        if self.edge < SMALLEST_EDGE:
            raise UserError(
                f"phantom of edge {self.edge}: too small, use {SMALLEST_EDGE} voxels or more"
            )


@dataclass(frozen=True)
class Truth:
    """What no real tomogram can tell.

    Attributes
    ----------
    particles : tuple of Particle
        Kind, centre and orientation of each.
    vesicles : tuple of Vesicle
        Centre and semi-axes of each.
    noise_free : numpy.ndarray
        Shape ``(edge, edge, edge)``, float32: the same optics without the noise, mean 0, in the
        units of `generate`'s volume, so that their difference is the noise.
    """

    particles: tuple[Particle, ...]
    vesicles: tuple[Vesicle, ...]
    noise_free: np.ndarray


def generate(p: Phantom, progress: Progress | None = None) -> np.ndarray:
    """Make the tomogram.

    Returns
    -------
    numpy.ndarray
        Shape ``(edge, edge, edge)`` in z, y, x; float32, mean 0, standard deviation 1.
    """
    scene = _scene(p)
    step = _steps(progress, len(scene) + 2 * optics.spectrum_steps(p.edge) + 3 * p.edge)
    signal, noise = _spectra(p, scene, step)
    for s, n in zip(signal, noise, strict=True):
        n += s
    del signal  # a gigabyte, at 512³
    values = optics.restore(noise, step).values
    return _standardise(values, *_mean_and_deviation(values), step)


def truth(p: Phantom, progress: Progress | None = None) -> Truth:
    """Where everything is, and the tomogram without noise; see `Truth`."""
    scene = _scene(p)
    step = _steps(progress, len(scene) + 2 * optics.spectrum_steps(p.edge) + 5 * p.edge)
    signal, noise = (optics.restore(s, step).values for s in _spectra(p, scene, step))
    for s, n in zip(signal, noise, strict=True):
        n += s
    _, deviation = _mean_and_deviation(noise)
    mean, _ = _mean_and_deviation(signal)
    return Truth(scene.particles, scene.vesicles, _standardise(signal, mean, deviation, step))


def labels(p: Phantom, progress: Progress | None = None) -> np.ndarray:
    """Make the segmentation mask.

    Returns
    -------
    numpy.ndarray
        Shape ``(edge, edge, edge)`` in z, y, x; uint8: 0 for solvent, else as in `LABELS`.
    """
    scene = _scene(p)
    return scenes.mask(scene, _steps(progress, len(scene)))


def to_uint8_range(a: np.ndarray) -> np.ndarray:
    """Round to 8 bits and back to float32: what a portal stores for an 8-bit MRC.

    Parameters
    ----------
    a
        Mean 0, standard deviation 1. Shape (z, y, x); five standard deviations to either side
        share 256 levels, what lies beyond is clipped.

    Returns
    -------
    numpy.ndarray
        Same shape, float32, mean 0, standard deviation 1, at most 256 different values.
    """
    levels = np.empty(a.shape, np.uint8)
    for plane, out in zip(a, levels, strict=True):
        scaled = plane.astype(np.float64) * (255 / (2 * _LEVELS_SPAN)) + 127.5
        out[...] = np.clip(np.rint(scaled), 0, 255)
    return _standardise(levels, *_mean_and_deviation(levels), lambda: None)


def _scene(p: Phantom) -> scenes.Scene:
    """Place as many objects as the volume has room for at the phantom's density."""
    each = {"ribosome": p.ribosomes, "proteasome": p.proteasomes, "globule": p.globules}
    counts = {name: _scaled(count, p.edge) for name, count in each.items()}
    return scenes.place(p.edge, 2 * p.seed, _scaled(p.vesicles, p.edge), counts)


def _scaled(count: int, edge: int) -> int:
    """Turn a count per 128³ voxels into one for this volume, at least 1 unless none is wanted."""
    return min(count, 1) and max(1, (2 * count * edge**3 + _COUNTED_IN) // (2 * _COUNTED_IN))


def _spectra(
    p: Phantom, scene: scenes.Scene, step: Callable[[], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Make the Fourier transforms of signal and noise, in the right proportion."""
    density = scenes.density(scene, step)
    seen = optics.signal_kernel(p.voxel_spacing, p.defocus).octant
    signal = optics.spectrum(density.__getitem__, seen, p.edge, step)
    del density
    colour = optics.noise_kernel().octant
    noise = optics.spectrum(lambda z: _white(p, z), colour, p.edge, step)
    # an integer, so that signal times gain is one too
    gain = round(math.sqrt(p.snr * optics.power(noise) / optics.power(signal)))
    for plane in signal:
        plane *= gain
    return signal, noise


def _white(p: Phantom, z: int) -> np.ndarray:
    """Draw one plane of white noise: integers as float64, shape (edge, edge), mean 0.

    Each is the sum of the four 16-bit fields of a word (Irwin-Hall), added two at a time.
    """
    area = p.edge * p.edge
    words = rng.bits(2 * p.seed + 1, z * area, area)
    fields = np.uint64(0x0000FFFF0000FFFF)
    pairs = (words & fields) + (words >> np.uint64(16) & fields)
    sums = (pairs & np.uint64(0xFFFFFFFF)) + (pairs >> np.uint64(32))
    return (sums.astype(np.float64) - 2 * 0xFFFF).reshape(p.edge, p.edge)


def _mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """Take mean and standard deviation of a volume of integers, from exact sums.

    The integers have up to 36 bits, so their squares overflow int64: each is split into an upper
    part and 16 lower bits. Python's integers hold the totals; its quotient of two integers is
    correctly rounded, and so is the square root.
    """
    total = squares = 0
    for plane in values:
        whole = plane.astype(np.int64)
        high, low = whole >> 16, whole & 0xFFFF
        total += int(whole.sum())
        squares += int((high * high).sum()) << 32
        squares += (int((high * low).sum()) << 17) + int((low * low).sum())
    n = values.size
    return total / n, math.sqrt((squares * n - total * total) / (n * n))


def _standardise(
    values: np.ndarray, mean: float, deviation: float, step: Callable[[], None]
) -> np.ndarray:
    """Give ``(values - mean) / deviation`` as float32; `step` is called once a plane."""
    out = np.empty(values.shape, np.float32)
    for plane, result in zip(values, out, strict=True):
        result[...] = (plane.astype(np.float64) - mean) / deviation
        step()
    return out


def _steps(progress: Progress | None, total: int) -> Callable[[], None]:
    """Make a function to call at each of `total` steps, which tells the fraction done."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(min(1.0, done / total))

    return step
