"""What was measured, by asv and by sweeps, as records of one type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import sweeps
from .asv import UNEXPLAINED, check, load, machine_name, mine
from .benchmarks import Suite
from .record import ASV, FAILED, OK, SKIPPED, SWEEP, About, Record

__all__ = [
    "ASV", "FAILED", "OK", "SKIPPED", "SWEEP", "UNEXPLAINED", "About", "Record", "Suite",
    "check", "load", "machine_name", "mine", "table",
]  # fmt: skip


def table(folder: Path, root: Path | None = None) -> Iterator[Record]:
    """Every benchmark case on record in a folder of results, whoever measured it.

    Raises
    ------
    UserError
        The file of a sweep is damaged; it is named, and left alone.
    """
    yield from load(folder, root)
    yield from sweeps.load(folder)
