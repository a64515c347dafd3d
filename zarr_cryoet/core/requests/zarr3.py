"""zarr-python 3's account of itself."""

from __future__ import annotations

from math import prod

from ..access import cells
from .model import Model, by_cell, covered, joined, outside
from .objects import index_size


class Zarr3(Model):
    """Fetches each chunk once; of a shard, its index and the chunks, or all of it at once.

    Parameters
    ----------
    release
        Of zarr-python: up to 3.1 it reads each shard before it writes it, though it be
        written whole; from 3.3 on it joins ranges of one shard where little lies between
        them (gaps up to 1 MiB, 16 MiB at a time).
    fused
        Whether the fused pipeline runs the codecs, which decodes a shard in a shard whole.
    """

    gap, limit = 2**20, 2**24

    def __init__(self, release: str, fused: bool = False):
        major, minor = (int(part) for part in release.split(".")[:2])
        self.always_reads_shards = (major, minor) < (3, 2)
        self.joins = (major, minor) >= (3, 3)
        self.fused = fused

    # Metadata

    def create(self, call, tally):
        """Looks for what is there; format 2 has attributes in an object of their own."""
        if call.case.zarr_format == 2:
            tally.heads += 2
        else:
            tally.gets += 1
        self._store_metadata(call, tally)

    def create_with(self, call, tally):
        """Creates, and writes."""
        self.create(call, tally)
        self.assign(call, tally)

    def open(self, call, tally):
        """Gets its metadata."""
        tally.gets = 2 if call.case.zarr_format == 2 else 1
        tally.bytes_read = call.before.metadata()

    def delete(self, call, tally):
        """One request to delete a folder; obstore is asked to list it, and for each object."""
        if call.case.store.endswith("-obstore"):
            tally.lists, tally.deletes = 1, len(call.before.sizes)
        else:
            tally.deletes = 1

    def open_group(self, call, tally):
        """Lists what is in the group, and gets each one's metadata."""
        two = call.case.zarr_format == 2
        stored = call.before
        if call.consolidated:
            tally.gets = 3 if two else 1
            root = (n for key, n in stored.sizes.items() if "/" not in key)
            tally.bytes_read = sum(root)
            return
        tally.lists = 1
        arrays = sum(key.endswith(("/.zarray", "/zarr.json")) for key in stored.sizes)
        tally.gets = 3 * arrays + 2 if two else arrays + 1
        names = (".zarray", ".zattrs", ".zgroup") if two else ("zarr.json",)
        tally.bytes_read = stored.metadata(*names)

    def resize(self, call, tally):
        """Deletes one by one what falls outside."""
        self._store_metadata(call, tally)
        tally.deletes += len(list(outside(call.shape, call.what, call.layout.stored)))

    def append(self, call, tally):
        """Resizes, and writes."""
        self._store_metadata(call, tally)
        self.assign(call, tally)

    def _store_metadata(self, call, tally):
        tally.puts += 2 if call.case.zarr_format == 2 else 1
        tally.bytes_written += call.after.metadata()

    # Voxels

    def read(self, call, tally):
        """One request for each chunk, or the parts of each shard."""
        layout = call.layout
        if layout.shards:
            self._read_shards(call, tally)
            return
        for cell in cells(call.what, layout.chunks):
            size = call.before.size(cell)
            self.fetch(size, tally)
            tally.decoded += size is not None

    def _read_shards(self, call, tally):
        """Shards of which every chunk is met are fetched whole: padding counts as chunks."""
        layout = call.layout
        child = layout.middle or layout.chunks
        per_shard = prod(s // c for s, c in zip(layout.shards, child, strict=True))
        for shard, met in by_cell(call.what, child, layout.shards).items():
            parts = call.before.parts.get(shard)
            if len(met) == per_shard:
                self.fetch(call.before.size(shard), tally)
                continue
            tally.ranges += 1
            if parts is None:
                continue
            tally.bytes_read += index_size(layout.shards, child)
            wanted = [parts[cell] for cell in met if cell in parts]
            for begin, end in joined(wanted, self.gap, self.limit) if self.joins else wanted:
                tally.ranges += 1
                tally.bytes_read += end - begin
        tally.decoded += sum(cell in call.before.chunks for cell in self._decoded(call))

    def _decoded(self, call, changed=False):
        """Chunks in shards that are decoded, if they are there."""
        layout = call.layout
        unit = layout.middle if self.fused and layout.middle else layout.chunks
        for cell in map(tuple, cells(call.what, unit).tolist()):
            if changed and covered(call.what, cell, unit):
                continue
            if unit == layout.chunks:
                yield cell
            else:
                corner = (slice(c * n, (c + 1) * n) for c, n in zip(cell, unit, strict=True))
                yield from map(tuple, cells(tuple(corner), layout.chunks).tolist())

    def assign(self, call, tally):
        """Reads what it does not fill: chunks inside of the array alone, but shards with padding.

        Of a shard that it reads, it decodes the chunks that it changes in part.
        """
        layout, box = call.layout, call.what
        shape = _after(call)
        for cell in cells(box, layout.stored).tolist():
            clip = None if layout.shards else shape
            always = layout.shards and self.always_reads_shards
            if always or not covered(box, cell, layout.stored, clip):
                size = call.before.size(cell)
                self.fetch(size, tally)
                if not layout.shards:
                    tally.decoded += size is not None
            self.store(call, cell, tally)
        if layout.shards:
            changed = self._decoded(call, changed=True)
            tally.decoded += sum(cell in call.before.chunks for cell in changed)


def _after(call):
    """The array's shape once it is written."""
    return tuple(max(n, s.stop) for n, s in zip(call.shape, call.what, strict=True))
