"""A prepared volume: a read-only memory map beside its record."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from .errors import UserError

DEFAULT_VOLUME = "phantom-128"
VOLUME_VARIABLE = "ZARR_CRYOET_VOLUME"
CACHE_VARIABLE = "ZARR_CRYOET_CACHE"
TOOL_VARIABLE = "ZARR_CRYOET_PYTHON"
CHECKED_VARIABLE = "ZARR_CRYOET_CHECKED"  # volumes whose SHA-256 was right, by path


@dataclass(frozen=True)
class Volume:
    """What is known of a volume without its voxels.

    Attributes
    ----------
    id : str
        Short, stable, fit for file names and URLs.
    shape : tuple of int
        Voxels along z, y, x.
    dtype : str
        numpy's name, ``float32`` for most.
    voxel_spacing : tuple of float or None
        Ångström along z, y, x; None where the source does not carry it.
    provenance : str
        ``real``, ``derived`` or ``synthetic``.
    licence : str or None
        SPDX identifier where one is known.
    sha256 : str or None
        Of the prepared ``.npy`` file, header and voxels.
    source : dict
        Where it came from, for people and for citation.
    """

    id: str
    shape: tuple[int, int, int]
    dtype: str
    voxel_spacing: tuple[float, float, float] | None
    provenance: str
    licence: str | None
    sha256: str | None
    source: dict = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of the voxels, without any header."""
        return self.voxels * np.dtype(self.dtype).itemsize

    @property
    def voxels(self) -> int:
        """How many voxels it has."""
        z, y, x = self.shape
        return z * y * x

    def to_json(self) -> dict:
        """The record as JSON holds it: tuples as lists."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict) -> Volume:
        """The inverse of `to_json`; keys that a later version added are dropped."""
        known = {k: record[k] for k in cls.__dataclass_fields__ if k in record}
        known["shape"] = tuple(int(edge) for edge in known["shape"])
        if known["voxel_spacing"] is not None:
            known["voxel_spacing"] = tuple(float(edge) for edge in known["voxel_spacing"])
        return cls(**known)


def folder() -> Path:
    """Where prepared volumes stand; the plug-in and the command line name it.

    Raises
    ------
    UserError
        `ZARR_CRYOET_CACHE` is not set: neither of them started this process.
    """
    cache = os.environ.get(CACHE_VARIABLE)
    if not cache:
        raise UserError(f"{CACHE_VARIABLE} is not set; start this through asv or zarr-cryoet")
    return Path(cache) / "volumes"


def open_volume(name: str) -> tuple[Volume, np.ndarray]:
    """Record and voxels of a prepared volume.

    Returns
    -------
    Volume, numpy.ndarray
        The voxels are a read-only memory map, z, y, x: opening takes neither time
        nor memory, whatever the size.

    Raises
    ------
    FileNotFoundError
        It is not prepared.
    """
    path = folder() / f"{name}.npy"
    record = json.loads(path.with_suffix(".json").read_text())
    return Volume.from_json(record), np.load(path, mmap_mode="r")


def known(name: str) -> Volume | None:
    """The record of a volume; None where it is not prepared."""
    try:
        return open_volume(name)[0]
    except (OSError, UserError, ValueError, KeyError, TypeError, AttributeError):
        return None


def nbytes_of(name: str) -> int:
    """Bytes of a volume's voxels; 0 where it is not prepared."""
    found = known(name)
    return found.nbytes if found else 0


def dtype_of(name: str) -> np.dtype | None:
    """The type of a volume's voxels; None where it is not prepared."""
    found = known(name)
    return np.dtype(found.dtype) if found else None


def is_whole(name: str) -> bool:
    """Whether it is prepared and its file matches the SHA-256 of its record.

    It is hashed once in a run: this process and those that it starts compare its size and
    time of change from then on.
    """
    path = folder() / f"{name}.npy"
    try:
        record = Volume.from_json(json.loads(path.with_suffix(".json").read_text()))
        stat, marks = path.stat(), json.loads(os.environ.get(CHECKED_VARIABLE, "{}"))
        mark = [record.sha256, stat.st_size, stat.st_mtime_ns]
        if marks.get(str(path)) != mark:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:
                    return False
            os.environ[CHECKED_VARIABLE] = json.dumps({**marks, str(path): mark})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def ensure(name: str) -> tuple[Volume, np.ndarray]:
    """The same as `open_volume`, prepared first where it has to be.

    Preparing happens in the tool's own interpreter, which the plug-in names in
    `ZARR_CRYOET_PYTHON`, so that the bytes do not depend on the release under test.

    Raises
    ------
    RuntimeError
        It could not be prepared; the last line of what the tool said.
    """
    if not is_whole(name):
        tool = os.environ.get(TOOL_VARIABLE)
        if not tool:
            raise RuntimeError(f"{name} is not prepared: zarr-cryoet volumes prepare {name}")
        command = [tool, "-m", "zarr_cryoet", "volumes", "prepare", name]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no message"]
            raise RuntimeError(f"{name} could not be prepared: {said[-1]}")
    return open_volume(name)
