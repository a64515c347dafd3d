"""Make arrays, and write them whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import WrongResult
from .base import Operation


@dataclass(frozen=True)
class Create(Operation):
    """An array without chunks."""

    def bring(self, job):
        """Nothing where it goes."""
        job.remove()
        job.place.mkdir(parents=True, exist_ok=True)

    def run(self, job):
        """Create."""
        return job.backend.create(job.case, job.path, job.data.shape, job.data.dtype)

    def check(self, job, result):
        """It is there, and has the shape."""
        if tuple(job.backend.open(job.case, job.path).shape) != job.data.shape:
            raise WrongResult("created with another shape")

    def nbytes(self, job):
        """No voxels."""
        return 0


@dataclass(frozen=True)
class CreateWith(Create):
    """An array with its data, in one step."""

    def run(self, job):
        """Create, and write."""
        return job.backend.create_with(job.case, job.path, job.data)

    def check(self, job, result):
        """Every voxel."""
        job.check(job.data)

    def nbytes(self, job):
        """The whole volume."""
        return job.data.nbytes


@dataclass(frozen=True)
class Write(Operation):
    """The whole volume at once, into an array made just before."""

    empty: bool = True
    zeros: bool = False

    def bring(self, job):
        """An empty array."""
        job.kept["data"] = self._data(job)
        job.kept["handle"] = job.create(write_empty=self.empty)

    def _data(self, job):
        if not self.zeros:
            return job.data
        if "zeros" not in job.kept:
            job.kept["zeros"] = np.zeros_like(job.data) + job.data.dtype.type(0)
        return job.kept["zeros"]

    def run(self, job):
        """Write."""
        job.backend.write(job.kept["handle"], job.kept["data"])

    def check(self, job, result):
        """Every voxel, and whether empty chunks are there."""
        job.check(job.kept["data"])
        stored = job.backend.chunks(job.case, job.path)
        due = job.backend.due(job.case, job.kept["data"])
        wanted = 0 if self.zeros and not self.empty else due
        if stored != wanted:
            raise WrongResult(f"{wanted} chunks or shards to store, {stored} stored")


@dataclass(frozen=True)
class WriteSlabs(Write):
    """Slab by slab along z, as reconstruction programs do."""

    share: float = 1.0  # of a stored object's depth

    def bring(self, job):
        """An empty array, and where each slab begins."""
        super().bring(job)
        depth = job.data.shape[0]
        stored = job.case.layout_row.of(job.data.shape).stored[0]
        step = max(1, int(min(stored, depth) * self.share))
        _, y, x = (slice(0, n) for n in job.data.shape)
        starts = range(0, depth, step)
        job.kept["slabs"] = [(slice(z, min(z + step, depth)), y, x) for z in starts]

    def run(self, job):
        """Write each."""
        for slab in job.kept["slabs"]:
            job.backend.assign(job.kept["handle"], slab, job.data[slab])
