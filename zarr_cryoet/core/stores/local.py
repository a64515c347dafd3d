"""Files in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stored:
    """What an array takes.

    Attributes
    ----------
    objects : int
        Files, metadata included: what an object store would bill and list.
    nbytes : int
        Bytes in them.
    """

    objects: int
    nbytes: int


def stored(path: Path) -> Stored:
    """Count what stands below `path`."""
    sizes = [p.stat().st_size for p in path.rglob("*") if p.is_file()]
    return Stored(len(sizes), sum(sizes))
