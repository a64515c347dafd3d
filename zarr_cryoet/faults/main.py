"""Ask every cell, keep the record, and say what came of it."""

from __future__ import annotations

import datetime
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from .. import console, lists, project, units
from ..core import volume as prepared
from ..core.errors import UserError
from ..core.prepare import READY, prepare
from ..environments.rows import BUCKET_READERS, Row
from ..volumes import cache
from ..volumes.resolve import resolve
from . import page, plan, records
from .cell import Shared, Stores, run

PAGE = Path("docs") / "faults.md"
_EACH = 3.0  # seconds that a cell takes beside its fault, for the estimate beforehand


def faults(
    volume: str,
    environments: str,
    some: str,
    deadline: float,
    at_once: int,
    output: Path | None,
    json: bool,
) -> int:
    """Let every environment read under every fault, and write the record and the page.

    Parameters
    ----------
    volume
        An id or a file.
    environments, some
        Ids of environments and of faults, or ``all``.
    deadline
        Seconds after which a read is killed.
    at_once
        How many cells are waited for side by side.
    output
        A file for the record, in place of the one in the docs.
    json
        Whether the answer is for a machine.

    Returns
    -------
    int
        Exit code: 0, or 1 when a cell failed. That a library raises, hangs or returns wrong
        data is a result.

    Raises
    ------
    UserError
        A name is unknown, an environment cannot be made, zarr is not here, or the record is
        damaged or was made in another way.
    """
    found = project.find()
    path = output or found.root / records.PATH
    who = [BUCKET_READERS[n] for n in lists.select(BUCKET_READERS, environments, "--environments")]
    asks = plan.cells(
        who, [plan.FAULTS[name] for name in lists.select(plan.FAULTS, some, "--faults")]
    )
    with console.bar(f"preparing {volume}") as progress:
        name = cache.prepare(resolve(volume), progress)[0].id
    about = {
        "volume": name,
        "deadline": deadline,
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    part = {environments, some} != {"all"}
    old = records.load(path) if part and path.exists() else None
    if old:
        records.merged(old, records.Record(about, {}), ())  # before all is measured in vain
    with console.bar("environments") as bar:
        pythons = _pythons(who, bar)
    console.tell(f"cells     {len(asks)}, {at_once} at once, {deadline:.0f} s at most each")
    console.tell(f"time      about {units.format_budget(_estimate(asks, deadline, at_once))}")
    with tempfile.TemporaryDirectory(prefix="zarr-cryoet-faults-") as place:
        made = stores(name, {ask.form.id for ask in asks}, Path(place))
        new = records.Record(about, *_all(asks, pythons, made, deadline, at_once))
    order = [(a.environment.id, a.fault.id, a.form.id, a.lasts) for a in _order()]
    whole = records.merged(old or records.Record(about, {}), new, order)
    project.write_whole(path, records.text(whole))
    if not output:
        project.write_whole(found.root / PAGE, page.render(whole))
    _say(new, path, json)
    return 1 if any(cell.status == records.FAILED for cell in new.cells) else 0


def markdown() -> None:
    """Print what is on record as a page of the docs."""
    print(page.render(records.load(project.find().root / records.PATH)), end="")


def _order() -> list[plan.Ask]:
    """All cells that there are, as the rows stand."""
    return plan.cells(BUCKET_READERS.values(), plan.FAULTS.values())


def _pythons(who: Sequence[Row], bar) -> dict[str, str]:
    found = {}
    for number, row in enumerate(who):
        found[row.id] = str(row.contents.python())
        bar((number + 1) / len(who))
    return found


def _estimate(asks: Sequence[plan.Ask], deadline: float, at_once: int) -> float:
    """Seconds: the start of each, one after the other, and half of what may hang."""
    hang = sum(a.lasts == plan.ALWAYS and a.fault.forms == plan.SENT for a in asks)
    return len(asks) * _EACH + hang * deadline / 2 / at_once


def stores(name: str, forms: Iterable[str], place: Path) -> Stores:
    """Both versions of the volume, in each form, as files.

    Raises
    ------
    UserError
        One could not be written.
    """
    data = np.asarray(prepared.open_volume(name)[1])
    # another value in every voxel, and chunks of other lengths, as they compress better
    other = (-data.astype("f4")).astype("f2").astype("f4").astype(data.dtype)
    names, wanted = {}, {}
    for side, voxels in (("sound", data), ("other", other)):
        np.save(place / f"{side}.npy", voxels)
        wanted[side] = str(place / f"{side}.npy")
        for form in forms:
            made = prepare(plan.FORMS[form].case(name), voxels, place / side)
            if made["status"] != READY:
                raise UserError(f"{form} could not be written: {made['reason']}")
            names[form] = Path(made["path"]).name
    return Stores(place / "sound", place / "other", names, wanted, data.shape)


def _all(asks, pythons, made, deadline, at_once) -> tuple[dict, list[records.Cell]]:
    """Versions by environment, and all cells, in the order in which they were asked."""
    shared, versions, cells = Shared(), {}, {}
    with console.bar(f"{len(asks)} cells") as bar, ThreadPoolExecutor(at_once) as pool:
        told = {
            pool.submit(run, ask, pythons[ask.environment.id], made, deadline, shared): place
            for place, ask in enumerate(asks)
        }
        try:
            for done in as_completed(told):
                place = told[done]
                cells[place], found = done.result()
                versions.setdefault(asks[place].environment.id, {}).update(found)
                bar(len(cells) / len(asks))
                cell = cells[place]
                console.log(f"{len(cells)}/{len(asks)} {' '.join(cell.key)}: {page.words(cell)}")
        except BaseException:
            shared.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return versions, [cells[place] for place in sorted(cells)]


def _say(record: records.Record, path: Path, json: bool) -> None:
    if json:
        return console.as_json({"path": str(path), **record.to_json()})
    found: dict[str, Counter] = {}
    for cell in record.cells:
        found.setdefault(cell.party, Counter())[cell.status] += 1
    columns = [s for s in records.STATUSES if any(n[s] for n in found.values())]
    console.table(
        ["read by", *(f">{each}" for each in columns)],
        [(party, *(n[each] for each in columns)) for party, n in found.items()],
    )
    console.say()
    for cell in record.cells:
        if cell.status == records.WRONG:
            console.say(f"{' '.join(cell.key)}: {page.words(cell)}")
    return console.say(f"record: {path}  (faults --markdown makes a page of it)")
