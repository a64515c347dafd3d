"""TIFF stacks: plain, ImageJ hyperstacks, OME-TIFF."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ...units import to_angstrom
from .base import (
    Loaded,
    Reader,
    check_dtype,
    check_memory,
    frozen,
    head,
    need,
    refuse,
    sizes,
    spacing,
)

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MORE_THAN_ONE = {"C": "channels", "S": "colours (RGB or the like)", "T": "time points"}


class TiffReader(Reader):
    """One stack of grey images, memory-mapped where it is stored uncompressed in one piece.

    The voxel spacing comes from ImageJ's or OME's metadata. A plain TIFF has none: its
    resolution tags say nothing of z, and are mostly a printer's dots per inch.
    """

    name = "TIFF"
    suffixes = (".tif", ".tiff", ".btf", ".tf8")

    def matches(self, path: Path) -> bool:
        """Look for the signature of TIFF or BigTIFF, in either byte order."""
        return head(path, 4) in _MAGIC

    def read(self, path: Path) -> Loaded:
        """Read the only series, its axes in the order z, y, x.

        Raises
        ------
        UserError
            For colour, several channels, time points or images, and for any sign that
            pages or parts of them are missing.
        """
        if head(path, 4) not in _MAGIC:
            raise refuse(path, "is not a TIFF file: its signature is missing")
        tifffile = need("tifffile", path, self.name)
        with _faults(path), tifffile.TiffFile(path) as tif:
            series = _only_series(path, tif)
            check_dtype(path, series.dtype)
            picked, order, notes = _axes(path, series)
            array = _voxels(path, tif, series)[picked].transpose(order)
            scale, unit = _scale(tif, series)
        if unit is not None and scale is None:
            notes.append(f"no usable voxel size: x, y and z in {unit!r} are not all given")
        details = {"kind": series.kind, "axes": series.axes, "unit": unit}
        details |= {"notes": notes} if notes else {}
        return Loaded(array, scale, "tiff", details)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    """Turn what tifffile only logs into an error: it goes on with the pages that it has."""
    logger, faults = logging.getLogger("tifffile"), []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: faults.append(record.getMessage())
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    failure = None
    try:
        yield
    except Exception as exc:
        failure = exc
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
    if faults:
        # what was logged came first: a stack cut short would else pass for a 2-D image
        raise refuse(path, f"is damaged or cut short: {faults[0]}") from failure
    if failure is not None and "imagecodecs" in str(failure):
        way_out = "its compression needs imagecodecs: pip install 'zarr-cryoet[files]'"
        raise refuse(path, way_out) from failure
    if failure is not None:
        raise failure


def _only_series(path: Path, tif):
    """Return the file's one series of pages.

    Walking all pages is on purpose: a chain of pages that breaks off is logged then.
    """
    pages = len(tif.pages)
    if not tif.series:
        raise refuse(path, "holds no images: it is damaged or cut short")
    if len(tif.series) > 1:
        raise refuse(path, f"holds {len(tif.series)} images of different kinds; save one alone")
    series = tif.series[0]
    if series.is_multifile:
        raise refuse(path, "is one part of an image spread over several files; save it as one")
    stored = prod(series.shape) // max(1, prod(series.keyframe.shape))
    if series.kind == "imagej" and pages > 1 and pages != stored:
        raise refuse(path, f"is damaged: {pages} pages, where its metadata says {stored}")
    return series


def _axes(path: Path, series) -> tuple[tuple, tuple[int, ...], list[str]]:
    """How to take z, y, x from the series: an index, then a transposition; and notes."""
    axes, shape = series.axes, series.shape
    kept = [i for i, n in enumerate(shape) if n != 1 or axes[i] in "ZYX"]
    names = "".join(axes[i] for i in kept)
    stack = names.replace("Y", "").replace("X", "")
    if not stack:
        raise refuse(path, "is a 2-D image; a volume has three axes")
    for axis, what in _MORE_THAN_ONE.items():
        # ImageJ users often save slices as frames: time is taken for z where z is missing
        if axis in stack and stack != "T":
            count = shape[axes.index(axis)]
            raise refuse(path, f"has {count} {what}; save one, or slices as axis Z")
    if len(stack) != 1 or sorted(names) != sorted(f"{stack}YX"):
        raise refuse(path, f"has the axes {names} ({sizes(shape)}); a volume has z, y and x")
    notes = ["its frames (axis T) are taken for slices"] if stack == "T" else []
    picked = tuple(slice(None) if i in kept else 0 for i in range(len(shape)))
    return picked, tuple(names.index(axis) for axis in (stack, "Y", "X")), notes


def _voxels(path: Path, tif, series) -> np.ndarray:
    """Return the series' array in its own axes: mapped if it lies in one piece, else decoded."""
    shape, size = series.shape, path.stat().st_size
    dtype = series.dtype.newbyteorder(tif.byteorder)
    if 0 in shape:
        raise refuse(path, f"holds no voxels: its shape is {sizes(shape)}")
    if series.dataoffset is not None:
        missing = series.dataoffset + prod(shape) * dtype.itemsize - size
        if missing > 0:
            raise refuse(path, f"is cut short: {missing} bytes of its voxels are missing")
        return np.memmap(path, dtype, "r", series.dataoffset, shape)
    check_memory(path, shape, dtype)
    for number, page in enumerate(series):
        _check_page(path, page, number, size)
    array = tif.asarray(series=0)
    if prod(array.shape) != prod(shape):
        raise refuse(path, f"is damaged: it holds {sizes(array.shape)}, and says {sizes(shape)}")
    return frozen(array.reshape(shape))


