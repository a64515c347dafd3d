"""Access patterns: what is read at a time, and exactly what that touches.

Geometry is exact, from shapes alone: which chunks a selection meets, how many
voxels have to be decoded for it, how many requests a reader needs that fetches
each chunk once. A library that does otherwise is worth knowing of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from . import rng
from .layouts import Extent, Layout
from .registry import Registry

Selection = tuple[slice, slice, slice]


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
        selections = self.select(shape)
        voxels = chunks = shards = 0
        for selection in selections:
            voxels += prod(s.stop - s.start for s in selection)
            chunks += touched(selection, layout.chunks)
            if layout.shards:
                shards += touched(selection, layout.shards)
        decoded = chunks * prod(layout.chunks)
        return Geometry(len(selections), voxels, chunks, decoded, chunks + shards)


def touched(selection: Selection, cell: Extent) -> int:
    """How many cells of a regular grid a selection meets."""
    return prod(
        (s.stop - 1) // edge - s.start // edge + 1 for s, edge in zip(selection, cell, strict=True)
    )


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


ACCESS = Registry(
    "access pattern",
    [
        AccessPattern("full", "load the whole volume", _full, ("default", "smoke")),
        AccessPattern("plane-xy", "a viewer's slice across z", _plane(0), ("default", "smoke")),
        AccessPattern("plane-xz", "a viewer's slice across y", _plane(1)),
        AccessPattern("plane-yz", "a viewer's slice across x", _plane(2), ("default", "smoke")),
        AccessPattern("boxes-64", "8 particle boxes of 64³ at picks", _boxes(64, 8)),
    ],
)
