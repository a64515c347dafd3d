"""Make the portrait of a volume, and keep it beside the results."""

from __future__ import annotations

import datetime
from pathlib import Path

from .. import console, project, units
from ..core.errors import UserError
from ..core.volume import Volume, open_volume
from ..results import machine_name
from ..volumes import cache
from ..volumes.resolve import resolve
from . import drawn, records


def portrait(name: str, json: bool) -> None:
    """Prepare a volume, make its portrait, and say where it stands.

    Raises
    ------
    UserError
        There is no such volume, it cannot be prepared, or nothing can be written.
    """
    folder = project.find().results
    source = resolve(name)
    with console.bar(f"preparing {name}") as progress:
        volume = cache.prepare(source, progress)[0]
    place = make(volume, folder)
    made = records.read(place)
    if json:
        shown = {k: v for k, v in made.drawn.items() if k != "slices"}
        return console.as_json({"path": str(place), "volume": made.volume, **shown})
    numbers = made.drawn["statistics"]
    rows = [
        *((f"{what}", f"{numbers[what]:g}") for what in ("min", "max", "mean", "std")),
        ("slices", ", ".join(f"{n} {e['size'][0]} x {e['size'][1]} pixels"
                             for n, e in made.drawn["slices"].items())),
        ("size", units.format_size(place.stat().st_size)),
        ("record", str(place)),
        ("shown", "on the page Data of the site; `asv publish` writes it"),
    ]  # fmt: skip
    for label, value in rows:
        console.say(f"{label:<8}  {value}")
    return None


def make(volume: Volume, results: Path) -> Path:
    """Write the portrait of a prepared volume.

    Parameters
    ----------
    volume
        Its record.
    results
        The folder of results; it goes into this machine's.

    Returns
    -------
    pathlib.Path
        The file.
    """
    place = records.path(results / machine_name(), volume.id)
    with console.bar(f"looking at {volume.id}") as progress:
        found = drawn.portrait(open_volume(volume.id)[1], volume.voxel_spacing, progress)
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    records.write(place, records.Portrait(records.public(volume), today, found))
    return place


def keep(volume: Volume, results: Path) -> None:
    """Have a portrait of what is measured, where there is none yet of these voxels.

    Figures do not depend on it: without the package that draws, a line says so.
    """
    place = records.path(results / machine_name(), volume.id)
    try:
        found = records.read(place) if place.is_file() else None
        if found is None or found.volume["sha256"] != volume.sha256:
            make(volume, results)
    except UserError as exc:
        console.tell(f"no portrait of {volume.id}: {exc}")
