"""What `zarr-cryoet costs` says: requests, bytes, seconds and money, for a user's own case."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from .. import console, project
from ..core import volume as prepared
from ..core.access import ACCESS
from ..core.case import Case
from ..core.codecs import CODECS
from ..core.errors import UserError, unknown
from ..core.exact.objects import Objects, look
from ..core.layouts import LAYOUTS, Extent
from ..core.prepare import READY, prepare
from ..volumes import cache
from . import check, money, page, records, stored
from .requests import BACKENDS, OPEN, Foretold, foretell, unforetold
from .seconds import LIMITS, Network, Work, duration, elapsed, rate

VIEWS = 1000
MARKDOWN = Path("docs") / "costs.md"


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
        link = rate(self.link) if self.link else math.inf
        return Network(duration(self.latency), rate(self.bandwidth), link)


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


def costs(asked: Asked, json: bool) -> None:
    """Print what reading takes.

    Raises
    ------
    UserError
        A name is unknown, a figure has no unit, or a volume cannot be prepared.
    """
    provider, network = money.find(asked.provider, asked.prices), asked.network()
    lines, shape = list(_lines(asked, provider, network)), _shape(asked)
    if json:
        return console.as_json(_plain(asked, shape, provider, lines))
    size = math.prod(shape) * _dtype(asked).itemsize
    console.say(
        f"volume    {' x '.join(map(str, shape))} voxels (z, y, x), {_dtype(asked).name}, "
        f"{console.size(size)}, {asked.codec}, format {asked.zarr_format}"
    )
    console.say(f"network   {_described(asked)}")
    console.say(f"prices    {provider.name}: {provider.what}, {provider.egress.date or 'no date'}")
    for name in dict.fromkeys(line.backend for line in lines):
        some = [line for line in lines if line.backend == name]
        limit = LIMITS[name]
        count = asked.in_flight or limit.default or _cores()
        console.say()
        _reads(some, f"{name}, {limit.setting} {count}")
    console.say()
    _storage(lines, provider)
    for reason in dict.fromkeys(line.reason for line in lines if line.reason):
        console.say(f"left out: {reason}")
    for reason in money.missing([provider]):
        console.say(f"no price: {reason}")
    return None


def foretold(
    shape: Extent, dtype: str, names, layouts, access, zarr_format: int = 3
) -> Iterator[tuple[Case, str, Foretold]]:
    """What reading an uncompressed volume takes, for each way; what cannot be is left out."""
    for name in names:
        for layout in layouts:
            case = Case("raw", "none", layout, zarr_format, name)
            for each in access:
                if unforetold(case, each) is None:
                    found = _raw(case, shape, dtype)
                    yield case, each, foretell(case, shape, each, found)


def _raw(case: Case, shape: Extent, dtype: str) -> Objects:
    return stored.raw(replace(case, backend=stored.WRITER), shape, dtype)


def _lines(asked: Asked, provider: money.Provider, network: Network) -> Iterator[Line]:
    """Each way of reading, in the order in which it was asked for."""
    shape, access = _shape(asked), _access(asked.access)
    work = Work(byte=1 / rate(asked.decode)) if asked.decode else Work()
    names, layouts = _backends(asked.backends), _ids(LAYOUTS, asked.layouts)
    kept: dict[str, Objects] = {}
    for name in names:
        for layout in layouts:
            case = Case(asked.volume or "raw", asked.codec, layout, asked.zarr_format, name)
            for each in access:
                if reason := unforetold(case, each):
                    yield Line(name, layout, each, None, reason)
                    continue
                if layout not in kept:
                    kept[layout] = _stored(asked, case, shape)
                found = foretell(case, shape, each, kept[layout])
                flight = LIMITS[name].of(asked.in_flight, _cores())
                taken = None if found.reads is None else elapsed(found.reads, network, flight, work)
                views = money.of_requests(provider, found.tally, found.tally.bytes_read)
                views = None if views is None else views * VIEWS
                yield Line(name, layout, each, found, None, taken, views)


def _stored(asked: Asked, case: Case, shape: Extent) -> Objects:
    """Foretold where nothing is compressed; else the volume is stored so, and looked at."""
    if CODECS[asked.codec].family == "none":
        return _raw(case, shape, _dtype(asked).name)
    if not asked.volume:
        raise UserError(f"--codec {asked.codec}: how well it compresses takes a --volume")
    name, data = prepared.open_volume(cache.resolve(asked.volume).id)
    case = replace(case, volume=name.id, backend=stored.WRITER)
    with (
        tempfile.TemporaryDirectory(prefix="zarr-cryoet-costs-") as place,
        console.bar(f"storing {case.layout}") as bar,
    ):
        bar(0.0)
        written = prepare(case, data, Path(place))
        if written["status"] != READY:
            raise UserError(f"{case.layout}, {case.codec}: {written['reason']}")
        return look(case, Path(written["path"]), shape)


def _shape(asked: Asked) -> Extent:
    """Of a volume, which is prepared for that, or as it was given."""
    if asked.shape and asked.volume:
        raise UserError("--shape and --volume: say one of them")
    if asked.volume:
        with console.bar(f"preparing {asked.volume}") as progress:
            return cache.prepare(cache.resolve(asked.volume), progress)[0].shape
    text = asked.shape or page.REFERENCE
    if not re.fullmatch(r"\s*[1-9]\d{0,6}\s*(,\s*[1-9]\d{0,6}\s*){2}", text):
        raise UserError(f"--shape {text}: say voxels along z, y, x, as in {page.REFERENCE}")
    z, y, x = map(int, text.split(","))
    return z, y, x


def _dtype(asked: Asked) -> np.dtype:
    if asked.volume:
        return prepared.dtype_of(cache.resolve(asked.volume).id)
    with suppress(TypeError):
        found = np.dtype(asked.dtype)
        if found.kind in "iuf":
            return found
    raise UserError(f"--dtype {asked.dtype}: no type of voxels; say float32, int16, uint8")


def _ids(registry, text: str) -> tuple[str, ...]:
    """A group, or ids with commas, checked."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    found = (each for name in names for each in registry.select(name))
    return tuple(dict.fromkeys(found))


