"""Layouts: how a volume is cut into chunks, and chunks gathered into shards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .registry import Registry

Extent = tuple[int, int, int]

WHOLE: Extent = (0, 0, 0)  # as long as the volume, whatever that is


@dataclass(frozen=True)
class Layout:
    """Chunk shape and, where chunks are gathered into shards, shard shape.

    Attributes
    ----------
    id : str
        ``c64`` for cubes of 64, ``c16x128x128`` along z, y, x, ``c32-s128`` for
        chunks of 32 in shards of 128, ``c16-s32-s128`` for those in shards again,
        ``c32-s128-start`` for a shard's index before its chunks; ``whole`` and
        ``c32-swhole`` for what is as large as the volume.
    chunks : tuple of int
        Voxels along z, y, x that are compressed together; zeros for the whole volume.
    shards : tuple of int or None
        Voxels along z, y, x that are stored in one object; None for one chunk each.
    groups : tuple of str
        Named sets it belongs to.
    middle : tuple of int or None
        Of shards in shards, the inner ones.
    index : str
        Where a shard has its index: at the ``end``, or at the ``start``.
    """

    id: str
    chunks: Extent
    shards: Extent | None = None
    groups: tuple[str, ...] = ("default",)
    middle: Extent | None = None
    index: str = "end"

    @property
    def stored(self) -> Extent:
        """Voxels along z, y, x in one stored object."""
        return self.shards or self.chunks

    def of(self, shape: Extent) -> Layout:
        """The same for a volume of `shape` (z, y, x), with nothing left open."""
        chunks = tuple(shape) if self.chunks == WHOLE else self.chunks
        shards = self.shards
        if shards == WHOLE:  # a shard holds whole chunks
            edges = zip(shape, self.middle or chunks, strict=True)
            shards = tuple(-(-n // edge) * edge for n, edge in edges)
        return replace(self, chunks=chunks, shards=shards)


def _extent(name: str) -> Extent:
    if name == "whole":
        return WHOLE
    edges = tuple(int(edge) for edge in name.split("x"))
    if min(edges) < 1:
        raise ValueError(f"{name}: an edge has one voxel at least")
    return edges * 3 if len(edges) == 1 else edges


def layout(name: str, *groups: str) -> Layout:
    """The layout that an id spells.

    Raises
    ------
    ValueError
        The id is none, or its shards do not hold whole chunks.
    """
    bare = name.removesuffix("-start")
    chunk, *shards = [_extent(part) for part in bare.removeprefix("c").split("-s")]
    extents = [chunk, *shards]
    if any(len(extent) != 3 for extent in extents) or len(shards) > 2:
        raise ValueError(f"{name} spells no extent of three axes")
    for inner, outer in zip(extents, shards, strict=False):
        if inner == WHOLE or any(o % i for o, i in zip(outer, inner, strict=True)):
            raise ValueError(f"{name}: a shard holds whole chunks")
    spelled = _spell(chunk) if chunk == WHOLE else f"c{_spell(chunk)}"
    spelled += "".join(f"-s{_spell(shard)}" for shard in shards)
    index = "start" if bare != name else "end"
    if bare != spelled or (index == "start" and not shards):
        raise ValueError(f"{name} is spelled {spelled}")
    middle = shards[0] if len(shards) == 2 else None
    return Layout(name, chunk, shards[-1] if shards else None, groups, middle, index)


def _spell(extent: Extent) -> str:
    """One number for a cube, so that a layout has one id."""
    if extent == WHOLE:
        return "whole"
    return str(extent[0]) if len(set(extent)) == 1 else "x".join(map(str, extent))


#: What the CryoET Data Portal stores: every other layout is compared with it.
BASELINE = "c256"

_CHOSEN = [
    layout("c16", "default", "chunks", "shards"),
    layout("c32", "default", "chunks", "shards"),
    layout("c64", "smoke", "default", "chunks", "memory"),
    layout("c128", "default", "chunks"),
    layout("c256", "default", "chunks", "portal", "memory"),
    layout("c16x128x128", "smoke", "default", "chunks"),
    layout("c1x256x256", "default", "chunks"),
    layout("c128x128x16", "default", "chunks"),
    layout("c32-s128", "smoke", "default", "shards", "memory"),
    layout("c16-s64", "default", "shards"),
]
_MORE = [
    layout("c128x16x128", "not-cubic"),
    layout("c8x64x64", "not-cubic"),
    layout("c32x64x64", "not-cubic"),
    layout("c4x256x256", "not-cubic"),
    layout("whole"),
    *(
        layout(f"c{chunk}-s{shard}", "grid")
        for chunk in (16, 32, 64)
        for shard in (64, 128, 256, "whole")
    ),
    layout("c16-s32", "small"),
    layout("c16-s32-s128", "nested"),
    layout("c16-s64-swhole", "nested"),
    layout("c32-s128-start", "index"),
    layout("c16-s64-start", "index"),
    layout("c16-s32-s128-start", "nested", "index"),
]
_TAKEN = {row.id for row in _CHOSEN}

LAYOUTS = Registry("layout", [*_CHOSEN, *(row for row in _MORE if row.id not in _TAKEN)])
