"""The microscope of a phantom: transfer functions as integer kernels, and exact convolution.

A transfer function (contrast transfer x envelope x missing wedge; noise colour x missing wedge)
is real and even along z, y and x, so one octant of its real-space kernel says all. The kernel is
computed once on a small grid, cut to a compact support by a smooth window and rounded to
integers: a last-bit difference between two machines' ``sin`` or ``exp`` vanishes there, unless a
value lies within that bit of a half. `kernel` gives the distance to the nearest half, and a test
holds it.

Integers convolved with integers are integers. The convolution goes through float64 FFTs, whose
error is far below a half (`Exact.residue` has it: about 1e-5), so rounding gives *the* result,
whatever FFT, BLAS or processor came near it. Transforms may therefore use any fast routine.

Frequencies are in cycles per voxel, axes in the order z, y, x.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

TILT_RANGE = 60.0  # degrees to either side, about y
_GRID = 128  # the small grid: frequencies in steps of 1/128
_SUPPORT = 48  # kernel radius in voxels
_SOFT = 0.03  # width of the wedge's edge, cycles per voxel
_WAVELENGTH = 0.0197  # Å, electrons of 300 kV
_SPHERICAL = 2.7e7  # Å, spherical aberration of 2.7 mm
_AMPLITUDE = 0.1  # fraction of amplitude contrast
_DECAY = 800.0  # Å², B factor of the envelope
# Noise power: k^-p exp(-a kz² - b ky² - c kx²). Fitted, so that the whole volume (wedge and signal
# too) has what real tomograms of 10 Å voxels have: correlation of neighbours 0.5 along z, 0.12 to
# 0.17 in the plane, radial power falling as k^-1.5.
_NOISE_POWER = 1.0
_NOISE_AXES = (1.0, -3.0, 6.0)  # z, y, x
_NOISE_FLOOR = 0.02  # where the power stops to rise, cycles per voxel
_NOISE_PEAK = 1 << 16  # the kernels' largest values
_SIGNAL_PEAK = 1 << 15
WORST_RESIDUE = 0.05


class Kernel(NamedTuple):
    """An integer kernel: `octant` (48, 48, 48) int64, offsets 0 to 47; `margin` to a half."""

    octant: np.ndarray
    margin: float


class Exact(NamedTuple):
    """Exact integers as float64, shape (edge, edge, edge), and the FFT's error before rounding."""

    values: np.ndarray
    residue: float


@lru_cache(maxsize=4)
def signal_kernel(voxel_spacing: float, defocus: float) -> Kernel:
    """Make the real-space kernel of the signal: contrast transfer, envelope and wedge.

    The contrast transfer function of a weak phase object (Wade, Ultramicroscopy 1992, 46:145;
    Mindell & Grigorieff, J. Struct. Biol. 2003, 142:334): ``-sqrt(1-A²) sin χ - A cos χ`` with
    ``χ = π λ Δf k² - π/2 Cs λ³ k⁴``; the sign makes protein dark at underfocus.

    Parameters
    ----------
    voxel_spacing
        Å.
    defocus
        Underfocus Δf in Å.
    """
    z, y, x = _frequencies()
    k2 = (z * z + y * y + x * x) / voxel_spacing**2
    chi = np.pi * _WAVELENGTH * k2 * (defocus - 0.5 * _SPHERICAL * _WAVELENGTH**2 * k2)
    contrast = -np.sqrt(1 - _AMPLITUDE**2) * np.sin(chi) - _AMPLITUDE * np.cos(chi)
    return kernel(contrast * np.exp(-_DECAY / 4 * k2) * _wedge(z, x), _SIGNAL_PEAK)


@lru_cache(maxsize=1)
def noise_kernel() -> Kernel:
    """Make the real-space kernel of the noise: its colour and the wedge."""
    z, y, x = _frequencies()
    k2 = z * z + y * y + x * x
    a, b, c = _NOISE_AXES
    power = (k2 + _NOISE_FLOOR**2) ** (-_NOISE_POWER / 2)
    power = power * np.exp(-(a * z * z + b * y * y + c * x * x))
    return kernel(np.sqrt(power) * _wedge(z, x), _NOISE_PEAK)


def _frequencies() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the frequencies 0 to 1/2 of the small grid along z, y, x, to broadcast."""
    f = np.arange(_GRID // 2 + 1) / _GRID
    return f[:, None, None], f[:, None], f


def _wedge(z: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Give 1 where a tilt series about y has data, 0 in the wedge about z, a ramp between."""
    half = np.deg2rad(90 - TILT_RANGE)
    inside = x * np.cos(half) - z * np.sin(half)  # distance from the wedge's face
    return np.clip(inside / _SOFT + 0.5, 0, 1)


