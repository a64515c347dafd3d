"""One array as others see it: alone along z, y, x, or in a field of view along t, c, z, y, x.

iohub knows only the second. The chunks are the same bytes in both, so that a store of the
first kind becomes one of the second by other names and longer shapes.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from ...core import backends
from ...core.stores import files

_EXTENTS = ("shape", "chunks", "chunk_shape")
_AXES = [
    {"name": "t", "type": "time"},
    {"name": "c", "type": "channel"},
    *({"name": name, "type": "space"} for name in "zyx"),
]


def seen(path: Path, writer: str, reader: str, zarr_format: int) -> tuple[Path, int]:
    """A store as a reader can open it.

    Parameters
    ----------
    path
        Of the store.
    writer, reader
        Ids of backends.
    zarr_format
        Of the store.

    Returns
    -------
    pathlib.Path, int
        Where it is, and how many axes of length 1 the reader sees before z, y, x.
    """
    wrote, reads = (backends.registry()[name] for name in (writer, reader))
    if wrote.lead and not reads.lead:
        return path / wrote.inside, wrote.lead
    if reads.lead and not wrote.lead:
        return wrapped(path, reads.inside, reads.lead, zarr_format), 0
    return path, 0


def beside(path: Path) -> Path:
    """Where the field of view of a store is made."""
    return path.with_name(f"{path.name}-fov")


def wrapped(path: Path, inside: str, lead: int, zarr_format: int) -> Path:
    """The same array as `inside` of a field of view beside it, made once."""
    group = beside(path)
    if not group.exists():
        for key in files.sizes(path):
            target = group / inside / _key(key, lead)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path / key, target)
        name = ".zarray" if zarr_format == 2 else "zarr.json"
        array = group / inside / name
        metadata = _longer(json.loads(array.read_bytes()), lead)
        if zarr_format == 3:
            metadata["dimension_names"] = [axis["name"] for axis in _AXES]
        array.write_text(json.dumps(metadata))
        _describe(group, inside, zarr_format)
    return group


def _key(key: str, lead: int) -> str:
    """``0/1/2`` becomes ``0/0/0/1/2``, and ``c/0/1/2`` ``c/0/0/0/1/2``."""
    if key.rpartition("/")[2] in files.METADATA:
        return key
    head, tail = ("c/", key[2:]) if key.startswith("c/") else ("", key)
    return f"{head}{'0/' * lead}{tail}"


def _longer(node, lead: int):
    """The metadata with more axes of length 1; the inverse of `spelling.plain`."""
    if isinstance(node, list):
        return [_longer(each, lead) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: [1] * lead + value if key in _EXTENTS else _longer(value, lead)
        for key, value in node.items()
    }


def _describe(group: Path, inside: str, zarr_format: int) -> None:
    """What OME-NGFF asks of the group: 0.4 in format 2, 0.5 in format 3."""
    scale = {"type": "scale", "scale": [1.0] * len(_AXES)}
    multiscale = {
        "name": inside,
        "axes": _AXES,
        "datasets": [{"path": inside, "coordinateTransformations": [scale]}],
    }
    window = {"start": 0.0, "end": 1.0, "min": 0.0, "max": 1.0}
    channel = {"label": "volume", "color": "FFFFFF", "active": True, "window": window}
    omero = {"version": "0.4" if zarr_format == 2 else "0.5", "channels": [channel]}
    if zarr_format == 2:
        (group / ".zgroup").write_text(json.dumps({"zarr_format": 2}))
        attributes = {"multiscales": [{"version": "0.4", **multiscale}], "omero": omero}
        (group / ".zattrs").write_text(json.dumps(attributes))
    else:
        ome = {"version": "0.5", "multiscales": [multiscale], "omero": omero}
        root = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": ome}}
        (group / "zarr.json").write_text(json.dumps(root))
