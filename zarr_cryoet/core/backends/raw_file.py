"""The limit of whatever reads files: one file, read into a buffer that is there."""

from __future__ import annotations

import numpy as np

from ..access import indices, take
from .limit import Limit


class _File:
    def __init__(self, path, shape, dtype):
        self.path, self.shape = path, tuple(shape)
        self.buffer = np.zeros(shape, dtype)  # its pages are there before the clock runs


class RawFile(Limit):
    """The volume's bytes, and nothing else; the planes along z that are met are read."""

    id = "raw-file"
    stores = frozenset({"local"})

    def supports(self, case, versions):
        """One block."""
        reason = super().supports(case, versions)
        return reason or (None if case.layout == "whole" else f"{self.id} has no chunks")

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """An empty file."""
        path.mkdir(parents=True)
        (path / "voxels").touch()
        made = self._kept[self.id, str(path)] = _File(path / "voxels", shape, dtype)
        return made

    def write(self, handle, data):
        """One write."""
        with handle.path.open("wb", buffering=0) as file:
            file.write(np.ascontiguousarray(data).data)

    def read(self, handle, selection):
        """One read, from the first plane to the last."""
        met = indices(selection[0])
        first, last = int(met.min()), int(met.max())
        with handle.path.open("rb", buffering=0) as file:
            file.seek(first * handle.buffer[0].nbytes)
            file.readinto(handle.buffer[first : last + 1].data)
        return take(handle.buffer, selection)

    def objects(self, case, path):
        """Its one file."""
        return {"voxels": (path / "voxels").stat().st_size}

    def chunks(self, case, path):
        """One."""
        return 1
