"""The limit of whatever returns a fresh array: its allocation, and one copy."""

from __future__ import annotations

import numpy as np

from ..access import take
from .limit import Limit


class Fresh(Limit):
    """The volume in memory; what is read is copied out of it."""

    id = "fresh-copy"

    def supports(self, case, versions):
        """One block."""
        reason = super().supports(case, versions)
        return reason or (None if case.layout == "whole" else f"{self.id} has no chunks")

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Nothing yet: its pages come with the first write."""
        made = self._kept[self.id, str(path)] = np.empty(shape, dtype)
        return made

    def write(self, handle, data):
        """Copy in."""
        np.copyto(handle, data)

    def read(self, handle, selection):
        """Copy out."""
        return np.array(take(handle, selection))
