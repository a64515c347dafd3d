"""What `zarr-cryoet costs` says: requests, bytes, seconds and money, for a user's own case."""

from __future__ import annotations

import math
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from .. import console, project, units
from ..core.layouts import Extent
from ..model import prices as money
from ..model.libraries import cores, library
from ..model.network import in_flight
from ..volumes import cache
from ..volumes.resolve import resolve
from . import check, page, records
from .lines import VIEWS, Asked, Line, dtype_of, foretold, lines, shape_of

MARKDOWN = Path("docs") / "costs.md"


def costs(asked: Asked, json: bool) -> None:
    """Print what reading takes.

    Raises
    ------
    UserError
        A name is unknown, a figure has no unit, or a volume cannot be prepared.
    """
    provider, network = money.find(asked.provider, asked.prices), asked.network()
    shape = shape_of(asked)
    with console.bar("costs") as bar:
        found = list(lines(asked, shape, provider, network, bar))
    if json:
        return console.as_json(_plain(asked, shape, provider, found))
    size = math.prod(shape) * dtype_of(asked).itemsize
    console.say(
        f"volume    {' x '.join(map(str, shape))} voxels (z, y, x), {dtype_of(asked).name}, "
        f"{units.format_size(size)}, {asked.codec}, format {asked.zarr_format}"
    )
    console.say(f"network   {_described(asked)}")
    console.say(f"prices    {provider.name}: {provider.what}, {provider.egress.date or 'no date'}")
    for name in dict.fromkeys(line.backend for line in found):
        some = [line for line in found if line.backend == name]
        limit = library(name)["flight"]
        console.say()
        _reads(some, f"{name}, {limit['setting']} {in_flight(limit, asked.in_flight, cores())}")
    console.say()
    _storage(found, provider)
    for reason in dict.fromkeys(line.reason for line in found if line.reason):
        console.say(f"left out: {reason}")
    for reason in money.missing([provider]):
        console.say(f"no price: {reason}")
    return None


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
            units.format_size(line.foretold.tally.bytes_read),
            "–" if line.seconds is None else units.format_seconds(line.seconds),
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
            units.format_size(each.stored.nbytes),
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
        Exit code: 0, or 1 when the median error or the order of layouts is beyond its limit
        (`records.holds`), or a count is not what was foretold.

    Raises
    ------
    UserError
        A client cannot be used, or the record cannot be written.
    """
    root = project.find().root
    with console.bar(f"preparing {volume}") as progress:
        name = cache.prepare(resolve(volume), progress)[0].id
        for each in dict.fromkeys(trial.volume for trial in check.TRIALS if trial.volume):
            cache.prepare(resolve(each), progress)
    console.tell("time      about 17 min on a machine at rest")
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
    record = records.load(path)  # the page is of what is on record, rounded as it is there
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
    right, pairs = records.order(record.rows)
    console.say(f"order: right for {right} of {pairs} pairs of layouts")
    console.say(f"record: {path}")
