"""Access patterns: what is read at a time, and exactly what that touches.

Geometry is exact, from shapes alone: which chunks a selection meets, how many
voxels have to be decoded for it, how many requests a reader needs that fetches
each chunk once. A library that does otherwise is worth knowing of.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from . import rng
from .layouts import Extent, Layout
from .registry import Registry

Box = tuple[slice, slice, slice]  # with a step where a pattern has one


class Orthogonal(tuple):
    """Indices along z, y, x, of which every combination is read."""

    __slots__ = ()


class Points(tuple):
    """Coordinates z, y, x of single voxels: three arrays of one length."""

    __slots__ = ()


Selection = Box | Orthogonal | Points


@dataclass(frozen=True)
class Geometry:
    """What reading a pattern once takes.

    Attributes
    ----------
    selections : int
        How many reads the pattern is made of.
    voxels : int
        Voxels asked for.
    chunks : int
        Chunks that must be decoded, counted again in each selection.
    decoded : int
        Voxels in those chunks, the padding of edge chunks included.
    requests : int
        One for each chunk; in shards, also one for the index of each shard met.
    """

    selections: int
    voxels: int
    chunks: int
    decoded: int
    requests: int

    @property
    def amplification(self) -> float:
        """Voxels decoded for each voxel asked for."""
        return self.decoded / self.voxels


@dataclass(frozen=True)
class AccessPattern:
    """A way of reading with a meaning, as a seeded list of selections.

    Attributes
    ----------
    id : str
        For example ``plane-xy``.
    meaning : str
        Who reads so.
    select : callable
        From the volume's shape (z, y, x) to its selections.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    meaning: str
    select: Callable[[Extent], list[Selection]]
    groups: tuple[str, ...] = ("default",)

    def geometry(self, shape: Extent, layout: Layout) -> Geometry:
        """Exactly what this pattern touches in a volume of `shape` (z, y, x)."""
        selections, layout = self.select(shape), layout.of(shape)
        voxels = chunks = shards = 0
        for selection in selections:
            voxels += asked(selection)
            chunks += touched(selection, layout.chunks)
            if layout.shards:
                shards += touched(selection, layout.shards)
        decoded = chunks * prod(layout.chunks)
        return Geometry(len(selections), voxels, chunks, decoded, chunks + shards)


def indices(s: slice | np.ndarray) -> np.ndarray:
    """The places along one axis that an index names; a slice has its ends."""
    return np.arange(s.start, s.stop, s.step) if isinstance(s, slice) else np.asarray(s)


def asked(selection: Selection) -> int:
    """How many voxels a selection asks for."""
    if isinstance(selection, Points):
        return len(selection[0])
    return prod(len(indices(s)) for s in selection)


