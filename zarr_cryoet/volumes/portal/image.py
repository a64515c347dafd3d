"""One level of an OME-Zarr in a bucket: what its metadata say, and which objects a part needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from math import ceil

import numpy as np

from ..readers import omezarr
from ..readers.base import check_dtype, one_line, refuse
from .asked import Crop


@dataclass(frozen=True)
class Image:
    """A level of an OME-Zarr.

    Attributes
    ----------
    url : str
        Of the OME-Zarr.
    path : str
        Of the level in it.
    metadata : dict
        Files of the level's array by name, as bytes.
    shape : tuple of int
        Voxels along z, y, x.
    dtype : numpy.dtype
        Native byte order.
    order : tuple of int
        Axes of the array that are z, y, x.
    factor : tuple of float
        How many voxels of level 0 one of this level spans, along z, y, x.
    notes : list of str
        What was assumed.
    """

    url: str
    path: str
    metadata: dict[str, bytes]
    shape: tuple[int, int, int]
    dtype: np.dtype
    order: tuple[int, int, int]
    factor: tuple[float, float, float]
    notes: list[str] = field(default_factory=list)

    def keys(self, box: Crop) -> dict[str, tuple[slice, ...]]:
        """The objects that a part of the volume touches.

        Parameters
        ----------
        box
            Begin and end along z, y, x.

        Returns
        -------
        dict
            For each object's key below `url`, the part of the array that is in it and in the
            box, along the array's own axes.
        """
        array = _parsed(self.metadata)
        own = [box[self.order.index(axis)] for axis in range(3)]
        edges = array.shards or array.chunks
        grid = [range(b // n, ceil(e / n)) for (b, e), n in zip(own, edges, strict=True)]
        found = {}
        for place in product(*grid):
            key = array.metadata.encode_chunk_key(place)
            found[f"{self.path}/{key}"] = tuple(
                slice(max(b, at * n), min(e, (at + 1) * n))
                for at, n, (b, e) in zip(place, edges, own, strict=True)
            )
        return found


def opened(
    url: str, get: Callable[[str], bytes | None], level: int, expected: tuple[int, int, int]
) -> Image:
    """Read the metadata of a level.

    Parameters
    ----------
    url
        Of the OME-Zarr, for messages.
    get
        Hands over an object by its key below `url`; None where there is none.
    level
        Of the pyramid.
    expected
        Voxels along z, y, x of level 0, as the portal's API has them.

    Raises
    ------
    UserError
        There is no such level, or the metadata cannot be made sense of.
    """
    _, image = omezarr.image_of(url, _attributes(url, get))
    levels = image.get("datasets")
    if not isinstance(levels, list) or not all(_is_level(each) for each in levels) or not levels:
        raise refuse(url, "its OME-Zarr metadata are damaged: datasets is not a list of levels")
    if level >= len(levels):
        raise refuse(url, f"has no level {level}; its last is {len(levels) - 1}")
    path = levels[level]["path"]
    metadata = _metadata(url, path, get)
    array = _checked(url, path, metadata)
    names, units = omezarr.axes_of(url, image.get("axes"), array.ndim)
    _, order = omezarr.selection_of(url, names, array.shape)
    holders = [(each, image) for each in (levels[0], levels[level])]
    first, this = (omezarr.spacing_of(url, each, names, units)[0] for each in holders)
    factor, notes = (2.0**level,) * 3, ["scale assumed: twice that of the level before"]
    if first and this:
        factor, notes = tuple(b / a for a, b in zip(first, this, strict=True)), []
    order, more = _order(url, order, array.shape, [round(f) for f in factor], expected)
    shape = tuple(array.shape[axis] for axis in order)
    native = array.dtype.newbyteorder("=")
    return Image(url, path, metadata, shape, native, order, factor, notes + more)


def _metadata(url: str, path: str, get: Callable[[str], bytes | None]) -> dict[str, bytes]:
    for name in (".zarray", "zarr.json"):
        if body := get(f"{path}/{name}"):
            return {name: body}
    raise refuse(url, f"its level {one_line(path)!r} is missing")


def _checked(url: str, path: str, metadata: dict[str, bytes]):
    """The array, if it is one of a tomogram."""
    try:
        array = _parsed(metadata)
    except Exception as exc:  # libraries raise whatever their parsing stumbles over
        raise refuse(url, f"the metadata of level {path} are damaged: {one_line(exc)}") from exc
    check_dtype(url, array.dtype)
    if array.ndim != 3:
        raise refuse(url, f"its array has {array.ndim} axes; a tomogram has three")
    return array


def _attributes(url: str, get: Callable[[str], bytes | None]) -> dict:
    for name in (".zattrs", "zarr.json"):
        if (body := get(name)) is None:
            continue
        try:
            found = json.loads(body)
            found = found["attributes"] if name == "zarr.json" else found
            if isinstance(found, dict):
                return found
        except (ValueError, KeyError, TypeError):
            pass
        raise refuse(url, f"its OME-Zarr metadata are damaged: {name}")
    raise refuse(url, "there is no OME-Zarr: neither .zattrs nor zarr.json (404)")


def _is_level(each: object) -> bool:
    return isinstance(each, dict) and isinstance(each.get("path"), str) and bool(each["path"])


def _parsed(metadata: dict[str, bytes]):
    """The array that the metadata describe, without any of its chunks."""
    import zarr
    from zarr.core.buffer import cpu
    from zarr.storage import MemoryStore

    held = {name: cpu.Buffer.from_bytes(body) for name, body in metadata.items()}
    return zarr.open_array(MemoryStore(held, read_only=True), mode="r")


def _order(
    url: str, order: tuple, shape: tuple, factor: list[int], expected: tuple
) -> tuple[tuple[int, int, int], list[str]]:
    """The axes that are z, y, x: as they are named, unless the voxels along them say otherwise.

    Metadata of the portal's first years name the axes x, y, z; were they named wrongly, the
    API's own counts tell.
    """

    def fits(axes: tuple) -> bool:
        return all(
            abs(shape[axis] * f - edge) < 2 * f
            for axis, f, edge in zip(axes, factor, expected, strict=True)
        )

    if fits(order):
        return order, []
    if fits((0, 1, 2)):
        return (0, 1, 2), ["axes taken as z, y, x: those that the metadata name do not fit"]
    have = " x ".join(str(shape[axis]) for axis in order)
    want = " x ".join(map(str, expected))
    raise refuse(url, f"holds {have} voxels (z, y, x), where the portal's API says {want}")
