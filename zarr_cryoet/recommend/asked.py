"""What is asked for: uses, stores and limits, from words to plain values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from .. import lists
from ..core.access import ACCESS
from ..core.errors import UserError, unknown
from ..model import prices as money
from ..model.geometry import WRITE
from ..units import of_option, parse_duration, parse_rate, parse_size
from .readers import READERS
from .uses import KINDS, PLACES, USES, Place

_BILLION = 10**9
_LONGEST = 16384  # voxels along an axis: far beyond cameras, and answered in seconds
_HEAVIEST = 1e9  # of a weight; beyond all use, and far from where sums overflow


@dataclass(frozen=True)
class Words:
    """What was asked for, as the command line has it; None for what was not said."""

    use: str = "viewer"
    access: str | None = None
    store: str | None = None
    latency: str | None = None
    bandwidth: str | None = None
    in_flight: int | None = None
    max_objects: int | None = None
    max_memory: str | None = None
    readers: str | None = None
    tomograms: int = 1
    reads: float | None = None
    backend: str = "zarr-python"


def question(words: Words, shape: tuple[int, int, int], dtype: np.dtype) -> dict:
    """All of it as plain values: what `model` and `choose` take.

    Returns
    -------
    dict
        ``use``, ``shape`` and ``itemsize``; ``weights`` by access; ``store`` (``id``,
        ``latency``, ``bandwidth``, ``in_flight``); ``prices`` or None; ``tomograms``, ``reads``;
        ``readers``, ``max_objects``, ``max_memory``; ``preferences``, ``tie``; ``backend``.

    Raises
    ------
    UserError
        A name is unknown, a weight is below 0 or all are 0, or a figure has no unit.
    """
    use = USES[words.use]
    place = PLACES[use.store if words.store is None else words.store]
    for number, option in ((words.tomograms, "--tomograms"), (words.in_flight, "--in-flight")):
        if number is not None and number < 1:
            raise UserError(f"{option} {number}: a number from 1 on was expected")
    reads = use.reads if words.reads is None else words.reads
    if not (math.isfinite(reads) and reads >= 0):
        raise UserError(f"--reads {reads}: how often a month, from 0 on, was expected")
    return {
        "use": use.id,
        "shape": list(shape),
        "itemsize": int(np.dtype(dtype).itemsize),
        "weights": weights(words.access) if words.access is not None else dict(use.weights),
        "store": _store(words, place),
        "prices": prices(place.prices),
        "tomograms": words.tomograms,
        "reads": reads,
        "readers": _readers(words),
        "max_objects": _limit(words.max_objects, "--max-objects"),
        "max_memory": of_option("--max-memory", parse_size, words.max_memory)
        if words.max_memory is not None
        else None,
        "preferences": use.preferences,
        "tie": 0.02,
        "backend": words.backend,
    }


def _readers(words: Words) -> list[dict]:
    """Those that are named, and whoever is timed, where that does not read all."""
    names = lists.split(words.readers or "")
    if words.readers is not None and not names:
        raise UserError("--readers: names nobody; leave it out, or say zarr-python-2,vizarr")
    if words.backend in READERS and words.backend not in ("zarr-python", *names):
        names.append(words.backend)
    return [READERS[name].plain() for name in names]


def _store(words: Words, place: Place) -> dict:
    plain = {"id": place.id, "latency": place.latency, "bandwidth": place.bandwidth}
    plain["in_flight"] = words.in_flight or place.in_flight
    if words.latency is not None:
        plain["latency"] = of_option("--latency", parse_duration, words.latency)
    if words.bandwidth is not None:
        plain["bandwidth"] = of_option("--bandwidth", parse_rate, words.bandwidth)
    return plain


def weights(text: str) -> dict[str, float]:
    """How often each access is made, from ``plane-xy=5,boxes-64=1``; without ``=`` once.

    Raises
    ------
    UserError
        An access is unknown or named twice, a weight is no number from 0 to 1e9, or all are 0.
    """
    found: dict[str, float] = {}
    for word in lists.split(text):
        name, given, number = word.partition("=")
        if name not in ACCESS and name != WRITE:
            raise unknown("access", name, [*ACCESS, WRITE])
        if name in found:
            raise UserError(f"--access: {name} is named twice; give it one weight")
        try:
            found[name] = float(number) if given else 1.0
        except ValueError:
            found[name] = math.nan
        if not (math.isfinite(found[name]) and found[name] >= 0):
            raise UserError(f"--access {word}: a weight is a number from 0 on, as in {name}=5")
        if found[name] > _HEAVIEST:
            raise UserError(f"--access {word}: a weight is at most {_HEAVIEST:g}, as in {name}=5")
    if not found:
        raise UserError(f"--access {text!r}: names no access; say plane-xy=5,boxes-64=1")
    if not any(found.values()):
        raise UserError("--access: all weights are 0; give one access more, as in plane-xy=1")
    return found


def prices(provider: str | None) -> dict[str, float] | None:
    """Dollars for a byte kept for a month, for a request that reads or writes, and for a byte out.

    Readers are taken to stand in the provider's own region, where bytes leave for nothing.
    None where there is no provider, or a price has no source.
    """
    if provider is None:
        return None
    found = {
        "storage": money.of_storage(provider, _BILLION),
        "reads": money.of_requests(provider, {"gets": _BILLION}),
        "writes": money.of_requests(provider, {"puts": _BILLION}),
    }
    if any(value is None for value in found.values()):
        return None
    return {**{name: value / _BILLION for name, value in found.items()}, "egress": 0.0}


def _limit(value: int | None, option: str) -> int | None:
    if value is not None and value < 1:
        raise UserError(f"{option} {value}: a number from 1 on was expected")
    return value


@dataclass(frozen=True)
class Like:
    """A volume that is not here: what `--like` describes.

    Attributes
    ----------
    shape : tuple of int
        Voxels along z, y, x.
    dtype : str
        numpy's name.
    kind : str
        What it is like: see `uses.KINDS`.
    """

    shape: tuple[int, int, int]
    dtype: str
    kind: str


def like(text: str) -> Like:
    """What ``184,630,630,float32,tomogram`` describes; ``184x630x630`` will do for the shape.

    Raises
    ------
    UserError
        It names no shape, no type of voxels, or no kind of data.
    """
    words = lists.split(text.replace("x", ",", 2) if text.count("x") == 2 else text)
    example = "say 184,630,630,float32,tomogram"
    if len(words) != 5:
        raise UserError(f"--like {text}: a shape, a type and a kind were expected; {example}")
    if not all(re.fullmatch(r"[1-9]\d{0,6}", word) for word in words[:3]):
        raise UserError(f"--like {text}: a shape is voxels along z, y, x; {example}")
    try:
        found = np.dtype(words[3])
        if found.kind not in "iuf":
            raise TypeError
    except TypeError:
        raise UserError(f"--like {text}: {words[3]} is no type of voxels; {example}") from None
    z, y, x = map(int, words[:3])
    if max(z, y, x) > _LONGEST:
        raise UserError(f"--like {text}: at most {_LONGEST:,} voxels along an axis; {example}")
    return Like((z, y, x), found.name, KINDS[words[4]].id)
