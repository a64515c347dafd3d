"""What stands in a phantom: particles and vesicles, placed and drawn with integers.

Everything here is the same on every machine. Positions and orientations are integers from
`zarr_cryoet.core.rng`; shapes are drawn with single additions, products, quotients, square roots
and comparisons, each of which IEEE 754 rounds in one way only; densities are rounded to integers.
So: no ``sin``, ``exp``, ``dot`` or ``@`` in this file, and no ``sum`` of floats.

Lengths are in voxels, axes in the order z, y, x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..core import rng

_TRIES = 500  # per object; what finds no room after that is left out
_GAP = 1  # free voxels between two objects
_QUATERNION = 15  # largest component of an orientation
_BILAYER = 2.0  # from the membrane's middle to the middle of a leaflet
_LEAFLET = 0.75  # half the thickness of a leaflet


@dataclass(frozen=True)
class Kind:
    """A kind of particle: a cluster of balls.

    Attributes
    ----------
    name : str
        For people.
    label : int
        Its value in the segmentation mask.
    density : int
        Of its voxels; arbitrary units, the same for all kinds.
    balls : tuple
        ``(z, y, x, radius)`` of each ball, around the particle's centre. Binary fractions, so
        that their products with integers are exact.
    """

    name: str
    label: int
    density: int
    balls: tuple[tuple[float, float, float, float], ...]

    @property
    def radius(self) -> int:
        """Of the sphere around the centre that holds all balls, rounded up."""
        reach = 0
        for z, y, x, r in self.balls:
            while (reach - r) < 0 or z * z + y * y + x * x > (reach - r) * (reach - r):
                reach += 1
        return reach


_RIBOSOME = (
    *((0, 0, 3, 8), (4, 3, 5, 5), (-4, 4, 4, 5), (0, -6, 4, 4.5), (0, 0, 10, 3), (7, -3, 0, 3.5)),
    *((0, 1, -8, 5), (4, 3, -7, 4.5), (-5, 0, -7, 4.5), (-9, 2, -4, 2.5)),
)
# seven-fold symmetry without a cosine: a ring of radius 4, rounded to eighths
_RING = (
    *((4, 0), (2.5, 3.125), (-0.875, 3.875), (-3.625, 1.75)),
    *((-3.625, -1.75), (-0.875, -3.875), (2.5, -3.125)),
)
_BARREL = tuple((z, y, x, 2.25) for z in (-5.5, -1.75, 1.75, 5.5) for y, x in _RING)
_GLOBULE = ((0, 0, 0, 4.5), (2, 1, -3, 3.5), (-2, 2, 2, 3.5))

# largest first: that is the order in which they are placed
KINDS = {
    "ribosome": Kind("ribosome", 1, 240, _RIBOSOME),  # RNA: denser than protein
    "proteasome": Kind("proteasome", 2, 200, _BARREL),
    "globule": Kind("globule", 3, 200, _GLOBULE),
}
MEMBRANE_LABEL = 4
MEMBRANE_DENSITY = 180


@dataclass(frozen=True)
class Particle:
    """Where a particle is, and how it is turned.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    z, y, x : int
        Its centre, voxel indices.
    orientation : tuple of int
        Quaternion w, x, y, z with integer components, not normalised: it turns the reference
        (the balls of its kind) into the particle.
    """

    kind: str
    z: int
    y: int
    x: int
    orientation: tuple[int, int, int, int]

    @property
    def rotation(self) -> tuple[tuple[float, float, float], ...]:
        """The 3 x 3 rotation matrix for column vectors in the order z, y, x."""
        rows, norm = self._integer_rotation()
        return tuple(tuple(m / norm for m in row) for row in rows)

    def turn(self, z: float, y: float, x: float) -> tuple[float, float, float]:
        """Turn a point of the reference: exact sums, then one division."""
        rows, norm = self._integer_rotation()
        return tuple((a * z + b * y + c * x) / norm for a, b, c in rows)

    def _integer_rotation(self) -> tuple[tuple[tuple[int, int, int], ...], int]:
        """Rotation matrix times the quaternion's squared norm, and that norm."""
        w, x, y, z = self.orientation
        rows = (
            (w * w - x * x - y * y + z * z, 2 * (y * z + w * x), 2 * (x * z - w * y)),
            (2 * (y * z - w * x), w * w - x * x + y * y - z * z, 2 * (x * y + w * z)),
            (2 * (x * z + w * y), 2 * (x * y - w * z), w * w + x * x - y * y - z * z),
        )
        return rows, w * w + x * x + y * y + z * z


