"""iohub 0.2, on zarr-python 2: format 2."""

from __future__ import annotations

from typing import ClassVar

from .fov import CODEC, Fov, Image


class IoHub2(Fov):
    """OME-NGFF 0.4, with one codec."""

    families: ClassVar = {2: None}
    lacks: ClassVar = {
        **Fov.lacks,
        **dict.fromkeys(
            ("write-no-empty", "write-zeros-no-empty"), "iohub 0.2 stores empty chunks"
        ),
    }

    @classmethod
    def serves(cls, version):
        """Releases 0.2."""
        return version.startswith("0.2.")

    def supports(self, case, versions):
        """Its own codec."""
        reason = super().supports(case, versions)
        if reason or case.codec == CODEC:
            return reason
        return f"{self.name(versions)} compresses with {CODEC} alone"

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty field of view."""
        position = self._position(path, "w-", channel_names=["volume"], version="0.4")
        chunks = (1, 1, *case.layout_row.of(shape).chunks)
        position.create_zeros("0", shape=(1, 1, *shape), dtype=dtype, chunks=chunks)
        return Image(position)

    def open(self, case, path, *, update=False):
        """Open for reading."""
        return Image(self._position(path, "r+" if update else "r"))
