"""What the portal's emulator holds: a few tomograms, and all that the portal says of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

BUCKET = "cryoet-data-portal-public"
CHUNK = 256
LEVELS = 3


@dataclass(frozen=True)
class Tomogram:
    """One tomogram of the emulator.

    Attributes
    ----------
    id : int
        As the portal numbers them.
    dataset, run : int, str
        To which it belongs.
    shape : tuple of int
        Voxels along z, y, x.
    voxel_spacing : float
        Ångström.
    processing, method : str
        As the portal names them.
    default : bool
        Whether the portal shows it first.
    axes : str
        How its metadata name the array's axes: those before 2024 have no unit, and scales that
        count voxels.
    order : str
        How the axes really are.
    omezarr : str or None
        What the portal has in place of a link where there is no OME-Zarr.
    """

    id: int
    dataset: int
    run: str
    shape: tuple[int, int, int]
    voxel_spacing: float
    processing: str = "denoised"
    method: str = "WBP"
    default: bool = True
    axes: str = "zyx"
    order: str = "zyx"
    older: bool = False
    omezarr: str | None = "yes"

    @property
    def folder(self) -> str:
        """Its place in the bucket."""
        spacing = f"{self.voxel_spacing:.3f}"
        within = f"Reconstructions/VoxelSpacing{spacing}/Tomograms/{self.id}"
        return f"{self.dataset}/{self.run}/{within}"

    @property
    def key(self) -> str:
        """Of its OME-Zarr."""
        return f"{self.folder}/{self.run}.zarr"


def tomograms(full: bool = False) -> list[Tomogram]:
    """All of them; the first in its true size, 630 x 630 x 184, if `full`."""
    small = (40, 300, 280)
    return [
        Tomogram(17001, 10445, "TS_100_3", (184, 630, 630) if full else small, 10.012),
        Tomogram(17002, 10445, "TS_101_1", (36, 64, 70), 10.012, "raw", default=False),
        Tomogram(17003, 10445, "TS_101_1", (36, 64, 70), 10.012, "denoised", "SART", False),
        Tomogram(17004, 10445, "TS_101_1", (72, 128, 140), 5.006, "raw"),
        Tomogram(901, 10000, "TS_026", (20, 50, 60), 13.48, "raw", axes="xyz", order="xyz",
                 older=True),
        Tomogram(902, 10000, "TS_027", (20, 50, 60), 13.48, "raw", axes="xyz", older=True),
        Tomogram(903, 10001, "TS_001", (20, 50, 60), 7.84, "raw", omezarr=None),
        Tomogram(904, 10001, "TS_002", (20, 50, 60), 7.84, "raw", omezarr=""),
    ]  # fmt: skip


def voxels(tomogram: Tomogram) -> np.ndarray:
    """Particles of the phantom under noise that never repeats, float32, z, y, x."""
    from ..core import rng
    from ..volumes import phantom

    tile = phantom.generate(phantom.Phantom(edge=64))
    depth, height, width = tomogram.shape
    made = np.empty(tomogram.shape, np.float32)
    rows, columns = np.arange(height) % 64, np.arange(width) % 64
    for z in range(depth):
        bits = rng.bits(tomogram.id, z * height * width, height * width) >> np.uint64(40)
        noise = bits.astype(np.float32).reshape(height, width) / np.float32(2**23) - np.float32(1)
        made[z] = tile[z % 64][np.ix_(rows, columns)] + noise
    return made


def write(tomogram: Tomogram, data: np.ndarray, folder: Path) -> None:
    """An OME-Zarr as the portal writes it: Zarr format 2, chunks of 256³, three levels."""
    import zarr
    from numcodecs import Blosc

    group = zarr.open_group(str(folder), mode="w", zarr_format=2)
    at = ["zyx".index(axis) for axis in tomogram.order]
    for level in range(LEVELS):
        array = group.create_array(
            str(level), shape=[data.shape[axis] for axis in at], dtype="<f4",
            chunks=(CHUNK,) * 3, compressors=Blosc("lz4", 5, Blosc.SHUFFLE),
            chunk_key_encoding={"name": "v2", "separator": "/"},
        )  # fmt: skip
        array[...] = data.transpose(at)
        data = _halved(data)
    group.attrs["multiscales"] = [_multiscales(tomogram)]


def _multiscales(tomogram: Tomogram) -> dict:
    """Metadata of NGFF 0.4."""
    unit = {} if tomogram.older else {"unit": "angstrom"}
    step = 1.0 if tomogram.older else tomogram.voxel_spacing
    scales = [[step * 2**level] * 3 for level in range(LEVELS)]
    return {
        "version": "0.4",
        "axes": [{"name": axis, "type": "space", **unit} for axis in tomogram.axes],
        "datasets": [
            {"path": str(n), "coordinateTransformations": [{"type": "scale", "scale": scale}]}
            for n, scale in enumerate(scales)
        ],
    }


def _halved(data: np.ndarray) -> np.ndarray:
    """Block means of 2³; an odd last plane is left out, as no level here depends on it."""
    z, y, x = (max(1, edge // 2) for edge in data.shape)
    cut = data[: 2 * z, : 2 * y, : 2 * x]
    return cut.reshape(z, 2, y, 2, x, 2).mean((1, 3, 5), dtype=np.float32)


def tables(held: list[Tomogram], endpoint: str) -> dict[str, list[dict]]:
    """Rows of the portal's API, by the schema's names of their types."""
    titles = {
        10445: "Phantom particles in vitro, stand-in of the private test set",
        10000: "Phantom of S. pombe, stand-in of the oldest metadata",
        10001: "Phantom without OME-Zarr",
    }
    found: dict[str, list[dict]] = {
        "Deposition": [{"id": 10301, "title": "Stand-in", "depositionDate": _DAY}],
        "Dataset": [
            {"id": number, "title": title, "depositionId": 10301, "releaseDate": _DAY,
             "datasetPublications": "10.0000/stand-in", "s3Prefix": f"s3://{BUCKET}/{number}/"}
            for number, title in titles.items()
        ],
        "DatasetAuthor": [], "Run": [], "TomogramVoxelSpacing": [], "Tomogram": [],
        "TomogramAuthor": [],
    }  # fmt: skip
    runs: dict[tuple, int] = {}
    spacings: dict[tuple, int] = {}
    for each in held:
        run = runs.setdefault((each.dataset, each.run), 100 + len(runs))
        spacing = spacings.setdefault((run, each.voxel_spacing), 500 + len(spacings))
        found["Tomogram"].append(_row(each, run, spacing, endpoint))
        for order, name in enumerate(("Ada Phantom", "Ben Noise"), 1):
            author = {"id": 10 * each.id + order, "tomogramId": each.id, "name": name}
            found["TomogramAuthor"].append({**author, "authorListOrder": order})
    for (dataset, name), number in runs.items():
        prefix = f"s3://{BUCKET}/{dataset}/{name}/"
        found["Run"].append({"id": number, "datasetId": dataset, "name": name, "s3Prefix": prefix})
    for (run, value), number in spacings.items():
        found["TomogramVoxelSpacing"].append({"id": number, "runId": run, "voxelSpacing": value})
    return found


_DAY = "2024-10-29T00:00:00+00:00"


def _row(each: Tomogram, run: int, spacing: int, endpoint: str) -> dict:
    depth, height, width = each.shape
    there = each.omezarr == "yes"
    where = f"{BUCKET}/{each.key}"
    mrc = f"{BUCKET}/{each.folder}/{each.run}.mrc"
    return {
        "id": each.id, "runId": run, "tomogramVoxelSpacingId": spacing, "depositionId": 10301,
        "name": each.run, "sizeX": width, "sizeY": height, "sizeZ": depth,
        "voxelSpacing": each.voxel_spacing, "processing": each.processing,
        "processingSoftware": "stand-in", "reconstructionMethod": each.method,
        "isVisualizationDefault": each.default, "isPortalStandard": True,
        "s3OmezarrDir": f"s3://{where}" if there else each.omezarr,
        "httpsOmezarrDir": f"{endpoint}/{where}" if there else each.omezarr,
        "s3MrcFile": f"s3://{mrc}", "httpsMrcFile": f"{endpoint}/{mrc}",
        "publications": "10.0000/stand-in", "depositionDate": _DAY, "releaseDate": _DAY,
        "lastModifiedDate": _DAY,
    }  # fmt: skip
