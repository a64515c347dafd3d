"""zarr-python 2.18's account of itself."""

from __future__ import annotations

from ..access import cells
from .model import Model, covered, outside


class Zarr2(Model):
    """Asks whether a chunk is there before it gets it, and reads cut edge chunks to write them.

    In a bucket it gets chunks without asking, and asks before it deletes one.
    """

    def create(self, call, tally):
        """Looks for an array and a group, and reads back the metadata that it wrote."""
        size = call.after.metadata()
        tally.heads, tally.puts, tally.gets = 2, 1, 1
        tally.bytes_written = tally.bytes_read = size

    def create_with(self, call, tally):
        """Creates, and writes."""
        self.create(call, tally)
        self.assign(call, tally)

    def open(self, call, tally):
        """Looks for its metadata, then gets it."""
        tally.heads, tally.gets = 1, 1
        tally.bytes_read = call.before.metadata()

    def open_group(self, call, tally):
        """Each array as `open` has it."""
        if call.consolidated:
            tally.gets, tally.bytes_read = 1, call.before.metadata(".zmetadata")
            return
        arrays = sum(key.endswith("/.zarray") for key in call.before.sizes)
        tally.lists, tally.heads, tally.gets = 1, arrays + 4, arrays + 1
        tally.bytes_read = call.before.metadata(".zarray", ".zgroup")

    def read(self, call, tally):
        """Two requests for each chunk; in a bucket one, absent or not."""
        bucket = call.case.store_row.remote
        for cell in cells(call.what, call.layout.chunks):
            size = call.before.size(cell)
            tally.heads += not bucket
            if bucket or size is not None:
                self.fetch(size, tally)
                tally.decoded += size is not None

    def assign(self, call, tally):
        """Reads what it does not fill to the last voxel, padding outside of the array too."""
        chunks = call.layout.chunks
        for cell in cells(call.what, chunks):
            if not covered(call.what, cell, chunks):
                size = call.before.size(cell)
                self.fetch(size, tally)
                tally.decoded += size is not None
            self.store(call, cell, tally)

    def store(self, call, cell, tally):
        """In a bucket, what is not there is not deleted."""
        if not call.case.store_row.remote or call.after.size(cell) is not None:
            super().store(call, cell, tally)
            return
        tally.heads += 1
        tally.deletes += call.before.size(cell) is not None

    def append(self, call, tally):
        """Resizes, and writes."""
        self._store_metadata(call, tally)
        self.assign(call, tally)

    def resize(self, call, tally):
        """Deletes one by one what falls outside."""
        self._store_metadata(call, tally)
        tally.deletes += len(list(outside(call.shape, call.what, call.layout.chunks)))

    def _store_metadata(self, call, tally):
        tally.puts += 1
        tally.bytes_written += call.after.metadata()
