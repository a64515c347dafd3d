"""tensorstore's account of itself."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from ..access import cells
from .model import Model, by_cell, covered, gathered, joined, outside
from .objects import index_size

if TYPE_CHECKING:
    from ..stores.counting import Tally


class TensorStore(Model):
    """Fetches each chunk once; of a shard, its index and the chunks, near ones joined."""

    gap, limit, joins = 255, 2**62, True

    def create(self, call, tally):
        """Looks for what is there."""
        tally.gets, tally.puts = 1, 1
        tally.bytes_written = call.after.metadata()

    def open(self, call, tally):
        """Gets its metadata, but for attributes that others keep apart in format 2."""
        tally.gets, tally.bytes_read = 1, call.before.metadata(".zarray", "zarr.json")

    def read(self, call, tally):
        """One request for each chunk, or the parts of each shard."""
        layout = call.layout
        if layout.shards:
            self._read_shards(call, tally)
            return
        for cell in cells(call.what, layout.chunks):
            self.fetch(call.before.size(cell), tally)
            tally.decoded += 1

    def _read_shards(self, call, tally):
        """A shard of which every chunk is met is read at once, else its index first."""
        layout = call.layout
        tally.decoded += len(cells(call.what, layout.chunks))
        child = layout.middle or layout.chunks
        for shard, chunks in by_cell(call.what, layout.chunks, layout.shards).items():
            if len(chunks) == _count(layout.shards, layout.chunks):
                self.whole(call.before.size(shard), tally)
                continue
            self._fetch([(0, index_size(layout.shards, child))], tally)
            where = call.before.chunks
            plain = [[where[chunk] for chunk in chunks if chunk in where]]
            for parts in self._in_inner(call, shard, chunks) if layout.middle else plain:
                self._fetch(parts, tally)

    def whole(self, size: int, tally: Tally) -> None:
        """Read a shard from its first byte to its last: a range like others, in a file."""
        self._fetch([(0, size)], tally)

    def _in_inner(self, call, shard, chunks):
        """What is read of shards in one shard, in turn.

        First the indexes of those of which a part is met, and the others whole; then the
        chunks of each. Where the first step is one request, the outer index is read again.
        """
        layout, before = call.layout, call.before
        first, then = [], []
        for inner, met in gathered(chunks, layout.chunks, layout.middle).items():
            if len(met) == _count(layout.middle, layout.chunks):
                first.append(before.parts[shard][inner])
            else:
                first.append(before.inner[inner])
                then.append([before.chunks[chunk] for chunk in met])
        if then and len(joined(first, self.gap, self.limit)) == 1:
            then.append([(0, index_size(layout.shards, layout.middle))])
        return [first, *then]

    def _fetch(self, parts, tally):
        for begin, end in joined(parts, self.gap, self.limit):
            tally.ranges += 1
            tally.bytes_read += end - begin

    def assign(self, call, tally):
        """Reads what it does not fill."""
        layout, box = call.layout, call.what
        for cell in cells(box, layout.stored).tolist():
            if not covered(box, cell, layout.stored):
                self.fetch(call.before.size(cell), tally)
            self.store(call, cell, tally)

    def store(self, call, cell, tally):
        """Its metrics count a deletion as a write; of a shard known to be absent there is none."""
        size, there = call.after.size(cell), call.before.size(cell) is not None
        unseen = not call.layout.shards or covered(call.what, cell, call.layout.stored)
        if size is not None or there or unseen:
            tally.puts += 1
            tally.bytes_written += size or 0

    def append(self, call, tally):
        """Resizes, and writes."""
        self.resize(call, tally)

    def resize(self, call, tally):
        """Deletes one by one what falls outside."""
        tally.gets += 1
        tally.puts += 1
        tally.bytes_written += call.after.metadata()
        if call.name == "append":
            self.assign(call, tally)
            return
        tally.puts += len(list(outside(call.shape, call.what, call.layout.stored)))


def _count(outer, inner):
    return prod(o // i for o, i in zip(outer, inner, strict=True))


class OverHttp(TensorStore):
    """The same through its drivers for HTTP and for buckets, which get what is whole."""

    def whole(self, size, tally):
        """A request without a range."""
        self.fetch(size, tally)
