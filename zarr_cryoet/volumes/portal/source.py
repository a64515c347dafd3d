"""A volume that is fetched from the portal."""

from __future__ import annotations

import datetime
import hashlib
import re
import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ...core.errors import UserError
from ...core.volume import CACHE_VARIABLE, Volume, known, open_volume
from ...units import format_size
from ..cache import prepare
from ..source import Progress, Source
from . import api, client, decode, image
from .asked import Asked, Crop, parse, spelled
from .bucket import Changed, Entry, Objects
from .gather import CONNECTIONS, Gathering, gather

LICENCE = "CC0-1.0"  # of all that the portal holds, by its data submission policy
_SITTINGS = 3  # where what is fetched changes meanwhile


@dataclass(frozen=True)
class PortalVolume(Source):
    """A tomogram of the CryoET Data Portal, or a level or a crop of one.

    Attributes
    ----------
    asked : Asked
        Which one.
    kept : Volume or None
        Its record, where it was prepared before: then the portal is asked for nothing, unless
        the volume is damaged.
    """

    asked: Asked
    kept: Volume | None = None
    resumes = True

    @cached_property
    def found(self) -> api.Tomogram:
        """What the portal says of it.

        Raises
        ------
        UserError
            There is no such tomogram, or it has no OME-Zarr.
        """
        found = api.find(self.asked)
        if not found.s3:
            raise UserError(
                f"{self.asked.name}: tomogram {found.id} has no OME-Zarr in the portal, its MRC "
                "alone; download that, and name the file"
            )
        return found

    @cached_property
    def id(self) -> str:
        """Dataset, run, spacing, and the start of a SHA-256 of where and which part it is."""
        if self.kept:
            return self.kept.id
        _ = self.box  # refuses a crop outside before anything is written
        part = (self.found.s3, self.asked.level, self.asked.crop, *client.other())
        digest = hashlib.sha256(repr(part).encode()).hexdigest()[:6]
        run = re.sub(r"[^A-Za-z0-9._-]+", "-", self.found.run)[:40]
        return f"{self.found.dataset}-{run}-{self.found.voxel_spacing:g}-{digest}"

    @cached_property
    def _objects(self) -> Objects:
        return Objects(self.found.s3, CONNECTIONS)

    @cached_property
    def _image(self) -> image.Image:
        found = self.found
        with client.broken_pipes_raise():
            return image.opened(found.s3, self._objects.get, self.asked.level, found.shape)

    @property
    def box(self) -> Crop:
        """Begin and end along z, y, x of what is fetched.

        Raises
        ------
        UserError
            The crop is outside.
        """
        shape = self._image.shape
        for axis, edge, (begin, end) in zip("zyx", shape, self.asked.crop or (), strict=False):
            if end > edge:
                size = " x ".join(map(str, shape))
                raise UserError(
                    f"{self.asked.name}: the crop's {axis}, {begin}:{end}, is outside of the "
                    f"volume, which has {size} voxels (z, y, x) at level {self.asked.level}"
                )
        return self.asked.crop or tuple((0, edge) for edge in shape)

    def describe(self) -> Volume:
        """What the portal's API and the OME-Zarr say of it."""
        if self.kept:
            return self.kept
        shape = tuple(end - begin for begin, end in self.box)
        spacing = tuple(float(f"{self.found.voxel_spacing * f:.6g}") for f in self._image.factor)
        source = self._source()
        dtype = self._image.dtype.name
        return Volume(self.id, shape, dtype, spacing, "real", LICENCE, None, source)

    def _source(self) -> dict:
        found, asked = self.found, self.asked
        before = known(self.id)  # fetched some other day, by another of its names
        today = datetime.date.today().isoformat()
        exact = replace(
            asked, voxel_spacing=found.voxel_spacing, tomogram=found.id, processing=None
        )
        return {
            "kind": "portal",
            "name": exact.name,
            "asked": asked.name,
            **api.cited(found),
            "dataset": found.dataset,
            "run": found.run,
            "tomogram": found.id,
            "deposition": found.deposition,
            "processing": found.processing,
            "reconstruction": found.reconstruction,
            "software": found.software,
            "level": asked.level,
            "crop": asked.crop and spelled(asked.crop),
            "portal": client.host(),
            "url": found.s3,
            "https": found.https,
            "released": found.date,
            "fetched": before.source.get("fetched", today) if before else today,
            **({"notes": self._image.notes} if self._image.notes else {}),
        }

    def voxels(self, progress: Progress, *, finite: bool = True) -> np.ndarray:
        """The volume as it is prepared, which happens first where it must."""
        prepare(self, progress)
        return open_volume(self.id)[1]

    def write(self, folder: Path, made: Path, progress: Progress) -> None:
        """Fetch it, in a folder in which an earlier attempt may have left something.

        Parameters
        ----------
        folder
            For what is fetched; left to the next attempt where this one fails.
        made
            The ``.npy`` file to write.
        progress
            Told the fraction that is done.

        Raises
        ------
        UserError
            It cannot be fetched, is damaged, or there is no room for it.
        """
        for _ in range(_SITTINGS):
            try:
                with client.broken_pipes_raise():
                    return self._sitting(folder, made, progress)
            except Changed:
                continue
            except decode.NotFinite:  # it would be no better another time
                shutil.rmtree(folder, ignore_errors=True)
                raise
        raise UserError(f"{self.found.s3}: changes while it is fetched; try again later")

    def _sitting(self, folder: Path, made: Path, progress: Progress) -> None:
        wanted = self._image.keys(self.box)
        listed = self._objects.listed(self._image.path)
        entries = {key: listed[key] for key in wanted if key in listed}
        if not entries:
            raise UserError(f"{self.found.s3}/{self._image.path}: none of its chunks is there")
        gathering = Gathering(folder / "objects", self.found.s3, entries)
        try:
            self._gathered(gathering, wanted, made, progress)
        except BaseException:
            if not gathering.nbytes:
                shutil.rmtree(folder)
            raise

    def _gathered(self, gathering: Gathering, wanted: dict, made: Path, progress: Progress) -> None:
        """Fetch, and decode each chunk as soon as it is whole."""
        entries, shape = gathering.wanted, tuple(end - begin for begin, end in self.box)
        total = sum(entry.size for entry in entries.values())
        self._room(made.parent, total - gathering.nbytes, shape)
        decode.create(made, self._image.dtype, shape)
        decoder = decode.Decoder(self._image, gathering.folder, made, self.box)
        for key in wanted.keys() - entries.keys():
            decoder.put(key, "", wanted[key])
        # its threads end before anybody looks at the folder
        with closing(gather(self._objects, gathering, lambda n: progress(n / total))) as news:
            for key in news:
                self._put(decoder, gathering, key, entries[key], wanted[key])

    def _put(self, decoder, gathering: Gathering, key: str, entry: Entry, part) -> None:
        try:
            decoder.put(key, entry.etag, part)
        except decode.NotFinite:
            raise
        except UserError:
            gathering.drop(key)  # so that it is fetched anew
            raise

    def _room(self, folder: Path, left: int, shape: tuple[int, ...]) -> None:
        needed = left + int(np.prod(shape, dtype=np.int64)) * self._image.dtype.itemsize
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise UserError(
                f"{folder.parent}: {format_size(free)} free, fetching {self.id} takes "
                f"{format_size(needed)}; {CACHE_VARIABLE} names another place for the cache"
            )


def named(name: str, kept: Iterable[Volume]) -> PortalVolume:
    """The source of a name such as ``portal:10445/TS_100_3@10.012``.

    Parameters
    ----------
    name
        See `asked.parse`.
    kept
        What is prepared: what was asked for in the same words before is not asked for again.
    """
    asked = parse(name)
    for volume in kept:
        if volume.source.get("portal") != client.host():
            continue
        if asked.name in (volume.source.get("asked"), volume.source.get("name")):
            return PortalVolume(asked, volume)
    return PortalVolume(asked)


def again(kept: Volume) -> PortalVolume:
    """The source of a prepared volume, by its record."""
    return PortalVolume(parse(kept.source["name"]), kept)
