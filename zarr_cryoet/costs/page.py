"""The page of the docs: what one tomogram takes, how it is worked out, and how far to trust it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import quantiles

from ..console import markdown_table
from ..core.stores.counting import Tally
from ..model import prices as money
from ..model.libraries import library
from ..model.network import in_flight
from ..model.prices import Provider
from ..model.types import Network
from ..units import format_rate, format_seconds, format_size
from .records import APART, LIMIT, Record, Row, middle, order
from .requests import BACKENDS, OPEN

#: Run TS_100_3 of the CryoET Data Portal's dataset 10445, 630 x 630 x 184 voxels: z, y, x.
REFERENCE = "184,630,630"
DTYPE = "float32"
LAYOUTS = ("c256", "c128", "c64", "c32-s128", "c16-s64", "c64-s256")
ACCESS = (OPEN, "full", "plane-xy", "plane-xz", "boxes-64")
PORTAL = "c256"
NETWORKS: dict[str, Network] = {
    "20 ms": {"latency": 0.020, "bandwidth": 50e6, "link": None},
    "80 ms": {"latency": 0.080, "bandwidth": 50e6, "link": None},
}
CORES = 4
VIEWS = 1000
_INTRO = """\
Requests and bytes are exact: each library's own account of what it asks for, worked out from the
shape of the volume and its chunks, and held against what a server counts. Seconds come from a
model of them, which is held against a server that waits. Money comes from a table of prices, each
with its source. This page is made by `zarr-cryoet costs --markdown` from
`docs/records/latency.json`, which `zarr-cryoet costs check` writes, and from `prices.toml`.
`zarr-cryoet costs --shape Z,Y,X` says the same of another volume, layout, network or provider.
"""
_TOMOGRAM = """\
A tomogram of 630 x 630 x 184 voxels (x, y, z), float32, {size}, uncompressed, as zarr-python
stores it in format {zarr_format}. Uncompressed, chunks at the border are stored with their padding:
the portal's `c256` takes {padded} for it, as 184 planes fill no chunk of 256. A codec makes little
of padding. Of raw chunks that are objects, zarrs and zarrista fetch a part; of compressed ones they
fetch all, as the others do, so that their bytes here are the least that there can be.

*GET*: whole objects; *range*: parts; *HEAD*: how large one is. Time is the model's, without the
client's own work, for 50 MB/s on each connection, however many there are, and for what the library
has in flight by default ({flights}; {cores} cores). *{views:,} views* is money on {provider}, all
bytes leaving for the internet; a reader in the bucket's own region pays for the requests alone,
which is the last column.
"""
_FORMULA = """\
A request waits for the latency and for its own bytes at its connection's bandwidth; those in flight
wait together. What then comes is shared by all who are there, and adds up: the link, and the
client's work. So requests that were asked for together are done together, and for `n` of one kind,
`c` of them in flight,

    T = ⌈n / c⌉ · (latency + bytes / bandwidth) + n · (work + bytes / link)

