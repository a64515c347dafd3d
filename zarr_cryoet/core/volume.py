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
        known["shape"] = tuple(known["shape"])
        if known["voxel_spacing"] is not None:
            known["voxel_spacing"] = tuple(known["voxel_spacing"])
        return cls(**known)
