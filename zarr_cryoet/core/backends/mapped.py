"""What memory maps share: one file without chunks, for reference."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..access import Orthogonal, Points, take
from .base import NO_ZARR, Backend, differences

_SHAPE = "a file of one block keeps its shape"
_CHUNKS = "a file of one block has no empty chunks"


class Mapped(Backend):
    """A volume as one block in one file, of which handles are memory maps."""

    groups = ("reference",)
    excluded = NO_ZARR
    families: ClassVar = {0: frozenset({"none"})}
    stores = frozenset({"local"})
    lacks: ClassVar = {
        "create with data": "a memory map is made and filled in two steps",
        "groups": "a file of one block has no groups",
        "list": "one file has no keys to list",
        "append": _SHAPE,
        "grow": _SHAPE,
        "shrink": _SHAPE,
        "write-no-empty": _CHUNKS,
        "write-zeros-no-empty": _CHUNKS,
    }
    file: ClassVar[str]  # its name in a case's folder

    def supports(self, case, versions):
        """One chunk as large as the volume, without a codec."""
        reason = super().supports(case, versions)
        if reason or case.layout == "whole":
            return reason
        return f"{self.id} has no chunks"

    def write(self, handle, data):
        """Write the whole volume; the file system has it, as after any write without fsync."""
        handle[...] = data

    def read(self, handle, selection):
        """Read a selection, which a memory map does only when it is copied."""
        found = take(handle, selection)
        if isinstance(selection, Orthogonal | Points):  # copied already
            return np.asarray(found)
        return np.array(found)

    def delete(self, case, path):
        """Delete the file."""
        (path / self.file).unlink()

    def problems(self, case, path, data):
        """What a memory map of the file says of itself."""
        held = self.open(case, path)
        asked = {"shape": data.shape, "dtype": data.dtype.newbyteorder("<").str}
        found = {"shape": held.shape, "dtype": held.dtype.str}
        return differences(asked, found)
