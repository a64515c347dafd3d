"""Requests, bytes, seconds and money of reading over a network; and who survives its faults."""

from __future__ import annotations

from pathlib import Path

from ...costs import page as docs
from ...costs.records import LIMIT, Record, holds, middle
from ...environments.rows import BUCKET_READERS
from ...model import prices as money
from ...studies.faults import records as faulty
from ...studies.faults.plan import FAULTS
from .. import charts, costing, kept
from ..data import Data
from ..frame import Page, table, text

_CELL = ("party", "fault", "form", "lasts", "status", "wrong", "zeros", "lost", "requests",
         "clean_requests", "error")  # fmt: skip


class Costs(Page):
    """A calculator, how far to trust it, and the faults of buckets."""

    id = "costs"
    title = "Stores and costs"
    summary = (
        "What does reading a tomogram from a bucket take: how many requests and bytes, how long, "
        "and for how much money? And which library survives it when the bucket fails?"
    )
    order = 50
    charts = True

    def own(self, data: Data, results: Path) -> object:
        """The table of the calculator, prices, and the cells of the faults."""
        latency, _ = kept.latency()
        rows, why = costing.table(latency)
        record, _ = kept.faults()
        return {
            "fields": costing.FIELDS,
            "rows": rows,
            "why": why,
            "shapes": costing.SHAPES,
            "networks": list(costing.WAYS),
            "options": costing.options(),
            "flights": costing.flights(),
            "portal": docs.PORTAL,
            "prices": costing.prices(money.load()),
            "faults": _faults(record) if record else None,
        }

    def specs(self) -> dict[str, dict]:
        """The map of layouts and ways of reading."""
        if not charts.available():
            return {}
        from ..charts import costs

        return {"heat": charts.spec(costs.heat())}

    def files(self, data: Data, results: Path) -> dict[str, bytes]:
        """The pages of the docs that say more."""
        return kept.docs("costs") | kept.docs("faults")

    def body(self, data: Data) -> str:
        """The places that the script fills, and what needs none."""
        latency, no_latency = kept.latency()
        record, no_faults = kept.faults()
        trust = _trust(latency) if latency else _missing(no_latency)
        faults = _about_faults(record) if record else _missing(no_faults)
        more = (
            f"<p>How the seconds are worked out, and what is not in them: {kept.link('costs')}.</p>"
        )
        return f"{_CALCULATOR}{trust}{more}{_prices()}{faults}"


def _missing(why: str) -> str:
    return f"<p class=word>Nothing to show here: {text(why)}.</p>"


def _trust(record: Record) -> str:
    """How far the seconds were off, where they were held against a server that waits."""
    about, rows = record.about, record.rows
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items())
    clients = docs.by_client(rows)
    off = [name for name, some in clients[:-1] if middle(some) > LIMIT]
    beyond = (
        f"It is above {LIMIT:.0%} for {', '.join(off)}."
        if off
        else f"It is at most {LIMIT:.0%} for each client."
    )
    counted = sum(row.foretold for row in rows)
    said = (
        f"Held against a server on loopback that waits, on {about['measured']} (UTC), with "
        f"{about['volume']}, {versions}, Python {about['python']}, {about['system']}: the median "
        f"error of the model's seconds is {middle(rows):.1%} over {len(rows)} cells. {beyond} "
        f"Requests and bytes came as foretold in {counted} of {len(rows)} cells. "
        + ("" if holds(record) else "So the seconds are none to plan with. ")
    )
    head = ["client", ">cells", ">as foretold", ">median error", ">90 % below", ">largest"]
    lines = [
        (name, len(some), sum(row.foretold for row in some), *docs.errors(some))
        for name, some in clients
    ]
    return f"<h2>How far to trust the seconds</h2><p>{text(said)}</p>{table(head, lines)}"


def _prices() -> str:
    """Each figure as it is quoted, with its day and its source."""
    rows = []
    for it in money.load().values():
        for which in ("storage", "writes", "reads", "egress"):
            price = getattr(it, which)
            if price.price is None:
                rows.append((it.name, which, "no price", "", price.why or "no source was found"))
                continue
            figure = f"${price.price:.10f}".rstrip("0").rstrip(".")
            via = f", read at {price.via}" if price.via else ""
            rows.append(
                (it.name, which, f"{figure} for 1 {price.unit}".replace("1 1", "1"), price.date,
                 f"{price.source}{via}")
            )  # fmt: skip
    shown = table(["provider", "what", "price", "date", "source"], rows)
    return (
        "<h2>Prices</h2><p class=quiet>In US dollars before tax, of the first tier; free "
        "allowances, least durations and discounts are left out. They stand in "
        "<code>zarr_cryoet/model/prices.toml</code>; <code>zarr-cryoet costs --prices FILE</code> "
        f"takes another table.</p><details><summary>Each price and its source</summary>{shown}"
        "</details>"
    )


def _faults(record: faulty.Record) -> dict:
    """Cells as lists, and what each fault is."""
    there = {cell.party for cell in record.cells}
    asked = dict.fromkeys(cell.fault for cell in record.cells)
    return {
        "fields": _CELL,
        "cells": [[getattr(cell, name) for name in _CELL] for cell in record.cells],
        "parties": [
            p for p in (*BUCKET_READERS, *sorted(there - set(BUCKET_READERS))) if p in there
        ],
        "faults": {f: FAULTS[f].told if f in FAULTS else "no longer asked" for f in asked},
        "deadline": record.about["deadline"],
    }


def _about_faults(record: faulty.Record) -> str:
    rows = [
        (name, ", ".join(f"{k} {v}" for k, v in versions.items()))
        for name, versions in record.parties.items()
    ]
    return (
        f"{_FAULTS}<p class=quiet>Volume {text(record.about['volume'])}, on "
        f"{text(record.about['measured'])} (UTC), {len(record.cells)} cells, against a stand-in on "
        f"loopback that fails as it is told to. More: {kept.link('faults')}.</p><details><summary>"
        f"Versions</summary>{table(['who', 'with'], rows)}</details>"
    )


_CALCULATOR = """
<h2>What does it take?</h2>
<div id=controls class=controls></div>
<p id=words class=quiet></p>
<div id=empty></div>
<figure><div id=heat></div></figure>
<div id=reads></div>
<h3>Stored</h3>
<div id=stored></div>
"""
_FAULTS = """
<h2>Who survives a bucket that fails?</h2>
<p class=quiet><em>right</em>: every voxel came in the end. <em>raised</em>: an error came.
<em>wrong</em>: other voxels, and no error. <em>hung</em>: no end within the deadline.
<em>died</em>: its process ended. A click tells the cell.</p>
<div id=fault-controls class=controls></div>
<div id=faults></div>
<div id=fault aria-live=polite></div>
"""
