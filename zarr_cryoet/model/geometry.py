"""What a selection meets of chunks and shards, in plain loops over plain values.

The browser runs these very functions, by `site.translate`, which says what they may use: no numpy,
no sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypedDict

from ..core.access import ACCESS
from .types import Cut, Selection, Touch

#: What is done with a volume beside reading it.
WRITE = "write"


class Overlap(TypedDict):
    """Where a run of places begins and ends in a cell, and in how many cells in a row."""

    begin: int
    end: int
    count: int


class Shared(TypedDict):
    """Of one axis: chunks ``met`` in a shard and chunks ``there``, from its start; ``shards`` that
    share them, of which the first is ``shard``.
    """

    shard: int
    met: list[int]
    there: int
    shards: int


def plain(access: str, shape: list[int]) -> list[Selection]:
    """The selections of an access pattern, as plain values.

    Parameters
    ----------
    access
        Id of an access pattern.
    shape
        Voxels along z, y, x.

    Raises
    ------
    UserError
        There is no such pattern.
    """
    return _plain(access, tuple(shape))


@lru_cache(maxsize=64)
def _plain(access: str, shape: tuple[int, int, int]) -> list[Selection]:
    rule = ACCESS[access].rule
    found = []
    for selection in rule(shape):
        axes = [list(axis) for axis in selection["axes"]]
        found.append({"points": selection["points"], "axes": axes})
    return found


def resolved(extent: list[int], shape: list[int], inner: list[int] | None = None) -> list[int]:
    """An extent with nothing left open: 0 along an axis is the volume's own length there.

    Parameters
    ----------
    extent
        Of a chunk or a shard along z, y, x; zeros for the whole volume.
    shape
        Voxels along z, y, x.
    inner
        Of a shard, its chunks, of which it holds whole ones.
    """
    found = []
    for axis in range(3):
        edge = extent[axis]
        if edge == 0:
            edge = shape[axis]
            if inner is not None:
                edge = ceil_div(edge, inner[axis]) * inner[axis]
        found.append(edge)
    return found


def ceil_div(a: int, b: int) -> int:
    """``a / b``, rounded up."""
    return (a + b - 1) // b


def volume_of(extent: list[int]) -> int:
    """Voxels in an extent."""
    return extent[0] * extent[1] * extent[2]


def met(
    selection: Selection, shape: list[int], chunks: list[int], shards: list[int] | None
) -> Touch:
    """What one selection meets.

    Parameters
    ----------
    selection
        A plain one.
    shape, chunks, shards
        Along z, y, x, resolved; `shards` is None where each chunk is an object.
    """
    if selection["points"]:
        return _points(selection["axes"], shape, chunks, shards)
    axes = selection["axes"]
    found = [_along(axes[a], shape[a], chunks[a], shards[a] if shards else 0) for a in range(3)]
    z, y, x = found
    count = z["cells"] * y["cells"] * x["cells"]
    real = z["real"] * y["real"] * x["real"]
    return {
        "voxels": len(axes[0]) * len(axes[1]) * len(axes[2]),
        "rows": len(axes[0]) * len(axes[1]) * x["runs"],
        "chunks": count,
        "real": real,
        "padding": count * volume_of(chunks) - real,
        "shards": z["shards"] * y["shards"] * x["shards"] if shards else 0,
        "whole": z["whole"] * y["whole"] * x["whole"] if shards else 0,
    }


def _along(places: list[int], length: int, edge: int, shard: int) -> dict:
    """Of one axis: cells met, voxels of the volume in them, runs, shards met and whole ones."""
    cells = real = runs = shards = whole = inside = 0
    last_cell = last_shard = last = -1
    per_shard = shard // edge if shard else 0
    for place in places:
        cell = place // edge
        if cell != last_cell or place != last + 1:
            runs += 1
        if cell != last_cell:
            cells += 1
            real += min(edge, length - cell * edge)
            if shard:
                if place // shard != last_shard:
                    shards += 1
                    last_shard = place // shard
                    inside = 0
                inside += 1
                if inside == per_shard:
                    whole += 1
        last_cell = cell
        last = place
    return {"cells": cells, "real": real, "runs": runs, "shards": shards, "whole": whole}


def _points(
    axes: list[list[int]], shape: list[int], chunks: list[int], shards: list[int] | None
) -> Touch:
    """The same for single voxels, which are met one by one."""
    seen, outer = {}, {}
    real = 0
    for k in range(len(axes[0])):
        cell = [axes[a][k] // chunks[a] for a in range(3)]
        key = (cell[0] * shape[1] + cell[1]) * shape[2] + cell[2]
        if key in seen:
            continue
        seen[key] = True
        extents = [min(chunks[a], shape[a] - cell[a] * chunks[a]) for a in range(3)]
        real += volume_of(extents)
        if shards:
            held = [axes[a][k] // shards[a] for a in range(3)]
            place = (held[0] * shape[1] + held[1]) * shape[2] + held[2]
            outer[place] = outer.get(place, 0) + 1
    inside = volume_of(shards) // volume_of(chunks) if shards else 0
    return {
        "voxels": len(axes[0]),
        "rows": len(axes[0]),
        "chunks": len(seen),
        "real": real,
        "padding": len(seen) * volume_of(chunks) - real,
        "shards": len(outer),
        "whole": sum(1 for count in outer.values() if count == inside),
    }


def runs_of_shards(selection: Selection, cut: Cut, gap: float, limit: float) -> list[list[int]]:
    """Shards that a selection meets alike, and the requests that chunks of each take.

    Chunks stand in a shard in Morton order (G. M. Morton, 1966), each as long as the next; those
    beyond the border of the volume are not there.

    Parameters
    ----------
    selection
        A plain one, of no points.
    cut
        Of which ``shape``, ``chunks`` and ``shards`` are read.
    gap, limit
        How many chunks that nobody asked for may lie between two that come together, and how
        many one request brings at most.

    Returns
    -------
    list
        For each kind: shards of it, chunks that are met in one, requests for these, and chunks
        that they bring, those between included.
    """
    grid = grid_of(cut)
    axes = [
        _shared(selection["axes"][a], cut["shape"][a], cut["chunks"][a], grid[a]) for a in range(3)
    ]
    kinds = []
    for z in axes[0]:
        for y in axes[1]:
            for x in axes[2]:
                times = z["shards"] * y["shards"] * x["shards"]
                count = len(z["met"]) * len(y["met"]) * len(x["met"])
                found = [1, count]
                if count < volume_of(grid):
                    found = _together(_ranks([z, y, x], grid), gap, limit)
                kinds.append([times, count, found[0], found[1]])
    return kinds


def points_of_shards(selection: Selection, cut: Cut, gap: float, limit: float) -> list[list[int]]:
    """The same for single voxels; each shard is a kind of its own."""
    grid, axes, chunks = grid_of(cut), selection["axes"], cut["chunks"]
    order, shards, seen = [], {}, {}
    for k in range(len(axes[0])):
        cell = [axes[a][k] // chunks[a] for a in range(3)]
        name = f"{cell[0]},{cell[1]},{cell[2]}"
        if name in seen:
            continue
        seen[name] = True
        at = [cell[a] // grid[a] for a in range(3)]
        shard = f"{at[0]},{at[1]},{at[2]}"
        if shard not in shards:
            there = [
                min(grid[a], ceil_div(cut["shape"][a], chunks[a]) - at[a] * grid[a])
                for a in range(3)
            ]
            shards[shard] = {"there": there, "ranks": []}
            order.append(shards[shard])
        there = shards[shard]["there"]
        z, y, x = [cell[a] % grid[a] for a in range(3)]
        ranks = _order((there[0], there[1], there[2]), (grid[0], grid[1], grid[2]))
        shards[shard]["ranks"].append(ranks[(z * there[1] + y) * there[2] + x])
    kinds = []
    for each in order:
        found = _together(sorted(each["ranks"]), gap, limit)
        kinds.append([1, len(each["ranks"]), found[0], found[1]])
    return kinds


def grid_of(cut: Cut) -> list[int]:
    """Chunks of a shard along each axis."""
    return [cut["shards"][a] // cut["chunks"][a] for a in range(3)]


def overlaps(places: list[int], edge: int) -> list[Overlap]:
    """What a run of places has of the cells of a grid."""
    first, last = places[0], places[-1]
    found = []
    for cell in range(first // edge, last // edge + 1):
        begin = max(0, first - cell * edge)
        end = min(edge, last + 1 - cell * edge)
        if found and found[-1]["begin"] == begin and found[-1]["end"] == end:
            found[-1]["count"] += 1
        else:
            found.append({"begin": begin, "end": end, "count": 1})
    return found


def _shared(places: list[int], length: int, edge: int, inside: int) -> list[Shared]:
    """Kinds of shards along one axis, in the order of the first of each."""
    held = []
    last = -1
    for place in places:
        cell = place // edge
        if cell != last:
            shard = cell // inside
            if not held or held[-1]["shard"] != shard:
                there = min(inside, ceil_div(length, edge) - shard * inside)
                held.append({"shard": shard, "met": [], "there": there, "shards": 1})
            held[-1]["met"].append(cell % inside)
        last = cell
    found = []
    for each in held:
        same = [one for one in found if one["met"] == each["met"] and one["there"] == each["there"]]
        if same:
            same[0]["shards"] += 1
        else:
            found.append(each)
    return found


def _ranks(axes: list[Shared], grid: list[int]) -> list[int]:
    """Where the chunks that are met stand among those that are there, ascending."""
    z, y, x = axes
    order = _order((z["there"], y["there"], x["there"]), tuple(grid))
    found = []
    for k in z["met"]:
        for j in y["met"]:
            for i in x["met"]:
                found.append(order[(k * y["there"] + j) * x["there"] + i])
    found.sort()
    return found


@lru_cache(maxsize=64)
def _order(there: tuple[int, int, int], grid: tuple[int, int, int]) -> list[int]:
    """The rank of each chunk that is there, last axis first."""
    codes = []
    for k in range(there[0]):
        for j in range(there[1]):
            for i in range(there[2]):
                codes.append([morton([k, j, i], grid), len(codes)])
    codes.sort()
    ranks = [0] * len(codes)
    for rank in range(len(codes)):
        ranks[codes[rank][1]] = rank
    return ranks


def morton(place: Sequence[int], grid: Sequence[int]) -> int:
    """The rank of a chunk in its shard: bits in turn, those of z the lowest, and none to spare."""
    code = 0
    factor = 1
    for bit in range(max(grid).bit_length()):
        for axis in range(3):
            if (grid[axis] - 1) >> bit:
                code += ((place[axis] >> bit) & 1) * factor
                factor *= 2
    return code


def _together(ranks: list[int], gap: float, limit: float) -> list[int]:
    """Runs that ascending ranks fall into, and how many ranks these span."""
    count = 1
    begin = last = ranks[0]
    brought = 0
    for rank in ranks:
        if rank - last - 1 > gap or rank + 1 - begin > limit:
            brought += last + 1 - begin
            count += 1
            begin = rank
        last = rank
    return [count, brought + last + 1 - begin]


def everything(shape: list[int]) -> Selection:
    """The selection of the whole volume."""
    return {"points": False, "axes": [list(range(n)) for n in shape]}
