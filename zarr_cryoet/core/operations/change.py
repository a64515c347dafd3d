"""Change an array that is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .base import Operation, clip


@dataclass(frozen=True)
class Overwrite(Operation):
    """A part of the volume, with other voxels."""

    part: str = "box"

    def bring(self, job):
        """The array, once, as the same part is written with the same voxels each time."""
        if "box" in job.kept:
            return
        held = self._held(job)
        job.hold(held)
        box = self._box(held.shape, job.case.layout_row.of(held.shape).stored)
        job.kept["box"] = box
        job.kept["part"] = np.ascontiguousarray(held[box][..., ::-1])
        job.kept["wanted"] = held.copy()
        job.kept["wanted"][box] = job.kept["part"]
        job.kept["handle"] = job.backend.open(job.case, job.path, update=True)

    def _held(self, job):
        """The volume; for edge chunks, so much of it that its shape cuts them."""
        if self.part != "edge":
            return job.data
        stored = job.case.layout_row.of(job.data.shape).stored
        cut = (
            n - (max(1, edge // 4) if n > 1 else 0)
            for n, edge in zip(job.data.shape, map(min, stored, job.data.shape), strict=True)
        )
        return np.ascontiguousarray(job.data[tuple(slice(0, n) for n in cut)])

    def _box(self, shape, stored):
        if self.part == "plane":
            k = shape[0] * 3 // 8
            return (slice(k, k + 1), slice(0, shape[1]), slice(0, shape[2]))
        if self.part == "shard":
            return clip(tuple(slice(0, edge) for edge in stored), shape)
        if self.part == "edge":
            last = [(n - 1) // edge * edge for n, edge in zip(shape, stored, strict=True)]
            return tuple(slice(a, n) for a, n in zip(last, shape, strict=True))
        ends = [(n * 6 // 16, max(1, n * 4 // 16)) for n in shape]
        return tuple(slice(a, a + size) for a, size in ends)

    def run(self, job):
        """Write it."""
        job.backend.assign(job.kept["handle"], job.kept["box"], job.kept["part"])

    def check(self, job, result):
        """The part, and all that is around it."""
        job.check(job.kept["wanted"])

    def nbytes(self, job):
        """Of the part."""
        return job.kept["part"].nbytes


@dataclass(frozen=True)
class Append(Operation):
    """The second half of the volume, to an array that holds the first."""

    def bring(self, job):
        """The first half."""
        half = max(1, job.data.shape[0] // 2)
        job.hold(job.data[:half])
        job.kept["rest"] = job.data[half:]
        job.kept["handle"] = job.backend.open(job.case, job.path, update=True)

    def run(self, job):
        """Append."""
        job.backend.append(job.kept["handle"], job.kept["rest"])

    def check(self, job, result):
        """The whole volume."""
        job.check(job.data)

    def nbytes(self, job):
        """Of the second half."""
        return job.kept["rest"].nbytes


@dataclass(frozen=True)
class Resize(Operation):
    """Another depth: what falls outside is deleted, what comes in is empty."""

    factor: float = 1.5

    def bring(self, job):
        """The whole volume."""
        depth = max(1, int(job.data.shape[0] * self.factor))
        job.hold(job.data)
        job.kept["shape"] = (depth, *job.data.shape[1:])
        job.kept["handle"] = job.backend.open(job.case, job.path, update=True)

    def run(self, job):
        """Resize."""
        return job.backend.resize(job.kept["handle"], job.kept["shape"])

    def check(self, job, result):
        """What was there as far as it still is, and zeros."""
        wanted = np.zeros(job.kept["shape"], job.data.dtype)
        both = slice(0, min(wanted.shape[0], job.data.shape[0]))
        wanted[both] = job.data[both]
        job.check(wanted)

    def nbytes(self, job):
        """No voxels."""
        return 0
