"""Open, list and delete: what is done without a voxel."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import WrongResult
from .base import Operation


@dataclass(frozen=True)
class Open(Operation):
    """An array."""

    def run(self, job):
        """Open."""
        return job.backend.open(job.case, job.prepared)

    def check(self, job, result):
        """Its shape."""
        if tuple(result.shape) != job.data.shape:
            raise WrongResult(f"opened as {tuple(result.shape)}, stored as {job.data.shape}")

    def nbytes(self, job):
        """No voxels."""
        return 0


@dataclass(frozen=True)
class OpenGroup(Open):
    """A group of eight arrays, each of which is opened."""

    consolidated: bool = False

    def bring(self, job):
        """The group, once."""
        if "arrays" not in job.kept:
            job.remove()
            job.place.mkdir(parents=True, exist_ok=True)
            job.kept["arrays"] = {f"volume-{k}": tuple(job.data.shape) for k in range(8)}
            job.backend.create_group(job.case, job.path, job.kept["arrays"])

    def run(self, job):
        """Open."""
        return job.backend.open_group(job.case, job.path, consolidated=self.consolidated)

    def check(self, job, result):
        """Names and shapes."""
        found = {name: tuple(shape) for name, shape in result.items()}
        if found != job.kept["arrays"]:
            raise WrongResult(f"opened {sorted(found)}, stored {sorted(job.kept['arrays'])}")


@dataclass(frozen=True)
class List(Open):
    """All keys of the store."""

    def run(self, job):
        """List."""
        return job.backend.keys(job.case, job.prepared)

    def check(self, job, result):
        """Every object once."""
        wanted = sorted(job.backend.objects(job.case, job.prepared))
        if sorted(result) != wanted:
            raise WrongResult(f"{len(result)} keys listed, {len(wanted)} objects stored")


@dataclass(frozen=True)
class Delete(Operation):
    """An array, with its chunks."""

    def bring(self, job):
        """The whole volume."""
        job.hold(job.data)

    def run(self, job):
        """Delete."""
        job.backend.delete(job.case, job.path)

    def check(self, job, result):
        """Nothing is left."""
        left = job.backend.objects(job.case, job.path)
        if left:
            raise WrongResult(f"{len(left)} objects left")

    def nbytes(self, job):
        """No voxels."""
        return 0
