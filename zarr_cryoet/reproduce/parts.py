"""All that scripts are made of, as plain values: what the site hands to the browser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from ..core import backends
from ..core.access import ACCESS
from ..core.backends.base import Backend
from ..core.codecs import BYTES, CODECS, Chain, Codec
from ..core.layouts import LAYOUTS, WHOLE, Layout
from ..core.operations import OPERATIONS, READS
from . import selections, texts
from .clients import clients
from .literal import Expression, literal

_PROBE = np.dtype("<f8")  # whose size is no codec's setting, so that it can be found again
_SIZE = Expression("data.dtype.itemsize")
_INTEGER = Expression('f"<i{data.dtype.itemsize}"')


def parts(pins: Mapping[str, Mapping[str, str]]) -> dict:
    """A structure from which any cell's script can be put together by filling in text.

    Parameters
    ----------
    pins
        By release of zarr, versions by package.

    Returns
    -------
    dict
        Plain values. `script.render` and ``site/assets/reproduce.js`` make the same of it.
    """
    return {**_fixed(), "pins": {release: dict(found) for release, found in pins.items()}}


@cache
def _fixed() -> dict:
    return {
        "version": 1,
        "head": texts.HEAD,
        "standard": list(texts.STANDARD),
        "words": texts.WORDS,
        "load": texts.LOAD,
        "made": texts.MADE,
        "input": texts.INPUT,
        "same": texts.SAME,
        "reads": READS,
        "boxes": {row.id: selections.boxes(row) for row in ACCESS.values()},
        "taken": texts.TAKEN,
        "indexing": {row.id: selections.indexing(row) for row in ACCESS.values()},
        "main": texts.MAIN,
        "metrics": {name: list(row) for name, row in texts.METRICS.items()},
        "said": texts.SAID,
        "facts": texts.FACTS,
        "refusals": texts.REFUSALS,
        "meanings": {row.id: row.meaning for row in (*OPERATIONS.values(), *ACCESS.values())},
        "clients": [_client(client) for client in clients()],
        "codecs": {codec.id: _codec(codec) for codec in CODECS.values()},
        "layouts": {layout.id: _layout(layout) for layout in LAYOUTS.values()},
    }


def _client(client) -> dict:
    """As plain values, with the packages that are left out of what it installs."""
    own = {client.package, *client.more}
    found = {**vars(client), "drops": sorted(_others() - own)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


@cache
def _others() -> frozenset[str]:
    """Packages of backends, of what they need, of codecs, and of clouds; but for numpy."""
    classes: tuple[type[Backend], ...] = backends.classes()
    packages = {name for cls in classes for name in (cls.package, *cls.packages)}
    codecs = {codec.package for codec in CODECS.values() if codec.package}
    ours = {"ml-dtypes", "hdf5plugin"}  # tensorstore's, h5py's
    return frozenset(packages | codecs | ours | set(backends.CLIENTS)) - {"numpy", "numcodecs"}


def _codec(codec: Codec) -> dict:
    """Constants of a script, by spelling, and what has to be installed for them."""
    found: dict[str, object] = {"package": codec.package}
    if 2 in codec.formats:
        chain = _open(codec.chain(2, _PROBE))
        compressor = chain.compressors[0] if chain.compressors else None
        found["2"] = _constants(FILTERS=chain.filters, COMPRESSOR=compressor)
    if 3 in codec.formats:
        chain = _open(codec.chain(3, _PROBE))
        found["3"] = _constants(
            FILTERS=chain.filters,
            SERIALIZER=chain.serializer or "auto",
            COMPRESSORS=chain.compressors,
        )
        codecs = [*chain.filters, chain.serializer or BYTES, *map(_sized, chain.compressors)]
        found["3-sized"] = _constants(CODECS=codecs)
    return found


def _constants(**values: object) -> str:
    used = {name: len(name) + 3 for name in values}
    return "\n".join(f"{name} = {literal(each, 0, used[name])}" for name, each in values.items())


def _open(chain: Chain) -> Chain:
    """The same, with what depends on the type of the voxels left to the script."""
    return Chain(*map(_left_open, (chain.filters, chain.serializer, chain.compressors)))


def _left_open(value, key: str = ""):
    if isinstance(value, dict):
        return {name: _left_open(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_left_open(each) for each in value]
    if key == "elementsize" and value == _PROBE.itemsize:
        return _SIZE
    return _INTEGER if value == "<i8" else value


def _sized(codec: dict) -> dict:
    """With the size of a voxel, which Blosc's shuffles must be told in format 3."""
    if codec["name"] != "blosc":
        return codec
    return {**codec, "configuration": {**codec["configuration"], "typesize": _SIZE}}


def _layout(layout: Layout) -> dict:
    """Constants of a script, and how they come into the metadata."""
    lines = [f"CHUNKS = {_edges(layout.chunks)}"]
    chain, kind = "CODECS", "plain"
    if layout.shards:
        kind, chain = "shards", f"[sharded(CHUNKS, {chain})]"
        if layout.middle:
            kind, chain = "nested", f"[sharded(MIDDLE, {chain})]"
            lines.append(f"MIDDLE = {layout.middle}")
        shards = _edges(layout.shards, layout.middle or layout.chunks)
        lines += [f"SHARDS = {shards}", f'INDEX = "{layout.index}"']
    stored = "SHARDS" if layout.shards else "CHUNKS"
    return {"constants": "\n".join(lines), "kind": kind, "chain": chain, "stored": stored}


def _edges(extent, within=None) -> str:
    """A shape; of what is as large as the volume, an expression."""
    if extent != WHOLE:
        return str(extent)
    if within is None:
        return "data.shape"
    return f"tuple(-(-n // edge) * edge for n, edge in zip(data.shape, {within}))"
