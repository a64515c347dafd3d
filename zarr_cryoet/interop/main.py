"""Run the exchange, keep its records, and say what came of it."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .. import console, lists, project, quality
from ..core import volume as prepared
from ..core.case import Case
from ..core.errors import UserError
from ..core.measure.exchange import EXACT, FAILED, SKIPPED, Exchange, Party
from ..environments.rows import DAMAGED, PARTIES
from ..results import machine_name
from ..volumes import cache
from . import faults, plan, records, table
from .run import Run, Volume

_SLOWEST = 4e6  # bytes a second, below which a reader or writer counts as hung


def interop(volume: str, codecs: str, writers: str, readers: str, json: bool) -> int:
    """Let every writer's stores be read by every reader.

    Returns
    -------
    int
        Exit code: 0, or 1 when a cell failed. That somebody does not read what another
        wrote is a result.

    Raises
    ------
    UserError
        A name is unknown, scikit-image is not here, or the results are damaged.
    """
    path = results_path()
    old = records.load(path)
    quality.require()
    named = [
        lists.select(PARTIES, writers, "--writers"),
        lists.select(PARTIES, readers, "--readers"),
    ]
    with console.bar(f"preparing {volume}") as progress:
        name = cache.prepare(cache.resolve(volume), progress)[0].id
    cases = plan.cases(name, codecs)
    parties, absent = _parties(itertools.chain(*named))
    found = _absent(absent, *named, cases)
    present = [[parties[each] for each in some if each in parties] for some in named]
    with tempfile.TemporaryDirectory(prefix="zarr-cryoet-interop-") as place:
        found += _exchange(name, cases, *present, Path(place))
    records.save(path, records.merged(old, found))
    _say(found, path, json)
    return 1 if any(record.status == FAILED for record in found) else 0


def markdown() -> None:
    """Print what is on record as a page of the docs."""
    print(table.render(records.load(results_path())), end="")


def results_path() -> Path:
    """Where this machine's records are."""
    return project.find().results / machine_name() / records.NAME


def _parties(names) -> tuple[dict[str, Party], dict[str, str]]:
    """Environments, made where they are missing; and why some could not be."""
    found, absent = {}, {}
    for name in dict.fromkeys(names):
        try:
            found[name] = PARTIES[name].party()
        except UserError as exc:
            absent[name] = str(exc)
            console.tell(f"{name}: {exc}")
    return found, absent


def _absent(absent: dict[str, str], writers, readers, cases: Sequence[Case]) -> list:
    """Records of what should have been, had the environments been there."""
    return [
        records.Record(
            c.volume, writer, reader, c.codec, c.layout, c.zarr_format, None, FAILED,
            f"no environment for {writer if writer in absent else reader}: "
            f"{absent.get(writer) or absent[reader]}",
        )
        for writer, reader, c in itertools.product(writers, readers, cases)
        if writer in absent or reader in absent
    ]  # fmt: skip


def _exchange(name: str, cases: Sequence[Case], writers, readers, place: Path) -> list:
    data = prepared.open_volume(name)[1]
    damaged = [party for party in writers if party.id == DAMAGED]
    hurt = faults.cases(name) if damaged else []
    stores = len(writers) * len(cases) + len(hurt) * len(faults.FAULTS)
    done = itertools.count(1)
    parties = list({party.id: party for party in (*writers, *readers)}.values())
    exchange = Exchange(parties, name, data, place, seconds=max(60.0, data.nbytes / _SLOWEST))
    with console.bar(f"{stores} stores") as bar, exchange:
        run = Run(exchange, Volume(name, data), writers, readers,
                  tick=lambda: bar(next(done) / stores))  # fmt: skip
        found = run.cells(cases)
        for writer in damaged:
            found += run.damaged(writer, hurt, list(faults.FAULTS.values()))
    return found


def _say(found: Sequence[records.Record], path: Path, json: bool) -> None:
    if json:
        made = [record.to_json() for record in found]
        return console.as_json({"path": str(path), "records": made})
    sound = [record for record in found if not record.fault]
    pairs: dict[tuple[str, str], Counter] = {}
    for record in sound:
        pairs.setdefault((record.writer, record.reader), Counter())[record.status] += 1
    console.table(
        ["written by", "read by", ">exact", ">not exact", ">skipped"],
        [
            (*pair, n[EXACT], n.total() - n[EXACT] - n[SKIPPED], n[SKIPPED])
            for pair, n in pairs.items()
        ],
    )
    console.say()
    for status, reason, some in table.groups(sound):
        console.say(f"{', '.join(table.culprits(some))}, {len(some)} {status}: {reason}")
    counts = Counter(record.status for record in found)
    console.say(", ".join(f"{number} {status}" for status, number in counts.most_common()))
    return console.say(f"records: {path}  (interop --markdown makes a page of them)")