which is at most `c / (latency + bytes / bandwidth)` and at most `1 / work` requests a second, the
bounds of operational analysis (Denning and Buzen, ACM Computing Surveys 10 (3), 1978). Of several
kinds each begins where a place is free, and a library asks in steps: the index of a shard before
its chunks, the size of an object before a part of it (`zarr_cryoet/model`). The advice asks the
same functions, in the browser too. Not in it: making a connection (one to three times the latency,
once), a bucket's own scatter, and retries.
"""
_CHECKED = """\
Server and clients on one core, {volumes}, {rounds} rounds of which the median counts, {when}
(UTC), {versions}, Python {python}, {system}. Latencies of {latencies}, and {slow} with {rate} on
each connection; {counts} requests in flight. *With the cell's work*: what the same cell takes at no
latency in the same run is an input of the model, shared out among its requests. *With the client's
work*: two figures for each client and number in flight instead, seconds for a request and for a
byte, fitted to all its cells at no latency. Where much of a read is work, as at 5 ms, the model is
no better than work at one moment tells of work at another.
"""
_PRICED = """\
In US dollars before tax, each figure as it is quoted, of the first tier. They stand in
`zarr_cryoet/model/prices.toml`, which may be edited; `costs --prices FILE` takes another table. A
figure without a source has no price, and what takes it says so. Left out are free allowances, least
durations, discounts, and rounding up to a full unit. *via*: where the figure was read, as the
provider's own list could not be opened from where this was written.
"""


def reference(foretold: Callable) -> list[dict]:
    """What the tomogram takes, as plain values; `foretold` as `main.foretold` has it."""
    shape = tuple(map(int, REFERENCE.split(",")))
    found = []
    for case, access, each in foretold(shape, DTYPE, BACKENDS, LAYOUTS, ACCESS):
        found.append(
            {
                "backend": case.backend,
                "layout": case.layout,
                "format": case.zarr_format,
                "access": access,
                **{kind: getattr(each.tally, kind) for kind in ("gets", "ranges", "heads")},
                "bytes": each.tally.bytes_read,
                "objects": each.stored.objects,
                "stored": each.stored.nbytes,
                "seconds": {
                    name: round(each.seconds(net, None, CORES), 4) for name, net in NETWORKS.items()
                },
            }
        )
    return found


def render(record: Record, prices: Mapping[str, Provider]) -> str:
    """The page."""
    first = next(iter(prices.values()))
    parts = [
        "# What a network costs",
        _INTRO,
        "## One tomogram",
        _head(record, first),
        *_reads(record, first),
        "### Stored",
        _stored(record, prices),
        "## Seconds",
        _FORMULA,
        "### Held against a server that waits",
        _about(record),
        _verdict(record),
        markdown_table(["client", *_COLUMNS], (_row(*each) for each in by_client(record.rows))),
        markdown_table(["network", *_COLUMNS], (_row(*each) for each in _by_network(record.rows))),
        "Cells that are off by more than 25 %, with the cell's work:",
        _worst(record.rows),
        "## Prices",
        _PRICED,
        _prices(prices),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _head(record: Record, provider: Provider) -> str:
    shape = tuple(map(int, REFERENCE.split(",")))
    padded = next(row["stored"] for row in record.reference if row["layout"] == PORTAL)
    limits = {name: library(name)["flight"] for name in BACKENDS}
    flights = ", ".join(f"{name} {in_flight(row, None, CORES)}" for name, row in limits.items())
    return _TOMOGRAM.format(
        size=format_size(math.prod(shape) * 4),
        zarr_format=record.reference[0]["format"],
        padded=format_size(padded),
        flights=flights,
        cores=CORES,
        views=VIEWS,
        provider=provider.name,
    )


def _reads(record: Record, provider: Provider) -> Iterator[str]:
    head = ["layout", "read", "GET", "range", "HEAD", "bytes", *NETWORKS,
            f"{VIEWS:,} views", "requests alone"]  # fmt: skip
    for name in BACKENDS:
        some = [row for row in record.reference if row["backend"] == name]
        yield f"### {name}"
        yield markdown_table(head, (_read(row, provider) for row in some))


def _read(row: dict, provider: Provider) -> Iterator[str]:
    tally = Tally(**{kind: row[kind] for kind in ("gets", "ranges", "heads")})
    yield f"`{row['layout']}`"
    yield row["access"]
    for kind in ("gets", "ranges", "heads"):
        yield f"{row[kind]:,}"
    yield format_size(row["bytes"])
    for name in NETWORKS:
        yield format_seconds(row["seconds"][name])
    for leaving in (row["bytes"], 0):
        one = money.of_requests(provider, tally, leaving)
        yield money.dollars(None if one is None else VIEWS * one)


def _stored(record: Record, prices: Mapping[str, Provider]) -> str:
    found = {row["layout"]: row for row in record.reference}
    head = ["layout", "objects", "bytes"]
    head += [f"{it.id}, {what}" for it in prices.values() for what in ("a month", "to put once")]
    rows = []
    for layout, row in found.items():
        cells = [f"`{layout}`", f"{row['objects']:,}", format_size(row["stored"])]
        for it in prices.values():
            cells.append(money.dollars(money.of_storage(it, row["stored"])))
            cells.append(money.dollars(money.of_requests(it, {"puts": row["objects"]})))
        rows.append(cells)
    return markdown_table(head, rows)


# The check ----------------------------------------------------------------------------------------

_COLUMNS = ("cells", "counted as foretold", "median error with the cell's work", "90 % below",
            "largest", "median error with the client's work")  # fmt: skip


def by_client(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows of each client, and all."""
    names = dict.fromkeys(row.client for row in rows)
    return [*((n, [r for r in rows if r.client == n]) for n in names), ("all", list(rows))]


