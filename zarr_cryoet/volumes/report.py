"""What the ``volumes`` commands say."""

from __future__ import annotations

from .. import console, units
from ..core.volume import Volume
from . import cache
from .resolve import resolve
from .rows import VOLUMES


def listing(json: bool) -> None:
    """Rows first, then what else stands in the cache."""
    found = {name: row.describe() for name, row in VOLUMES.items()}
    kept = {v.id: v for v in cache.listed()}
    found |= kept
    records = [{**v.to_json(), "prepared": v.id in kept} for v in found.values()]
    if json:
        return console.as_json(records)
    return console.table(
        ["id", "z, y, x", "dtype", ">Å/voxel", "provenance", "prepared"],
        [
            (v.id, _shape(v), v.dtype, _spacing(v), v.provenance, "yes" if v.id in kept else "no")
            for v in found.values()
        ],
    )


def show(name: str, json: bool) -> None:
    """One record."""
    source = resolve(name)
    with console.bar(f"reading {name}") as progress:
        found = cache.show(source, progress)
    _one(found, {}, json)


def prepare(name: str, json: bool) -> None:
    """One record, and where it was prepared."""
    source = resolve(name)
    doing = "fetching" if source.resumes else "preparing"
    with console.bar(f"{doing} {name}") as progress:
        found, path = cache.prepare(source, progress)
    _one(found, {"path": str(path)}, json)


def _one(found: Volume, more: dict, json: bool) -> None:
    record = {**found.to_json(), **more}
    if json:
        return console.as_json(record)
    rows = [
        ("id", found.id),
        ("shape (z, y, x)", _shape(found)),
        ("dtype", found.dtype),
        ("voxel spacing", f"{_spacing(found)} Å" if found.voxel_spacing else "not in the file"),
        ("size", units.format_size(found.nbytes)),
        ("provenance", found.provenance),
        ("licence", found.licence or "not known"),
        ("SHA-256", found.sha256 or "known once it is fetched"),
        *((f"source {key}", _shown(value)) for key, value in found.source.items()),
        *more.items(),
    ]
    for label, value in rows:
        console.say(f"{label:<16}  {value}")
    return None


def _shown(value: object) -> object:
    """A list as people write one."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return "none" if value is None else value


def _shape(found: Volume) -> str:
    """``128³`` for cubes."""
    edges = found.shape
    return f"{edges[0]}³" if len(set(edges)) == 1 else "x".join(map(str, edges))


def _spacing(found: Volume) -> str | None:
    """One number where all axes agree."""
    if not found.voxel_spacing:
        return None
    values = [f"{edge:g}" for edge in found.voxel_spacing]
    return values[0] if len(set(values)) == 1 else " x ".join(values)