def _access(text: str) -> tuple[str, ...]:
    """Access patterns and groups of them; ``open`` is what comes before."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    found = ((OPEN,) if name == OPEN else ACCESS.select(name) for name in names)
    return tuple(dict.fromkeys(each for some in found for each in some))


def _backends(text: str) -> tuple[str, ...]:
    names = BACKENDS if text == "all" else [name.strip() for name in text.split(",")]
    for name in names:
        if name not in BACKENDS:
            raise unknown("backend whose requests to a network are foretold", name, BACKENDS)
    return tuple(dict.fromkeys(names))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _described(asked: Asked) -> str:
    link = f", {asked.link} for all together" if asked.link else ""
    work = f"decoding at {asked.decode}" if asked.decode else "the client's own work left out"
    return f"{asked.latency}, {asked.bandwidth} for each connection{link}; {work}"


def _reads(lines: list[Line], title: str) -> None:
    head = ["layout", "read", ">GET", ">range", ">HEAD", ">bytes", ">time", f">{VIEWS:,} views"]
    rows = [
        (
            line.layout,
            line.access,
            *(getattr(line.foretold.tally, kind) for kind in ("gets", "ranges", "heads")),
            console.size(line.foretold.tally.bytes_read),
            "–" if line.seconds is None else console.seconds(line.seconds),
            money.dollars(line.views),
        )
        for line in lines
        if line.foretold
    ]
    console.table(head, rows, title)


def _storage(lines: list[Line], provider: money.Provider) -> None:
    found = {line.layout: line.foretold for line in lines if line.foretold}
    rows = [
        (
            layout,
            f"{each.stored.objects:,}",
            console.size(each.stored.nbytes),
            money.dollars(money.of_storage(provider, each.stored.nbytes)),
            money.dollars(money.of_requests(provider, each.writes)),
        )
        for layout, each in found.items()
    ]
    console.table(["layout", ">objects", ">bytes", ">a month", ">to put once"], rows, "stored")


def _plain(asked: Asked, shape: Extent, provider: money.Provider, lines: list[Line]) -> dict:
    """All of it, for machines; bytes, seconds, US dollars."""
    found = []
    for line in lines:
        plain = {k: v for k, v in vars(line).items() if k not in ("foretold", "views")}
        if line.foretold:
            stored_now = line.foretold.stored
            plain |= {
                "requests": asdict(line.foretold.tally),
                "stored": {"objects": stored_now.objects, "bytes": stored_now.nbytes},
                f"dollars_for_{VIEWS}_views": line.views,
                "dollars_for_a_month": money.of_storage(provider, stored_now.nbytes),
                "dollars_to_put_once": money.of_requests(provider, line.foretold.writes),
            }
        found.append(plain)
    told = {k: str(v) if isinstance(v, Path) else v for k, v in vars(asked).items()}
    return {"asked": told | {"shape": list(shape)}, "prices": asdict(provider), "costs": found}


def markdown() -> None:
    """Print what is on record as a page of the docs."""
    root = project.find().root
    print(page.render(records.load(root / records.PATH), money.load()), end="")


def checked(volume: str, output: Path | None, json: bool) -> int:
    """Hold the seconds against a server that waits, and write the record and the page.

    Returns
    -------
    int
        Exit code: 0, or 1 when a median error is above `records.LIMIT`, or a count is not
        what was foretold.

    Raises
    ------
    UserError
        A client cannot be used, or the record cannot be written.
    """
    root = project.find().root
    with console.bar(f"preparing {volume}") as progress:
        name = cache.prepare(cache.resolve(volume), progress)[0].id
    console.tell("time      about 10 min on a machine at rest")
    with tempfile.TemporaryDirectory(prefix="zarr-cryoet-costs-") as place:
        last = ""
        with console.bar("costs") as bar:

            def tick(done: float, what: str) -> None:
                nonlocal last
                bar(done, what)
                if what != last:
                    console.log(f"{100 * done:.0f} %: {what}")
                last = what

            record = check.measure(name, Path(place), tick)
    record = replace(record, reference=page.reference(foretold))
    path = output or root / records.PATH
    project.write_whole(path, records.text(record))
    if not output:
        project.write_whole(root / MARKDOWN, page.render(record, money.load()))
    if json:
        console.as_json({"path": str(path), **record.to_json()})
    else:
        _say(record, path)
    return 0 if records.holds(record) else 1


def _say(record: records.Record, path: Path) -> None:
    rows = [
        (name, len(some), sum(row.foretold for row in some), *page.errors(some))
        for name, some in page.by_client(record.rows)
    ]
    head = ["client", ">cells", ">counted as foretold", ">median error", ">90 %", ">largest"]
    console.table(head, rows)
    console.say(f"record: {path}")
