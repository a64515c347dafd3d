"""Test doubles: operations slower than they need be, to see whether the measuring notices."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..operations import Operation
    from .cell import Cell


@dataclass
class Slowed:
    """An operation that takes `factor` times as long: it works on, without a result."""

    real: Operation
    factor: float

    def __getattr__(self, name):
        return getattr(self.real, name)

    def run(self, job):
        """Do it, and compute for the rest, whoever else is on the core."""
        started = time.process_time()
        result = self.real.run(job)
        until = started + (time.process_time() - started) * self.factor
        while time.process_time() < until:
            pass
        return result


def doubled(operation: Operation, cell: Cell, settings: dict):
    """The operation, slowed where the settings name the cell: ``{"slowed": {id: factor}}``."""
    factor = settings.get("slowed", {}).get(cell.id)
    return Slowed(operation, factor) if factor else operation
