"""What the template shows of the record, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ... import units
from ...environments.rows import BUCKET_READERS
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


def words(record: Record) -> dict[str, Any]:
    """What the template shows: what came of it in a word, then each fault, and every error."""
    who = _ordered((cell.party for cell in record.cells), BUCKET_READERS)
    versions = {name: record.parties.get(name, {}) for name in who}
    return {
        "deadline": units.format_budget(record.about["deadline"]),
        "attempts": ATTEMPTS,
        "who": [f"`{name}`" for name in who],
        "versions": [
            (f"`{name}`", ", ".join(f"{k} {v}" for k, v in each.items()))
            for name, each in versions.items()
        ],
        "short": list(_short(record.cells, who)),
        "wrong": list(_wrong(record.cells)),
        "faults": list(_faults(record.cells, who)),
        "errors": list(_errors(record.cells)),
    }


def said(cell: Cell) -> str:
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


def _short(cells: Sequence[Cell], who: Sequence[str]) -> Iterator[tuple]:
    """A word for each environment; ways of storing that fare alike share a line."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for cell in cells:
        forms = found.setdefault((cell.fault, cell.lasts), {})
        forms.setdefault(cell.form, {})[cell.party] = _WORDS[cell.status]
    for fault in _ordered((cell.fault for cell in cells), FAULTS):
        for lasts in (ONCE, ALWAYS):
            for forms, told in _alike(found.get((fault, lasts), {})):
                stored = _code(_ordered(forms, FORMS))
                each = (told.get(name, "–") for name in who)
                yield f"`{fault}`", _lasts(fault, lasts), stored, *each


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


def _wrong(cells: Sequence[Cell]) -> Iterator[tuple]:
    found: dict[tuple, list[Cell]] = {}
    for cell in cells:
        if cell.status == WRONG:
            found.setdefault((cell.party, cell.fault), []).append(cell)
    for (party, fault), some in found.items():
        which = _code(dict.fromkeys(cell.form for cell in some))
        lasts = ", ".join(dict.fromkeys(_lasts(fault, cell.lasts) for cell in some))
        counts = sorted({cell.wrong for cell in some})
        voxels = " to ".join(f"{n:,}" for n in dict.fromkeys((counts[0], counts[-1])))
        zeros = "yes" if all(cell.zeros == cell.wrong for cell in some) else "no"
        yield f"`{party}`", f"`{fault}`", lasts, which, voxels, zeros


def _faults(cells: Sequence[Cell], who: Sequence[str]) -> Iterator[tuple[str, list[tuple]]]:
    for fault in _ordered((cell.fault for cell in cells), FAULTS):
        some = {(c.form, c.lasts, c.party): said(c) for c in cells if c.fault == fault}
        rows = []
        for form in _ordered((form for form, _, _ in some), FORMS):
            for lasts in (ONCE, ALWAYS):
                told = [some.get((form, lasts, name), "–") for name in who]
                if set(told) != {"–"}:
                    rows.append((f"`{form}`", _lasts(fault, lasts), *told))
        told = FAULTS[fault].told if fault in FAULTS else "no longer asked"
        yield f"{fault}: {told}", rows


def _errors(cells: Sequence[Cell]) -> Iterator[tuple]:
    """Errors by name; those that differ but in figures are one."""
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for cell in cells:
        if cell.error:
            who, faults = found.setdefault(_bare(cell.error), ({}, {}))
            who[cell.party], faults[cell.fault] = None, None
    for error, (who, faults) in found.items():
        yield _code(_ordered(who, BUCKET_READERS)), _code(_ordered(faults, FAULTS)), error


def _bare(error: str) -> str:
    """An error without what is another in each cell."""
    for pattern, other in _FIGURES:
        error = pattern.sub(other, error)
    return error if len(error) <= _LONG else f"{error[: _LONG - 1].rstrip()}…"
