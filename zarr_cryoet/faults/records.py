"""What came of each cell: one file of JSON, a line for each, written whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .. import project

VERSION = 1
PATH = Path("docs") / "records" / "faults.json"
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

    def to_json(self) -> dict:
        """Plain values, with the version of what they mean."""
        return {"faults": VERSION, **asdict(self)}


def load(path: Path) -> Record:
    """What is on record.

    Raises
    ------
    UserError
        There is none, or it is damaged; it is named, and left alone.
    """

    def make(read: dict) -> Record:
        return Record(**{**read, "cells": [Cell(**each) for each in read["cells"]]})

    return project.read_record(path, "faults", VERSION, "faults", make)


def text(record: Record) -> str:
    """What stands in the file: a line for each cell, so that a change is seen."""
    plain = record.to_json()
    lines = ",\n".join(json.dumps(cell, allow_nan=False) for cell in plain.pop("cells"))
    head = json.dumps(plain, indent=1, allow_nan=False).removesuffix("\n}")
    return f'{head},\n "cells": [\n{lines}\n ]\n}}\n'


def merged(old: Record, new: Record, order: Iterable[tuple]) -> Record:
    """A run of some cells laid over one of more, measured in the same way.

    Parameters
    ----------
    old, new
        The runs.
    order
        Keys of all cells that there are now; others are dropped.

    Raises
    ------
    UserError
        They were not measured in the same way.
    """
    project.same_terms(old.about, new.about)
    kept = {cell.key: cell for cell in (*old.cells, *new.cells)}
    cells = [kept[key] for key in order if key in kept]
    return Record(new.about, {**old.parties, **new.parties}, cells)
