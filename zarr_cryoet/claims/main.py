"""Measure the claims, keep the record, and make the page of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .. import console, lists, project, units
from ..bench.run import FOLDER, alone, scratch
from ..core.errors import UserError
from ..core.measure import affinity
from ..core.measure.duel import PAIRS, RESTARTS
from ..results import machine
from ..volumes import cache
from . import page, records, timeline
from .measure import PROCESSES, Measuring, seconds
from .rows import CLAIMS, TIME, Claim
from .verdict import UNMEASURED, VERDICTS

PAGE = Path("docs") / "claims.md"
_NOISE = 0.5  # of the whole, where there is one: as many cells once more


def claims(only: str | None, volume: str, output: Path | None, json: bool) -> int:
    """Measure claims, all or some, and write the record and the page.

    Returns
    -------
    int
        Exit code: 0, or 1 when one could not be measured.

    Raises
    ------
    UserError
        A name is unknown, or the record is damaged or was made in another way.
    """
    found, chosen = project.find(), select(only)
    path = output or found.root / records.PATH
    old = records.load(path) if only and path.exists() else None
    cores = affinity.cores()
    with console.bar(f"preparing {volume}") as progress:
        prepared = cache.prepare(cache.resolve(volume), progress)[0]
    new = records.Record(about(prepared.id, cores), {})
    if old:
        records.merged(old, new, CLAIMS)  # before anything is measured in vain
    work = seconds(chosen) * (1 if only else 1 + _NOISE)
    console.tell(f"claims    {len(chosen)} that an operation can show")
    console.tell(f"time      about {units.format_budget(work)} on a machine at rest")
    folder = found.root / FOLDER
    with alone(folder), scratch(folder) as place, console.bar("environments") as bar:
        new = _measure(Measuring(prepared.id, place), chosen, new, not only, bar)
    record = records.merged(old, new, CLAIMS) if old else new
    project.write_whole(path, records.text(record))
    if not output:
        project.write_whole(found.root / PAGE, rendered(found, record))
    _say(chosen, new, path, json)
    return 1 if any(each.verdict == UNMEASURED for each in new.found) else 0


def _measure(measuring: Measuring, chosen, record, noise: bool, bar) -> records.Record:
    """All of them; and one release against itself, where the run is of all claims."""
    share = 1 / (1 + _NOISE) if noise else 1.0
    measuring.tick = lambda done, text: bar(share * done, text)
    releases = sorted({r for claim in chosen for r in claim.releases}, key=page.order)
    versions = {release: measuring.versions(release) for release in releases}
    done = []
    for each in measuring.all(chosen):
        done.append(each)
        console.log(f"{len(done)}/{len(chosen)} {each.id}: {each.verdict} {page.ratio(each)}")
    quiet = None
    if noise:
        some = [c for c in chosen if c.kind == TIME and page.order(c.release) >= (3, 3)]
        quiet = measuring.noise(
            releases[-1], some,
            lambda done: bar(share + (1 - share) * done, f"{releases[-1]} with itself"),
        )  # fmt: skip
    return records.Record(record.about, versions, quiet, records.ordered(done, CLAIMS))


def markdown() -> None:
    """Print what is on record as a page of the docs."""
    found = project.find()
    print(rendered(found, records.load(found.root / records.PATH)), end="")


def rendered(found: project.Project, record: records.Record) -> str:
    """The page of a record, with the benchmarks that the suite has now."""
    suite = timeline.cells(found.root, record.about["volume"])
    return page.render(record, CLAIMS, lambda claim: timeline.nearest(claim, suite))


def select(only: str | None) -> list[Claim]:
    """Claims by their ids or releases, with commas between them; default: all measured ones.

    Raises
    ------
    UserError
        One is unknown, or none of them has an operation that shows it.
    """
    ids = lists.select(CLAIMS, only or "all", "--only")
    chosen = [CLAIMS[each] for each in ids if CLAIMS[each].measured]
    if not chosen:
        whys = dict.fromkeys(CLAIMS[each].why for each in ids)
        raise UserError(f"--only {only}: nothing can show it: {' '.join(whys)}")
    return chosen


def about(volume: str, cores: int) -> dict:
    """What holds for a run."""
    return {
        "volume": volume,
        **machine.facts(cores),
        "restarts": RESTARTS,
        "pairs": PAIRS,
        "processes": PROCESSES,
    }


def _say(chosen: Sequence[Claim], record: records.Record, path: Path, json: bool) -> None:
    if json:
        return console.as_json({"path": str(path), **record.to_json()})
    rows = [
        (each.id, page.figures(CLAIMS[each.id], each), page.ratio(each), each.verdict)
        for each in record.found
    ]
    console.table(["claim", "before → after", "ratio", "verdict"], rows)
    console.say()
    for each in record.found:
        if each.note:
            console.say(f"{each.id}: {each.note}")
    counts = Counter(each.verdict for each in record.found)
    console.say(", ".join(f"{counts[v]} {v}" for v in VERDICTS if counts[v]))
    return console.say(f"record: {path}")
