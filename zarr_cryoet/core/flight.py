"""How much a library has under way at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flight:
    """What limits the requests of one library.

    Attributes
    ----------
    setting : str
        By which it is set.
    default : int or None
        Without being set; None for the number of cores.
    limits : str
        Whether that many stored objects are under way at once, from their first request to their
        last (``objects``), or that many tasks (``tasks``).
    least : int
        Of those, whatever it is set to.
    inside : int or None
        Tasks of one object at once; None for all.
    shards : int or None
        Objects at once that are shards, whatever it is set to; None where they are as others.
        What tasks it has are then for chunks in them, as many in each.
    """

    setting: str
    default: int | None
    limits: str
    least: int = 1
    inside: int | None = None
    shards: int | None = None
