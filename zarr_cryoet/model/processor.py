"""Seconds of the processor: an explainable sum.

 A selection takes, on the machine that the terms were measured on::

    calls · call + objects · object + shards · shard + ranges · range + inner chunks · inner
    + chunks with a codec · coded + bytes decoded by it · coded_byte + decoding · decode
    + rows · row + rows of raw chunks read by themselves · piece
    + voxel bytes · voxel_byte + stored bytes · stored_byte
    + bytes in pieces above 32 MiB · big_byte + bytes of results above 32 MiB · fresh_byte

whose counts are exact (`geometry`), and whose weights are fitted to real cells (`fit`).
``decoding`` is what the codec alone takes for those chunks, divided by the threads that they
keep busy.

Nothing here reads a clock or a file, and all sums are taken in the order in which they stand:
the browser runs these very functions, by `site.translate`.
"""

from __future__ import annotations

from .geometry import resolved, volume_of
from .types import Calibration, Candidate, Cut, Figures, Touch

#: Bytes from which the C library maps fresh pages for each array, and the system clears them
#: (glibc's largest dynamic M_MMAP_THRESHOLD, mallopt(3)).
FRESH = 33554432
READ_FEATURES = (
    "call", "object", "shard", "range", "inner", "coded", "row", "piece",
    "voxel_byte", "stored_byte", "coded_byte", "big_byte", "fresh_byte", "decode",
)  # fmt: skip
WRITE_FEATURES = (
    "call", "object", "shard", "inner", "coded",
    "voxel_byte", "gather_byte", "stored_byte", "encode",
)  # fmt: skip


def nearest(rows: list[Figures], chunk: list[int]) -> Figures:
    """The figures measured on chunks of that shape, else on those nearest to it in voxels.

    Of two that are equally near, the first.
    """
    voxels = volume_of(chunk)
    best = None
    distance = 0.0
    for row in rows:
        if row["chunk"] == chunk:
            return row
        other = volume_of(row["chunk"])
        apart = other / voxels if other > voxels else voxels / other
        if best is None or apart < distance:
            best = row
            distance = apart
    return best


def cut(candidate: Candidate, calibration: Calibration, shape: list[int], itemsize: int) -> Cut:
    """A candidate as it stands for one volume.

    Parameters
    ----------
    candidate
        See `recommend.candidates.candidate`.
    calibration
        Of which ``codecs`` and ``cores`` are read.
    shape, itemsize
        Voxels along z, y, x, and bytes of each.
    """
    chunks = resolved(candidate["chunks"], shape)
    shards = None
    inside = 0
    if candidate["shards"] is not None:
        shards = resolved(candidate["shards"], shape, chunks)
        inside = volume_of(shards) // volume_of(chunks)
    codec = calibration["codecs"][candidate["codec"]]
    return {
        "chunks": chunks,
        "shards": shards,
        "inside": inside,
        "chunk_bytes": volume_of(chunks) * itemsize,
        "index_bytes": 16 * inside + 4 if inside else 0,
        "filled": nearest(codec["blocks"], chunks),
        "raw": candidate["kind"] == "none",
        "padded": nearest(codec["padding"], chunks),
        "cores": calibration["cores"],
        "itemsize": itemsize,
        "shape": shape,
    }


def stored_bytes(touch: Touch, how: Cut) -> float:
    """Bytes that the chunks of a selection are stored in, without any index."""
    if how["raw"]:
        return touch["chunks"] * how["chunk_bytes"]
    filled = touch["real"] * how["itemsize"] / how["filled"]["ratio"]
    return filled + touch["padding"] * how["itemsize"] / how["padded"]["ratio"]


def codec_seconds(touch: Touch, how: Cut, what: str) -> float:
    """Seconds of the codec alone on the chunks of a selection; `what`: decode, or encode."""
    filled = touch["real"] * how["itemsize"] * how["filled"][what]
    alone = filled + touch["padding"] * how["itemsize"] * how["padded"][what]
    return alone / max(1, min(how["cores"], touch["chunks"]))


def big_share(touch: Touch, how: Cut) -> float:
    """Of what is stored, the share that comes in pieces above `FRESH`: chunks, or whole shards."""
    if how["chunk_bytes"] > FRESH:
        return 1.0
    if touch["whole"] and how["inside"] * how["chunk_bytes"] > FRESH:
        return touch["whole"] * how["inside"] / touch["chunks"]
    return 0.0


def read_features(touch: Touch, how: Cut, parts: str) -> dict[str, float]:
    """The counts that the seconds of reading a selection are a sum of.

    `parts` says of which raw chunks the library reads what is asked for alone: see `Library`.
    """
    sharded = how["shards"] is not None
    asked = touch["voxels"] * how["itemsize"]
    pieces = how["raw"] and (parts == "all" or (parts == "objects" and not sharded))
    stored = asked if pieces else stored_bytes(touch, how)
    ranges = touch["chunks"] - touch["whole"] * how["inside"] if sharded else 0
    return {
        "call": 1,
        "object": 0 if sharded else touch["chunks"],
        "shard": touch["shards"],
        "range": ranges,
        "inner": touch["chunks"] if sharded else 0,
        "coded": touch["chunks"] if not how["raw"] else 0,
        "row": touch["rows"],
        "piece": touch["rows"] if pieces and touch["voxels"] < touch["real"] else 0,
        "voxel_byte": asked,
        "stored_byte": stored + touch["shards"] * how["index_bytes"],
        "coded_byte": touch["chunks"] * how["chunk_bytes"] if not how["raw"] else 0,
        "big_byte": stored * big_share(touch, how),
        "fresh_byte": asked if asked > FRESH else 0,
        "decode": codec_seconds(touch, how, "decode"),
    }


def write_features(touch: Touch, how: Cut) -> dict[str, float]:
    """The same of writing the whole volume."""
    sharded = how["shards"] is not None
    return {
        "call": 1,
        "object": 0 if sharded else touch["chunks"],
        "shard": touch["shards"],
        "inner": touch["chunks"] if sharded else 0,
        "coded": touch["chunks"] if not how["raw"] else 0,
        "voxel_byte": touch["chunks"] * how["chunk_bytes"],
        # one chunk that is all of the array is written from where it stands
        "gather_byte": touch["chunks"] * how["chunk_bytes"] if touch["chunks"] > 1 else 0,
        "stored_byte": stored_bytes(touch, how) + touch["shards"] * how["index_bytes"],
        "encode": codec_seconds(touch, how, "encode"),
    }


def weighed(features: dict[str, float], weights: dict[str, float], names: tuple[str, ...]) -> float:
    """Their sum, each times its weight; a weight that is not on record counts nothing."""
    seconds = 0.0
    for name in names:
        seconds += features[name] * weights.get(name, 0.0)
    return seconds
