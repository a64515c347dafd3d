"""Requests by kind and bytes that reading takes, foretold; and what each of them waits for.

The counts are those of a library's own account (`zarr_cryoet.core.requests`), which tests and
benchmarks hold against what is counted. What waits for what is the model's (`zarr_cryoet.model`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from math import prod
from typing import TYPE_CHECKING

from ..core import backends
from ..core.access import ACCESS
from ..core.errors import UserError
from ..core.operations import BY_ACCESS
from ..core.requests.record import Call
from ..core.stores.counting import Tally
from ..core.stores.files import METADATA, Stored
from ..core.stores.files import stored as sum_up
from ..core.support import unsupported
from ..model import predict
from ..model.geometry import plain
from ..model.libraries import library
from ..model.network import flight_of, in_flight, seconds
from ..model.types import Chain, Cut, Network

if TYPE_CHECKING:
    from ..core.case import Case
    from ..core.layouts import Extent
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
    reads : list of list of Chain, or None
        For each selection, one after the other: requests for the objects that it meets.
        None for shards in shards, whose order libraries choose as they go.
    work : float
        Seconds of the processor.
    stored : Stored
        Objects and bytes in the store.
    writes : Tally
        What writing the volume once takes, by zarr-python.
    backend : str
        Who reads.
    sharded : bool
        Whether it reads shards.
    """

    tally: Tally
    reads: list[list[Chain]] | None
    work: float
    stored: Stored
    writes: Tally
    backend: str
    sharded: bool

    def seconds(
        self, network: Network, count: int | None, cores: int, work: float | None = None
    ) -> float | None:
        """Seconds on a network.

        Parameters
        ----------
        network
            What lies between.
        count
            What the library is set to have in flight; default: its own.
        cores
            Of the machine.
        work
            Seconds of the processor, in place of `Foretold.work`.
        """
        if self.reads is None:
            return None
        row = library(self.backend)
        flight = flight_of(row, in_flight(row["flight"], count, cores), self.sharded)
        return seconds(self.reads, self.work if work is None else work, network, flight)


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


def foretell(
    case: Case, shape: Extent, access: str, stored: Objects, byte: float = 0.0
) -> Foretold:
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
    byte
        Seconds of the processor for each stored byte that is read.

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
        reads: list[list[Chain]] | None = [[_opening(case.backend, tally)]]
        work = byte * tally.bytes_read
    else:
        selections = ACCESS[access].select(shape)
        calls = [Call("read", case, shape, stored, stored, Tally(), s) for s in selections]
        tally = total(map(model.predict, calls))
        reads, work = None, 0.0
        if not case.layout_row.middle:
            asked = plain(access, list(shape)), cut(case, shape, stored), {"stored_byte": byte}
            work, reads, _ = predict.read(*asked, library(case.backend))
    held, writes = sum_up(stored.sizes), _writing(case, shape, stored)
    sharded = access != OPEN and case.layout_row.shards is not None
    return Foretold(tally, reads, work, held, writes, case.backend, sharded)


def cut(case: Case, shape: Extent, stored: Objects) -> Cut:
    """A storage configuration as the model takes it, its chunks as long as they are on average."""
    layout = case.layout_row.of(shape)
    if layout.shards:
        lengths = [end - begin for begin, end in stored.chunks.values()]
        inside = prod(s // c for s, c in zip(layout.shards, layout.chunks, strict=True))
    else:
        sizes = stored.sizes.items()
        lengths = [size for key, size in sizes if key.rpartition("/")[2] not in METADATA]
        inside = 0
    raw, voxels = case.codec_row.family == "none", prod(layout.chunks)
    mean = sum(lengths) / len(lengths)
    itemsize = int(mean) // voxels if raw else 1
    figures = {"chunk": list(layout.chunks), "ratio": voxels * itemsize / mean, "encode": 0.0,
               "decode": 0.0, "count": len(lengths)}  # fmt: skip
    return {
        "chunks": list(layout.chunks),
        "shards": list(layout.shards) if layout.shards else None,
        "inside": inside,
        "chunk_bytes": voxels * itemsize,
        "index_bytes": 16 * inside + 4 if inside else 0,
        "filled": figures,
        "padded": figures,
        "raw": raw,
        "cores": 1,
        "itemsize": itemsize,
        "shape": list(shape),
    }


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
    count, size = max(1, tally.gets), tally.bytes_read / max(1, tally.gets)
    if backend == "zarrista":
        first = [size] * count
        return {"count": 1, "first": first, "tasks": 0, "each": [], "bytes": size * count}
    return {"count": count, "first": [size], "tasks": 0, "each": [], "bytes": size}
