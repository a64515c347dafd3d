"""Measure the field's claims, keep the record, and make the page of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ... import console, lists, project, units
from ...core import backends
from ...core.errors import UserError
from ...core.measure import affinity, quiet
from ...core.volume import Volume
from ...results import machine
from ...volumes import cache
from . import page, records
from .measure import AGAIN, SAMPLES, Measuring, Tick
from .rows import CLAIMS, Claim
from .verdict import UNMEASURED

PAGE = Path("docs") / "field.md"
_PACKAGES = ("zarr", "numcodecs", "tensorstore", "zarrs")
#: Rough, for the word beforehand: seconds of a timed pair, and for each MiB of its volume.
_PAIR, _MIB = 0.3, 0.14


def field(volumes: str, only: str | None, minutes: float, output: Path | None, json: bool) -> int:
    """Measure claims, all or some, and write the record and the page.

    Parameters
    ----------
    volumes
        Ids and files, with commas between.
    only
        Claims, or the figures that they are about; all where None.
    minutes
        After which nothing is measured again; all is measured, whatever it takes.
    output
        A file for the record, in place of that of the docs, and then no page.
    json
        Whether the rows are printed for machines.

    Returns
    -------
    int
        Exit code: 0, or 1 when a pair could not be measured.

    Raises
    ------
    UserError
        A name is unknown, or the record cannot be written.
    """
    found, chosen = project.find(), select(only)
    if only and not output:
        raise UserError("--only: the record of the docs is of all claims; --output names another")
    cores = affinity.cores()
    prepared = _prepared(volumes)
    path = output or found.root / records.PATH
    shares = _shares(chosen, prepared)
    console.tell(f"claims    {len(chosen)}, on {', '.join(volume.id for volume in prepared)}")
    console.tell(f"time      about {units.format_budget(sum(shares))} on a machine at rest")
    record = records.Record(about(cores), versions())
    with (
        tempfile.TemporaryDirectory(prefix="zarr-cryoet-field-") as folder,
        console.bar("field") as bar,
    ):
        done, whole = 0.0, sum(shares)
        for volume, seconds in zip(prepared, shares, strict=True):
            share = seconds / whole
            tick = _ticking(bar, done, share)
            _measure(record, Measuring(volume, Path(folder), 60 * minutes * share, tick), chosen)
            done += share
    project.write_whole(path, records.text(record))
    if not output:
        project.write_whole(found.root / PAGE, page.render(record))
    _say(record, path, json)
    return 1 if any(each.verdict == UNMEASURED for each in record.found) else 0


def _ticking(bar: Tick, done: float, share: float) -> Tick:
    """Tells of one volume's part of the whole; off a terminal, of each stage once."""
    last = None

    def tick(part: float, text: str) -> None:
        nonlocal last
        bar(done + share * part, text)
        if (stage := " ".join(text.split()[:2])) != last:
            console.log(f"{100 * (done + share * part):.0f} % {text}")
        last = stage

    return tick


def _measure(record: records.Record, measuring: Measuring, chosen: Sequence[Claim]) -> None:
    """One volume more on record."""
    volume = measuring.volume
    cases = {cell.case for claim in chosen for pair in claim.pairs(volume) for cell in pair.cells}
    with quiet.folder(measuring.place, volume.nbytes * len(cases)) as place:
        measuring.place = place
        record.found.extend(measuring.all(chosen))
    kept = {key: getattr(volume, key) for key in _KEPT}
    record.volumes.append({**kept, "shape": list(volume.shape), "floor": measuring.floor})


_KEPT = ("id", "shape", "dtype", "provenance", "sha256")


def _prepared(names: str) -> list[Volume]:
    found = {}
    for name in lists.names(names, "--volumes"):
        with console.bar(f"preparing {name}") as progress:
            volume = cache.prepare(cache.resolve(name), progress)[0]
        found[volume.id] = volume
    return list(found.values())


def _shares(chosen: Sequence[Claim], volumes: Sequence[Volume]) -> list[float]:
    """About how long each volume takes, in seconds."""
    return [
        max(1.0, sum(_PAIR + _MIB * volume.nbytes / 2**20 for c in chosen for _ in c.pairs(volume)))
        for volume in volumes
    ]


def select(only: str | None) -> list[Claim]:
    """Claims by their ids or figures, with commas between; all where None.

    Raises
    ------
    UserError
        One is unknown.
    """
    ids = lists.select(CLAIMS, only or "all", "--only")
    return [CLAIMS[each] for each in CLAIMS if each in ids]


def about(cores: int) -> dict:
    """What holds for a run."""
    return {**machine.facts(cores), "clock": "cpu", "samples": SAMPLES, "again": AGAIN}


def versions() -> dict[str, str]:
    """Releases of the libraries that are measured."""
    here = backends.installed()
    found = {name: here[name] for name in _PACKAGES if name in here}
    return {**found, "numpy": np.__version__}


def markdown() -> None:
    """Print what is on record as a page of the docs."""
    found = project.find()
    print(page.render(records.read(found.root / records.PATH)), end="")


def _say(record: records.Record, path: Path, json: bool) -> None:
    found = records.rows(record)
    if json:
        return console.as_json({"path": str(path), **record.to_json(), "claims": found})
    lines = (
        (row["id"], row["published"], page.figure(row["ours"]), row["verdict"]) for row in found
    )
    console.table(["claim", "published", "here", "verdict"], lines)
    floors = [v["floor"] for v in record.volumes if v["floor"] is not None]
    if floors:
        console.say(f"noise floor: {min(floors):.1%} to {max(floors):.1%}, by volume (CPU time)")
    for note in dict.fromkeys(each.note for each in record.found if each.note):
        console.say(note)
    return console.say(f"record: {path}")
