"""Where a volume's voxels come from: one class for each kind of source."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..core.errors import UserError
from ..core.volume import Volume, open_volume
from .cache import prepare
from .source import Progress, Source

LICENCE = "MIT"  # of what the project itself generates


@dataclass(frozen=True)
class PhantomVolume(Source):
    """A generated volume: the tomogram, its twin in 8 bits, or its mask.

    Attributes
    ----------
    id : str
        The row's id.
    edge : int
        Voxels along each axis.
    sha256 : str or None
        Of the prepared file, the same on every machine.
    product : str
        ``tomogram``, ``uint8`` or ``labels``.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    edge: int
    sha256: str | None
    product: str = "tomogram"
    groups: tuple[str, ...] = ("default",)

    def _phantom(self):
        from . import phantom

        return phantom.Phantom(edge=self.edge)

    def describe(self) -> Volume:
        """All of it is known beforehand."""
        spec = self._phantom()
        dtype = "uint8" if self.product == "labels" else "float32"
        source = {"kind": "phantom", "product": self.product, "seed": spec.seed}
        spacing = (spec.voxel_spacing,) * 3
        shape = (self.edge,) * 3
        return Volume(self.id, shape, dtype, spacing, "synthetic", LICENCE, self.sha256, source)

    def voxels(self, progress: Progress, *, finite: bool = True) -> np.ndarray:
        """Generate it."""
        from . import phantom

        spec = self._phantom()
        if self.product == "labels":
            return phantom.labels(spec, progress=progress)
        made = phantom.generate(spec, progress=progress)
        return phantom.to_uint8_range(made) if self.product == "uint8" else made


@dataclass(frozen=True)
class TiledVolume(Source):
    """Another volume, repeated until it fills a shape: for what needs size alone.

    Attributes
    ----------
    of : Source
        What is repeated.
    shape : tuple of int
        Voxels along z, y, x.
    """

    of: Source
    shape: tuple[int, int, int]

    @property
    def id(self) -> str:
        """The other's id and the shape; of a cube, its edge alone."""
        edges = self.shape[:1] if len(set(self.shape)) == 1 else self.shape
        return f"{self.of.id}-t{'x'.join(map(str, edges))}"

    def describe(self) -> Volume:
        """Labelled as derived."""
        base = self.of.describe()
        of = base.source.get("sha256") or base.sha256
        source = {"kind": "tiled", "of": base.id, "provenance": base.provenance, "sha256": of}
        shape = self.shape
        return Volume(
            self.id, shape, base.dtype, base.voxel_spacing, "derived", base.licence, None, source
        )

    def voxels(self, progress: Progress, *, finite: bool = True) -> np.ndarray:
        """Repeat the other's prepared voxels, in memory.

        Raises
        ------
        UserError
            It would not fit there.
        """
        from .readers.base import check_memory

        check_memory(Path(self.id), self.shape, np.dtype(self.of.describe().dtype))
        prepare(self.of, progress)
        data = open_volume(self.of.id)[1]
        tiled = np.empty(self.shape, data.dtype)
        plane = (np.arange(n) % m for n, m in zip(self.shape[1:], data.shape[1:], strict=True))
        rows, columns = np.ix_(*plane)
        for z in range(self.shape[0]):
            tiled[z] = data[z % data.shape[0]][rows, columns]
        return tiled


@dataclass(frozen=True)
class FileVolume(Source):
    """A user's own file, or OME-Zarr folder."""

    path: Path
    licence: str | None = None

    @cached_property
    def sha256(self) -> str:
        """Of the source; of a folder, over the names and contents of all its files."""
        _ = self._loaded  # refuses what is no volume, before all of it is read
        digest = hashlib.sha256()
        try:
            if self.path.is_dir():
                for file in sorted(p for p in self.path.rglob("*") if p.is_file()):
                    digest.update(os.fsencode(file.relative_to(self.path).as_posix()) + b"\0")
                    digest.update(file.read_bytes())
                return digest.hexdigest()
            with self.path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as exc:
            raise UserError(f"{self.path}: {exc.strerror or exc}") from exc

    @cached_property
    def id(self) -> str:
        """Its stem, and the start of its SHA-256."""
        stem = self.path.resolve().name
        stem = re.sub(
            r"(\.ome)?\.(mrc|map|rec|st|tiff?|npy|zarr)(\.(gz|bz2))?$", "", stem, flags=re.I
        )
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip(".-") or "volume"
        return f"{stem[:60]}-{self.sha256[:8]}"

    @cached_property
    def _loaded(self):
        from . import readers

        return readers.read(self.path)

    def describe(self) -> Volume:
        """What the file says of itself."""
        loaded = self._loaded
        source = {
            **loaded.details,
            "kind": "file",
            "name": self.path.name,
            "path": str(self.path.resolve()),
            "sha256": self.sha256,
            "format": loaded.format,
        }
        native = loaded.array.dtype.newbyteorder("=")
        spacing = loaded.voxel_spacing
        return Volume(
            self.id, loaded.array.shape, native.name, spacing, "real", self.licence, None, source
        )

    def voxels(self, progress: Progress, *, finite: bool = True) -> np.ndarray:
        """Read it.

        Raises
        ------
        UserError
            It cannot be read, or holds NaN or infinity, which no ratio of codecs
            and no error bound could be trusted with.
        """
        array = self._loaded.array
        if finite and array.dtype.kind == "f":
            for done, plane in enumerate(array, 1):
                if not np.isfinite(plane).all():
                    bad = int(np.count_nonzero(~np.isfinite(plane)))
                    raise UserError(
                        f"{self.path}: plane z = {done - 1} holds {bad} voxel{'s' * (bad > 1)} NaN "
                        "or infinite; replace them first"
                    )
                progress(done / len(array) / 2)
        return array


@dataclass(frozen=True)
class EarlierVolume(Source):
    """A volume of the cache, known by its id alone; what it was made from may be gone."""

    record: Volume

    @property
    def id(self) -> str:
        """As it was prepared."""
        return self.record.id

    def describe(self) -> Volume:
        """As it was prepared."""
        return self.record

    def voxels(self, progress: Progress, *, finite: bool = True) -> np.ndarray:
        """Read the file again, if it is still the same.

        Raises
        ------
        UserError
            It is not.
        """
        if "path" not in self.record.source:
            raise UserError(f"{self.id}: is damaged in the cache, and can only be made anew there")
        source = FileVolume(Path(self.record.source["path"]))
        if source.id != self.id:
            raise UserError(f"{source.path}: has changed since it was prepared as {self.id}")
        return source.voxels(progress, finite=finite)
