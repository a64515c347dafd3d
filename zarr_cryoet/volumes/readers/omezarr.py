"""OME-Zarr (OME-NGFF) folders, as data portals serve tomograms."""

from __future__ import annotations

import logging
import re
from math import prod
from pathlib import Path

from ...units import to_angstrom
from .base import (
    Loaded,
    Reader,
    check_dtype,
    check_memory,
    frozen,
    head,
    need,
    one_line,
    refuse,
    sizes,
    spacing,
)

_FILES = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
_CHUNK = re.compile(r"(c[./])?\d+([./]\d+)*")
_SINGLE = {"t": "time points", "c": "channels"}
_MISSING = "not an OME-Zarr image: it has no multiscales metadata"


class OmeZarrReader(Reader):
    """The full-resolution level of the first image, NGFF 0.4 (zarr 2) or 0.5 (zarr 3).

    It is read into memory whole. A chunk that is absent counts as the fill value, which
    is how zarr stores empty ones.
    """

    name = "OME-Zarr"
    suffixes = (".zarr",)
    folder = True

    def matches(self, path: Path) -> bool:
        """Any of the files that make a folder zarr's."""
        return any((path / name).is_file() for name in _FILES)

    def read(self, path: Path) -> Loaded:
        """Level 0, its axes brought into the order z, y, x by their names.

        Raises
        ------
        UserError
            Without an image's metadata, with several channels or time points, and for
            metadata or chunks that are damaged.
        """
        if not self.matches(path):
            raise refuse(path, f"holds nothing that zarr knows ({', '.join(_FILES)})")
        zarr = need("zarr", path, self.name)
        # after a damaged chunk its other tasks complain, one by one, that nobody waits
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        group = zarr.open(str(path), mode="r")
        if isinstance(group, zarr.Array):
            raise refuse(path, f"is a plain zarr array ({sizes(group.shape)}), {_MISSING}")
        version, image = image_of(path, group.attrs.asdict())
        level = _first(path, image.get("datasets"), "datasets")
        where = level.get("path")
        array = group.get(where) if isinstance(where, str) and where else None
        if not isinstance(array, zarr.Array):
            raise refuse(path, f"its level 0, {one_line(where)!r}, is missing")
        names, units = axes_of(path, image.get("axes"), array.ndim)
        picked, order = selection_of(path, names, array.shape)
        check_dtype(path, array.dtype)
        check_memory(path, array.shape, array.dtype)
        _check_blosc(path, path / where, array)
        scale, notes = spacing_of(path, (level, image), names, units)
        details = {
            "ngff": version,
            "zarr_format": int(array.metadata.zarr_format),
            "level": where,
            "axes": names,
            "unit": units[names.index("z")],
        }
        details |= {"notes": notes} if notes else {}
        return Loaded(frozen(array[picked].transpose(order)), scale, "ome-zarr", details)


def _first(path: Path | str, entries: object, what: str) -> dict:
    """Return the first entry of a list of mappings in the metadata."""
    if not isinstance(entries, list) or not entries or not isinstance(entries[0], dict):
        raise refuse(path, f"its OME-Zarr metadata are damaged: {what} is not a list of mappings")
    return entries[0]


def image_of(path: Path | str, attributes: dict) -> tuple[str | None, dict]:
    """NGFF version and the first multiscale image; in 0.5 they lie under ``ome``."""
    found = attributes.get("ome", attributes)
    if not isinstance(found, dict) or "multiscales" not in found:
        way_out = "name the folder of one image"
        raise refuse(path, f"is a zarr group, {_MISSING}; {way_out}")
    image = _first(path, found["multiscales"], "multiscales")
    version = found.get("version", image.get("version"))
    return version if isinstance(version, str) else None, image


def axes_of(path: Path | str, axes: object, ndim: int) -> tuple[list[str], list[str | None]]:
    """Names and units of the axes; NGFF before 0.4 had names alone."""
    if not isinstance(axes, list):
        raise refuse(path, "its OME-Zarr metadata name no axes")
    entries = [{"name": axis} if isinstance(axis, str) else axis for axis in axes]
    if not all(isinstance(e, dict) and isinstance(e.get("name"), str) for e in entries):
        raise refuse(path, "its OME-Zarr metadata are damaged: an axis without a name")
    names = [entry["name"].lower() for entry in entries]
    if len(names) != ndim or len(set(names)) != ndim:
        listed = one_line(", ".join(names))
        raise refuse(path, f"its array has {ndim} axes, its metadata name {listed or 'none'}")
    return names, [entry.get("unit") for entry in entries]


