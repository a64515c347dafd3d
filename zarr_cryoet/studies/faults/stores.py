"""What is read: the volume, and what overwrites it, in each storage configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core import volume as prepared
from ...core.case import Case
from ...core.errors import UserError
from ...core.prepare import READY, prepare
from . import plan


@dataclass(frozen=True)
class Stores:
    """What is read.

    Attributes
    ----------
    sound, other : pathlib.Path
        Folders of stores by the same names: the volume, and what overwrites it.
    names : dict
        The name of each form's store.
    wanted : dict
        NPY files of both, by ``sound`` and ``other``.
    shape : tuple of int
        Of the volume, z, y, x.
    """

    sound: Path
    other: Path
    names: dict[str, str]
    wanted: dict[str, str]
    shape: tuple[int, ...]

    def box(self, fault: plan.Fault) -> list[tuple[int, int]]:
        """Begin and end along z, y, x of what is read."""
        depth, *rest = self.shape
        return [(0 if fault.whole else 1, depth), *((0, n) for n in rest)]


def written(name: str, forms: Iterable[str], place: Path) -> Stores:
    """Both versions of the volume, in each form, as files.

    Raises
    ------
    UserError
        One could not be written.
    """
    data = np.asarray(prepared.open_volume(name)[1])
    # another value in every voxel, and chunks of other lengths, as they compress better
    other = (-data.astype("f4")).astype("f2").astype("f4").astype(data.dtype)
    names, wanted = {}, {}
    for side, voxels in (("sound", data), ("other", other)):
        np.save(place / f"{side}.npy", voxels)
        wanted[side] = str(place / f"{side}.npy")
        for form in forms:
            case = Case(name, plan.FORMS[form].storage, "zarr-python")
            made = prepare(case, voxels, place / side)
            if made["status"] != READY:
                raise UserError(f"{form} could not be written: {made['reason']}")
            names[form] = Path(made["path"]).name
    return Stores(place / "sound", place / "other", names, wanted, data.shape)
