"""What both lines of iohub share: a field of view of five axes, of which we see three."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from .base import Backend

#: What iohub compresses with when it is not told otherwise.
CODEC = "blosc-zstd-1-bitshuffle"
_INSIDE = "its requests are those of the zarr-python or zarrs inside it"
_ONE = (slice(0, 1), slice(0, 1))  # of time and channel


class Fov(Backend):
    """OME-Zarr as microscopes have it: an array ``0`` along t, c, z, y, x in a group."""

    id = "iohub"
    package = "iohub"
    packages = ("zarr",)
    stores = frozenset({"local"})
    nested = False
    inside = "0"
    lead = 2
    lacks: ClassVar = {
        "create with data": "iohub creates and writes in two steps",
        "groups": "iohub's groups are fields of view",
        "list": "iohub lists no keys",
        "fancy indexing": "iohub has no fancy indexing along all axes",
        "delete": "iohub deletes no field of view",
    }
    excluded: ClassVar = {
        "suite": "needs other releases of zarr and numcodecs than the history has",
        "counted": _INSIDE,
        "costed": _INSIDE,
        "faults": "opens folders alone",
        "reproduced": "stores images of five axes, for which a script of one array has no words",
    }
    version: ClassVar[str]  # of OME-NGFF

    def name(self, versions):
        """With the release, which is why it has no other codec."""
        return f"iohub {versions['iohub']}"

    def _position(self, path, mode, **more):
        from iohub import open_ome_zarr

        return open_ome_zarr(path, layout="fov", mode=mode, **more)

    def write(self, handle, data):
        """Write the whole volume."""
        handle.image[...] = data[None, None]

    def assign(self, handle, box, data):
        """Write a box."""
        handle.image[(*_ONE, *box)] = data[None, None]

    def read(self, handle, selection):
        """Read a box."""
        return np.asarray(handle.image[(*_ONE, *selection)])[0, 0]

    def append(self, handle, data):
        """Lengthen along z."""
        handle.image.append(data[None, None], axis=2)

    def resize(self, handle, shape):
        """Give another shape."""
        handle.image.resize((1, 1, *shape))
        return handle


class Image:
    """An image of iohub's, of which the shape is that of the volume in it.

    Its field of view is kept with it, as files may be closed where that is dropped.
    """

    def __init__(self, position):
        self.position = position
        self.image = position["0"]

    @property
    def shape(self):
        """Along z, y, x."""
        return tuple(self.image.shape[2:])
