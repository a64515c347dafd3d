"""Requests by kind and bytes that reading takes, foretold; and what each of them waits for.

The counts are those of a library's own account (`zarr_cryoet.core.exact`), which tests and
benchmarks hold against what is counted. Here they are asked for object by object, so that
it is also known what can be asked for at once, and what must be known before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ..core import backends
from ..core.access import ACCESS, Orthogonal, Points, cells, indices
from ..core.errors import UserError
from ..core.operations import BY_ACCESS
from ..core.requests.objects import index_size
from ..core.requests.record import Call
from ..core.stores.counting import Tally
from ..core.stores.files import Stored
from ..core.stores.files import stored as sum_up
from ..core.support import unsupported
from ..model.types import Chain, Step, Task

if TYPE_CHECKING:
    from ..core.access import Selection
    from ..core.case import Case
    from ..core.layouts import Extent, Layout
    from ..core.requests.model import Model
    from ..core.requests.objects import Objects

#: Libraries whose account holds on a network.
BACKENDS = backends.taking_part("costed")
OPEN = "open"  # what is asked for before the first voxel, beside the access patterns


@dataclass(frozen=True)
class Foretold:
    """What reading a pattern once takes.

    Attributes
    ----------
    tally : Tally
        Requests by kind, bytes, chunks decoded.
    reads : list of list of tuple, or None
        For each selection, one after the other: the chains of the objects that it meets.
        None for shards in shards, whose order libraries choose as they go.
    stored : Stored
        Objects and bytes in the store.
    writes : Tally
        What writing the volume once takes, by zarr-python.
    """

    tally: Tally
    reads: list[list[Chain]] | None
    stored: Stored
    writes: Tally


def unforetold(case: Case, access: str) -> str | None:
    """Why nothing is foretold of a case; None where something is."""
    if case.backend not in BACKENDS:
        reason = backends.registry()[case.backend].excluded["costed"]
        return f"{case.backend}: its requests to a network are not foretold ({reason})"
    release = backends.installed().get("zarr", "3.")
    if case.backend == "zarr-python" and not release.startswith("3."):
        return f"zarr-python {release}: its requests to a network are not foretold"
    operation = None if access == OPEN else BY_ACCESS.get(access, access)
    return unsupported(case, operation=operation)


def foretell(case: Case, shape: Extent, access: str, stored: Objects) -> Foretold:
    """Requests, bytes, and what waits for what.

    Parameters
    ----------
    case
        How the volume is stored, and who reads it.
    shape
        Voxels along z, y, x.
    access
        Id of an access pattern, or ``open``.
    stored
        What is in the store: foretold by `stored.raw`, or looked at.

    Raises
    ------
    UserError
        There is no such pattern, or nothing is foretold of the case.
    """
    if access != OPEN:
        access = ACCESS[access].id
    if reason := unforetold(case, access):
        raise UserError(reason)
    model = _model(case.backend)
    if access == OPEN:
        tally = model.predict(Call(OPEN, case, shape, stored, stored, Tally()))
        reads = [[_opening(case.backend, tally)]]
    else:
        selections = ACCESS[access].select(shape)
        calls = [Call("read", case, shape, stored, stored, Tally(), s) for s in selections]
        tally = total(map(model.predict, calls))
        nested = case.layout_row.of(shape).middle
        reads = None if nested else [list(_chains(model, call)) for call in calls]
    return Foretold(tally, reads, sum_up(stored.sizes), _writing(case, shape, stored))


def _model(backend: str) -> Model:
    """A library's account of what it asks of a network."""
    if backend == "tensorstore":  # its own is of files, where no whole objects are asked for
        from ..core.requests.tensorstore import OverHttp

        return OverHttp()
    return backends.get(backend).model(backends.installed())


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    found = Tally()
    for tally in tallies:
        for each in fields(tally):
            setattr(found, each.name, getattr(found, each.name) + getattr(tally, each.name))
    return found


def _writing(case: Case, shape: Extent, stored: Objects) -> Tally:
    """Each object is put once; what else a library asks for when it writes is left out."""
    return Tally(puts=len(stored.sizes), bytes_written=sum(stored.sizes.values()))


