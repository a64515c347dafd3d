"""What is judged: codecs, layouts, and the formats that can hold them."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.codecs import CODECS, Codec
from ..core.layouts import BASELINE, LAYOUTS
from ..core.registry import Registry
from ..model.types import Candidate


@dataclass(frozen=True)
class Seed:
    """What the field recommends for something, judged like the rest.

    Attributes
    ----------
    id : str
        For what it is recommended.
    codec, layout : str
        Ids of their registries.
    """

    id: str
    codec: str
    layout: str
    groups: tuple[str, ...] = ("default",)


SEEDS = Registry(
    "seed",
    [
        Seed("slices", "blosc-lz4-3-shuffle", "c16x128x128"),
        Seed("general", "blosc-zstd-5-shuffle", "c64"),
        Seed("cloud", "blosc-zstd-5-shuffle", "c128"),
        Seed("archive", "blosc-zstd-7-shuffle", "c128"),
    ],
)

#: What the portal stores, which all is compared with.
PORTAL = ("blosc-lz4-5-shuffle", BASELINE, 2)
#: Beside the group `default`: what is smallest for noise, and shards for volumes that outgrow it.
MORE_CODECS = ("pcodec-8",)
MORE_LAYOUTS = ("c64-s256", "c64-swhole")


def codecs() -> list[str]:
    """Ids of the codecs that are judged."""
    names = [*CODECS.select("default"), *(seed.codec for seed in SEEDS.values()), *MORE_CODECS]
    return list(dict.fromkeys(names))


def layouts() -> list[str]:
    """Ids of the layouts that are judged."""
    names = [*LAYOUTS.select("default"), *(seed.layout for seed in SEEDS.values()), *MORE_LAYOUTS]
    return list(dict.fromkeys(names))


def family(codec: Codec) -> str:
    """What people call a kind of codec: Blosc by what it compresses with."""
    return f"blosc-{codec.cname}" if codec.cname else codec.family


#: What is asked of each codec, as plain values, which the browser has, too.
_CODECS = {
    row.id: {"kind": row.family, "family": family(row), "formats": row.formats,
             "refuses": row.refuses}
    for row in CODECS.values()
}  # fmt: skip
_LAYOUTS = {row.id: {"chunks": row.chunks, "shards": row.shards} for row in LAYOUTS.values()}
_JUDGED = (codecs(), layouts())


def candidate(codec: str, layout: str, zarr_format: int) -> Candidate:
    """One way to store a volume, as plain values."""
    row, cut = _CODECS[codec], _LAYOUTS[layout]
    return {
        "id": f"{codec}_{layout}_v{zarr_format}",
        "codec": codec,
        "layout": layout,
        "zarr_format": zarr_format,
        "kind": row["kind"],
        "family": row["family"],
        "chunks": list(cut["chunks"]),
        "shards": list(cut["shards"]) if cut["shards"] else None,
    }


def baseline() -> Candidate:
    """What the portal stores."""
    return candidate(PORTAL[0], PORTAL[1], PORTAL[2])


def candidates(measured: list[str], formats: tuple[int, ...] = (3,)) -> list[Candidate]:
    """Every codec in every layout, and the baseline last.

    Parameters
    ----------
    measured
        The codecs of which figures are known; others are left out.
    formats
        Those that are judged. Format 2 has no shards.
    """
    found = []
    base = baseline()
    for codec in _JUDGED[0]:
        for layout in _JUDGED[1]:
            for zarr_format in formats:
                sharded = _LAYOUTS[layout]["shards"] is not None
                held = zarr_format in _CODECS[codec]["formats"]
                if codec in measured and held and not (zarr_format == 2 and sharded):
                    each = candidate(codec, layout, zarr_format)
                    if each["id"] != base["id"]:
                        found.append(each)
    return [*found, base]


def taking(measured: dict, dtype: str) -> dict:
    """Figures by codec, of those codecs that take such voxels."""
    return {name: measured[name] for name in measured if takes(name, dtype)}


def takes(codec: str, dtype: str) -> bool:
    """Whether there is such a codec, and it takes such voxels."""
    return codec in _CODECS and dtype not in _CODECS[codec]["refuses"]
