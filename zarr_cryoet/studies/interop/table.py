"""Records as tables in Markdown, for the docs."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from ...console import markdown_table
from ...core.measure.exchange import DIFFERS, EXACT, FAILED, SKIPPED, UNREADABLE
from ...environments.rows import PEERS
from .faults import FAULTS
from .plan import STORAGES
from .records import Record

NOT_WRITTEN = "not written: "
_FAULT_WORDS = {EXACT: "exact", UNREADABLE: "raises", SKIPPED: "–", FAILED: "dies"}
_FAMILY = re.compile(r"(.+) has no (\S+) in (format \d)")
_COUNTS = re.compile(r"\b\d+ (?=voxels)|, largest error \S+ at \([\d, ]+\)")


def words(records: Sequence[Record]) -> dict[str, object]:
    """What the page shows: who was asked, who reads whom, every failure with its reason, faults.

    Of several volumes, that which was measured last.
    """
    if not records:
        return {"records": ()}
    volume = max(records, key=lambda r: r.measured).volume
    records = [r for r in records if r.volume == volume]
    sound = [r for r in records if not r.fault]
    hurt = [r for r in records if r.fault]
    return {
        "records": records,
        "when": _when(records),
        "environments": _environments(records),
        "matrices": _matrices(sound),
        "by_codec": _by_codec(sound),
        "failures": failures(sound),
        "skips": _skips(sound),
        "damaged": hurt,
        "damage": _damage(hurt),
        "wrong": failures([record for record in hurt if word(record) == "wrong"]),
    }


def _named(records: Iterable[Record], role: str) -> list[str]:
    """Environments of a role, in the order of their registry."""
    found = {getattr(record, role) for record in records}
    return [name for name in (*PEERS, *sorted(found - PEERS.keys())) if name in found]


def _when(records: Sequence[Record]) -> str:
    days = [datetime.datetime.fromtimestamp(r.measured, datetime.UTC).date() for r in records]
    first, last = min(days), max(days)
    span = f"on {first}" if first == last else f"from {first} to {last}"
    return f"Volume `{records[0].volume}`, {span} (UTC), {len(records)} cells."


def _environments(records: Sequence[Record]) -> str:
    versions = {}
    for role in ("writer", "reader"):
        for record in records:
            versions.setdefault(getattr(record, role), getattr(record, f"{role}_versions"))
    kept = {name: each for name, each in versions.items() if each}
    order = [name for name in (*PEERS, *sorted(kept.keys() - PEERS.keys())) if name in kept]
    rows = (
        (f"`{name}`", ", ".join(f"{k} {v}" for k, v in sorted(kept[name].items())))
        for name in order
    )
    return markdown_table(["who", "with"], rows)


def _share(records: Iterable[Record]) -> str:
    counts = Counter(record.status for record in records)
    tried = counts.total() - counts[SKIPPED]
    return f"{counts[EXACT]}/{tried}" if tried else "–"


def _grid(records, rows: Sequence, of: Callable[[Record], object], corner: str) -> str:
    """A share for each row and reader."""
    readers = _named(records, "reader")
    cells: dict[tuple, list[Record]] = {}
    for record in records:
        cells.setdefault((of(record), record.reader), []).append(record)
    lines = ((f"`{row}`", *(_share(cells.get((row, r), ())) for r in readers)) for row in rows)
    return markdown_table([corner, *(f"`{r}`" for r in readers)], lines)


def _forms(records: Iterable[Record]) -> list[tuple[int, str]]:
    found = {(record.zarr_format, record.layout) for record in records}
    known = [(storage.zarr_format, storage.layout) for storage in STORAGES]
    return [form for form in (*known, *sorted(found - set(known))) if form in found]


def _matrices(records: Sequence[Record]) -> list[tuple[str, str]]:
    parts = []
    for form in _forms(records):
        some = [r for r in records if (r.zarr_format, r.layout) == form]
        corner = "written by \\ read by"
        grid = _grid(some, _named(some, "writer"), lambda r: r.writer, corner)
        parts.append((f"Format {form[0]}, `{form[1]}`", grid))
    return parts


def _by_codec(records: Sequence[Record]) -> list[tuple[str, str]]:
    parts = []
    for zarr_format in sorted({r.zarr_format for r in records}):
        some = [r for r in records if r.zarr_format == zarr_format]
        rows = list(dict.fromkeys(r.codec for r in some))
        parts.append((f"Format {zarr_format}", _grid(some, rows, lambda r: r.codec, "codec")))
    return parts


def groups(records: Iterable[Record]) -> list[tuple[str, str, list[Record]]]:
    """Status, reason, and records that are neither exact nor skipped.

    Those of several readers stand together where they are of the same stores.
    """
    alone: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        if record.status not in (EXACT, SKIPPED):
            reason = _COUNTS.sub("", record.reason or "no reason given")
            (who,) = culprits([record])
            alone.setdefault((record.status, reason, who), []).append(record)
    found: dict[tuple, list[Record]] = {}
    for (status, reason, _), some in alone.items():
        stores = frozenset((r.writer, r.codec, r.zarr_format, r.layout) for r in some)
        found.setdefault((status, reason, stores), []).extend(some)
    return [(status, reason, some) for (status, reason, _), some in found.items()]


def culprits(records: Sequence[Record]) -> list[str]:
    """Of records with one reason: the readers, or the writers that wrote nothing."""
    role = "writer" if (records[0].reason or "").startswith(NOT_WRITTEN) else "reader"
    return _named(records, role)


def failures(records: Iterable[Record]) -> str:
    """Every failure by name, those of one kind on one line."""
    found = groups(records)
    if not found:
        return "None."
    head = ["who", "does what", "of whom", "with", "cells", "max error", "MSE", "PSNR", "SSIM"]
    rows = []
    for status, reason, some in found:
        of = "–" if reason.startswith(NOT_WRITTEN) else _list(_named(some, "writer"))
        figures = (_span(some, name) for name in ("max_error", "mse", "psnr", "ssim"))
        who, what = _list(culprits(some)), f"{status}: {reason}"
        rows.append((who, what, of, _cases(some), len(some), *figures))
    return markdown_table(head, rows)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cases(records: Sequence[Record]) -> str:
    """Codecs, and the formats and layouts that they failed in."""
    forms: dict[str, set] = {}
    for record in records:
        forms.setdefault(record.codec, set()).add(f"v{record.zarr_format} {record.layout}")
    alike: dict[tuple, list[str]] = {}
    for codec, some in forms.items():
        alike.setdefault(tuple(sorted(some)), []).append(codec)
    return "; ".join(f"{_list(codecs)} ({', '.join(some)})" for some, codecs in alike.items())


def _span(records: Sequence[Record], name: str) -> str:
    values = [v for record in records if (v := getattr(record, name)) is not None]
    if not values:
        return "–"
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    return low if low == high else f"{low} to {high}"


def _skips(records: Iterable[Record]) -> str:
    """Who does not write, or read, what; in the words of the rule."""
    said: dict[tuple[str, str], dict[str, None]] = {}
    for record in records:
        if record.status == SKIPPED:
            wrote = not record.reason.startswith(NOT_WRITTEN)
            who = (record.reader, "read") if wrote else (record.writer, "write")
            said.setdefault(who, {})[record.reason.removeprefix(NOT_WRITTEN)] = None
    if not said:
        return "Nothing."
    order = {name: place for place, name in enumerate(PEERS)}
    lines = sorted(said.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0]))
    return markdown_table(
        ["who", "does not", "as"],
        ((f"`{who}`", verb, _joined(told)) for (who, verb), told in lines),
    )


def _joined(reasons: Iterable[str]) -> str:
    """Reasons on one line, those of families of codecs together."""
    families: dict[str, list[str]] = {}
    others = []
    for reason in reasons:
        if found := _FAMILY.fullmatch(reason):
            families.setdefault(f"{found[1]} in {found[3]}", []).append(found[2])
        else:
            others.append(reason)
    for place, names in families.items():
        who, _, where = place.rpartition(" in ")
        others.append(f"{who} has no {', '.join(names)} in {where}")
    return "; ".join(others)


def word(record: Record) -> str:
    """What came of a damaged store: raises, zeros, wrong, dies, exact."""
    if record.status == DIFFERS:
        return "zeros" if (record.reason or "").endswith("as 0") else "wrong"
    return _FAULT_WORDS[record.status]


def _damage(records: Sequence[Record]) -> list[tuple[str, str]]:
    """A table for each fault; codecs that fare alike share a line."""
    readers = _named(records, "reader")
    words: dict[tuple, dict[str, str]] = {}
    for r in records:
        words.setdefault((r.fault, r.zarr_format, r.layout, r.codec), {})[r.reader] = word(r)
    alike: dict[tuple, list[str]] = {}
    for (*form, codec), found in words.items():
        told = tuple(found.get(reader, "–") for reader in readers)
        alike.setdefault((*form, told), []).append(codec)
    parts = []
    for fault in [name for name in FAULTS if any(key[0] == name for key in alike)]:
        lines = [
            (_list(codecs), f"v{zarr_format} {layout}", *told)
            for (of, zarr_format, layout, told), codecs in alike.items()
            if of == fault
        ]
        head = ["codecs", "form", *(f"`{r}`" for r in readers)]
        parts.append((f"{fault}: {FAULTS[fault].what}", markdown_table(head, lines)))
    return parts
