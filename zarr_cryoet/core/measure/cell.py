"""What is timed: one operation on one case."""

from __future__ import annotations

from dataclasses import dataclass

from ..case import Case


@dataclass(frozen=True)
class Cell:
    """One operation on one case.

    Attributes
    ----------
    case : Case
        What is stored, and how.
    operation : str
        What is done with it.
    cold : bool
        Whether its files are put out of the page cache before each call.
    """

    case: Case
    operation: str
    cold: bool = False

    @property
    def id(self) -> str:
        """Short and stable; the case's, and what is done."""
        return f"{self.case.id}_{self.operation}{'_cold' if self.cold else ''}"

    def to_json(self) -> dict:
        """Plain values, in one flat record."""
        return {**self.case.to_json(), "operation": self.operation, "cold": self.cold}

    @classmethod
    def from_json(cls, record: dict) -> Cell:
        """The inverse of `to_json`."""
        return cls(Case.from_json(record), record["operation"], record["cold"])
