"""The claims: one row each, in ``claims.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...core.case import Case
from ...core.measure.cell import Cell
from ...core.registry import Registry
from ..verdict import LESS, MORE

PATH = Path(__file__).with_name("claims.toml")
TIME, MEMORY, CORRECT = "time", "peak memory", "correct"
_EXPECTED = {
    "faster": LESS,
    "fewer requests": LESS,
    "less memory": LESS,
    "slower": MORE,
}


@dataclass(frozen=True)
class Claim:
    """What a release's notes claim.

    Attributes
    ----------
    id, release, before, says, source, direction, operation, figure, why, against
        See the head of ``claims.toml``.
    setup : mapping
        Codec, layout, format, store and backend.
    expect : str
        What a claim of another behaviour does to its figure: less, more, same.
    before_format : int
        The format on the side before, where it is another; 0 where it is not.
    grows : str
        What its effect grows with, where that may be too little of it in small volumes.
    """

    id: str
    release: str
    before: str
    says: str
    source: str
    direction: str
    operation: str
    figure: str
    setup: Mapping
    why: str = ""
    against: str = ""
    expect: str = ""
    before_format: int = 0
    grows: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        """Its release names a group."""
        return (self.release,)

    @property
    def measured(self) -> bool:
        """Whether an operation can show it."""
        return self.operation != "none"

    @property
    def kind(self) -> str:
        """How it is measured: its figure, or whether the result is right."""
        return CORRECT if self.direction == CORRECT else self.figure

    @property
    def expected(self) -> str:
        """What becomes of its figure where it holds."""
        return self.expect or _EXPECTED.get(self.direction, "")

    @property
    def releases(self) -> tuple[str, str]:
        """Before and after; the same one where backends are compared."""
        return (self.release if self.against else self.before), self.release

    def cells(self, volume: str) -> tuple[Cell, Cell]:
        """What is measured before and after; most often the same."""
        row = self.setup
        after = row["format"], row["backend"]
        before = self.before_format or row["format"], self.against or row["backend"]
        return tuple(
            Cell(Case.of(volume, row["codec"], row["layout"], *which, row["store"]), self.operation)
            for which in (before, after)
        )


def read(path: Path = PATH) -> Registry[Claim]:
    """The rows of a file, in its order."""
    rows = tomllib.loads(path.read_text("utf-8"))["claim"]
    return Registry("claim or release", [Claim(**row) for row in rows])


CLAIMS = read()
