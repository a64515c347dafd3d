"""The main job, from a volume's name to a published site."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .. import console, project, results, units
from ..buckets import forecast
from ..buckets import run as buckets
from ..core.errors import UserError
from ..core.measure import affinity
from ..core.stores.clouds import CLOUDS
from ..core.volume import Volume
from ..environments import repository
from ..lock import FOLDER, alone, scratch
from ..portraits import main as portraits
from ..volumes import cache
from ..volumes.resolve import resolve
from . import report
from .plan import Slice, pins, plan
from .run import Asv

_PUBLISH = 3.0  # seconds, for the estimate


def bench(
    volume: str,
    group: str,
    releases: Sequence[str],
    rounds: int,
    restart: bool,
    store: str | None,
    json: bool,
) -> int:
    """Measure a volume across releases of zarr, and publish the site.

    With `store`, the URL of a bucket, all that is stored stands there, releases come with
    the clouds' clients of their day, and results and site are apart from those of files.

    Returns
    -------
    int
        Exit code: 0, or 1 when a cell failed or has no result.

    Raises
    ------
    UserError
        A name is unknown, the volume cannot be prepared, or asv itself failed.
    """
    url, kind = buckets.place(store)
    history = "zarr-cloud" if url else "zarr"
    found = project.find()
    if url:
        found = found.apart(f"zarr-{kind}", history, f"in {CLOUDS[kind].title}")
    affinity.cores()
    source = resolve(volume)
    pins(releases, history)  # names first: preparing may take a while
    with console.bar(f"preparing {volume}") as progress:
        prepared = cache.prepare(source, progress)[0]
    with buckets.named(url):
        slices = plan(found.root, prepared, group, releases, history)
    with alone(found.root / FOLDER) as held, scratch(found.root / FOLDER) as place:
        repository.ensure(history, found.root)
        results.check(found.results)
        asv = Asv(found, prepared.id, rounds, place, held)
        if restart:
            asv.unfinished.clear()
        done = asv.unfinished.done
        left = [part for part in slices if part.digest not in done or asv.missing(part)]
        _room(place, left)
        fresh = not (found.root / found.configuration.get("env_dir", "env")).exists()
        _foretell(prepared, slices, left, (group, rounds), fresh)
        started = time.monotonic()
        portraits.keep(prepared, found.results)
        with _bucket(url, prepared, left, rounds):
            _run(asv, left)
        asv.unfinished.clear()
    commits = {part.commit: part.release for part in slices}
    records = [
        r for r in results.mine(found.results, prepared.id, found.root) if r.commit in commits
    ]
    summary = report.summarise(records, commits, slices, time.monotonic() - started)
    report.say(summary, found.html, json)
    return 1 if summary["failed"] or summary["missing"] else 0


@contextmanager
def _bucket(url: str | None, volume: Volume, left: list[Slice], rounds: int) -> Iterator[None]:
    """The run's own folder in a bucket, where one is named, and what it will cost it."""
    if url is None:
        yield
        return
    there = [
        (done, not cell.exact)
        for part in left
        for cell in part.cells
        for done in cell.does
        if done.case.store_row.remote
    ]
    forecast.say(url, forecast.of_suite(there, volume, rounds))
    with buckets.folder(url):
        yield


def _room(place: Path, slices: list[Slice]) -> None:
    """Refuse to begin where the stores that stand at one time would not fit."""
    needed = max((_stores(part) for part in slices), default=0)
    free = shutil.disk_usage(place).free
    if free < needed:
        raise UserError(
            f"{place.parent}: {units.format_size(free)} free, stores may take "
            f"{units.format_size(needed)}; TMPDIR names another place for them"
        )


def _stores(part: Slice) -> int:
    """Bytes, uncompressed, of a slice's largest set of stores, and of one being written."""
    sets: dict[str, dict[str, int]] = {}
    for cell in part.cells:
        if cell.store:
            by, case, nbytes = cell.store
            sets.setdefault(by, {})[case] = nbytes
    return max((sum(s.values()) + max(s.values()) for s in sets.values()), default=0)


def _foretell(
    volume: Volume,
    slices: list[Slice],
    left: list[Slice],
    asked: tuple[str, int],
    fresh: bool,
) -> None:
    """What is going to run, and about how long, before it does."""
    group, rounds = asked
    releases = list(dict.fromkeys(part.release for part in slices))
    cells = [cell for part in slices for cell in part.cells]
    timed = sum(not cell.exact for cell in cells) // len(releases)
    exact = len(cells) // len(releases) - timed
    size = (
        f"{' x '.join(map(str, volume.shape))} {volume.dtype}, {units.format_size(volume.nbytes)}"
    )
    console.tell(f"volume    {volume.id} ({size}, {volume.provenance})")
    console.tell(f"releases  zarr {', '.join(releases)}")
    console.tell(
        f"cells     group {group}: {exact} exact and {timed} measured for each release, "
        f"{rounds} round{'s' if rounds > 1 else ''}"
    )
    seconds = sum(part.seconds for part in left) + _PUBLISH
    if len(left) < len(slices):
        console.tell(
            f"going on  {len(slices) - len(left)} of {len(slices)} slices are done already"
        )
    fetching = ", and longer this first time, as packages are fetched" if fresh else ""
    console.tell(f"time      about {units.format_budget(seconds)}{fetching}")


def _run(asv: Asv, slices: list[Slice]) -> None:
    """One bar over all; what is left is scaled by how the estimates have held so far."""
    total = sum(part.seconds for part in slices) + _PUBLISH
    done = spent = 0.0
    with console.bar("starting") as bar:

        def follow(title: str, expected: float):
            def tick(elapsed: float) -> None:
                pace = max(0.2, spent / done) if done else 1.0
                share = min(elapsed / pace, expected * 0.97)
                bar((done + share) / total, title)

            return tick

        for part in slices:
            began = time.monotonic()
            asv.run(part, follow(f"zarr {part.title}", part.seconds))
            took = time.monotonic() - began
            console.log(
                f"zarr {part.title}: {len(part.cells)} cells in {units.format_budget(took)}"
            )
            spent += took
            done += part.seconds
        asv.publish(follow("publishing", _PUBLISH))
