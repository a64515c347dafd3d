"""The record as a page of the docs, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .. import units
from ..console import markdown_table
from ..environments.rows import BUCKET_READERS
from .plan import ALWAYS, ATTEMPTS, FAULTS, FORMS, ONCE
from .records import DIED, FAILED, HUNG, RAISED, RIGHT, WRONG, Cell, Record

_WORDS = {RIGHT: "right", RAISED: "raises", WRONG: "**wrong**", HUNG: "**no end**",
          DIED: "**dies**", FAILED: "failed"}  # fmt: skip
_LONG = 120  # letters of an error that are shown
_FIGURES = [
    (re.compile(pattern), other)
    for pattern, other in (
        (r"(…/bucket/)?[\w.-]+_local/", ""),  # the store
        (r"\b(c/)?0/0/0\b", "chunk"),
        (r"(shard entry) \{.*?\}/\{.*?\}", r"\1"),
        (r" in [\d.]+(ns|µs|ms|s)\b", ""),
        (r"b'.*?'(?=[.,\s]|$)|\b[\w+/]{4,}==|0x[0-9a-f]+", "…"),  # checksums
        (r"(?<=expected )\d+|(?<=got )\d+", "…"),
        # what a library says beyond what it is: settings, its own insides, the whole answer
        (r"(after \d+ retries|Digest mismatch|for path \S+?)[,:].*", r"\1"),
        (r"(; at byte| Debug source| \[http_response_body|: <ContentLengthError).*", ""),
    )
]
_INTRO = """\
A bucket on loopback that speaks S3 and fails on purpose, and the libraries that read from it, each
in a process and an environment of its own, with the settings that each comes with. Who tries again,
who raises, who never ends, and who returns wrong data without a word? This page is made by
`zarr-cryoet faults --markdown` from the record of a run of `zarr-cryoet faults`.

An array of 64³ float32 is opened and read while the bucket is sound; then its first chunk or shard
fails, and it is read again by the same handle: all planes but the first, so that a library that can
read parts of a shard does; *damaged* alone reads all. The rest of the bucket stays sound. What
comes is compared with the volume bit for bit.
"""
_LEGEND = """\
- **right**: every voxel came in the end. **raises**: an error came, which a table below names.
  **wrong**: voxels that are not those of the volume, and no error. **no end**: none within
  {deadline}, and the process was killed; the number of requests shows whether it still tried.
  **dies**: its process ended.
- *first {attempts}*: the fault strikes the first {attempts} requests for the object (GET, and HEAD
  where that can fail so, each), whatever part of it they ask for, and is gone then. *always*: it
  stays.
- *+1.2 s* is the **time lost**: the seconds until the read ended, right or not, less those of the
  same read by the same process just before, without the fault. It is mostly waiting: the pauses
  that a library makes before it tries again are partly random, so another run has other figures.
  *slowdown* asks for a second each time, in Retry-After: who loses less than two to the first two
  does not wait as asked.
- *(3/1)*: three requests for the object that fails (GET and HEAD), where one is needed without
  the fault.
"""
_BEHIND = """\
- Both formats of Zarr say that an object which is missing holds the fill value. So whoever is told
  404 for a chunk that is there returns zeros, as the rules say.
- zarr-python 2.18 takes any `OSError`, `PermissionError` among them, for a missing object: that is
  the default of its FSStore (`exceptions=`), which a mapping of s3fs becomes, too. s3fs makes an
  `OSError` of most of what a bucket answers.
