"""What a way of storing costs: seconds, bytes, objects, requests, money, from plain values.

An explainable sum. A selection takes, on the machine that the terms were measured on::

    calls · call + objects · object + shards · shard + ranges · range + inner chunks · inner
    + chunks with a codec · coded + bytes decoded by it · coded_byte + decoding · decode
    + rows · row + rows of raw chunks read by themselves · piece
    + voxel bytes · voxel_byte + stored bytes · stored_byte
    + bytes in pieces above 32 MiB · big_byte + bytes of results above 32 MiB · fresh_byte

whose counts are exact (`geometry`), and whose weights are fitted to real cells (`fit`).
``decoding`` is what the codec alone takes for those chunks, divided by the threads that they
keep busy. Where the objects are in a network there come, for each selection::

    ⌈indexes / in flight⌉ · latency + ⌈objects or ranges / in flight⌉ · latency
    + stored bytes / (bandwidth of a connection · connections in use)

Nothing here reads a clock or a file, and all sums are taken in the order in which they stand:
the browser runs these very functions, by `site.translate`.
"""

from __future__ import annotations

from .geometry import WRITE, ceil_div, everything, met, pieces, resolved, volume_of

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
#: Objects of metadata beside the chunks, by format; and about as many bytes, which do not matter.
METADATA = {2: 2, 3: 1}
METADATA_BYTES = 1000


def nearest(rows: list[dict], chunk: list[int]) -> dict:
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


def cut(candidate: dict, terms: dict, shape: list[int], itemsize: int, parts: bool) -> dict:
    """A candidate as it stands for one volume.

    Parameters
    ----------
    candidate
        See `candidates.candidate`.
    terms
        Of which ``codecs`` and ``cores`` are read.
    shape, itemsize
        Voxels along z, y, x, and bytes of each.
    parts
        Whether the library reads of raw chunks what is asked for, and no more.

    Returns
    -------
    dict
        ``chunks`` and ``shards`` along z, y, x, resolved; ``inside``, chunks of a shard;
        ``chunk_bytes`` and ``index_bytes`` (a shard's index: where each chunk begins, how long
        it is, and a checksum); ``filled`` and ``padded``, the codec's figures for voxels and
        for padding; ``cores`` of the machine; ``itemsize``;
        ``parts``; ``shape`` of the volume.
    """
    chunks = resolved(candidate["chunks"], shape)
    shards = None
    inside = 0
    if candidate["shards"] is not None:
        shards = resolved(candidate["shards"], shape, chunks)
        inside = volume_of(shards) // volume_of(chunks)
    codec = terms["codecs"][candidate["codec"]]
    return {
        "chunks": chunks,
        "shards": shards,
        "inside": inside,
        "chunk_bytes": volume_of(chunks) * itemsize,
        "index_bytes": 16 * inside + 4 if inside else 0,
        "filled": nearest(codec["blocks"], chunks),
        "padded": nearest(codec["padding"], chunks),
        "cores": terms["cores"],
        "itemsize": itemsize,
        "parts": parts,
        "shape": shape,
    }


def stored_bytes(touch: dict, how: dict) -> float:
    """Bytes that the chunks of a selection are stored in, without any index."""
    filled = touch["real"] * how["itemsize"] / how["filled"]["ratio"]
    return filled + touch["padding"] * how["itemsize"] / how["padded"]["ratio"]


def codec_seconds(touch: dict, how: dict, what: str) -> float:
    """Seconds of the codec alone on the chunks of a selection; `what`: decode, or encode."""
    filled = touch["real"] * how["itemsize"] * how["filled"][what]
    alone = filled + touch["padding"] * how["itemsize"] * how["padded"][what]
    return alone / max(1, min(how["cores"], touch["chunks"]))


def coded(how: dict) -> bool:
    """Whether chunks go through a codec, which zarr-python hands to a thread, one by one."""
    return how["filled"]["decode"] > 0


def big_share(touch: dict, how: dict) -> float:
    """Of what is stored, the share that comes in pieces above `FRESH`: chunks, or whole shards."""
    if how["chunk_bytes"] > FRESH:
        return 1.0
    if touch["whole"] and how["inside"] * how["chunk_bytes"] > FRESH:
        return touch["whole"] * how["inside"] / touch["chunks"]
    return 0.0