def selection_of(
    path: Path | str, names: list[str], shape: tuple[int, ...]
) -> tuple[tuple[int | slice, ...], tuple[int, ...]]:
    """Make the index that drops axes of length 1, and the transposition to z, y, x."""
    missing = [axis for axis in "zyx" if axis not in names]
    if missing == ["z"]:
        raise refuse(path, "is a 2-D image; a volume has three axes")
    if missing:
        raise refuse(path, f"has no axis {missing[0]}: its axes are {one_line(', '.join(names))}")
    if 0 in shape:
        raise refuse(path, f"holds no voxels: its shape is {sizes(shape)}")
    for name, length in zip(names, shape, strict=True):
        if name not in "zyx" and length != 1:
            what = _SINGLE.get(name, f"positions along {one_line(name)!r}")
            raise refuse(path, f"has {length} {what}; save one of them as a volume")
    kept = [name for name in names if name in "zyx"]
    picked = tuple(slice(None) if name in "zyx" else 0 for name in names)
    return picked, tuple(kept.index(axis) for axis in "zyx")


def spacing_of(
    path: Path | str, holders: tuple[dict, ...], names: list[str], units: list[str | None]
) -> tuple[tuple[float, float, float] | None, list[str]]:
    """Scale of the level times that of the image, in ångström, z, y, x; and notes."""
    scales = [s for holder in holders for s in _scales(path, holder, len(names))]
    if not scales:
        return None, []
    notes, lengths = [], []
    for axis in "zyx":
        at = names.index(axis)
        # NGFF leaves a missing unit open; the CryoET Data Portal's older files mean ångström
        factor = 1.0 if units[at] is None else to_angstrom(units[at])
        lengths.append(prod(scale[at] for scale in scales) * (factor or 0.0))
        if units[at] is None and not notes:
            notes.append("unit assumed: angstrom, as the metadata name none")
        if factor is None:
            notes.append(f"unit of {axis} is unknown: {one_line(units[at])!r}")
    return spacing(lengths), notes


def _scales(path: Path | str, holder: dict, ndim: int) -> list[list[float]]:
    """Collect the factors of each transformation of type scale."""
    entries = holder.get("coordinateTransformations") or []
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise refuse(path, "its OME-Zarr metadata are damaged: coordinateTransformations")
    found = [entry.get("scale") for entry in entries if entry.get("type") == "scale"]
    for scale in found:
        numbers = isinstance(scale, list) and all(isinstance(v, int | float) for v in scale)
        if not numbers or len(scale) != ndim:
            raise refuse(path, f"its OME-Zarr metadata are damaged: scale {one_line(scale)}")
    return found


def _check_blosc(path: Path, folder: Path, array) -> None:
    """Refuse chunks whose length is not what Blosc's header says: see `is_cut`."""
    if not uses_blosc(array):
        return
    for file in sorted(folder.rglob("*")):
        key = file.relative_to(folder).as_posix()
        if _CHUNK.fullmatch(key) and file.is_file() and is_cut(file):
            raise refuse(
                path, f"is damaged: chunk {key} of level {folder.name} is cut short or altered"
            )


def uses_blosc(array) -> bool:
    """Whether each of an array's objects is what Blosc made of a chunk."""
    last = type(array.compressors[-1]).__name__ if array.compressors else ""
    return "blosc" in last.lower() and array.shards is None


def is_cut(file: Path) -> bool:
    """Whether a chunk's length is not what Blosc's header says.

    numcodecs hands Blosc no length: where Blosc stored the bytes as they are, it reads past
    the end of a chunk that was cut short, and returns whatever lies in memory there. A shard
    has an index with a checksum at its end, so one that was cut short is noticed by zarr.
    """
    header = head(file, 16)
    flags, decoded, stored = header[2:3], header[4:8], header[12:16]
    length = int.from_bytes(stored, "little")
    raw = bool(flags) and bool(flags[0] & 2)
    expected = int.from_bytes(decoded, "little") + 16 if raw else length
    return len(header) < 16 or length != file.stat().st_size or length != expected