def cells(selection: Selection, cell: Extent) -> np.ndarray:
    """Which cells of a regular grid a selection meets.

    Returns
    -------
    numpy.ndarray
        Their coordinates in the grid, shape (cells, 3), sorted, each once.
    """
    axes = [indices(s) // edge for s, edge in zip(selection, cell, strict=True)]
    if isinstance(selection, Points):
        return np.unique(np.stack(axes, axis=1), axis=0)
    met = np.meshgrid(*map(np.unique, axes), indexing="ij")
    return np.stack([axis.ravel() for axis in met], axis=1)


def touched(selection: Selection, cell: Extent) -> int:
    """How many cells of a regular grid a selection meets."""
    if isinstance(selection, Points):
        return len(cells(selection, cell))
    axes = zip(selection, cell, strict=True)
    return prod(len(np.unique(indices(s) // edge)) for s, edge in axes)


def take(data: np.ndarray, selection: Selection) -> np.ndarray:
    """What a selection of `data` (z, y, x) holds, as numpy has it."""
    if isinstance(selection, Orthogonal):
        return data[np.ix_(*map(indices, selection))]
    return data[tuple(selection)]


def _full(shape: Extent) -> list[Selection]:
    return [tuple(slice(0, n) for n in shape)]


def _plane(axis: int) -> Callable[[Extent], list[Selection]]:
    """One plane across `axis`, away from the border that the middle plane lies on."""

    def select(shape: Extent) -> list[Selection]:
        k = shape[axis] * 3 // 8
        return [tuple(slice(k, k + 1) if i == axis else slice(0, n) for i, n in enumerate(shape))]

    return select


def _boxes(edge: int, count: int, seed: int = 1) -> Callable[[Extent], list[Selection]]:
    """Cubes at seeded picks, kept inside the volume, smaller where it is smaller."""

    def select(shape: Extent) -> list[Selection]:
        sizes = [min(edge, n) for n in shape]
        starts = [
            rng.below(seed * 3 + axis, count, n - size + 1)
            for axis, (n, size) in enumerate(zip(shape, sizes, strict=True))
        ]
        return [
            tuple(slice(int(s), int(s) + size) for s, size in zip(corner, sizes, strict=True))
            for corner in zip(*starts, strict=True)
        ]

    return select


def _slabs(count: int) -> Callable[[Extent], list[Selection]]:
    """The volume in `count` parts along z, as a reconstruction is gone through."""

    def select(shape: Extent) -> list[Selection]:
        edges = [shape[0] * k // count for k in range(count + 1)]
        _, y, x = _full(shape)[0]
        return [(slice(a, b), y, x) for a, b in itertools.pairwise(edges) if b > a]

    return select


def _ortho_view(shape: Extent) -> list[Selection]:
    return [_plane(axis)(shape)[0] for axis in range(3)]


def _strided(shape: Extent) -> list[Selection]:
    return [tuple(slice(0, n, 4) for n in shape)]


def _orthogonal(shape: Extent) -> list[Selection]:
    """A quarter of the indices along each axis, seeded, sorted, each once."""
    drawn = [np.unique(rng.below(50 + axis, max(1, n // 4), n)) for axis, n in enumerate(shape)]
    return [Orthogonal(drawn)]


def _points(count: int) -> Callable[[Extent], list[Selection]]:
    def select(shape: Extent) -> list[Selection]:
        return [Points(rng.below(60 + axis, count, n) for axis, n in enumerate(shape))]

    return select


def _middle(size: int, whole: int, start: int) -> Callable[[Extent], list[Selection]]:
    """A box of ``size / whole`` of each axis, from ``start / whole`` of it on."""

    def select(shape: Extent) -> list[Selection]:
        ends = [(n * start // whole, max(1, n * size // whole)) for n in shape]
        return [tuple(slice(a, a + size) for a, size in ends)]

    return select


ACCESS = Registry(
    "access pattern",
    [
        AccessPattern("full", "load the whole volume", _full, ("default", "smoke")),
        AccessPattern("plane-xy", "a viewer's slice across z", _plane(0), ("default", "smoke")),
        AccessPattern("plane-xz", "a viewer's slice across y", _plane(1)),
        AccessPattern("plane-yz", "a viewer's slice across x", _plane(2), ("default", "smoke")),
        AccessPattern("boxes-64", "8 particle boxes of 64³ at picks", _boxes(64, 8)),
        AccessPattern("slabs", "gone through in 8 parts along z", _slabs(8), ("more",)),
        AccessPattern("ortho-view", "three planes through one point", _ortho_view, ("more",)),
        AccessPattern(
            "patches-96", "4 random training patches of 96³", _boxes(96, 4, 7), ("more",)
        ),
        AccessPattern("strided", "every fourth voxel along each axis", _strided, ("more",)),
        AccessPattern("orthogonal", "a quarter of each axis' indices", _orthogonal, ("more",)),
        AccessPattern("points", "1000 single voxels", _points(1000), ("more",)),
        AccessPattern("part-shard", "a box inside one shard", _middle(3, 16, 1), ("more",)),
        AccessPattern("parts-shards", "a box across shards", _middle(4, 16, 6), ("more",)),
    ],
)
