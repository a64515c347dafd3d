"""From what a user says to the source of a volume."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from ..core.errors import UserError, unknown
from .cache import listed
from .portal.asked import PREFIX
from .rows import VOLUMES
from .source import Source
from .sources import EarlierVolume, FileVolume, TiledVolume

_EDGE = "[1-9][0-9]{0,3}"  # voxels along one axis of a tiled volume


def resolve(name: str) -> Source:
    """The source that a user means: a row, the portal's, a file, or one prepared before.

    Raises
    ------
    UserError
        There is no such volume or file.
    """
    from .portal import source as portal  # its client is imported for its own volumes alone

    if name in VOLUMES:
        return VOLUMES[name]
    if name.startswith(PREFIX):
        return portal.named(name, listed())
    try:
        exists = Path(name).exists()
    except OSError as exc:
        raise UserError(f"{name[:60]}: {exc.strerror}") from exc
    if exists:
        return FileVolume(Path(name))
    kept = {volume.id: volume for volume in listed()}
    if tiled := re.fullmatch(rf"(.+)-t({_EDGE}|{_EDGE}x{_EDGE}x{_EDGE})", name):
        edges = [int(edge) for edge in tiled[2].split("x")]
        with suppress(UserError):  # its base may be gone, and it still be there
            return TiledVolume(resolve(tiled[1]), tuple(edges * (3 // len(edges))))
    if name in kept and kept[name].source.get("kind") == "portal":
        return portal.again(kept[name])
    if name in kept:
        return EarlierVolume(kept[name])
    if "/" in name or os.sep in name or Path(name).suffix:
        raise UserError(f"{name}: no such file")
    raise unknown("volume or file", name, {**VOLUMES, **kept})
