"""The bytes of ``.npy`` files."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np


def header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """What stands before the voxels, native byte order."""
    made = io.BytesIO()
    described = {"descr": dtype.newbyteorder("=").str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(made, described)
    return made.getvalue()


def pieces(data: np.ndarray) -> Iterator[bytes | memoryview]:
    """All of the file, native byte order, plane by plane."""
    yield header(data.dtype, data.shape)
    for plane in data:
        yield np.ascontiguousarray(plane, data.dtype.newbyteorder("=")).data
