"""What limits share: what no backend can be faster than, measured as if they were some."""

from __future__ import annotations

from typing import ClassVar

from .base import NO_ZARR, Backend


class Limit(Backend):
    """Keeps what it wrote in this process, as there is no store."""

    package = "numpy"
    groups = ("limit",)
    excluded = NO_ZARR
    families: ClassVar = {0: frozenset({"none"})}
    stores = frozenset({"memory"})
    _kept: ClassVar[dict] = {}

    def cannot(self, operation):
        """All but writing it whole, and reading."""
        if operation.id == "write" or "read" in operation.groups:
            return None
        return "a limit writes whole volumes, and reads"

    def supports(self, case, versions):
        """Without shards, which are a matter of stores."""
        reason = super().supports(case, versions)
        return reason or ("a limit has no shards" if case.layout_row.shards else None)

    def open(self, case, path, *, update=False):
        """What was written there."""
        return self._kept[self.id, str(path)]

    def objects(self, case, path):
        """None: it is in memory, as it is."""
        return {}

    def chunks(self, case, path):
        """As many as it should be; whether they are right is what reading shows."""
        return self.due(case, self.open(case, path))

    def problems(self, case, path, data):
        """It has no metadata."""
        return []

    def forget(self, path):
        """Drop it."""
        self._kept.pop((self.id, str(path)), None)
