"""The limit of a codec: numcodecs on each chunk, on one core, and no store."""

from __future__ import annotations

import itertools
from typing import ClassVar

import numpy as np

from ..access import cells, take
from .limit import Limit


class _Chunks:
    """Encoded chunks of a volume, by their place in the grid."""

    def __init__(self, edges, shape, dtype, codec):
        self.edges, self.shape, self.dtype, self.codec = edges, tuple(shape), dtype, codec
        self.encoded: dict[tuple[int, ...], object] = {}

    def box(self, place):
        """Where a chunk lies."""
        ends = zip(place, self.edges, self.shape, strict=True)
        return tuple(slice(k * edge, min((k + 1) * edge, n)) for k, edge, n in ends)


class CodecAlone(Limit):
    """Every chunk encoded into memory; what is read is decoded into a fresh array."""

    id = "codec-alone"
    package = "numcodecs"
    families: ClassVar = {0: None}

    def supports(self, case, versions):
        """One codec, without filters before it."""
        reason = super().supports(case, versions)
        codec = case.codec_row
        if not reason and (codec.filters2 or 2 not in codec.formats):
            return f"{self.id} does not do {case.codec}"
        return reason

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """No chunks yet."""
        import numcodecs

        spelled = case.codec_row.chain(2, dtype).compressors
        codec = numcodecs.get_codec(dict(spelled[0])) if spelled else None
        edges = case.layout_row.of(shape).chunks
        made = self._kept[self.id, str(path)] = _Chunks(edges, shape, dtype, codec)
        return made

    def write(self, handle, data):
        """Encode each chunk; those that the shape cuts are not filled up."""
        grid = (range(-(-n // e)) for n, e in zip(handle.shape, handle.edges, strict=True))
        for place in itertools.product(*grid):
            chunk = np.ascontiguousarray(data[handle.box(place)])
            handle.encoded[place] = handle.codec.encode(chunk) if handle.codec else chunk.copy()

    def read(self, handle, selection):
        """Decode each chunk that it meets, into the place where it belongs."""
        whole = np.empty(handle.shape, handle.dtype)
        for place in map(tuple, cells(selection, handle.edges).tolist()):
            box = handle.box(place)
            found = handle.encoded[place]
            if handle.codec:
                found = np.frombuffer(handle.codec.decode(found), handle.dtype)
            whole[box] = found.reshape(whole[box].shape)
        return np.asarray(take(whole, selection))

    def chunks(self, case, path):
        """Those that there are."""
        return len(self.open(case, path).encoded)
