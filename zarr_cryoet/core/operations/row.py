"""What is said of an operation in its row, apart from how it is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What an operation is, and what it takes.

    Attributes
    ----------
    id : str
        For example ``overwrite-plane``.
    meaning : str
        What it is, or who does so.
    groups : tuple of str
        Named sets it belongs to.
    needs : str or None
        What a backend may lack for it (`Backend.lacks`).
    repeats : bool
        Whether `run` may come again without `bring` before it.
    writes : bool
        Whether it writes voxels or deletes any.
    """

    id: str
    meaning: str
    groups: tuple[str, ...] = ()
    needs: str | None = None
    repeats: bool = False
    writes: bool = True
