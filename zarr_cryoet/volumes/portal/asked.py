"""How a person names a tomogram of the portal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from ...core.errors import UserError

PREFIX = "portal:"
_FORM = "DATASET/RUN@SPACING, as in 10445/TS_100_3@10.012"
_KEYS = ("level", "crop", "processing", "tomogram")

Crop = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Asked:
    """A tomogram of the portal, or a part of it.

    Attributes
    ----------
    dataset : int
        Its number.
    run : str
        Its name.
    voxel_spacing : float or None
        Ångström; None where the run has one alone.
    processing : str or None
        As the portal names it, where there are several.
    tomogram : int or None
        The portal's number, where that does not tell either.
    level : int
        Of the pyramid; 0 is full resolution.
    crop : tuple or None
        Begin and end along z, y, x in voxels of that level; None for all of it.
    """

    dataset: int
    run: str
    voxel_spacing: float | None = None
    processing: str | None = None
    tomogram: int | None = None
    level: int = 0
    crop: Crop | None = None

    @property
    def name(self) -> str:
        """The one spelling of it that `parse` takes."""
        at = f"@{self.voxel_spacing:g}" if self.voxel_spacing else ""
        told = {
            "tomogram": self.tomogram,
            "processing": self.processing,
            "level": self.level or None,
            "crop": self.crop and spelled(self.crop),
        }
        more = "&".join(f"{k}={quote(str(v), safe=':,')}" for k, v in told.items() if v is not None)
        return f"{PREFIX}{self.dataset}/{self.run}{at}{'?' if more else ''}{more}"


def parse(name: str) -> Asked:
    """Take a name apart, such as ``portal:10445/TS_100_3@10.012?level=1&crop=0:9,0:9,0:9``.

    Raises
    ------
    UserError
        It cannot be one.
    """
    place, _, more = name.removeprefix(PREFIX).partition("?")
    dataset, slash, run = place.partition("/")
    run, at, spacing = run.rpartition("@") if "@" in run else (run, "", "")
    if not (slash and run and dataset.isascii() and dataset.isdigit()):
        raise UserError(f"{name}: a tomogram of the portal is named {_FORM}")
    told = dict(parse_qsl(more, keep_blank_values=True))
    if wrong := [key for key in told if key not in _KEYS]:
        raise UserError(f"{name}: {wrong[0]} cannot be asked for; known are {', '.join(_KEYS)}")
    return Asked(
        int(dataset),
        run,
        _number(name, spacing, float, "a voxel spacing in ångström") if at else None,
        told.get("processing") or None,
        _number(name, told["tomogram"], int, "the number of a tomogram")
        if "tomogram" in told
        else None,
        _number(name, told.get("level", "0"), int, "a level of the pyramid"),
        crop(told["crop"]) if "crop" in told else None,
    )


def _number(name: str, text: str, kind: type, what: str):
    try:
        value = kind(text)
    except ValueError:
        value = -1
    if not 0 <= value < 1e12:
        raise UserError(f"{name}: {text[:40]!r} is not {what}")
    return value


def crop(text: str) -> Crop:
    """Take apart ``z0:z1,y0:y1,x0:x1``.

    Raises
    ------
    UserError
        It is something else, or empty.
    """
    found = re.fullmatch(r"(\d+):(\d+),(\d+):(\d+),(\d+):(\d+)", text.replace(" ", ""), re.A)
    if not found:
        raise UserError(f"{text[:60]}: a crop is z0:z1,y0:y1,x0:x1, in voxels")
    z0, z1, y0, y1, x0, x1 = map(int, found.groups())
    for axis, begin, end in (("z", z0, z1), ("y", y0, y1), ("x", x0, x1)):
        if begin >= end:
            raise UserError(f"{text}: the crop is empty along {axis}: {begin}:{end}")
    return (z0, z1), (y0, y1), (x0, x1)


def spelled(box: Crop) -> str:
    """The inverse of `crop`."""
    return ",".join(f"{begin}:{end}" for begin, end in box)
