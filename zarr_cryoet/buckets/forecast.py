"""How many requests and bytes a run will cause at most, before it begins.

From shapes alone: each object that is met is taken to be asked for, fetched and written
anew once, uncompressed and padded, whichever library does it. What is counted later, by
`core.exact`, is less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import prod

from .. import console, units
from ..core.access import ACCESS, touched
from ..core.case import Case
from ..core.measure.cell import Cell
from ..core.measure.sampler import TWINS
from ..core.operations import OPERATIONS, READS
from ..core.stores import remote
from ..core.stores.counting import Tally
from ..core.volume import Volume, known
from ..model import prices as money

_METADATA = 8  # requests to look for, make or open an array, at most
_FIRST = 2  # runs of a cell before it is sampled
_REPEATS = 5  # samples of a cell in one process of asv, see `benchmarks/base.py`


def of_cells(cells: Iterable[Cell], volume: Volume, samples: int) -> tuple[Tally, Tally]:
    """What preparing cells and sampling them takes at most, and one more round of samples.

    Parameters
    ----------
    cells
        Those in a bucket.
    volume
        What they store.
    samples
        Rounds.
    """
    cells = list(cells)
    total, further = Tally(), Tally()
    for case in {cell.case for cell in cells}:
        _add(total, _prepared(case, volume))
    runs = [_run(cell.case, cell.operation, volume) for cell in cells]
    for cell, run in zip(cells, runs, strict=True):
        _add(further, run)
        _add(total, run, _FIRST + samples)
        _add(total, _read(cell.case, "full", volume))  # the proof
    for run in sorted(runs, key=lambda run: -run.requests)[:TWINS]:
        _add(total, run, samples)
    return total, further


def of_suite(cells: Iterable[tuple[Cell, bool]], volume: Volume, rounds: int) -> Tally:
    """What asv causes at most with cells of the suite.

    Parameters
    ----------
    cells
        Each operation on each case, and whether it is timed: then each process does it once
        untimed, and up to `_REPEATS` times more, and opens the array each time.
    volume
        What is stored, but where a case names another.
    rounds
        Processes for each timed cell.
    """
    total, prepared = Tally(), set()
    for cell, timed in cells:
        stored = volume if cell.case.volume == volume.id else _other(cell.case.volume, volume)
        if cell.case not in prepared:
            prepared.add(cell.case)
            _add(total, _prepared(cell.case, stored))
        times = (1 + _REPEATS) * rounds if timed else 1
        _add(total, _run(cell.case, cell.operation, stored), times)
        _add(total, Tally(gets=_METADATA, heads=_METADATA), times)
        _add(total, _read(cell.case, "full", stored))  # the proof
    return total


def _other(name: str, volume: Volume) -> Volume:
    """A volume that is tiled from the one under test; it may not be prepared yet."""
    edge = int(name.rpartition("-t")[2])
    return known(name) or replace(volume, id=name, shape=(edge,) * 3)


def say(url: str, total: Tally, further: Tally | None = None) -> None:
    """Tell a person, before it begins.

    Parameters
    ----------
    url
        Where.
    total
        At most.
    further
        Of each round that a budget of time leaves room for; None without one.
    """
    console.tell(f"bucket    {url}, in a folder of this run's own, removed at its end")
    reads, writes = total.gets + total.ranges + total.heads, total.puts
    console.tell(
        f"requests  at most {total.requests:,}: {reads:,} to read, {writes:,} to write, "
        f"{total.lists:,} to list, {total.deletes:,} to delete"
    )
    console.tell(
        f"bytes     at most {units.format_size(total.bytes_written)} written and "
        f"{units.format_size(total.bytes_read)} read"
    )
    console.tell(f"cost      {_cost(remote.parse(url), total)}")
    if further is not None:
        console.tell(
            f"          and for each round that the budget leaves room for {further.requests:,} "
            f"requests, {units.format_size(further.bytes_written)} written and "
            f"{units.format_size(further.bytes_read)} read"
        )


def _cost(bucket: remote.Bucket, total: Tally) -> str:
    """What providers would ask for it, in words."""
    provider = money.find(bucket.cloud.id)
    requests, all_out = (
        money.of_requests(provider, total, out) for out in (0.0, float(total.bytes_read))
    )
    if requests is None or all_out is None:
        return f"no price of {provider.name} is known; see `zarr-cryoet costs --prices`"
    text = f"at most {money.dollars(requests)} for requests at {provider.name}'s prices, and "
    text += f"{money.dollars(all_out - requests)} where all that is read leaves for the internet"
    if bucket.cloud.endpoint:
        text += "; the endpoint that is set may have others"
    return text


def _add(total: Tally, more: Tally, times: int = 1) -> None:
    for name, n in vars(more).items():
        setattr(total, name, getattr(total, name) + times * n)


def _stored(case: Case, volume: Volume) -> tuple[int, int]:
    """Objects of an array, and the bytes of one, uncompressed."""
    layout = case.layout_row.of(volume.shape)
    whole = tuple(slice(0, n) for n in volume.shape)
    return touched(whole, layout.stored), prod(layout.stored) * _itemsize(volume)


def _itemsize(volume: Volume) -> int:
    import numpy as np

    return np.dtype(volume.dtype).itemsize


def _read(case: Case, pattern: str, volume: Volume) -> Tally:
    """One reading: of each object its size, and of each chunk and index the bytes."""
    found = ACCESS[pattern].geometry(volume.shape, case.layout_row)
    nbytes = found.decoded * _itemsize(volume)
    return Tally(gets=found.requests, heads=found.requests, bytes_read=nbytes)


def _written(case: Case, volume: Volume) -> Tally:
    """All objects written anew, each looked for and read before."""
    objects, nbytes = _stored(case, volume)
    return Tally(
        gets=objects + _METADATA,
        heads=objects + _METADATA,
        puts=objects + _METADATA,
        deletes=objects + _METADATA,
        lists=2,
        bytes_read=objects * nbytes,
        bytes_written=objects * nbytes,
    )


def _prepared(case: Case, volume: Volume) -> Tally:
    total = _written(case, volume)
    _add(total, _read(case, "full", volume))
    total.lists += 4
    return total


def _run(case: Case, operation: str, volume: Volume) -> Tally:
    """One run of an operation, with what has to be brought before it."""
    what = OPERATIONS[operation]
    if operation in READS:
        return _read(case, READS[operation], volume)
    if what.needs == "groups":
        return Tally(gets=8 * _METADATA, heads=8 * _METADATA, puts=8 * _METADATA, lists=10)
    if not what.writes:
        return Tally(gets=_METADATA, heads=_METADATA, lists=2)
    total = _written(case, volume)
    _add(total, _written(case, volume))  # what it changes has to be there
    return total