def read_features(touch: dict, how: dict) -> dict:
    """The counts that the seconds of reading a selection are a sum of."""
    sharded = how["shards"] is not None
    asked = touch["voxels"] * how["itemsize"]
    pieces = how["parts"] and not coded(how)
    stored = asked if pieces else stored_bytes(touch, how)
    ranges = touch["chunks"] - touch["whole"] * how["inside"] if sharded else 0
    return {
        "call": 1,
        "object": 0 if sharded else touch["chunks"],
        "shard": touch["shards"],
        "range": ranges,
        "inner": touch["chunks"] if sharded else 0,
        "coded": touch["chunks"] if coded(how) else 0,
        "row": touch["rows"],
        "piece": touch["rows"] if pieces and touch["voxels"] < touch["real"] else 0,
        "voxel_byte": asked,
        "stored_byte": stored + touch["shards"] * how["index_bytes"],
        "coded_byte": touch["chunks"] * how["chunk_bytes"] if coded(how) else 0,
        "big_byte": stored * big_share(touch, how),
        "fresh_byte": asked if asked > FRESH else 0,
        "decode": codec_seconds(touch, how, "decode"),
    }


def write_features(touch: dict, how: dict) -> dict:
    """The same of writing the whole volume."""
    sharded = how["shards"] is not None
    return {
        "call": 1,
        "object": 0 if sharded else touch["chunks"],
        "shard": touch["shards"],
        "inner": touch["chunks"] if sharded else 0,
        "coded": touch["chunks"] if coded(how) else 0,
        "voxel_byte": touch["chunks"] * how["chunk_bytes"],
        # one chunk that is all of the array is written from where it stands
        "gather_byte": touch["chunks"] * how["chunk_bytes"] if touch["chunks"] > 1 else 0,
        "stored_byte": stored_bytes(touch, how) + touch["shards"] * how["index_bytes"],
        "encode": codec_seconds(touch, how, "encode"),
    }


def weighed(features: dict, weights: dict, names: tuple) -> float:
    """Their sum, each times its weight; a weight that is not on record counts nothing."""
    seconds = 0.0
    for name in names:
        seconds += features[name] * weights.get(name, 0.0)
    return seconds


def ranges_of(selection: dict, touch: dict, how: dict, joins: dict | None) -> list[float]:
    """Requests for parts of shards, and chunks that they bring.

    Parameters
    ----------
    selection, touch, how
        See `geometry.met`, and `cut`.
    joins
        Bytes that a library reads in vain to spare a request (``gap``), and at most in one
        (``limit``); None where it asks for each chunk by itself.
    """
    alone = touch["chunks"] - touch["whole"] * how["inside"]
    if joins is None or alone == 0 or selection["points"]:
        return [alone, alone]
    each = max(1.0, stored_bytes(touch, how) / touch["chunks"])
    gap, limit = joins["gap"] / each, joins["limit"] / each
    return pieces(selection, how["shape"], how["chunks"], how["shards"], gap, limit)


def waits(selection: dict, touch: dict, how: dict, joins: dict | None) -> list[float]:
    """What a selection asks of a network: requests for indexes, for data, and bytes.

    A shard of which every chunk is wanted comes in one request, as zarr-python has it.
    """
    stored = stored_bytes(touch, how)
    if how["shards"] is None:
        return [0, touch["chunks"], stored]
    ranges, brought = ranges_of(selection, touch, how, joins)
    vain = brought - (touch["chunks"] - touch["whole"] * how["inside"])
    moved = stored + vain * stored / touch["chunks"] + touch["shards"] * how["index_bytes"]
    return [touch["shards"] - touch["whole"], ranges + touch["whole"], moved]


def parts(candidate: dict, terms: dict, asked: dict, selections: dict) -> dict:
    """All that does not depend on weights, on the store, or on prices.

    Parameters
    ----------
    candidate
        See `candidates.candidate`.
    terms
        See `sample`.
    asked
        Of which ``shape``, ``itemsize`` and ``backend`` are read.
    selections : dict
        Plain selections by access pattern; what is left out is not worked out.

    Returns
    -------
    dict
        ``local``: seconds by access, where the terms were measured; ``waits``: by access, a
        list of `waits`; ``held``: by access, decoded bytes of what is in memory for one request,
        and how many of those there are; ``bytes`` and ``objects`` stored.
    """
    shape = asked["shape"]
    backend = terms["backends"][asked["backend"]]
    how = cut(candidate, terms, shape, asked["itemsize"], backend.get("parts", False))
    whole = met(everything(shape), shape, how["chunks"], how["shards"])
    shard_bytes = how["inside"] * how["chunk_bytes"]
    local, waiting, held = {}, {}, {}
    for access in selections:
        seconds = 0.0
        asks = []
        most = [0, 0]
        for selection in selections[access]:
            touch = met(selection, shape, how["chunks"], how["shards"])
            features = read_features(touch, how)
            seconds += weighed(features, backend["read"], READ_FEATURES)
            asks.append(waits(selection, touch, how, backend.get("joins")))
            unit = [shard_bytes, touch["whole"]] if touch["whole"] else None
            unit = unit or [how["chunk_bytes"], touch["chunks"]]
            if unit[0] * unit[1] > most[0] * most[1]:
                most = unit
        local[access], waiting[access], held[access] = seconds, asks, most
    count = whole["shards"] if how["shards"] is not None else whole["chunks"]
    stored = stored_bytes(whole, how) + whole["shards"] * how["index_bytes"]
    local[WRITE] = weighed(write_features(whole, how), backend["write"], WRITE_FEATURES)
    waiting[WRITE] = [[0, count, stored]]
    held[WRITE] = [shard_bytes or how["chunk_bytes"], count]
    return {
        "local": local,
        "waits": waiting,
        "held": held,
        "bytes": stored + METADATA_BYTES,
        "objects": count + METADATA[candidate["zarr_format"]],
    }