def _check_page(path: Path, page, number: int, size: int) -> None:
    """Refuse a page of which a strip or tile is not in the file: tifffile fills in zeros."""
    if page is None:
        raise refuse(path, f"is incomplete: page {number} is missing")
    offsets, counts = page.dataoffsets, page.databytecounts
    if len(offsets) != len(counts) or len(offsets) != prod(page.keyframe.chunked):
        raise refuse(path, f"is damaged: page {number} lists only some of its strips or tiles")
    for offset, count in zip(offsets, counts, strict=True):
        if offset <= 0 or count <= 0 or offset + count > size:
            raise refuse(path, f"is cut short: a part of page {number} is missing")


def _scale(tif, series) -> tuple[tuple[float, float, float] | None, str | None]:
    """Voxel spacing in ångström, z, y, x, and the unit as the file writes it."""
    if series.kind == "imagej":
        return _imagej_scale(tif)
    if series.kind == "ome":
        return _ome_scale(tif.ome_metadata)
    return None, None


def _imagej_scale(tif) -> tuple[tuple[float, float, float] | None, str | None]:
    """ImageJ: z from `spacing` (its sign is ignored, as ImageJ does), x and y per unit.

    ImageJ leaves out a spacing of 1, other writers one that they do not know: unknown, then.
    """
    found = tif.imagej_metadata or {}
    unit, depth, tags = found.get("unit"), found.get("spacing"), tif.pages[0].tags
    factor = to_angstrom(unit)
    ratios = [tags[code].value if code in tags else None for code in (283, 282)]
    if factor is None or not isinstance(depth, int | float) or None in ratios:
        return None, unit if isinstance(unit, str) else None
    lengths = [abs(depth)]
    for pixels, units in ratios:
        lengths.append(units / pixels if pixels else 0.0)
    return spacing(length * factor for length in lengths), unit


def _ome_scale(xml: str) -> tuple[tuple[float, float, float] | None, str | None]:
    """OME: `PhysicalSize` of the first image, in µm where no unit is given (schema's default)."""
    pixels = ElementTree.fromstring(xml).find(".//{*}Pixels")
    lengths, units = [], []
    for axis in "ZYX":
        units.append(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        size, factor = pixels.get(f"PhysicalSize{axis}"), to_angstrom(units[-1])
        lengths.append(float(size) * factor if size and factor else 0.0)
    given = any(pixels.get(f"PhysicalSize{axis}") for axis in "ZYX")
    return spacing(lengths), ", ".join(dict.fromkeys(units)) if given else None
