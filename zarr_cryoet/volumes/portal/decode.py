"""Putting fetched objects into a prepared volume's file, one by one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from ...core.errors import UserError
from .. import npy
from ..readers import omezarr
from ..readers.base import one_line, refuse
from .asked import Crop
from .image import Image

_PLANES = 16  # that are mapped at a time, so that memory does not grow with the volume


class NotFinite(UserError):
    """Some voxels are NaN or infinite."""


def create(path: Path, dtype: np.dtype, shape: tuple[int, int, int]) -> None:
    """An ``.npy`` file that is to be filled."""
    head = npy.header(dtype, shape)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + dtype.itemsize * int(np.prod(shape, dtype=np.int64)))


class Decoder:
    """Puts objects into an ``.npy`` file, one by one.

    Parameters
    ----------
    image
        Where they belong.
    folder
        Where they stand by their keys below the image's URL.
    made
        The file, see `create`.
    box
        The part of the image that is in it, along z, y, x.
    """

    def __init__(self, image: Image, folder: Path, made: Path, box: Crop):
        import zarr

        self.image, self.folder, self.made, self.box = image, folder, made, box
        place = folder / image.path
        place.mkdir(parents=True, exist_ok=True)
        for name, body in image.metadata.items():
            (place / name).write_bytes(body)
        self._array = zarr.open_array(str(place), mode="r")
        self._blosc = omezarr.uses_blosc(self._array)
        self._shape = tuple(end - begin for begin, end in box)
        self._head = len(npy.header(image.dtype, self._shape))

    def put(self, key: str, etag: str, part: tuple[slice, ...]) -> None:
        """Check an object, decode it, and write what belongs into the file.

        Raises
        ------
        UserError
            It is damaged, or holds NaN or infinity.
        """
        file = self.folder / key
        if fault := self._fault(file, etag):
            raise refuse(f"{self.image.url}/{key}", f"is damaged: {fault}")
        try:
            block = self._array[part].transpose(self.image.order)
        except Exception as exc:
            raise refuse(f"{self.image.url}/{key}", f"is damaged: {one_line(exc)}") from exc
        begins = [part[axis].start for axis in self.image.order]
        to = [at - begin for at, (begin, _) in zip(begins, self.box, strict=True)]
        for z in range(0, block.shape[0], _PLANES):
            slab = block[z : z + _PLANES]
            if slab.dtype.kind == "f" and not np.isfinite(slab).all():
                bad = int(np.count_nonzero(~np.isfinite(slab)))
                plane = begins[0] + z
                raise NotFinite(
                    f"{self.image.url}/{key}: {bad} voxels from plane z = {plane} on are NaN or "
                    "infinite; such a tomogram cannot be measured on"
                )
            self._write(slab, to[0] + z, to[1], to[2])

    def _fault(self, file: Path, etag: str) -> str:
        """What is wrong with an object's bytes; a chunk of Blosc has no checksum of its own."""
        if not file.exists():
            return ""  # absent in the bucket: fill value
        digest = etag.strip('"')
        if len(digest) == 32:  # MD5, as of every object that was uploaded in one part
            with file.open("rb") as stream:
                if hashlib.file_digest(stream, "md5").hexdigest() != digest:
                    return "its bytes do not have the MD5 that the bucket names"
        cut = self._blosc and omezarr.is_cut(file)
        return "it is cut short or altered" if cut else ""

    def _write(self, slab: np.ndarray, z: int, y: int, x: int) -> None:
        _, height, width = self._shape
        plane = height * width * self.image.dtype.itemsize
        mapped = np.memmap(
            self.made, self.image.dtype, "r+", self._head + z * plane, (len(slab), height, width)
        )
        mapped[:, y : y + slab.shape[1], x : x + slab.shape[2]] = slab
        del mapped
