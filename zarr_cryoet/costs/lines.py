"""Each way of reading that a user asks about, and what it takes."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import console, lists
from ..core import volume as prepared
from ..core.access import ACCESS
from ..core.case import Case
from ..core.codecs import CODECS
from ..core.errors import UserError, unknown
from ..core.layouts import LAYOUTS, Extent
from ..core.prepare import READY, prepare
from ..core.requests.objects import Objects, look
from ..model import prices as money
from ..model.libraries import cores
from ..model.types import Network
from ..units import parse_duration, parse_rate
from ..volumes import cache
from ..volumes.resolve import resolve
from . import page, stored
from .requests import BACKENDS, OPEN, Foretold, foretell, unforetold

VIEWS = page.VIEWS


@dataclass(frozen=True)
class Asked:
    """What a user wants to know, in the words of the command line."""

    volume: str | None = None
    shape: str | None = None
    dtype: str = "float32"
    codec: str = "none"
    layouts: str = "c256,c64,c32-s128"
    access: str = "open,default"
    backends: str = "zarr-python"
    zarr_format: int = 3
    latency: str = "20ms"
    bandwidth: str = "50MB/s"
    link: str | None = None
    in_flight: int | None = None
    decode: str | None = None
    provider: str = "s3"
    prices: Path | None = None

    def network(self) -> Network:
        """The network that it describes."""
        return {
            "latency": parse_duration(self.latency),
            "bandwidth": parse_rate(self.bandwidth),
            "link": parse_rate(self.link) if self.link else None,
        }


@dataclass(frozen=True)
class Line:
    """One way of reading one store.

    Attributes
    ----------
    backend, layout, access : str
        Ids.
    foretold : Foretold or None
        What it takes; None where it cannot be.
    reason : str or None
        Why it cannot be.
    seconds : float or None
        On the network that was asked for; None for shards in shards.
    views : float or None
        US dollars for `VIEWS` of them, all bytes leaving for the internet.
    """

    backend: str
    layout: str
    access: str
    foretold: Foretold | None
    reason: str | None = None
    seconds: float | None = None
    views: float | None = None


def foretold(
    shape: Extent, dtype: str, names, layouts, access, zarr_format: int = 3
) -> Iterator[tuple[Case, str, Foretold]]:
    """What reading an uncompressed volume takes, for each way; what cannot be is left out."""
    for name in names:
        for layout in layouts:
            case = Case.of("raw", "none", layout, zarr_format, name)
            for each in access:
                if unforetold(case, each) is None:
                    found = _raw(case, shape, dtype)
                    yield case, each, foretell(case, shape, each, found)


def _raw(case: Case, shape: Extent, dtype: str) -> Objects:
    return stored.raw(replace(case, backend=stored.WRITER), shape, dtype)


def lines(
    asked: Asked, shape: Extent, provider: money.Provider, network: Network, bar
) -> Iterator[Line]:
    """Each way of reading, in the order in which it was asked for."""
    access = lists.select(ACCESS, asked.access, "--access", {OPEN: (OPEN,)})
    byte = 1 / parse_rate(asked.decode) if asked.decode else 0.0
    names, layouts = _backends(asked.backends), lists.select(LAYOUTS, asked.layouts, "--layouts")
    kept: dict[str, Objects] = {}
    ways = list(itertools.product(names, layouts, access))
    for done, (name, layout, each) in enumerate(ways):
        bar(done / len(ways), f"{name}, {layout}, {each}")
        case = Case.of(asked.volume or "raw", asked.codec, layout, asked.zarr_format, name)
        if reason := unforetold(case, each):
            yield Line(name, layout, each, None, reason)
            continue
        if layout not in kept:
            kept[layout] = _stored(asked, case, shape)
        found = foretell(case, shape, each, kept[layout], byte)
        taken = found.seconds(network, asked.in_flight, cores())
        views = money.of_requests(provider, found.tally, found.tally.bytes_read)
        views = None if views is None else views * VIEWS
        yield Line(name, layout, each, found, None, taken, views)


def _stored(asked: Asked, case: Case, shape: Extent) -> Objects:
    """Foretold where nothing is compressed; else the volume is stored so, and looked at."""
    if CODECS[asked.codec].family == "none":
        return _raw(case, shape, dtype_of(asked).name)
    if not asked.volume:
        raise UserError(f"--codec {asked.codec}: how well it compresses takes a --volume")
    name, data = prepared.open_volume(resolve(asked.volume).id)
    case = replace(case, volume=name.id, backend=stored.WRITER)
    with tempfile.TemporaryDirectory(prefix="zarr-cryoet-costs-") as place:
        written = prepare(case, data, Path(place))
        if written["status"] != READY:
            raise UserError(f"{case.layout}, {case.codec}: {written['reason']}")
        return look(case, Path(written["path"]), shape)


def shape_of(asked: Asked) -> Extent:
    """Of a volume, which is prepared for that, or as it was given."""
    if asked.shape and asked.volume:
        raise UserError("--shape and --volume: say one of them")
    if asked.volume:
        with console.bar(f"preparing {asked.volume}") as progress:
            return cache.prepare(resolve(asked.volume), progress)[0].shape
    text = asked.shape or page.REFERENCE
    if not re.fullmatch(r"\s*[1-9]\d{0,6}\s*(,\s*[1-9]\d{0,6}\s*){2}", text):
        raise UserError(f"--shape {text}: say voxels along z, y, x, as in {page.REFERENCE}")
    z, y, x = map(int, text.split(","))
    return z, y, x


def dtype_of(asked: Asked) -> np.dtype:
    """The type of a voxel: the volume's, or as it was given."""
    if asked.volume:
        return prepared.dtype_of(resolve(asked.volume).id)
    with suppress(TypeError):
        found = np.dtype(asked.dtype)
        if found.kind in "iuf":
            return found
    raise UserError(f"--dtype {asked.dtype}: no type of voxels; say float32, int16, uint8")


def _backends(text: str) -> tuple[str, ...]:
    names = BACKENDS if text == "all" else lists.names(text, "--backend")
    for name in names:
        if name not in BACKENDS:
            raise unknown("backend whose requests to a network are foretold", name, BACKENDS)
    return names
