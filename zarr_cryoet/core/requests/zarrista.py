"""zarrista's account of itself."""

from __future__ import annotations

from .model import gathered
from .zarrs import Zarrs


class Zarrista(Zarrs):
    """As zarrs; but it gets objects that it needs in full without a question before.

    This is of its asynchronous arrays, which alone read over HTTP. They fetch chunks in
    shards in full, be they raw, and shards in shards too; those that read files do not.
    """

    sizes, parts = "parts", "objects"

    def open(self, call, tally):
        """Looks for metadata of format 3 first."""
        tally.gets = 3 if call.case.zarr_format == 2 else 1
        tally.bytes_read = call.before.metadata()

    def whole(self, size, tally):
        """One request."""
        self.fetch(size, tally)

    def needed(self, call, chunk, place):
        """Of raw chunks that are objects, a part."""
        return [place] if call.layout.shards else super().needed(call, chunk, place)

    def unit(self, call, inner, met):
        """All that it holds."""
        layout = call.layout
        return gathered(call.before.chunks, layout.chunks, layout.middle)[inner]
