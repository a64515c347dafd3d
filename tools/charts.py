"""Draw the pictures of the README from the reference results.

    python tools/charts.py [RESULTS [MACHINE]]

Each is an SVG of ``docs/images``, drawn by the chart that the site's page Explore draws in the
browser. One whose figures are not there is left out, and named.
"""

from __future__ import annotations

import sys
from pathlib import Path

from zarr_cryoet import results
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.volume import DEFAULT_VOLUME
from zarr_cryoet.environments import lock as locks
from zarr_cryoet.environments import repository
from zarr_cryoet.site import charts, pictures, reference
from zarr_cryoet.site.charts import explore
from zarr_cryoet.site.data import Data, collect

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MOST = 150_000  # bytes of a picture
_TITLES = {"x_title": "stored bits per voxel", "y_title": "time to read one XY plane (seconds)",
           "x_unit": "", "y_unit": "seconds"}  # fmt: skip


def load(folder: Path, machine: str) -> Data:
    """Figures of a machine in a folder of results, oldest release first."""
    reference.ensure(folder)
    commits = repository.expected(locks.read(locks.path_of("zarr")))
    releases = [{"name": v, "commit": c, "date": None, "notes": None} for v, c in commits.items()]
    records = [record for record in results.table(folder, ROOT) if record.machine == machine]
    return collect(records, releases, "charts")


def drawn(data: Data, volume: str) -> dict[str, bytes]:
    """Each picture by its name; empty where its figures are missing."""
    scatter = charts.spec(explore.scatter())
    scatter["params"] = [{**p, "value": _TITLES[p["name"]]} for p in scatter["params"]]
    scatter["width"] = 640
    chunking, compression = (
        charts.spec(make()) for make in (explore.chunking, explore.compression)
    )
    codec = {"codec": "blosc-lz4-5-shuffle", "backend": "zarr-python", "format": "3"}
    layout = {"layout": "c64", "format": "3"}
    of = {
        "pareto": (
            scatter,
            pictures.scatter(data, volume, "bits_per_voxel", "seconds.read-plane-xy"),
        ),
        "compression": (compression, pictures.summary(data, volume, "codec", layout)),
        "chunking": (chunking, pictures.summary(data, volume, "layout", codec)),
    }
    return {name: pictures.draw(_shown(made, rows), rows) if rows else b""
            for name, (made, rows) in of.items()}  # fmt: skip


def _shown(made: dict, rows: list[dict]) -> dict:
    """Without panels that have no figures."""
    if "concat" not in made:
        return made
    names = list(explore.CHUNKING if len(made["concat"]) == len(explore.CHUNKING) else
                 explore.COMPRESSION)  # fmt: skip
    have = {row["panel"] for row in rows}
    kept = [each for name, each in zip(names, made["concat"], strict=True) if name in have]
    return {**made, "concat": kept}


def main(folder: Path = ROOT / "results", machine: str = reference.NAME) -> None:
    """Write what can be drawn."""
    data = load(folder, machine)
    if not data.values:
        raise UserError(f"{folder / machine}: no results; `python tools/reference.py` makes them")
    IMAGES.mkdir(parents=True, exist_ok=True)
    names = data.names["volume"]
    volume = DEFAULT_VOLUME if DEFAULT_VOLUME in names else names[0]
    for name, picture in drawn(data, volume).items():
        path = IMAGES / f"{name}.svg"
        if not picture:
            print(f"{path.name}: left out, {machine} has no figures for it")
        elif len(picture) > MOST:
            raise UserError(f"{path.name}: {len(picture)} bytes, {MOST} is the most")
        else:
            path.write_bytes(picture)
            print(f"{path.name}: {len(picture)} bytes, of {volume}")


if __name__ == "__main__":
    try:
        main(*map(Path, sys.argv[1:2]), *sys.argv[2:3])
    except UserError as exc:
        sys.exit(f"charts: {exc}")
