"""Objects in a folder or in a ZIP, read without any Zarr library."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

METADATA = {".zarray", ".zattrs", ".zgroup", ".zmetadata", "zarr.json"}


@dataclass(frozen=True)
class Stored:
    """What an array takes.

    Attributes
    ----------
    objects : int
        Metadata included: what an object store would bill and list.
    nbytes : int
        Bytes in them.
    chunks : int
        Of the objects, those that hold voxels.
    """

    objects: int
    nbytes: int
    chunks: int


def stored(sizes: dict[str, int]) -> Stored:
    """Sum up the bytes of objects by key."""
    chunks = sum(key.rpartition("/")[2] not in METADATA for key in sizes)
    return Stored(len(sizes), sum(sizes.values()), chunks)


def sizes(place: Path) -> dict[str, int]:
    """Bytes of each object in a folder, a ZIP, or a single file, by key."""
    if place.suffix == ".zip" and place.is_file():
        with zipfile.ZipFile(place) as archive:
            return {each.filename: each.file_size for each in archive.infolist()}
    if place.is_file():
        return {"": place.stat().st_size}
    found = (path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.stat().st_size for path in found}


def content(place: Path, key: str) -> bytes:
    """One object.

    Raises
    ------
    OSError
        There is none of that key.
    """
    if place.suffix == ".zip" and place.is_file():
        with zipfile.ZipFile(place) as archive:
            try:
                return archive.read(key)
            except KeyError as exc:
                raise FileNotFoundError(key) from exc
    return (place / key).read_bytes()


def remove(place: Path) -> None:
    """Leave nothing of a folder or a file."""
    shutil.rmtree(place, ignore_errors=True)
    try:
        place.unlink(missing_ok=True)
    except OSError:  # threads of a library that failed may still write into it, at any moment
        if not place.is_dir():
            raise


def pack(folder: Path, archive: Path) -> None:
    """Put a folder's objects into a ZIP, as they are, metadata first, as zarr's own does."""
    keys = sorted(sizes(folder), key=lambda key: (key.rpartition("/")[2] not in METADATA, key))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for key in keys:
            file.write(folder / key, key)
