"""Who reads what whom wrote, bit for bit; from the record of `zarr-cryoet interop`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from ...core.codecs import CODECS
from ...environments.rows import PEERS
from ...studies.interop import table as words
from ...studies.interop.faults import FAULTS
from ...studies.interop.records import Record
from .. import kept, volumes
from ..data import Data
from ..frame import Page, table, text

_FIELDS = ("writer", "reader", "codec", "layout", "zarr_format", "fault", "status", "reason")


class Interoperability(Page):
    """A matrix of writers and readers, and what stands behind each field."""

    id = "interoperability"
    title = "Interoperability"
    summary = (
        "Who reads what whom wrote? Each writer stored one volume in each way, and each reader, "
        "in a process and an environment of its own, read it whole; what came was compared bit "
        "for bit."
    )
    order = 40

    def own(self, data: Data, results: Path) -> object:
        """The record: names once, and a row of their numbers for each cell."""
        found, _ = kept.interop()
        return packed(found) if found else None

    def files(self, data: Data, results: Path) -> dict[str, bytes]:
        """The page of the docs that says the same."""
        return kept.docs("interoperability")

    def body(self, data: Data) -> str:
        """What the record is of, and the places that the script fills."""
        found, why = kept.interop()
        if not found:
            why = why or "the record is empty; zarr-cryoet interop makes it"
            return f"<p class=word>Nothing to show: {text(why)}.</p>"
        return f"{_about(found)}{_BODY}{_versions(found)}"


def packed(found: Sequence[Record]) -> dict:
    """Lists of names, and columns of places in them."""
    names: dict[str, list] = {}
    columns: dict[str, list[int]] = {}
    for name in _FIELDS:
        values = [getattr(record, name) for record in found]
        first = _ordered(values) if name in ("writer", "reader") else list(dict.fromkeys(values))
        places = {value: n for n, value in enumerate(first)}
        names[name] = ["" if value is None else value for value in first]
        columns[name] = [places[value] for value in values]
    families = {c: CODECS[c].family if c in CODECS else "" for c in names["codec"]}
    hurt = {n: words.word(record) for n, record in enumerate(found) if record.fault}
    errors = {n: r.max_error for n, r in enumerate(found) if r.status == "differs"}
    volume = found[0].volume
    return {
        "parties": {p.id: [p.backend, p.contents.release]
                    for p in PEERS.values()},
        "volume": volume, "facts": volumes.described([volume]).get(volume),
        "names": names, "columns": columns, "families": families, "hurt": hurt, "errors": errors,
        "faults": {f: FAULTS[f].what for f in names["fault"] if f in FAULTS},
    }  # fmt: skip


def _ordered(found: Sequence[str]) -> list[str]:
    """Environments in the order of their registry; those that left it behind them."""
    there = set(found)
    return [name for name in (*PEERS, *sorted(there - set(PEERS))) if name in there]


def _about(found: Sequence[Record]) -> str:
    """Of which volume, when, and what is not known of it."""
    days = [datetime.datetime.fromtimestamp(r.measured, datetime.UTC).date() for r in found]
    first, last = min(days), max(days)
    span = f"on {first}" if first == last else f"from {first} to {last}"
    return (
        f"<p>Volume <code>{text(found[0].volume)}</code>, measured {span} (UTC), {len(found):,} "
        "cells. Which machine it was is not on record, as nothing here depends on it; the versions "
        f"stand at the end. The same in words: {kept.link('interoperability')}.</p>"
    )


def _versions(found: Sequence[Record]) -> str:
    versions = {r.writer: r.writer_versions for r in found if r.writer_versions}
    versions |= {r.reader: r.reader_versions for r in found if r.reader_versions}
    rows = [
        (name, ", ".join(f"{k} {v}" for k, v in sorted(versions[name].items())))
        for name in _ordered(list(versions))
    ]
    return f"<h2>Versions</h2>{table(['who', 'with'], rows)}"


_BODY = """
<div id=controls class=controls></div>
<div id=empty></div>
<h2>By writer</h2>
<p class=quiet>Read bit for bit, of all that were tried: those that the writer writes and the
reader knows. ≠ 1: so many came back with other voxels, and without an error. –, hatched: one of
the two knows none of them. A click lists the cells.</p>
<div id=writers></div>
<h2>By codec</h2>
<div id=codecs></div>
<p id=told class=said role=status></p>
<section id=cells></section>
<h2>Failures by name</h2>
<p class=quiet>Of what is chosen above; those of one kind on one line.</p>
<div id=failures></div>
<h2>Damaged chunks</h2>
<p class=quiet>One chunk or shard was damaged before it was read. <em>raises</em>: the reader says
so. <em>zeros</em>: it returns the fill value in its place. <em>wrong</em>: it returns other voxels,
and no error. <em>dies</em>: its process ends, or hangs. Where a library reads past the end of a
chunk, what it finds there may differ from run to run.</p>
<div id=damaged></div>
"""
