"""What came of each cell, and the record of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..record import Format

RIGHT, WRONG, RAISED, HUNG, DIED, FAILED = "right", "wrong", "raised", "hung", "died", "failed"
STATUSES = (RIGHT, RAISED, WRONG, HUNG, DIED, FAILED)


@dataclass(frozen=True)
class Cell:
    """What came of one read.

    Attributes
    ----------
    party, fault, form, lasts : str
        See `plan`.
    status : str
        ``right``; ``wrong``, voxels without an error; ``raised``; ``hung``, killed at the
        deadline; ``died``, its process ended; or ``failed``, where even the read without a
        fault was not right, and nothing can be said.
    seconds : float or None
        Of the read under the fault: until it was right, wrong or raised, or was killed.
    clean : float or None
        Seconds of the same read just before, without a fault.
    requests, clean_requests : int or None
        For the object that is struck: under the fault, and without.
    struck : int or None
        How many of those the fault struck.
    wrong, zeros : int or None
        Voxels that are not as they should be, and how many of them are 0.
    error : str or None
        What was raised: its name, and its first words.
    """

    party: str
    fault: str
    form: str
    lasts: str
    status: str
    seconds: float | None = None
    clean: float | None = None
    requests: int | None = None
    clean_requests: int | None = None
    struck: int | None = None
    wrong: int | None = None
    zeros: int | None = None
    error: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What was asked."""
        return self.party, self.fault, self.form, self.lasts

    @property
    def lost(self) -> float | None:
        """Seconds over the clean read."""
        if self.seconds is None or self.clean is None:
            return None
        return max(0.0, self.seconds - self.clean)


@dataclass(frozen=True)
class Answer:
    """What came of a cell, and the versions of its reader's packages."""

    cell: Cell
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A run.

    Attributes
    ----------
    about : dict
        The day, the volume, the deadline in seconds.
    parties : dict
        Versions of packages, by party.
    cells : list of Cell
        One for each that was asked.
    """

    about: dict
    parties: dict[str, dict[str, str]]
    cells: list[Cell] = field(default_factory=list)


FORMAT = Format(Record, "faults", lines=("cells",))


def merged(old: Record, new: Record, order: Iterable[tuple]) -> Record:
    """A run of some cells laid over one of more.

    Parameters
    ----------
    old, new
        The runs.
    order
        Keys of all cells that there are now; others are dropped.
    """
    kept = {cell.key: cell for cell in (*old.cells, *new.cells)}
    cells = [kept[key] for key in order if key in kept]
    return Record(new.about, {**old.parties, **new.parties}, cells)
