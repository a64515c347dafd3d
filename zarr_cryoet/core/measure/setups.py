"""The cells of a duel: every operation, in a few ways of storing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..case import Case
from ..operations import OPERATIONS
from ..registry import Registry
from .cell import Cell

#: The release whose time is the unit on the timeline: of the middle of the history, so
#: that both ends can be measured against it, and the first that does all operations.
REFERENCE = "3.1.6"
#: Small, so that many pairs fit into a minute.
VOLUME = "phantom-64"


@dataclass(frozen=True)
class Setup:
    """A way of storing that is compared between environments.

    Attributes
    ----------
    id : str
        For people: ``v2-c32``.
    codec, layout, zarr_format
        See `Case`.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    codec: str
    layout: str
    zarr_format: int
    groups: tuple[str, ...] = ("default",)


SETUPS = Registry(
    "setup",
    [
        Setup("v2-c32", "blosc-lz4-5-shuffle", "c32", 2),
        Setup("v2-c16-raw", "none", "c16", 2),
        Setup("v3-c16-s32", "blosc-lz4-5-shuffle", "c16-s32", 3),
    ],
)


def cell(operation: str, setup: str, volume: str = VOLUME, backend: str = "zarr-python") -> Cell:
    """One operation in one setup."""
    row = SETUPS[setup]
    case = Case.of(volume, row.codec, row.layout, row.zarr_format, backend)
    return Cell(case, operation)


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