- A flipped bit is seen by whoever looks at a checksum: that of the codec (gzip's, `crc32c`), if the
  whole chunk is decoded (*damaged*) or even if a part is (*damaged-part*); or that which the bucket
  sends beside the object to those who ask (*damaged-summed*). Raw chunks and Blosc have none.
"""
_ERRORS = """\
What was raised, and under which faults: the first words, without addresses, times and checksums.
"""
_LIMITS = """\
- The server is a stand-in on loopback: without encryption, at no distance, for one client at a
  time. It fails as it is told to, not as a service under load would, where one fault seldom comes
  alone.
- Libraries have settings for retries and timeouts (s3fs `retries`, `config_kwargs`; obstore
  `retry_config`, `client_options`; tensorstore `s3_request_retries`). Nobody's were changed here:
  this is what a user has who sets none. No read was waited for longer than {deadline}; one that
  had no end may be right, or raise, later.
- The damage is one flipped bit in the midst of the first chunk or shard. Whether a codec notices
  another bit is chance for all that have no checksum: Blosc and LZ4 notice only what breaks their
  own structure. numcodecs' Blosc reads on behind a chunk that is too short: whether *short* raises,
  returns wrong voxels, or ends the process depends on what happens to be there.
- Amazon's S3 has been consistent since December 2020: *stale* and *torn* are what caches, gateways
  and other services may do. It sends a checksum of the whole object to those who ask, if whoever
  wrote the object sent one, and none of a part, as here.
- zarr-python's fused pipeline has no synchronous requests to a bucket and leaves reading to the
  same stores; it is not asked on its own.
"""


def render(record: Record) -> str:
    """The page: who was asked, what came of it in a word, then each fault, and every error."""
    deadline = units.format_budget(record.about["deadline"])
    who = _ordered((cell.party for cell in record.cells), BUCKET_READERS)
    parts = [
        "# Faults that buckets have",
        _INTRO,
        f"Volume `{record.about['volume']}`, on {record.about['measured']} (UTC), "
        f"{len(record.cells)} cells.",
        _versions(record, who),
        "## How to read this",
        _LEGEND.format(deadline=deadline, attempts=ATTEMPTS),
        "## In a word",
        _short(record.cells, who),
        "## What is behind it",
        _BEHIND,
        "## Wrong data without an error",
        _wrong(record.cells),
        "## Each fault",
        *_faults(record.cells, who),
        "## Errors",
        _ERRORS,
        _errors(record.cells),
        "## What this cannot tell",
        _LIMITS.format(deadline=deadline),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def words(cell: Cell) -> str:
    """What came of a cell, in a few words."""
    said = _WORDS[cell.status]
    if cell.status == FAILED:
        return f"{said}: {cell.error}"
    if cell.status == WRONG:
        zeros = ", all as 0" if cell.zeros == cell.wrong else ""
        said += f": {cell.wrong:,} voxel{'s' * (cell.wrong != 1)}{zeros}"
    if cell.status in (RIGHT, RAISED, WRONG) and cell.lost is not None:
        said += f" +{_seconds(cell.lost)}"
    return f"{said} ({cell.requests}/{cell.clean_requests})"


def _seconds(value: float) -> str:
    """Rounded to what a second run would give again."""
    return f"{value:.1f} s" if value >= 0.05 else "0 s"


def _ordered(names: Iterable[str], registry) -> list[str]:
    found = set(names)
    return [name for name in (*registry, *sorted(found - set(registry))) if name in found]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _versions(record: Record, who: Sequence[str]) -> str:
    return markdown_table(
        ["who", "with"],
        (
            (f"`{name}`", ", ".join(f"{k} {v}" for k, v in record.parties.get(name, {}).items()))
            for name in who
        ),
    )


def _short(cells: Sequence[Cell], who: Sequence[str]) -> str:
    """A word for each environment; ways of storing that fare alike share a line."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for cell in cells:
        forms = found.setdefault((cell.fault, cell.lasts), {})
        forms.setdefault(cell.form, {})[cell.party] = _WORDS[cell.status]
    rows = []
    for fault in _ordered((cell.fault for cell in cells), FAULTS):
        for lasts in (ONCE, ALWAYS):
            for forms, told in _alike(found.get((fault, lasts), {})):
                stored = _code(_ordered(forms, FORMS))
                each = (told.get(name, "–") for name in who)
                rows.append((f"`{fault}`", _lasts(fault, lasts), stored, *each))
    return markdown_table(["fault", "lasts", "stored as", *(f"`{name}`" for name in who)], rows)


def _alike(forms: dict[str, dict[str, str]]) -> list[tuple[list[str], dict[str, str]]]:
    """Ways of storing of which no environment tells another word; who reads but some fills in."""
    found: list[tuple[list[str], dict[str, str]]] = []
    for form, words in forms.items():
        for names, told in found:
            if all(told.get(party, word) == word for party, word in words.items()):
                names.append(form)
                told.update(words)
                break
        else:
            found.append(([form], dict(words)))
    return found


def _lasts(fault: str, lasts: str) -> str:
    """In words."""
    row = FAULTS.get(fault)
    if row is not None and lasts == ONCE and row.attempts == 1:
        return "first request"
    return lasts


def _wrong(cells: Sequence[Cell]) -> str:
    found: dict[tuple, list[Cell]] = {}
    for cell in cells:
        if cell.status == WRONG:
            found.setdefault((cell.party, cell.fault), []).append(cell)
    if not found:
        return "None."
    rows = []
    for (party, fault), some in found.items():
        which = _code(dict.fromkeys(cell.form for cell in some))
        lasts = ", ".join(dict.fromkeys(_lasts(fault, cell.lasts) for cell in some))
        counts = sorted({cell.wrong for cell in some})
        voxels = " to ".join(f"{n:,}" for n in dict.fromkeys((counts[0], counts[-1])))
        zeros = "yes" if all(cell.zeros == cell.wrong for cell in some) else "no"
        rows.append((f"`{party}`", f"`{fault}`", lasts, which, voxels, zeros))
    return markdown_table(["who", "fault", "lasts", "stored as", "voxels", "all as 0"], rows)


def _faults(cells: Sequence[Cell], who: Sequence[str]) -> list[str]:
    parts = []
    for fault in _ordered((cell.fault for cell in cells), FAULTS):
        some = {(c.form, c.lasts, c.party): words(c) for c in cells if c.fault == fault}
        rows = []
        for form in _ordered((form for form, _, _ in some), FORMS):
            for lasts in (ONCE, ALWAYS):
                told = [some.get((form, lasts, name), "–") for name in who]
                if set(told) != {"–"}:
                    rows.append((f"`{form}`", _lasts(fault, lasts), *told))
        head = ["stored as", "lasts", *(f"`{name}`" for name in who)]
        told = FAULTS[fault].told if fault in FAULTS else "no longer asked"
        parts += [f"### {fault}: {told}", markdown_table(head, rows)]
    return parts


def _errors(cells: Sequence[Cell]) -> str:
    """Errors by name; those that differ but in figures are one."""
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for cell in cells:
        if cell.error:
            who, faults = found.setdefault(_bare(cell.error), ({}, {}))
            who[cell.party], faults[cell.fault] = None, None
    if not found:
        return "None."
    rows = (
        (_code(_ordered(who, BUCKET_READERS)), _code(_ordered(faults, FAULTS)), error)
        for error, (who, faults) in found.items()
    )
    return markdown_table(["who", "fault", "error"], rows)


def _bare(error: str) -> str:
    """An error without what is another in each cell."""
    for pattern, other in _FIGURES:
        error = pattern.sub(other, error)
    return error if len(error) <= _LONG else f"{error[: _LONG - 1].rstrip()}…"