def kernel(transfer: np.ndarray, peak: int) -> Kernel:
    """Turn a transfer function into its real-space kernel, windowed and rounded to integers.

    Parameters
    ----------
    transfer
        Shape (65, 65, 65): real, even, at frequencies 0 to 1/2 along z, y, x.
    peak
        The largest value after rounding.
    """
    cosines = _cosines(_GRID, _GRID // 2 + 1)[:_SUPPORT].copy()
    cosines[:, -1] /= 2  # the highest frequency has no mirror image
    octant = transfer
    for _ in range(3):  # each turn transforms the first axis and puts it last
        octant = np.tensordot(octant, cosines, (0, 1))
    r = np.arange(_SUPPORT)
    radius = np.sqrt(r[:, None, None] ** 2 + r[:, None] ** 2 + r**2)
    octant *= np.where(radius < _SUPPORT, np.cos(np.pi / 2 * radius / _SUPPORT) ** 2, 0)
    octant *= peak / np.abs(octant).max()
    rounded = np.rint(octant)
    return Kernel(rounded.astype(np.int64), float(0.5 - np.abs(octant - rounded).max()))


def _cosines(period: int, terms: int) -> np.ndarray:
    """Give ``cos(2π r k / period)``, twice that for k > 0: shape (period // 2 + 1, terms).

    Of a real, even sequence this matrix makes the discrete Fourier transform.
    """
    turns = np.outer(np.arange(period // 2 + 1), np.arange(terms)) % period / period
    matrix = 2 * np.cos(2 * np.pi * turns)
    matrix[:, 0] = 1
    return matrix


def spectrum(
    plane: Callable[[int], np.ndarray], octant: np.ndarray, edge: int, step: Callable[[], None]
) -> np.ndarray:
    """Make the Fourier transform of a volume convolved with a kernel, circularly.

    Parameters
    ----------
    plane
        Gives plane z of the volume, shape (edge, edge); so a volume need not be in memory.
    octant
        Of the kernel, with its mirror images.
    edge
        Voxels along each side.
    step
        Called `spectrum_steps(edge)` times.

    Returns
    -------
    numpy.ndarray
        Shape (edge, edge, edge // 2 + 1) in z, y, x; complex128.
    """
    out = np.empty((edge, edge, edge // 2 + 1), np.complex128)
    for z in range(edge):
        out[z] = np.fft.rfft2(plane(z))
        step()
    cosines = _cosines(edge, len(octant))
    along_x = np.tensordot(octant.astype(np.float64), cosines, (2, 1))
    i = np.arange(edge)
    mirrored = np.minimum(i, edge - i)
    for y in range(edge // 2 + 1):
        transfer = (cosines @ np.tensordot(cosines[y], along_x, (0, 1)))[mirrored]
        for row in {y, -y % edge}:
            out[:, row] = np.fft.fft(out[:, row], axis=0) * transfer
        step()
    return out


def spectrum_steps(edge: int) -> int:
    """Say how often `spectrum` calls its `step`."""
    return edge + edge // 2 + 1


def power(spectrum: np.ndarray) -> float:
    """Sum up the variance of the volume that a half spectrum stands for (Parseval)."""
    edge = len(spectrum)
    twice = slice(1, (edge + 1) // 2)  # x frequencies that stand for their mirror images too
    total = 0.0
    for plane in spectrum:
        squared = plane.real**2 + plane.imag**2
        total += float(squared.sum() + squared[:, twice].sum())
    return (total - abs(spectrum[0, 0, 0]) ** 2) / edge**6


def restore(spectrum: np.ndarray, step: Callable[[], None]) -> Exact:
    """Transform back to the exact integers, in the spectrum's own memory.

    `step` is called 2 x edge times.
    """
    edge = len(spectrum)
    values = spectrum.view(np.float64)[:, :, :edge]
    for y in range(edge):
        spectrum[:, y] = np.fft.ifft(spectrum[:, y], axis=0)
        step()
    residue = 0.0
    for z in range(edge):
        near = np.fft.irfft2(spectrum[z], s=(edge, edge))
        exact = np.rint(near)
        residue = max(residue, float(np.abs(near - exact).max()))
        values[z] = exact
        step()
    if not residue < WORST_RESIDUE:
        raise ArithmeticError(f"FFT error of {residue:.2g}: too large to round to exact integers")
    return Exact(values, residue)
