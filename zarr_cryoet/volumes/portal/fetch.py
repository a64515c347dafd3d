"""The command that fetches."""

from __future__ import annotations

from dataclasses import replace

from .. import report
from .asked import crop, parse


def fetch(
    place: str,
    voxel_spacing: float | None,
    level: int,
    box: str | None,
    processing: str | None,
    tomogram: int | None,
    json: bool,
) -> None:
    """Fetch a tomogram that is named by options in place of one word.

    Raises
    ------
    UserError
        There is no such tomogram, or it cannot be fetched.
    """
    told = {
        "voxel_spacing": voxel_spacing,
        "level": level or None,
        "crop": crop(box) if box else None,
        "processing": processing,
        "tomogram": tomogram,
    }
    asked = replace(parse(place), **{key: value for key, value in told.items() if value})
    report.prepare(asked.name, json)
