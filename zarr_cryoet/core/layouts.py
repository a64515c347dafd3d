"""Layouts: how a volume is cut into chunks, and chunks gathered into shards."""

from __future__ import annotations

from dataclasses import dataclass

from .registry import Registry

Extent = tuple[int, int, int]


@dataclass(frozen=True)
class Layout:
    """Chunk shape and, where chunks are gathered into shards, shard shape.

    Attributes
    ----------
    id : str
        ``c64`` for cubes of 64, ``c16x128x128`` along z, y, x, ``c32-s128`` for
        chunks of 32 in shards of 128.
    chunks : tuple of int
        Voxels along z, y, x that are compressed together.
    shards : tuple of int or None
        Voxels along z, y, x that are stored in one object; None for one chunk each.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    chunks: Extent
    shards: Extent | None = None
    groups: tuple[str, ...] = ("default",)

    @property
    def stored(self) -> Extent:
        """Voxels along z, y, x in one stored object."""
        return self.shards or self.chunks


def _extent(name: str) -> Extent:
    edges = tuple(int(edge) for edge in name.split("x"))
    return edges * 3 if len(edges) == 1 else edges


def layout(name: str, *groups: str) -> Layout:
    """The layout that an id spells.

    Raises
    ------
    ValueError
        The id is none, or its shards do not hold whole chunks.
    """
    chunk, _, shard = name.removeprefix("c").partition("-s")
    chunks, shards = _extent(chunk), _extent(shard) if shard else None
    if any(len(extent) != 3 or min(extent) < 1 for extent in (chunks, shards or chunks)):
        raise ValueError(f"{name} spells no extent of three axes")
    if shards and any(s % c for s, c in zip(shards, chunks, strict=True)):
        raise ValueError(f"{name}: a shard holds whole chunks")
    spelled = f"c{_spell(chunks)}" + (f"-s{_spell(shards)}" if shards else "")
    if name != spelled:
        raise ValueError(f"{name} is spelled {spelled}")
    return Layout(name, chunks, shards, groups)


def _spell(extent: Extent) -> str:
    """One number for a cube, so that a layout has one id."""
    return str(extent[0]) if len(set(extent)) == 1 else "x".join(map(str, extent))


#: What the CryoET Data Portal stores: every other layout is compared with it.
BASELINE = "c256"

LAYOUTS = Registry(
    "layout",
    [
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
    ],
)
