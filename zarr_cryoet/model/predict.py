"""What to expect of a storage configuration: seconds, requests, bytes, memory, money.

Everybody who predicts asks here: `costs` for each library, the advice for each candidate, and the
browser, which runs these functions translated.
"""

from __future__ import annotations

from .geometry import WRITE, everything, met
from .network import flight_of, seconds
from .processor import (
    READ_FEATURES,
    WRITE_FEATURES,
    cut,
    read_features,
    stored_bytes,
    weighed,
    write_features,
)
from .requests import bytes_of, chains, requests_of
from .types import (
    Calibration,
    Candidate,
    Chain,
    Cut,
    Library,
    Network,
    Part,
    Prediction,
    Question,
    Selection,
)

#: Objects of metadata beside the chunks, by format; and about as many bytes, which do not matter.
METADATA = {2: 2, 3: 1}
METADATA_BYTES = 1000


def parts(
    candidate: Candidate,
    calibration: Calibration,
    question: Question,
    selections: dict[str, list[Selection]],
) -> Part:
    """All that does not depend on the network, or on prices.

    Parameters
    ----------
    candidate
        See `recommend.candidates.candidate`.
    calibration
        Of which ``codecs``, ``cores`` and the question's backend are read.
    question
        Of which ``shape``, ``itemsize`` and ``backend`` are read.
    selections
        By access pattern; what is left out is not worked out.
    """
    how = cut(candidate, calibration, question["shape"], question["itemsize"])
    processor = calibration["backends"][question["backend"]]
    whole = met(everything(question["shape"]), question["shape"], how["chunks"], how["shards"])
    shard_bytes = how["inside"] * how["chunk_bytes"]
    local, reads, held = {}, {}, {}
    for access in selections:
        found = read(selections[access], how, processor["read"], processor["library"])
        local[access], reads[access], held[access] = found
    count = whole["shards"] if how["shards"] is not None else whole["chunks"]
    stored = stored_bytes(whole, how) + whole["shards"] * how["index_bytes"]
    local[WRITE] = weighed(write_features(whole, how), processor["write"], WRITE_FEATURES)
    each = stored / count
    reads[WRITE] = [[{"count": count, "first": [each], "tasks": 0, "each": [], "bytes": each}]]
    held[WRITE] = [shard_bytes or how["chunk_bytes"], count]
    return {
        "library": processor["library"],
        "sharded": how["shards"] is not None,
        "local": local,
        "reads": reads,
        "held": held,
        "bytes": stored + METADATA_BYTES,
        "objects": count + METADATA[candidate["zarr_format"]],
        "known": {},
    }


def read(
    selections: list[Selection], how: Cut, weights: dict[str, float], library: Library
) -> tuple[float, list[list[Chain]], list[int]]:
    """Seconds of the processor, requests, and what is in memory at most, for one access pattern.

    Parameters
    ----------
    selections
        One after the other.
    how
        How the volume is stored.
    weights
        Of the processor, for reading.
    library
        Who reads.
    """
    local = 0.0
    reads: list[list[Chain]] = []
    most = [0, 0]
    for selection in selections:
        touch = met(selection, how["shape"], how["chunks"], how["shards"])
        features = read_features(touch, how, library["parts"])
        local += weighed(features, weights, READ_FEATURES)
        size = max(1.0, stored_bytes(touch, how) / touch["chunks"])
        reads.append(chains(selection, touch, how, size, library))
        unit = [how["chunk_bytes"], touch["chunks"]]
        if touch["whole"]:
            unit = [how["inside"] * how["chunk_bytes"], touch["whole"]]
        if unit[0] * unit[1] > most[0] * most[1]:
            most = unit
    return local, reads, most


def network_of(question: Question) -> Network:
    """What lies between the reader and the store."""
    store = question["store"]
    return {"latency": store["latency"], "bandwidth": store["bandwidth"], "link": None}


def access_seconds(part: Part, access: str, question: Question) -> float:
    """Seconds of one access; those for the network that was last asked for are remembered."""
    network, local = network_of(question), part["local"][access]
    asked = [network["latency"], network["bandwidth"], question["store"]["in_flight"]]
    if part["known"].get("asked") != asked:
        part["known"] = {"asked": asked, "seconds": {}}
    known = part["known"]["seconds"]
    if access not in known or known[access][0] != local:
        flight = flight_of(part["library"], question["store"]["in_flight"], part["sharded"])
        known[access] = [local, seconds(part["reads"][access], local, network, flight)]
    return known[access][1]


def shares(weights: dict[str, float]) -> dict[str, float]:
    """Weights as shares of all, in the order in which they were given."""
    total = 0.0
    for access in weights:
        total += weights[access]
    return {access: weights[access] / total for access in weights}


def weighted_seconds(part: Part, question: Question) -> float:
    """Expected seconds of one access, drawn by its weight."""
    found = 0.0
    share = shares(question["weights"])
    for access in share:
        if share[access] > 0:
            found += share[access] * access_seconds(part, access, question)
    return found


def requests_in(part: Part, access: str) -> int:
    """Requests that one access makes."""
    count = 0
    for asked in part["reads"][access]:
        count += requests_of(asked)
    return count


def bytes_in(part: Part, access: str) -> float:
    """Bytes that one access moves."""
    moved = 0.0
    for asked in part["reads"][access]:
        moved += bytes_of(asked)
    return moved


def memory_of(part: Part, question: Question) -> int:
    """Bytes of chunks or shards decoded at one time, at most, of what is asked for."""
    most = 0
    for access in question["weights"]:
        if question["weights"][access] > 0:
            unit, count = part["held"][access]
            most = max(most, unit * min(count, question["store"]["in_flight"]))
    return most


def dollars_of(part: Part, question: Question) -> float | None:
    """US dollars a month for all tomograms: to keep them, and to read each so many times.

    None where the store has no prices.
    """
    prices = question["prices"]
    if prices is None:
        return None
    share = shares(question["weights"])
    once = 0.0
    for access in share:
        each = prices["writes"] if access == WRITE else prices["reads"]
        out = 0.0 if access == WRITE else bytes_in(part, access) * prices["egress"]
        once += share[access] * (requests_in(part, access) * each + out)
    kept = part["bytes"] * prices["storage"]
    return question["tomograms"] * (kept + question["reads"] * once)


def expected(part: Part, question: Question, spread: list[float]) -> Prediction:
    """What is to be expected of a candidate.

    Parameters
    ----------
    part
        See `parts`.
    question
        See `recommend.question.parse`.
    spread
        Factors that the seconds of the processor lie between, of their expected value; what a
        network is said to take is taken at its word.
    """
    each, requests = {}, {}
    for access in question["weights"]:
        each[access] = access_seconds(part, access, question)
        requests[access] = requests_in(part, access)
    value = weighted_seconds(part, question)
    local = 0.0
    share = shares(question["weights"])
    for access in share:
        local += share[access] * part["local"][access]
    return {
        "seconds": each,
        "weighted": value,
        "interval": [value + local * (spread[0] - 1.0), value + local * (spread[1] - 1.0)],
        "bytes": part["bytes"],
        "gb": part["bytes"] * question["tomograms"] / 1e9,
        "objects": part["objects"],
        "requests": requests,
        "memory": memory_of(part, question),
        "dollars": dollars_of(part, question),
    }