def network_seconds(wait: list[float], store: dict) -> float:
    """Seconds that a selection waits for a network; 0 where there is none.

    Parameters
    ----------
    wait
        See `waits`.
    store
        ``latency`` in seconds; ``bandwidth`` of a connection in bytes a second, or None where
        it holds nothing up; ``in_flight``, requests at once.
    """
    indexes, requests, stored = wait
    flight = store["in_flight"]
    rounds = ceil_div(int(indexes), flight) + ceil_div(int(requests), flight)
    seconds = rounds * store["latency"]
    if store["bandwidth"] is not None and requests > 0:
        seconds += stored / (store["bandwidth"] * min(flight, requests))
    return seconds


def access_seconds(part: dict, access: str, store: dict) -> float:
    """Seconds of one access: on the machine, and waiting for the network."""
    seconds = part["local"][access]
    for wait in part["waits"][access]:
        seconds += network_seconds(wait, store)
    return seconds


def shares(weights: dict) -> dict:
    """Weights as shares of all, in the order in which they were given."""
    total = 0.0
    for access in weights:
        total += weights[access]
    return {access: weights[access] / total for access in weights}


def weighted_seconds(part: dict, asked: dict) -> float:
    """Expected seconds of one access, drawn by its weight."""
    seconds = 0.0
    share = shares(asked["weights"])
    for access in share:
        if share[access] > 0:
            seconds += share[access] * access_seconds(part, access, asked["store"])
    return seconds


def requests_of(part: dict, access: str) -> int:
    """Requests that one access makes."""
    count = 0
    for wait in part["waits"][access]:
        count += wait[0] + wait[1]
    return count


def memory_of(part: dict, asked: dict) -> int:
    """Bytes of chunks or shards decoded at one time, at most, of what is asked for."""
    most = 0
    for access in asked["weights"]:
        if asked["weights"][access] > 0:
            unit, count = part["held"][access]
            most = max(most, unit * min(count, asked["store"]["in_flight"]))
    return most


def dollars_of(part: dict, asked: dict) -> float | None:
    """US dollars a month for all tomograms: to keep them, and to read each so many times.

    None where the store has no prices.
    """
    prices = asked["prices"]
    if prices is None:
        return None
    share = shares(asked["weights"])
    once = 0.0
    for access in share:
        moved = 0.0
        for wait in part["waits"][access]:
            moved += wait[2]
        each = prices["writes"] if access == WRITE else prices["reads"]
        out = 0.0 if access == WRITE else moved * prices["egress"]
        once += share[access] * (requests_of(part, access) * each + out)
    return asked["tomograms"] * (part["bytes"] * prices["storage"] + asked["reads"] * once)


def expected(part: dict, asked: dict, spread: list[float]) -> dict:
    """What is to be expected of a candidate.

    Parameters
    ----------
    part
        See `parts`.
    asked
        ``weights`` by access, ``store``, ``prices`` (dollars for a byte a month, for a request,
        for a byte that leaves; or None), ``tomograms``, ``reads`` of each in a month.
    spread
        Factors that the seconds on the machine lie between, of their expected value; what a
        network is said to take is taken at its word.

    Returns
    -------
    dict
        ``seconds`` by access, and ``weighted``; ``interval`` of these; ``bytes`` and
        ``objects`` of one tomogram; ``gb`` (10⁹ bytes) of all; ``requests`` by access;
        ``memory`` in bytes; ``dollars`` a month.
    """
    seconds, requests = {}, {}
    for access in asked["weights"]:
        seconds[access] = access_seconds(part, access, asked["store"])
        requests[access] = requests_of(part, access)
    value = weighted_seconds(part, asked)
    local = 0.0
    share = shares(asked["weights"])
    for access in share:
        local += share[access] * part["local"][access]
    return {
        "seconds": seconds,
        "weighted": value,
        "interval": [value + local * (spread[0] - 1.0), value + local * (spread[1] - 1.0)],
        "bytes": part["bytes"],
        "gb": part["bytes"] * asked["tomograms"] / 1e9,
        "objects": part["objects"],
        "requests": requests,
        "memory": memory_of(part, asked),
        "dollars": dollars_of(part, asked),
    }