def _by_network(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        name = f"{format_seconds(row.latency)}"
        if row.bandwidth:
            name += f", {format_rate(row.bandwidth)}"
        found.setdefault(name, []).append(row)
    return list(found.items())


def errors(rows: Sequence[Row]) -> tuple[str, str, str]:
    """Median, that which nine of ten are below, and the largest."""
    found = sorted(row.error() for row in rows)
    ninth = quantiles(found, n=10, method="inclusive")[-1] if len(found) > 1 else found[0]
    return f"{middle(rows):.1%}", f"{ninth:.1%}", f"{found[-1]:.1%}"


def _row(name: str, rows: Sequence[Row]) -> list[object]:
    same = sum(row.foretold for row in rows)
    return [name, len(rows), same, *errors(rows), f"{middle(rows, 'by_client'):.1%}"]


def _about(record: Record) -> str:
    about = record.about
    volumes = dict.fromkeys(row.volume or about["volume"] for row in record.rows)
    slow = next((net for net in about["networks"] if net[1]), None)
    return _CHECKED.format(
        volumes=", ".join(f"`{name}`" for name in volumes),
        rounds=about["rounds"],
        when=about["measured"],
        versions=", ".join(f"{k} {v}" for k, v in about["versions"].items()),
        python=about["python"],
        system=about["system"],
        latencies=", ".join(format_seconds(n[0]) for n in about["networks"] if n[0] and not n[1]),
        slow=format_seconds(slow[0]) if slow else "none",
        rate=format_rate(slow[1]) if slow else "no limit",
        counts=" or ".join(map(str, sorted({row.in_flight for row in record.rows}))),
    )


def _verdict(record: Record) -> str:
    rows = record.rows
    clients = dict(by_client(rows)[:-1])
    libraries = len({row.backend for row in rows})
    below = [name for name, some in clients.items() if middle(some) <= LIMIT]
    beyond = [name for name in clients if name not in below]
    text = (
        f"**{len(rows)} cells, {libraries} libraries through {len(clients)} clients: the median "
        f"error is {middle(rows):.1%}**, and at most {LIMIT:.0%} for each of {len(below)} clients"
    )
    text += f"; it is above that for {', '.join(beyond)}." if beyond else "."
    many = sum(row.volume not in ("", record.about["volume"]) for row in rows)
    right, pairs = order(rows)
    if pairs:
        text += (
            f" {many} cells are of volumes of many objects. Of {pairs} pairs of layouts that "
            f"differ by more than {APART - 1:.0%} as measured (one client, access, network and "
            f"volume), the model has {right / pairs:.1%} in the right order."
        )
    wrong = sum(not row.foretold for row in rows)
    counted = "all" if not wrong else f"all but {wrong}"
    return f"{text} Of the cells, {counted} took the requests and bytes that were foretold."


def _worst(rows: Sequence[Row], limit: float = 0.25, most: int = 20) -> str:
    found = sorted((row for row in rows if row.error() > limit), key=Row.error, reverse=True)
    if not found:
        return "None."
    head = ["client", "in flight", "codec", "layout", "read", "latency", "at no latency",
            "measured", "modelled", "error"]  # fmt: skip
    lines = (
        (
            row.client, row.in_flight, f"`{row.codec}`", f"`{row.layout}`", row.access,
            format_seconds(row.latency), format_seconds(row.alone),
            format_seconds(row.measured), format_seconds(row.by_cell), f"{row.error():.0%}",
        )
        for row in found[:most]
    )  # fmt: skip
    more = f"\n\nAnd {len(found) - most} more." if len(found) > most else ""
    return markdown_table(head, lines) + more


# Prices -------------------------------------------------------------------------------------------


def _prices(prices: Mapping[str, Provider]) -> str:
    parts = []
    for it in prices.values():
        rows = []
        for which in ("storage", "writes", "reads", "egress"):
            price = getattr(it, which)
            what = f"{which} ({', '.join(price.kinds)})" if price.kinds else which
            if price.price is None:
                rows.append((what, "no price", "", "", price.why or "no source was found"))
                continue
            links = f"<{_url(price.source)}>" + (f", via <{_url(price.via)}>" if price.via else "")
            figure = f"${price.price:.10f}".rstrip("0").rstrip(".")
            rows.append((what, f"{figure} for 1 {price.unit}".replace("1 1", "1"),
                         price.date, links, price.note))  # fmt: skip
        parts.append(f"### {it.name}\n\n`{it.id}`: {it.what}. Free: {', '.join(it.free) or '–'}. "
                     f"Its GB is taken for {it.gigabyte:,} bytes.")  # fmt: skip
        parts.append(markdown_table(["what", "price", "date", "source", "note"], rows))
    return "\n\n".join(parts)


def _url(text: str) -> str:
    return text.replace(" ", "%20").replace("'", "%27")
