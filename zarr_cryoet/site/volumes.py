"""Where the volumes of a site come from, for readers and for citation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.volume import known
from ..portraits.records import public
from ..volumes.rows import VOLUMES


def described(names: Iterable[str]) -> dict[str, dict]:
    """What is known of volumes, by id, without local paths: of those in the cache, and of rows."""
    found = {name: known(name) or _row_of(name) for name in names}
    return {name: public(volume) for name, volume in found.items() if volume}


def _row_of(name: str):
    """Of what comes with the project, all is known beforehand."""
    return VOLUMES[name].describe() if name in VOLUMES else None


def rows(names: Iterable[str], found: Mapping[str, dict] | None = None) -> list[tuple]:
    """Id, voxels, spacing (Å), provenance, licence and source of each volume, as `described`."""
    names = list(names)
    found = described(names) if found is None else found
    return [_row(found[name]) if name in found else (name, *_UNKNOWN) for name in names]


_UNKNOWN = ("", "", "not in the cache here", "", "")


def _row(record: dict) -> tuple:
    spacing = record["voxel_spacing"]
    return (
        record["id"],
        " x ".join(map(str, record["shape"])),
        _spacing(spacing) if spacing else "",
        record["provenance"],
        record["licence"] or "not known",
        citation(record["source"]),
    )


def _spacing(edges) -> str:
    """One number where all three are the same."""
    return " x ".join(f"{edge:g}" for edge in (edges[:1] if len(set(edges)) == 1 else edges))


def citation(source: dict) -> str:
    """In words; of the portal's, with all that its citation needs."""
    if source.get("kind") != "portal":
        return " ".join(str(source[key]) for key in ("kind", "product", "name") if key in source)
    part = f", crop {source['crop']}" if source.get("crop") else ""
    said = [
        f"{', '.join(source['authors'])}: {source['title']}",
        f"CryoET Data Portal, dataset {source['dataset']}, run {source['run']}, tomogram "
        f"{source['tomogram']} ({source['processing']}, {source['reconstruction']}), level "
        f"{source['level']}{part}",
        source.get("doi"),
        source["url"],
        f"released {source['released']}, fetched {source['fetched']}",
    ]
    return "; ".join(each for each in said if each)
