"""The question: what may be asked for, from words to plain values; on a page and a terminal alike.

`read` and what it calls are plain functions, which the browser has from `site.translate`: what is
refused here is refused there, in the same words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from .. import lists, units
from ..core import backends
from ..core.access import ACCESS
from ..core.errors import UserError, unknown
from ..model import prices as money
from ..model.geometry import WRITE
from ..model.libraries import cores
from ..model.types import Prices, Question, Store
from .readers import READERS
from .uses import KINDS, PLACES, USES

_BILLION = 10**9
#: Voxels along an axis: far beyond cameras, and answered in seconds.
LONGEST = 16384
#: Of a weight; beyond all use, and far from where sums overflow.
_HEAVIEST = 1e9
#: Of a count, and of bytes; whole numbers up to it are exact in floating point.
_MOST = 1e15
_TIE = 0.02
#: Bytes of a voxel, by type.
TYPES = {
    name: np.dtype(name).itemsize
    for name in ("float32", "int8", "uint8", "int16", "uint16", "float16", "int32", "uint32",
                 "float64", "int64", "uint64")
}  # fmt: skip
_READERS = {name: reader.plain() for name, reader in READERS.items()}
#: What backends have in flight, None for as much as there are cores.
_IN_FLIGHT = {cls.id: cls.flight.default for cls in backends.classes() if cls.flight}
_CORES = cores()
#: What is said where nothing is ever read or written.
IDLE = "--access: all weights are 0; give one access more, as in plane-xy=1"


@dataclass(frozen=True)
class Words:
    """What was asked for, as the command line has it; None for what was not said."""

    use: str | None = None
    access: str | None = None
    store: str | None = None
    latency: str | None = None
    bandwidth: str | None = None
    in_flight: str | int | None = None
    max_objects: str | int | None = None
    max_memory: str | None = None
    readers: str | None = None
    tomograms: str | int | None = None
    reads: str | float | None = None
    backend: str = "zarr-python"


class Fault(TypedDict):
    """What is wrong with one of the words."""

    key: str
    message: str


def parse(words: Words, shape: tuple[int, int, int], dtype: np.dtype) -> Question:
    """All of it as plain values.

    Raises
    ------
    UserError
        A name is unknown, a weight is below 0 or all are 0, or a figure has no unit.
    """
    said = {key: None if value is None else str(value) for key, value in vars(words).items()}
    found, faults = read(Words(**said), list(shape), int(np.dtype(dtype).itemsize))
    if faults:
        raise UserError(faults[0]["message"])
    return found


# ---- plain functions -----------------------------------------------------------------------------


def read(words: Words, shape: Sequence[int], itemsize: int) -> tuple[Question, list[Fault]]:
    """The question, and what is wrong with the words: the usual is taken in their place.

    Parameters
    ----------
    words
        Texts, or None.
    shape, itemsize
        Voxels along z, y, x, and bytes of each.
    """
    faults: list[Fault] = []
    use = USES[taken(faults, "use", use_of, words.use, "viewer")]
    place = PLACES[taken(faults, "store", place_of, words.store, use.store)]
    tomograms = taken(faults, "tomograms", _tomograms, words.tomograms, 1)
    usual = _IN_FLIGHT.get(words.backend) or _CORES
    in_flight = taken(faults, "in_flight", _in_flight, words.in_flight, usual)
    reads = taken(faults, "reads", _reads, words.reads, use.reads)
    weights = taken(faults, "access", weights_of, words.access, dict(use.weights))
    store = Store(
        id=place.id,
        latency=taken(faults, "latency", _latency, words.latency, place.latency),
        bandwidth=taken(faults, "bandwidth", _bandwidth, words.bandwidth, place.bandwidth),
        in_flight=in_flight,
    )
    named = taken(faults, "readers", readers_of, words.readers, [])
    backend = words.backend
    if backend in READERS and backend not in ("zarr-python", *named):
        named = [*named, backend]  # who is timed has to read it, too
    found = Question(
        use=use.id,
        shape=shape,
        itemsize=itemsize,
        weights=weights,
        store=store,
        prices=PRICES[place.id],
        tomograms=tomograms,
        reads=reads,
        readers=[_READERS[name] for name in named],
        max_objects=taken(faults, "max_objects", _max_objects, words.max_objects, None),
        max_memory=taken(faults, "max_memory", _max_memory, words.max_memory, None),
        preferences=use.preferences,
        tie=_TIE,
        backend=backend,
    )
    return found, faults


def taken(faults: list[Fault], key: str, rule: Callable, text: str | None, usual):
    """What `rule` makes of a text; what is usual where there is none, or a fault in it."""
    if text is None:
        return usual
    try:
        return rule(text)
    except UserError as exc:
        faults.append(Fault(key=key, message=str(exc)))
        return usual


def use_of(text: str) -> str:
    """Its id, where there is such a use."""
    if text not in USES:
        raise unknown("use", text, USES)
    return text


def place_of(text: str) -> str:
    """Its id, where there is such a store."""
    if text not in PLACES:
        raise unknown("store", text, PLACES)
    return text


def readers_of(text: str) -> list[str]:
    """Ids of those who are named."""
    names = list(dict.fromkeys(lists.split(text)))
    if not names:
        raise UserError("--readers: names nobody; leave it out, or say zarr-python-2,vizarr")
    for name in names:
        if name not in READERS:
            raise unknown("reader", name, READERS)
    return names


def weights_of(text: str) -> dict[str, float]:
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
        weight = units.number(number) if given else 1.0
        if not weight >= 0:
            raise UserError(f"--access {word}: a weight is a number from 0 on, as in {name}=5")
        if weight > _HEAVIEST:
            raise UserError(f"--access {word}: a weight is at most {_HEAVIEST:g}, as in {name}=5")
        found[name] = weight
    if not found:
        raise UserError(f"--access '{text}': names no access; say plane-xy=5,boxes-64=1")
    if not any(found.values()):
        raise UserError(IDLE)
    return found


def shape_of(text: str) -> list[int]:
    """Voxels along z, y, x in ``184x630x630`` or ``184,630,630``."""
    found = re.fullmatch(r"([1-9][0-9]{0,6})[x,]([1-9][0-9]{0,6})[x,]([1-9][0-9]{0,6})", text)
    if found is None:
        raise UserError("a shape is voxels along z, y, x, as in 184x630x630")
    shape = [int(found[1]), int(found[2]), int(found[3])]
    if max(shape) > LONGEST:
        raise UserError(f"at most {LONGEST:,} voxels along an axis")
    return shape


def dtype_of(text: str) -> str:
    """Its name."""
    if text not in TYPES:
        raise UserError(f"{text} is no type of voxels")
    return text


def backend_of(text: str, recorded: Sequence[str], kind: str) -> str:
    """Its id, where figures of it are on record for such data."""
    if text not in recorded:
        known = ", ".join(recorded)
        raise UserError(f"--backend {text}: not on record for {kind}; known are {known}")
    return text


def with_unit(text: str, unit: str) -> str:
    """The text, and the unit where it is a bare number."""
    return text if math.isnan(units.number(text.strip())) else text.strip() + unit


def _count(option: str, text: str) -> int:
    value = units.number(text.strip())
    if not (1 <= value <= _MOST and math.floor(value) == value):
        raise UserError(
            f"{option} {text}: a number from 1 on was expected, whole and at most {_MOST:g}"
        )
    return int(value)


def _tomograms(text: str) -> int:
    return _count("--tomograms", text)


def _in_flight(text: str) -> int:
    return _count("--in-flight", text)


def _max_objects(text: str) -> int:
    return _count("--max-objects", text)


def _max_memory(text: str) -> int:
    value = units.of_option("--max-memory", units.parse_size, text)
    if value > _MOST:
        raise UserError(f"--max-memory {text}: at most {_MOST:g} bytes")
    return value


def _latency(text: str) -> float:
    return units.of_option("--latency", units.parse_duration, text)


def _bandwidth(text: str) -> float:
    return units.of_option("--bandwidth", units.parse_rate, text)


def _reads(text: str) -> float:
    value = units.number(text.strip())
    if not 0 <= value <= _MOST:
        raise UserError(f"--reads {text}: how often a month, from 0 on, was expected")
    return value


def command(found: Question, named: list[str], dtype: str, kind: str) -> str:
    """The same question for a terminal.

    Parameters
    ----------
    found
        The question.
    named
        Readers that were asked for; the backend that is timed may be another.
    dtype, kind
        The type of voxels, and a kind of data: see `uses.KINDS`.
    """
    use, store = USES[found["use"]], found["store"]
    place = PLACES[store["id"]]
    shape = ",".join([f"{n}" for n in found["shape"]])
    words = [f"zarr-cryoet recommend --like {shape},{dtype},{kind} --use {use.id}"]
    weights = found["weights"]
    if weights != use.weights:
        words.append(f"--access {','.join([f'{name}={weights[name]:.12g}' for name in weights])}")
    if place.id != use.store:
        words.append(f"--store {place.id}")
    if store["latency"] != place.latency:
        words.append(f"--latency {store['latency'] * 1e3:.12g}ms")
    if store["bandwidth"] is not None and store["bandwidth"] != place.bandwidth:
        words.append(f"--bandwidth {store['bandwidth'] / 1e6:.12g}MB/s")
    if store["in_flight"] != _IN_FLIGHT.get(found["backend"]):
        words.append(f"--in-flight {store['in_flight']}")
    if found["tomograms"] != 1:
        words.append(f"--tomograms {found['tomograms']}")
    if found["reads"] != use.reads:
        words.append(f"--reads {found['reads']:.12g}")
    if found["max_objects"] is not None:
        words.append(f"--max-objects {found['max_objects']}")
    if found["max_memory"] is not None:
        words.append(f"--max-memory {found['max_memory']}B")
    if named:
        words.append(f"--readers {','.join(named)}")
    if found["backend"] != "zarr-python":
        words.append(f"--backend {found['backend']}")
    return " ".join(words)


# ---- what Python alone does ----------------------------------------------------------------------


def prices(provider: str | None) -> Prices | None:
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


#: By place.
PRICES = {place.id: prices(place.prices) for place in PLACES.values()}


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
    try:
        z, y, x = shape_of(",".join(words[:3]))
        return Like((z, y, x), dtype_of(_name(words[3])), KINDS[words[4]].id)
    except UserError as exc:
        if isinstance(exc, KeyError):
            raise
        raise UserError(f"--like {text}: {exc}; {example}") from None


def _name(dtype: str) -> str:
    """Numpy's own name of a type, which has others."""
    try:
        return np.dtype(dtype).name
    except TypeError:
        return dtype
