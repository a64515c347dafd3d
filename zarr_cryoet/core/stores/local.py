"""Files in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

METADATA = {".zarray", ".zattrs", "zarr.json"}


@dataclass(frozen=True)
class Stored:
    """What an array takes.

    Attributes
    ----------
    objects : int
        Files, metadata included: what an object store would bill and list.
    nbytes : int
        Bytes in them.
    chunks : int
        Of the objects, those that hold voxels.
    """

    objects: int
    nbytes: int
    chunks: int


def stored(path: Path) -> Stored:
    """Count what stands below `path`."""
    files = [p for p in path.rglob("*") if p.is_file()]
    chunks = sum(p.name not in METADATA for p in files)
    return Stored(len(files), sum(p.stat().st_size for p in files), chunks)