@dataclass(frozen=True)
class Vesicle:
    """A closed membrane, nearly a sphere: centre and semi-axes in voxels, along z, y, x."""

    z: int
    y: int
    x: int
    semi_axes: tuple[int, int, int]


@dataclass(frozen=True)
class Scene:
    """All that stands in a volume of `edge` voxels a side."""

    edge: int
    vesicles: tuple[Vesicle, ...]
    particles: tuple[Particle, ...]

    def __len__(self) -> int:
        return len(self.vesicles) + len(self.particles)


def place(edge: int, seed: int, vesicles: int, particles: dict[str, int]) -> Scene:
    """Put vesicles, then particles, where they touch neither each other nor the border.

    Parameters
    ----------
    edge
        Voxels along each side.
    seed
        Of the stream of random numbers.
    vesicles
        How many.
    particles
        How many of each kind of `KINDS`. In a crowded volume some may find no room.
    """
    draw = _Stream(seed)
    taken = _Taken(vesicles + sum(particles.values()))
    largest = max(12, min(26, edge // 5))
    shells = []
    for _ in range(vesicles):
        axes = tuple(draw.between(largest - largest // 3, largest) for _ in range(3))
        outer = max(axes) + 4
        if spot := _find_room(draw, edge, outer, taken):
            # what fits between the centre and the inner leaflet may stand inside
            taken.add(spot, outer, hollow=min(axes) - 4)
            shells.append(Vesicle(*spot, axes))
    placed = []
    for name, kind in KINDS.items():
        for _ in range(particles.get(name, 0)):
            if spot := _find_room(draw, edge, kind.radius, taken):
                taken.add(spot, kind.radius)
                placed.append(Particle(name, *spot, _orientation(draw)))
    return Scene(edge, tuple(shells), tuple(placed))


class _Stream:
    """Random integers one after the other."""

    def __init__(self, seed: int):
        self._seed, self._next, self._block = seed, 0, np.empty(0, np.uint64)

    def between(self, low: int, high: int) -> int:
        """Draw an integer from `low` to `high`, both included."""
        if self._next % 4096 == 0:
            self._block = rng.bits(self._seed, self._next, 4096)
        word = int(self._block[self._next % 4096])
        self._next += 1
        return low + ((word >> 32) * (high - low + 1) >> 32)


class _Taken:
    """The spheres that are taken, some of them hollow."""

    def __init__(self, capacity: int):
        self._rows = np.zeros((capacity, 5), np.int64)  # z, y, x, radius, inner radius
        self._count = 0

    def add(self, spot: tuple[int, int, int], radius: int, hollow: int = 0) -> None:
        self._rows[self._count] = *spot, radius, hollow
        self._count += 1

    def free(self, spot: tuple[int, int, int], radius: int) -> bool:
        """Whether a sphere fits: clear of each taken one, or inside a hollow one."""
        rows = self._rows[: self._count]
        offset = rows[:, :3] - np.array(spot, np.int64)
        squared = (offset * offset).sum(axis=1)  # of integers: exact
        apart = rows[:, 3] + radius + _GAP
        within = rows[:, 4] - radius - _GAP
        clear = (squared >= apart * apart) | ((within >= 0) & (squared <= within * within))
        return bool(clear.all())


def _find_room(draw: _Stream, edge: int, radius: int, taken: _Taken) -> tuple[int, int, int] | None:
    """Look for a place for a sphere that lies wholly in the volume; None if there is none."""
    low, high = radius + 1, edge - radius - 2
    for _ in range(_TRIES):
        spot = (draw.between(low, high), draw.between(low, high), draw.between(low, high))
        if taken.free(spot, radius):
            return spot
    return None


def _orientation(draw: _Stream) -> tuple[int, int, int, int]:
    """Draw a uniformly random orientation: an integer point of the ball in four dimensions."""
    while True:
        q = tuple(draw.between(-_QUATERNION, _QUATERNION) for _ in range(4))
        if 0 < sum(c * c for c in q) <= _QUATERNION * _QUATERNION:
            return q


def density(scene: Scene, step: Callable[[], None]) -> np.ndarray:
    """Draw the scene's density, edges smoothed over one voxel.

    Returns
    -------
    numpy.ndarray
        Shape ``(edge, edge, edge)`` in z, y, x; int16, 0 is solvent.
    """
    volume = np.zeros((scene.edge,) * 3, np.int16)
    for box, peak, depth, _, _ in _shapes(scene):
        smooth = np.rint(np.clip(depth + 0.5, 0, 1) * peak).astype(np.int16)
        np.maximum(volume[box], smooth, out=volume[box])
        step()
    return volume


def mask(scene: Scene, step: Callable[[], None]) -> np.ndarray:
    """Draw the scene's segmentation: 0 solvent, the `label` of each kind, `MEMBRANE_LABEL`.

    Returns
    -------
    numpy.ndarray
        Shape ``(edge, edge, edge)`` in z, y, x; uint8.
    """
    volume = np.zeros((scene.edge,) * 3, np.uint8)
    for box, _, _, label, solid in _shapes(scene):
        volume[box][solid >= 0] = label
        step()
    return volume


def _shapes(scene: Scene) -> Iterator[tuple]:
    """Give each object: box, density, depth below its surface, label, depth within its mask."""
    for v in scene.vesicles:
        box, (z, y, x) = _box((v.z, v.y, v.x), max(v.semi_axes) + 4)
        away = np.abs(_from_ellipsoid(z, y, x, v.semi_axes))
        leaflets = _LEAFLET - np.abs(away - _BILAYER)
        # the mask holds both leaflets and what is between them
        yield box, MEMBRANE_DENSITY, leaflets, MEMBRANE_LABEL, _BILAYER + _LEAFLET - away
    for p in scene.particles:
        kind = KINDS[p.kind]
        box, (z, y, x) = _box((p.z, p.y, p.x), kind.radius + 1)
        depth = np.full((z.size, y.size, x.size), -np.inf)
        for *centre, radius in kind.balls:
            a, b, c = p.turn(*centre)
            d = ((z - a) * (z - a) + (y - b) * (y - b)) + (x - c) * (x - c)
            np.maximum(depth, radius - np.sqrt(d, out=d), out=depth)
        yield box, kind.density, depth, kind.label, depth


def _box(centre: tuple[int, int, int], reach: int) -> tuple[tuple[slice, ...], list[np.ndarray]]:
    """Give the cube around a centre, and coordinates in it that broadcast, centre at 0."""
    box = tuple(slice(c - reach, c + reach + 1) for c in centre)
    line = np.arange(-reach, reach + 1, dtype=np.float64)
    return box, [line[:, None, None], line[:, None], line]


def _from_ellipsoid(z, y, x, semi_axes: tuple[int, int, int]) -> np.ndarray:
    """Distance from an ellipsoid along the ray through its centre; negative inside."""
    a, b, c = semi_axes
    r = np.sqrt((z * z + y * y) + x * x)
    s = np.sqrt(((z / a) * (z / a) + (y / b) * (y / b)) + (x / c) * (x / c))
    return r * (s - 1) / np.maximum(s, 0.25)  # 0.25: no division by zero, and far from the shell