def _opening(backend: str, tally: Tally) -> Chain:
    """zarr-python asks for all metadata of format 2 at once, zarrista for one after the other."""
    size = tally.bytes_read // max(1, tally.gets)
    if backend == "zarrista":
        return (((size,) * tally.gets,),)
    return (((size,),) * tally.gets,)


def _chains(model: Model, call: Call) -> Iterator[Chain]:
    """Of each stored object that a selection meets; a shape of overlap is asked for once."""
    layout, known = call.layout, {}
    alike = call.case.codec_row.family == "none"
    for cell in map(tuple, cells(call.what, layout.stored).tolist()):
        inside = part(call.what, cell, layout.stored)
        size = call.before.size(cell)
        key = (_within(inside, cell, layout.stored), size) if alike else cell
        if key not in known:
            tally = model.predict(Call("read", *_same(call), inside))
            known[key] = chain(call.case.backend, tally, layout)
        yield known[key]


def _same(call: Call) -> tuple:
    return call.case, call.shape, call.before, call.after, Tally()


def _within(selection: Selection, cell, edges: Extent) -> tuple:
    """A selection as it lies in a cell: the same for cells that are met alike."""
    corner = [c * edge for c, edge in zip(cell, edges, strict=True)]
    return tuple((indices(s) - at).tobytes() for s, at in zip(selection, corner, strict=True))


def part(selection: Selection, cell: Iterable[int], edges: Extent) -> Selection:
    """What a selection has of one cell of a grid, which it meets.

    Parameters
    ----------
    selection
        Slices with their ends, indices of each axis, or points.
    cell
        Coordinates in the grid, z, y, x.
    edges
        Voxels in a cell.
    """
    bounds = [(c * edge, (c + 1) * edge) for c, edge in zip(cell, edges, strict=True)]
    pairs = list(zip(selection, bounds, strict=True))
    if isinstance(selection, Points):
        kept = np.all([(s >= low) & (s < high) for s, (low, high) in pairs], axis=0)
        return Points(s[kept] for s in selection)
    if isinstance(selection, Orthogonal):
        return Orthogonal(_slice(s, *bound) if isinstance(s, slice) else
                          s[(s >= bound[0]) & (s < bound[1])] for s, bound in pairs)  # fmt: skip
    return tuple(_slice(s, *bound) for s, bound in pairs)


def _slice(s: slice, low: int, high: int) -> slice:
    """A slice between two bounds; with a step, from the first place that it has there."""
    step = s.step or 1
    begin = s.start + max(0, -(-(low - s.start) // step)) * step
    return slice(begin, min(s.stop, high), s.step)


def chain(backend: str, tally: Tally, layout: Layout) -> Chain:
    """What one object's requests wait for, by library.

    Parameters
    ----------
    backend
        Who reads.
    tally
        What is asked of the object.
    layout
        Chunks and shards, with nothing left open; no shards in shards.

    Returns
    -------
    tuple
        - zarr-python, tensorstore: a chunk at once; of a shard the index, and then all
          ranges at once.
        - zarrs, zarrista: how large an object is (HEAD) before each range of it. Of a shard
          first the index in that way, and then each chunk, several at once.
    """
    index = index_size(layout.shards, layout.chunks) if layout.shards else 0
    if tally.gets or tally.requests == 1:  # all of the object; or it is absent
        return (((tally.bytes_read,),),)
    if not tally.heads:
        rest = tally.ranges - 1
        return ((index,),), _even(tally.bytes_read - index, rest, ())
    if tally.heads == tally.ranges == 1:
        return (((0, tally.bytes_read),),)
    if not layout.shards:
        return ((0,),), _even(tally.bytes_read, tally.ranges, ())
    return ((0, index),), _even(tally.bytes_read - index, tally.heads - 1, (0,))


def _even(nbytes: int, count: int, before: Task) -> Step:
    """As many tasks, which share what there is to read."""
    share, more = divmod(nbytes, max(1, count))
    return tuple((*before, share + (k < more)) for k in range(count))
