"""NPY: numpy's own files, memory-mapped."""

from __future__ import annotations

import numpy as np

from .mapped import Mapped


class Npy(Mapped):
    """A header of 128 bytes and the voxels behind it."""

    id = "npy"
    package = "numpy"
    file = "volume.npy"

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make a file of zeros."""
        path.mkdir(parents=True)
        return np.lib.format.open_memmap(path / self.file, "w+", dtype, tuple(shape))

    def open(self, case, path, *, update=False):
        """Map it."""
        return np.lib.format.open_memmap(path / self.file, "r+" if update else "r")
