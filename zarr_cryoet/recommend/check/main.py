"""Set the advice beside exhaustive sweeps, keep the record, and make the page of it."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ... import console, project, units
from ...core import backends
from ...core.errors import UserError
from ...core.measure import affinity
from ...model.predict import shares
from ...model.types import Entry, Question, Row
from ...results import machine
from ...volumes import cache
from ...volumes.resolve import resolve
from .. import answer, choose
from .. import main as advice
from .. import question as questions
from ..calibrate import PLAN
from ..clock import Clock, default
from ..question import Words
from ..uses import USES
from . import page, records, regret, run
from .truth import Truth, load

PAGE = Path("docs") / "advice-check.md"
READER = "zarr-python"
_PACKAGES = ("zarr", "numcodecs", "tensorstore")
Tick = Callable[[float, str], None]


def check(paths: Sequence[Path], large: str, output: Path | None, json: bool) -> int:
    """Set the advice beside sweeps, and write the record and the page.

    Parameters
    ----------
    paths
        Files of exhaustive sweeps; where there is none, they are made.
    large
        Id of a volume, or a file, that advice is timed for; empty for none.
    output
        A file for the record, in place of that of the docs, and then no page.
    json
        Whether the record is printed for machines.

    Returns
    -------
    int
        Exit code: 0, or 1 when a goal is missed.

    Raises
    ------
    UserError
        A sweep is damaged or holds too little, or the record cannot be written.
    """
    found = project.find()
    load_before = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    truths = [truth for path in (paths or run.sweeps(found)) for truth in load(path)]
    truths = [truth for truth in truths if READER in truth.cells]
    if not truths:
        raise UserError(f"no sweep holds {READER}; `zarr-cryoet sweep --backends {READER}`")
    volumes = _prepared(truths)
    console.tell(f"time      about {units.format_budget(_seconds(truths, volumes))}")
    record = records.Record({**about(truths), "load": load_before})
    with console.bar("advice") as bar:
        _fill(record, truths, volumes, _ticking(bar))
    if large:
        record = records.Record(record.about, record.rows, record.off, run.timed(large))
    path = output or found.root / records.PATH
    project.write_whole(path, records.text(record))
    record = records.load(path)  # the page is of what is on record, rounded as it is there
    if not output:
        project.write_whole(found.root / PAGE, page.render(record))
    _say(record, path, json)
    return 0 if all(records.held(record).values()) else 1


def _prepared(truths: Sequence[Truth]) -> dict:
    found = {}
    for name in dict.fromkeys(truth.volume for truth in truths):
        with console.bar(f"preparing {name}") as progress:
            found[name] = cache.prepare(resolve(name), progress)
    return found


def uses(truth: Truth) -> list[str]:
    """Of which all accesses were swept."""
    there = set(truth.accesses(READER))
    return [name for name, use in USES.items() if set(use.weights) <= there]


def budget(truth: Truth, nbytes: int) -> float:
    """Seconds for one advice: the default, and at most a tenth of the sweep's.

    Starting a process and ending the last round come on top of what a budget holds.
    """
    return min(default(nbytes), 0.8 * records.SHARE * truth.seconds[READER])


def _seconds(truths: Sequence[Truth], volumes: dict) -> float:
    """About how long all of it takes."""
    sizes = {name: prepared.nbytes for name, (prepared, _) in volumes.items()}
    terms = sum(2 * default(nbytes) for nbytes in sizes.values())
    return terms + sum(budget(t, sizes[t.volume]) * len(uses(t)) for t in truths)


def _ticking(bar: Callable[..., None]) -> Tick:
    def tick(done: float, text: str) -> None:
        bar(done, text)
        console.log(f"{100 * done:.0f} % {text}")

    return tick


def _fill(record: records.Record, truths: Sequence[Truth], volumes: dict, tick: Tick) -> None:
    """Ask all questions, each with measurements of its own."""
    steps = len(volumes) + sum(len(uses(truth)) for truth in truths)
    done = 0
    for name, (prepared, path) in volumes.items():
        mine = [truth for truth in truths if truth.volume == name]
        tick(done / steps, f"{name}: what is foretold")
        record.off.extend(_off(prepared, path, mine))
        done += 1
        for truth in mine:
            for use in uses(truth):
                tick(done / steps, f"{name}, {truth.store}: {use}")
                record.rows.append(_row(prepared, path, truth, use))
                done += 1


def question(truth: Truth, prepared, words: Words) -> Question:
    """What is asked where a sweep was: there, and of as many requests at once."""
    found = questions.parse(words, prepared.shape, np.dtype(prepared.dtype))
    found["store"]["latency"] = truth.latency
    return found


def _row(prepared, path: Path, truth: Truth, use: str) -> records.Row:
    """One advice, beside the sweep."""
    words = Words(use=use, store="local", backend=READER)
    wanted = question(truth, prepared, words)
    cells = truth.cells[READER]
    begun = time.monotonic()
    clock = Clock(budget(truth, prepared.nbytes))
    entries = advice.advise(
        prepared, path, wanted, clock, [READER], lambda *_: None, only=cells.keys()
    )[1]
    row = chosen(entries, cells, wanted)
    taken = time.monotonic() - begun
    name = row["candidate"]["id"]
    found = regret.of(cells, shares(wanted["weights"]), name, truth.floor)
    return records.Row(
        truth.volume, truth.store, use, name, found.best, row["measured"],
        found.cost, found.least, found.regret, found.low, found.high, found.beyond, found.floor,
        taken, truth.seconds[READER],
    )  # fmt: skip


def chosen(entries: list[Entry], cells, wanted: Question) -> Row:
    """The fastest of what the sweep holds: the baseline is of format 2, and measured beside.

    Raises
    ------
    UserError
        There is none.
    """
    some = [entry for entry in entries if entry["candidate"]["id"] in cells]
    found = choose.choices(choose.judged(some, wanted), wanted)
    if not found:
        raise UserError("the sweep holds nothing that the advice knows")
    return found["fastest"][0]


def _off(prepared, path: Path, truths: Sequence[Truth]) -> list[records.Off]:
    """Terms made afresh, and how far they are off on what they were not fitted to."""
    named = dict.fromkeys(name for truth in truths for name in truth.cells)
    accesses = dict.fromkeys(a for t in truths for name in t.cells for a in t.accesses(name))
    words = Words(access=",".join(accesses), store="local", backend=READER)
    first = question(truths[0], prepared, words)
    clock = Clock(default(prepared.nbytes))
    terms = advice.terms_of(prepared, path, first, clock, [READER, *named], lambda *_: None)
    found = []
    for truth in truths:
        for name in (name for name in truth.cells if name in terms["backends"]):
            wanted = {**question(truth, prepared, words), "backend": name}
            entries = answer.entries(terms, wanted)
            off = regret.off(truth.cells[name], entries, wanted)
            found.extend(_apart(truth, name, off))
    return found


def _apart(truth: Truth, backend: str, off: dict) -> Iterator[records.Off]:
    """Errors of what the model was not fitted to, by access; the rest tells the drift."""
    fitted = {f"{codec}_{layout}_v3" for codec, layout, _ in PLAN}
    drift = regret.drift(off, fitted)
    for access, by in off.items():
        errors = {way: error for way, error in by.items() if way not in fitted}
        if errors:
            worst = max(errors, key=lambda way: abs(errors[way]))
            some = sorted(errors.values())
            yield records.Off(truth.volume, truth.store, backend, access, some, worst, drift)


def about(truths: Sequence[Truth]) -> dict:
    """What holds for a run."""
    here = backends.installed()
    days = sorted({datetime.datetime.fromtimestamp(t.started, datetime.UTC).date().isoformat()
                   for t in truths})  # fmt: skip
    return {
        **machine.facts(affinity.cores()),
        "versions": {name: here[name] for name in _PACKAGES if name in here},
        "swept": " and ".join(dict.fromkeys((days[0], days[-1]))),
        "ways": {f"{t.volume} {t.store}": len(t.cells[READER]) for t in truths},
        "crowd": {f"{t.volume} {t.store}": t.crowd for t in truths},
    }


def markdown() -> None:
    """Print what is on record as a page of the docs."""
    found = project.find()
    print(page.render(records.load(found.root / records.PATH)), end="")


def _say(record: records.Record, path: Path, json: bool) -> None:
    if json:
        held = records.held(record)
        return console.as_json({"path": str(path), **record.to_json(), "held": held})
    lines = [
        (f"{row.volume}, {row.store}, {row.use}", page.way(row.chosen),
         f"{row.regret:.1%}", f"{row.beyond:.1%}")
        for row in record.rows
    ]  # fmt: skip
    console.table(["question", "chosen", ">regret", ">beyond noise"], lines)
    named = dict.fromkeys(each.backend for each in record.off)
    lines = [(n, *page.line(e for e in record.off if e.backend == n)) for n in named]
    console.table(["foretold", ">cells", ">median error", ">90 %", ">worst"], lines)
    if record.timed:
        console.say(f"{record.timed['volume']}: advice in {record.timed['wall']:.0f} s")
    for goal, reached in records.held(record).items():
        console.say(f"{'yes' if reached else 'NO '}  {goal}")
    return console.say(f"record: {path}")
