"""What a selection asks a store for, by library: chains of requests, from plain values.

Of a stored object each library asks, in steps that wait for each other:

- zarr-python, tensorstore: a chunk, or a shard of which every chunk is met, at once; of another
  shard its index, and then all ranges, near ones joined.
- zarrs, zarrista: how large an object is (HEAD) before each range of it. Of a shard the index in
  that way, and then each chunk. Of raw chunks a part, where a part is met.

Chunks of one storage configuration are taken as equally long. The libraries' own accounts
(`zarr_cryoet.core.requests`) are more exact where chunks are not.
"""

from __future__ import annotations

from .geometry import Overlap, overlaps, points_of_shards, runs_of_shards, volume_of
from .types import Chain, Cut, Library, Selection, Touch


def chains(
    selection: Selection, touch: Touch, cut: Cut, each: float, library: Library
) -> list[Chain]:
    """Requests for the objects that a selection meets; those that are asked for alike, once.

    Parameters
    ----------
    selection, touch
        See `geometry.met`.
    cut
        How the volume is stored.
    each : float
        Bytes of a stored chunk.
    library
        Who asks.
    """
    if library["sizes"] and not selection["points"]:
        return _sized(selection, cut, each, library)
    if cut["shards"] is None:
        first = [0.0, each] if library["sizes"] else [each]
        return [_chain(touch["chunks"], first, 0, [], each)]
    gap, limit = library["gap"] / each, library["limit"] / each
    if not library["joins"]:
        gap, limit = -1.0, 1.0
    found = runs_of_shards if not selection["points"] else points_of_shards
    index = cut["index_bytes"]
    rows = []
    for times, chunks, ranges, brought in found(selection, cut, gap, limit):
        if chunks == cut["inside"]:
            size = each * chunks + index
            rows.append(_chain(times, [size], 0, [], size))
        else:
            moved = brought * each
            rows.append(_chain(times, [index], ranges, [moved / ranges], index + moved))
    return rows


def _chain(count: int, first: list[float], tasks: int, each: list[float], moved: float) -> Chain:
    return {"count": count, "first": first, "tasks": tasks, "each": each, "bytes": moved}


def _sized(selection: Selection, cut: Cut, each: float, library: Library) -> list[Chain]:
    """Of a library that asks how large an object is: whole where every voxel of it is met."""
    edges = cut["chunks"] if cut["shards"] is None else cut["shards"]
    axes = [overlaps(selection["axes"][a], edges[a]) for a in range(3)]
    if cut["shards"] is not None:  # in the order in which they come, as blocks are made of them
        axes = [_singly(axes[0]), _singly(axes[1]), axes[2]]
    size = each if cut["shards"] is None else each * cut["inside"] + cut["index_bytes"]
    found = []
    for z in axes[0]:
        for y in axes[1]:
            for x in axes[2]:
                times = z["count"] * y["count"] * x["count"]
                place = [z, y, x]
                if volume_of([k["end"] - k["begin"] for k in place]) == volume_of(edges):
                    first = [0.0, size] if library["sizes"] == "all" else [size]
                    found.append(_chain(times, first, 0, [], size))
                elif cut["shards"] is None:
                    found.append(_part(times, place, cut, each, library))
                else:
                    found.append(_part_of_shard(times, place, cut, each, library))
    return found


def _singly(axis: list[Overlap]) -> list[Overlap]:
    """The same, cell by cell."""
    return [{**k, "count": 1} for k in axis for _ in range(k["count"])]


def _part(times: int, place: list[Overlap], cut: Cut, each: float, library: Library) -> Chain:
    """Of one chunk that is an object."""
    ranges, moved = 1, each
    if cut["raw"] and library["parts"]:
        ranges, moved = rows_of(place, cut, library["gap"])
    if ranges == 1:
        return _chain(times, [0.0, moved], 0, [], moved)
    return _chain(times, [0.0], ranges, [moved / ranges], moved)


def _part_of_shard(
    times: int, place: list[Overlap], cut: Cut, each: float, library: Library
) -> Chain:
    """Of one shard: its index, and then chunk by chunk."""
    chunks, index = cut["chunks"], cut["index_bytes"]
    axes = [overlaps([place[a]["begin"], place[a]["end"] - 1], chunks[a]) for a in range(3)]
    count = ranges = 0
    moved = 0.0
    for z in axes[0]:
        for y in axes[1]:
            for x in axes[2]:
                same = z["count"] * y["count"] * x["count"]
                found = [1, each]
                if cut["raw"] and library["parts"] == "all":
                    found = rows_of([z, y, x], cut, library["gap"])
                count += same
                ranges += same * found[0]
                moved += same * found[1]
    runs = (ranges + count - 1) // count  # of a chunk; more than one only where planes are large
    parts = [0.0, *[moved / (count * runs)] * runs]
    return _chain(times, [0.0, index], count, parts, index + moved)


def rows_of(place: list[Overlap], cut: Cut, gap: float) -> list[float]:
    """Ranges and bytes of a part of a raw chunk, where rows with little between them come together.

    Parameters
    ----------
    place
        Along z, y, x: where the part begins and ends in the chunk.
    cut
        Of which ``chunks`` and ``itemsize`` are read.
    gap
        Bytes between two rows that are read in vain rather than asked for twice.
    """
    z, y, x = [k["end"] - k["begin"] for k in place]
    row, item = cut["chunks"][2], cut["itemsize"]
    plane = row * cut["chunks"][1]
    if y > 1 and (row - x) * item > gap:
        return [z * y, z * y * x * item]
    flat = (y - 1) * row + x
    if z > 1 and (plane - flat) * item > gap:
        return [z, z * flat * item]
    return [1, ((z - 1) * plane + flat) * item]


def requests_of(chains: list[Chain]) -> int:
    """Requests in all."""
    found = 0
    for chain in chains:
        found += chain["count"] * (len(chain["first"]) + chain["tasks"] * len(chain["each"]))
    return found


def bytes_of(chains: list[Chain]) -> float:
    """Bytes in all."""
    found = 0.0
    for chain in chains:
        found += chain["count"] * chain["bytes"]
    return found
