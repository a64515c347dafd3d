"""NumPy's own files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .base import Loaded, Reader, head, refuse


class NpyReader(Reader):
    """``.npy``, memory-mapped; C or Fortran order. It carries no voxel spacing."""

    name = "NPY"
    suffixes = (".npy",)

    def matches(self, path: Path) -> bool:
        """NumPy's signature; an ``.npz`` too, so that `read` can say what to do with it."""
        return head(path, 6) == b"\x93NUMPY" or path.suffix.lower() == ".npz"

    def read(self, path: Path) -> Loaded:
        """Map the array as it is, which has to have its axes in the order z, y, x.

        Raises
        ------
        UserError
            For archives, and files longer or shorter than their header says.
        """
        if head(path, 2) == b"PK":
            way_out = "save the one that is the volume with numpy.save"
            raise refuse(path, f"is an NPZ archive of arrays; {way_out}")
        if head(path, 6) != b"\x93NUMPY":
            raise refuse(path, "is not an NPY file: its signature is missing")
        try:
            array = np.lib.format.open_memmap(path, mode="r")
        except ValueError as exc:
            if "greater than file size" in str(exc):
                raise refuse(path, "is cut short: its header says more than it holds") from exc
            if "Python objects" in str(exc):
                raise refuse(path, "holds Python objects, which are not loaded") from exc
            raise
        excess = path.stat().st_size - array.offset - array.nbytes
        if excess > 0 and array.size:
            raise refuse(path, f"holds {excess} bytes more than its header says")
        order = "fortran" if array.flags.f_contiguous and not array.flags.c_contiguous else "c"
        return Loaded(array, None, "npy", {"order": order})
