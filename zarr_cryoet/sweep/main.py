"""Run a sweep."""

from __future__ import annotations

import datetime
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from .. import console, project, units
from ..buckets import forecast
from ..buckets import run as buckets
from ..core.errors import UserError
from ..core.measure import affinity
from ..core.measure.sampler import Sampler, Series, noise_floor
from ..core.volume import Volume
from ..lock import FOLDER, alone, scratch
from ..portraits import main as portraits
from ..results import machine_name, sweeps
from ..volumes import cache
from ..volumes.resolve import resolve
from . import plan, report

_BATCH = 4 << 30  # bytes, uncompressed, of the stores that stand at one time
_LEAST = 2  # rounds, whatever the budget


def sweep(
    volume: str,
    asked: plan.Asked,
    budget: str | None,
    samples: int,
    output: Path | None,
    json: bool,
) -> int:
    """Measure many cells of a volume, side by side.

    Returns
    -------
    int
        Exit code: 0, or 1 when a cell failed.

    Raises
    ------
    UserError
        A name is unknown, nothing can run, or the results cannot be written.
    """
    found = project.find()
    limit = units.of_option("--budget", units.parse_budget, budget) if budget else None
    cores = affinity.cores()
    source = resolve(volume)
    with console.bar(f"preparing {volume}") as progress:
        prepared = cache.prepare(source, progress)[0]
    sides, wanted = plan.cells(asked, prepared.id)
    if asked.limits:
        more, some = plan.limits(wanted)
        sides, wanted = {**sides, **more}, [*wanted, *some]
    started = time.monotonic()
    with (
        alone(found.root / FOLDER),
        scratch(found.root / FOLDER) as place,
        _bucket(asked, prepared, wanted, samples, limit),
    ):
        _room(place, prepared, wanted)
        path = output or _path(found.results, prepared.id)
        writer = sweeps.Writer(path, _head(prepared, asked, cores))
        run = _Run(writer, samples, started + limit if limit else None)
        try:
            batches = _batches(wanted, prepared.nbytes)
            for number, batch in enumerate(batches):
                run.batch(sides, batch, place / str(number), len(batches) - number)
            summary = run.summary()
            writer.close(summary)
        except BaseException:
            writer.close()
            raise
    if output is None:
        portraits.keep(prepared, found.results)
    report.say(prepared, run.series, summary, path, json)
    return 1 if any(series.status == "failed" for series in run.series) else 0


@contextmanager
def _bucket(asked, volume: Volume, wanted, samples: int, limit: float | None) -> Iterator[None]:
    """The run's own folder in a bucket, where one is named, and what it will cost it."""
    if not asked.store:
        yield
        return
    there = [cell for _, cell in wanted if cell.case.store_row.remote]
    total, further = forecast.of_cells(there, volume, samples)
    forecast.say(asked.store, total, further if limit else None)
    with buckets.folder(asked.store):
        yield


class _Run:
    """What goes from batch to batch."""

    def __init__(self, writer: sweeps.Writer, samples: int, deadline: float | None):
        self.writer, self.samples, self.deadline = writer, samples, deadline
        self.series: list[Series] = []
        self.spent = self.wall = self.preparing = 0.0

    def batch(self, sides, wanted, place: Path, left: int) -> None:
        """Prepare some cells, and sample them."""
        needed = {side for side, _ in wanted}
        used = {name: side for name, side in sides.items() if name in needed}
        sampler = Sampler(used, wanted, place, self.writer.keep)
        try:
            begun = time.monotonic()
            with console.bar(f"preparing {len(wanted)} cells") as bar:
                sampler.prepare(bar)
            self.preparing += time.monotonic() - begun
            with console.bar(f"measuring {len(sampler.ready())} cells") as bar:
                self._rounds(sampler, bar, left)
        finally:
            sampler.stop()
            shutil.rmtree(place, ignore_errors=True)
            self.series += sampler.series
            self.spent += sampler.spent
            self.wall += sampler.wall

    def _rounds(self, sampler: Sampler, bar: Callable, left: int) -> None:
        begun, deadline = time.monotonic(), None
        if self.deadline is not None:  # what is left of the budget is for all that are left
            deadline = begun + max(0.0, self.deadline - begun) / left
        for number in range(self.samples):
            if deadline and number >= _LEAST and time.monotonic() > deadline:
                return
            sampler.round()
            bar((number + 1) / self.samples if not deadline else _share(begun, deadline))
        while deadline and time.monotonic() < deadline and sampler.ready():
            sampler.round(sampler.widest())
            bar(_share(begun, deadline))

    def summary(self) -> dict:
        """What holds for the run as a whole."""
        used = [series.cores for series in self.series if series.cores is not None]
        return {
            "measured_share": round(self.spent / self.wall, 4) if self.wall else None,
            "seconds_measuring": round(self.wall, 2),
            "seconds_preparing": round(self.preparing, 2),
            "noise_floor": noise_floor(self.series),
            "cores_used": round(max(used), 3) if used else None,
        }


def _share(begun: float, deadline: float) -> float:
    return min(1.0, (time.monotonic() - begun) / max(1e-9, deadline - begun))


def _batches(wanted, nbytes: int) -> list[list]:
    """Cells in groups whose stores fit; all cells of a case stay together."""
    batches: list[list] = [[]]
    held = 0
    for _, some in groupby(wanted, key=lambda each: (each[0], each[1].case)):
        if batches[-1] and held + nbytes > _BATCH:
            batches.append([])
            held = 0
        batches[-1] += some
        held += nbytes
    return batches


def _room(place: Path, volume: Volume, wanted) -> None:
    cases = len({(side, cell.case) for side, cell in wanted})
    needed = min(cases * volume.nbytes, max(_BATCH, volume.nbytes)) + 2 * volume.nbytes
    free = shutil.disk_usage(place).free
    if free < needed:
        raise UserError(
            f"{place.parent}: {units.format_size(free)} free, stores may take "
            f"{units.format_size(needed)}; TMPDIR names another place for them"
        )


def _path(results: Path, volume: str) -> Path:
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    return results / machine_name() / f"{volume}-{now}{sweeps.SUFFIX}"


def _head(volume: Volume, asked: plan.Asked, cores: int) -> dict:
    return {
        "volume": volume.to_json(),
        "machine": machine_name(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "cores": cores,
        "started": time.time(),
        "asked": vars(asked),
    }
