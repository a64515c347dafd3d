"""MRC: the field's own files, memory-mapped by CCP-EM's library."""

from __future__ import annotations

from typing import ClassVar

from .. import volume
from .mapped import Mapped

_MODES = {"int8": 0, "int16": 1, "float32": 2, "uint16": 6, "float16": 12}


class MrcFile(Mapped):
    """A header of 1024 bytes and the voxels behind it."""

    id = "mrcfile"
    package = "mrcfile"
    file = "volume.mrc"
    modes: ClassVar = _MODES

    def supports(self, case, versions):
        """What it maps, for the types of voxels that MRC has."""
        reason = super().supports(case, versions)
        if reason:
            return reason
        dtype = volume.dtype_of(case.volume)
        known = dtype is None or dtype.name in self.modes
        return None if known else f"MRC has no {dtype.name}"

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make a file of zeros."""
        import mrcfile

        if dtype.name not in self.modes:
            raise TypeError(f"MRC has no {dtype.name}")
        path.mkdir(parents=True)
        mode = self.modes[dtype.name]
        made = mrcfile.new_mmap(path / self.file, tuple(shape), mrc_mode=mode)
        made.set_volume()  # else one section comes back as a plane
        made.close()  # its header is written then
        return self.open(case, path, update=True)

    def open(self, case, path, *, update=False):
        """Map it."""
        import mrcfile

        opened = mrcfile.mmap(path / self.file, mode="r+" if update else "r")
        # it is closed when it is dropped, and locks its own map; a view stays as it is
        return opened.data.view()
