"""Read what was stored before, in one of the access patterns."""

from __future__ import annotations

from dataclasses import dataclass

from ..access import ACCESS, AccessPattern, asked, take
from ..verify import verify
from .base import Operation


@dataclass(frozen=True)
class Read(Operation):
    """Each selection of an access pattern, one after the other."""

    access: AccessPattern | None = None

    def bring(self, job):
        """The selections, once."""
        if "selections" not in job.kept:
            job.kept["selections"] = self.access.select(job.data.shape)
        job.handle  # noqa: B018  opened before the clock runs

    def run(self, job):
        """Read, and hold all that was read."""
        return list(self.results(job))

    def results(self, job):
        """Read."""
        for box in job.kept["selections"]:
            yield job.backend.read(job.handle, box)

    def check(self, job, result):
        """Every voxel."""
        for found, selection in zip(result, job.kept["selections"], strict=True):
            wanted = take(job.data, selection)
            verify(found, wanted, job.case.codec_row).require(self.access.id)

    def nbytes(self, job):
        """Of the voxels that are asked for."""
        return sum(map(asked, job.kept["selections"])) * job.data.dtype.itemsize


def reads() -> list[Read]:
    """One for each access pattern."""
    return [
        Read(
            f"read-{row.id}",
            row.meaning,
            ("read", *(f"read-{group}" for group in row.groups), *row.groups),
            row.needs,
            True,
            False,
            row,
        )
        for row in ACCESS.values()
    ]
