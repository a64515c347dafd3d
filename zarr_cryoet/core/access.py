"""Access patterns: what is read at a time, and exactly what that touches.

Geometry is exact, from shapes alone: which chunks a selection meets, how many
voxels have to be decoded for it, how many requests a reader needs that fetches
each chunk once. A library that does otherwise is worth knowing of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TypedDict

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


class Plain(TypedDict):
    """A selection in plain values.

    Attributes
    ----------
    points : bool
        Whether single voxels are read: the first place of each axis, then the second, and so on;
        else every combination.
    axes : list
        Places along z, y, x, ascending where they are no points; of a box ranges.
    """

    points: bool
    axes: Sequence[Sequence[int]]


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
    rule : callable
        From the volume's shape (z, y, x) to its plain selections. The browser runs it, too: what
        it may use says `site.translate`.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    meaning: str
    rule: Callable[[Sequence[int]], list[Plain]]
    groups: tuple[str, ...] = ("default",)

    def select(self, shape: Extent) -> list[Selection]:
        """The selections in a volume of `shape` (z, y, x), as arrays are indexed."""
        return [_selection(**plain) for plain in self.rule(shape)]

    @property
    def needs(self) -> str | None:
        """Indexing beyond plain boxes: ``steps`` or ``fancy indexing``; None for boxes alone."""
        first = self.select((8, 8, 8))[0]  # of one kind, whatever the shape
        if isinstance(first, (Orthogonal, Points)):
            return "fancy indexing"
        return "steps" if any(axis.step for axis in first) else None

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


def _selection(points: bool, axes: Sequence[Sequence[int]]) -> Selection:
    if points:
        return Points(map(np.array, axes))
    if all(isinstance(axis, range) for axis in axes):
        steps = (None if axis.step == 1 else axis.step for axis in axes)
        return tuple(slice(r.start, r.stop, step) for r, step in zip(axes, steps, strict=True))
    return Orthogonal(map(np.array, axes))


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


# ---- rules: plain functions, which the browser has from `site.translate` ------------------------


def _box(starts: list[int], stops: list[int], step: int = 1) -> Plain:
    axes = [range(start, stop, step) for start, stop in zip(starts, stops, strict=True)]
    return {"points": False, "axes": axes}


def _full(shape: list[int]) -> list[Plain]:
    return [_box([0, 0, 0], shape)]


def _plane(axis: int, shape: list[int]) -> list[Plain]:
    """One plane across `axis`, away from the border that the middle plane lies on."""
    k = shape[axis] * 3 // 8
    starts, stops = [0, 0, 0], list(shape)
    starts[axis], stops[axis] = k, k + 1
    return [_box(starts, stops)]


def _boxes(edge: int, count: int, seed: int, shape: list[int]) -> list[Plain]:
    """Cubes at seeded picks, kept inside the volume, smaller where it is smaller."""
    sizes = [min(edge, n) for n in shape]
    picks = [rng.below(seed * 3 + axis, count, shape[axis] - sizes[axis] + 1) for axis in range(3)]
    found = []
    for k in range(count):
        corner = [places[k] for places in picks]
        found.append(_box(corner, [corner[axis] + sizes[axis] for axis in range(3)]))
    return found


def _slabs(count: int, shape: list[int]) -> list[Plain]:
    """The volume in `count` parts along z, as a reconstruction is gone through."""
    edges = [shape[0] * k // count for k in range(count + 1)]
    return [
        _box([edges[k], 0, 0], [edges[k + 1], shape[1], shape[2]])
        for k in range(count)
        if edges[k + 1] > edges[k]
    ]


def _ortho_view(shape: list[int]) -> list[Plain]:
    return [_plane(axis, shape)[0] for axis in range(3)]


def _strided(shape: list[int]) -> list[Plain]:
    return [_box([0, 0, 0], shape, 4)]


def _orthogonal(shape: list[int]) -> list[Plain]:
    """A quarter of the indices along each axis, seeded, sorted, each once."""
    axes = []
    for axis in range(3):
        drawn = sorted(rng.below(50 + axis, max(1, shape[axis] // 4), shape[axis]))
        axes.append([drawn[k] for k in range(len(drawn)) if k == 0 or drawn[k] != drawn[k - 1]])
    return [{"points": False, "axes": axes}]


def _points(count: int, shape: list[int]) -> list[Plain]:
    axes = [rng.below(60 + axis, count, shape[axis]) for axis in range(3)]
    return [{"points": True, "axes": axes}]


def _middle(size: int, whole: int, start: int, shape: list[int]) -> list[Plain]:
    """A box of ``size / whole`` of each axis, from ``start / whole`` of it on."""
    starts = [n * start // whole for n in shape]
    sizes = [max(1, n * size // whole) for n in shape]
    return [_box(starts, [starts[axis] + sizes[axis] for axis in range(3)])]


ACCESS = Registry(
    "access pattern",
    [
        AccessPattern("full", "load the whole volume", _full, ("default", "smoke")),
        AccessPattern(
            "plane-xy", "a viewer's slice across z", partial(_plane, 0), ("default", "smoke")
        ),
        AccessPattern("plane-xz", "a viewer's slice across y", partial(_plane, 1)),
        AccessPattern(
            "plane-yz", "a viewer's slice across x", partial(_plane, 2), ("default", "smoke")
        ),
        AccessPattern("boxes-64", "8 particle boxes of 64³ at picks", partial(_boxes, 64, 8, 1)),
        AccessPattern("slabs", "gone through in 8 parts along z", partial(_slabs, 8), ("more",)),
        AccessPattern("ortho-view", "three planes through one point", _ortho_view, ("more",)),
        AccessPattern(
            "patches-96", "4 random training patches of 96³", partial(_boxes, 96, 4, 7), ("more",)
        ),
        AccessPattern("strided", "every fourth voxel along each axis", _strided, ("more",)),
        AccessPattern("orthogonal", "a quarter of each axis' indices", _orthogonal, ("more",)),
        AccessPattern("points", "1000 single voxels", partial(_points, 1000), ("more",)),
        AccessPattern(
            "part-shard", "a box inside one shard", partial(_middle, 3, 16, 1), ("more",)
        ),
        AccessPattern("parts-shards", "a box across shards", partial(_middle, 4, 16, 6), ("more",)),
    ],
)
