"""What reading takes by layout, access, library and network: the table behind the calculator."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from ..core import volume as prepared
from ..core.errors import UserError
from ..core.layouts import LAYOUTS
from ..costs.lines import foretold
from ..costs.page import BACKENDS, CORES, DTYPE, NETWORKS, OPEN, REFERENCE
from ..costs.page import LAYOUTS as SHOWN
from ..costs.records import Record
from ..model import prices as money
from ..model.libraries import library
from ..model.network import in_flight
from ..model.types import Network
from ..units import format_latency, format_rate
from .kept import ROOT

#: Voxels along z, y, x, and what has them.
SHAPES = {
    REFERENCE: "a run of the portal's dataset 10445",
    "512,512,512": "the phantom phantom-512",
    "128,128,128": "the phantom phantom-128",
}
#: Beside those that the record has, which all libraries are worked out for.
_MORE: dict[str, Network] = {
    "1 ms, 500 MB/s": {"latency": 0.001, "bandwidth": 500e6, "link": None},
    "40 ms, a line of 100 Mbit/s": {"latency": 0.040, "bandwidth": 50e6, "link": 12.5e6},
}
WAYS = {f"{name}, 50 MB/s": net for name, net in NETWORKS.items()} | _MORE
ACCESS = (OPEN, "full", "plane-xy", "plane-xz", "plane-yz", "boxes-64")
LAYERS = (*SHOWN, "c16x128x128")
#: Of the others, a forecast of one shape takes minutes: theirs are those on record.
_QUICK = ("zarr-python", "tensorstore")
_KINDS = ("gets", "ranges", "heads")
FIELDS = ("shape", "backend", "layout", "access", *_KINDS, "bytes", "objects", "stored", "seconds")


def table(record: Record | None) -> tuple[list[list], str]:
    """Rows in the order of `FIELDS`, and why some are missing.

    Seconds are a list in the order of `WAYS`, None where they are not worked out.
    """
    why = ""
    rows: list[list] = []
    try:
        rows += _kept_or_foretold()
    except UserError as exc:  # without zarr nothing can be laid out
        why = f"worked out for nothing but what is on record ({exc})"
    return [*rows, *(_recorded(record, {r[1] for r in rows}) if record else ())], why


def _kept_or_foretold() -> list[list]:
    """Foretold once for each state of what they follow from, as that takes seconds."""
    try:
        place = prepared.folder() / "site" / f"costs-{_digest()}.json"
    except (UserError, PackageNotFoundError):  # nowhere to keep it; or `_foretold` says what lacks
        return list(_foretold())
    with suppress(OSError, ValueError):
        return json.loads(place.read_text("utf-8"))
    rows = list(_foretold())
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        apart = place.with_suffix(f".{os.getpid()}")
        apart.write_text(json.dumps(rows, separators=(",", ":")), "utf-8")
        apart.replace(place)
    return rows


def _digest() -> str:
    """Of all that the rows follow from: our code, what is asked, and the library that lays out."""
    asked = [SHAPES, WAYS, ACCESS, LAYERS, _QUICK, DTYPE]
    asked += [CORES, {name: version(name) for name in ("zarr", "numcodecs", "numpy")}]
    found = hashlib.sha256(json.dumps(asked).encode())
    for folder in ("core", "costs", "model", "site/costing.py"):
        there = ROOT / "zarr_cryoet" / folder
        for path in sorted(there.rglob("*.py")) if there.is_dir() else [there]:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _foretold() -> Iterator[list]:
    for shape in SHAPES:
        voxels = tuple(map(int, shape.split(",")))
        for case, access, each in foretold(voxels, DTYPE, _QUICK, LAYERS, ACCESS):
            taken = [each.seconds(net, None, CORES) for net in WAYS.values()]
            yield [
                shape, case.backend, case.layout, access,
                *(getattr(each.tally, kind) for kind in _KINDS), each.tally.bytes_read,
                each.stored.objects, each.stored.nbytes, [float(f"{t:.4g}") for t in taken],
            ]  # fmt: skip


def _recorded(record: Record, there: set[str]) -> Iterator[list]:
    """Of the other libraries, the reference tomogram on the networks of the record."""
    names = [f"{name}, 50 MB/s" for name in NETWORKS]
    for row in record.reference:
        if row["backend"] in there:
            continue
        by_way = dict(zip(names, row["seconds"].values(), strict=False))
        yield [
            REFERENCE, row["backend"], row["layout"], row["access"],
            *(row[kind] for kind in (*_KINDS, "bytes", "objects", "stored")),
            [by_way.get(way) for way in WAYS],
        ]  # fmt: skip


def flights() -> dict[str, str]:
    """What each library has under way at once, and by what it is set."""
    limits = {name: library(name)["flight"] for name in BACKENDS}
    return {n: f"{row['setting']} {in_flight(row, None, CORES)}" for n, row in limits.items()}


def options() -> list[list[str]]:
    """What tells ``zarr-cryoet costs`` of each of the networks, in their order."""
    found = []
    for net in WAYS.values():
        rates = {"--bandwidth": net["bandwidth"], "--link": net["link"]}
        told = {name: format_rate(rate) for name, rate in rates.items() if rate is not None}
        told["--latency"] = format_latency(net["latency"])
        found.append([word.replace(" ", "") for pair in sorted(told.items()) for word in pair])
    return found


def prices(known: Mapping[str, money.Provider]) -> list[dict]:
    """US dollars for one request of each kind, a byte that leaves, and a byte kept a month."""
    found = []
    for it in known.values():
        asked = (it.storage, it.writes, it.reads, it.egress)
        found.append(
            {
                "id": it.id,
                "name": it.name,
                "what": it.what,
                "dates": sorted({price.date for price in asked if price.date}),
                "each": {k: money.of_requests(it, {k: 1}) for k in (*_KINDS, "puts")},
                "egress": money.of_requests(it, {}, 1),
                "month": money.of_storage(it, 1),
                "missing": money.missing([it]),
            }
        )
    return found


def described(layout: str) -> str:
    """Chunks and shards of a layout, in words."""
    row = LAYOUTS[layout]
    chunks = " x ".join(map(str, row.chunks)) if row.chunks else "whole"
    return f"{chunks} in {' x '.join(map(str, row.shards))}" if row.shards else chunks
