"""zarrs' account of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING

from .model import Model, by_cell, covered, gathered, joined
from .objects import index_size

if TYPE_CHECKING:
    from ..access import Box
    from ..layouts import Extent
    from ..stores.counting import Tally
    from .objects import Cell, Part
    from .record import Call


class Zarrs(Model):
    """Asks how large an object is before each time that it reads of it, over HTTP.

    Of a raw chunk it fetches what it needs, and obstore, through which it does, all that
    lies in gaps of up to 1 MiB; on files it leaves those out. Of a compressed chunk it
    fetches all. Of a shard it fetches the index, and then chunk by chunk: nothing is
    joined across chunks.
    """

    gap, limit = 2**20, 2**62
    sizes, parts = "all", "all"

    def open(self, call, tally):
        """Gets its metadata, as zarr-python does."""
        tally.gets = 2 if call.case.zarr_format == 2 else 1
        tally.bytes_read = call.before.metadata()

    def read(self, call, tally):
        """Objects that are met in full at once, of others what is needed."""
        layout = call.layout
        for cell, chunks in by_cell(call.what, layout.chunks, layout.stored).items():
            size = call.before.size(cell)
            if covered(call.what, cell, layout.stored):
                self.whole(size, tally)
                tally.decoded += self._inside(call, cell)
            elif size is None:
                tally.heads += 1
            elif not layout.shards:
                self.part(call, cell, (0, size), tally)
            else:
                self._read_shard(call, cell, chunks, tally)

    def _inside(self, call, cell):
        """How many chunks are in an object."""
        layout, before = call.layout, call.before
        if not layout.shards:
            return int(before.size(cell) is not None)
        return len(gathered(before.chunks, layout.chunks, layout.shards).get(cell, ()))

    def _read_shard(self, call, shard, chunks, tally):
        """Its index, and then those of the shards in it, though they be met in full."""
        layout, before = call.layout, call.before
        self._index(layout.shards, layout.middle or layout.chunks, tally)
        if layout.middle:
            for inner, met in gathered(chunks, layout.chunks, layout.middle).items():
                if inner in before.inner:
                    self._index(layout.middle, layout.chunks, tally)
                    self._read_chunks(call, self.unit(call, inner, met), tally)
        else:
            self._read_chunks(call, chunks, tally)

    def _index(self, shard, chunk, tally):
        tally.heads += 1
        tally.ranges += 1
        tally.bytes_read += index_size(shard, chunk)

    def _read_chunks(self, call, chunks, tally):
        for chunk in chunks:
            if chunk in call.before.chunks:
                self.part(call, chunk, call.before.chunks[chunk], tally)

    # Where zarrista does otherwise

    def whole(self, size: int | None, tally: Tally) -> None:
        """Fetch an object from its first byte to its last."""
        tally.heads += 1
        if size is not None:
            tally.ranges += 1
            tally.bytes_read += size

    def part(self, call: Call, chunk: Cell, place: Part, tally: Tally) -> None:
        """Fetch what is needed of a chunk."""
        tally.heads += 1
        tally.decoded += 1
        for begin, end in self.needed(call, chunk, place):
            tally.ranges += 1
            tally.bytes_read += end - begin

    def needed(self, call: Call, chunk: Cell, place: Part) -> Iterable[Part]:
        """What that is."""
        if call.case.codec_row.family != "none":
            return [place]
        edges = call.layout.chunks
        item = (place[1] - place[0]) // prod(edges)
        return joined(_rows(call.what, chunk, edges, item), self.gap, self.limit)

    def unit(self, call: Call, inner: Cell, met: list[Cell]) -> Iterable[Cell]:
        """Chunks that are fetched of a shard in a shard."""
        return met


def _rows(box: Box, cell: Cell, edges: Extent, item: int) -> Iterator[Part]:
    """Bytes of a raw chunk that hold what a box has of it, row by row along x."""
    at = zip(box, cell, edges, strict=True)
    z, y, x = (range(max(s.start - c * n, 0), min(s.stop - c * n, n)) for s, c, n in at)
    for row in (k * edges[1] + j for k in z for j in y):
        yield (row * edges[2] + x.start) * item, (row * edges[2] + x.stop) * item
