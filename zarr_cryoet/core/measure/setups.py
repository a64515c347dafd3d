"""The cells of a duel: every operation, in a few storage configurations."""

from __future__ import annotations

from collections.abc import Iterable

from ..case import Case
from ..operations import OPERATIONS
from ..registry import Registry
from ..storage import Preset, Storage
from .cell import Cell

#: The release whose time is the unit on the timeline: of the middle of the history, so
#: that both ends can be measured against it, and the first that does all operations.
REFERENCE = "3.1.6"
#: Small, so that many pairs fit into a minute.
VOLUME = "phantom-64"


SETUPS = Registry(
    "setup",
    [
        Preset("v2-c32", Storage("blosc-lz4-5-shuffle", "c32", 2)),
        Preset("v2-c16-raw", Storage("none", "c16", 2)),
        Preset("v3-c16-s32", Storage("blosc-lz4-5-shuffle", "c16-s32", 3)),
    ],
)


def cell(operation: str, setup: str, volume: str = VOLUME, backend: str = "zarr-python") -> Cell:
    """One operation in one setup."""
    return Cell(Case(volume, SETUPS[setup].storage, backend), operation)


def cells(
    operations: str | Iterable[str] = "all",
    setups: str | Iterable[str] = "all",
    volume: str = VOLUME,
    backend: str = "zarr-python",
) -> list[Cell]:
    """Every operation of a group in every setup of a group."""
    return [
        cell(operation, setup, volume, backend)
        for operation in OPERATIONS.select(operations)
        for setup in SETUPS.select(setups)
    ]
