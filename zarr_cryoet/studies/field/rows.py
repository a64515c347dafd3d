"""The claims: one row each, in ``claims.toml``."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

from ...core.case import Case
from ...core.measure.cell import Cell
from ...core.metrics import STORED, chosen
from ...core.registry import Registry
from ...core.volume import Volume

PATH = Path(__file__).with_name("claims.toml")
TIME = "time"
#: What an answer of `prepare` calls each exact figure.
COUNTED = {row.unit: row.id for row in chosen(STORED)}
VOLUME = "volume"


@dataclass(frozen=True)
class Pair:
    """Two cells of one volume that a claim compares.

    Attributes
    ----------
    claim : str
        The claim's id.
    factors : dict
        What is varied, by axis; the volume's id among them, and last.
    before, after : Cell
        The ratio is after over before.
    """

    claim: str
    factors: Mapping[str, str]
    before: Cell
    after: Cell

    @property
    def cells(self) -> tuple[Cell, Cell]:
        """Both."""
        return self.before, self.after


@dataclass(frozen=True)
class Claim:
    """What the field says.

    Attributes
    ----------
    id, says, published, sources, figure, setup, before, after, expect, by, holding, show
        See the head of ``claims.toml``.
    axes : mapping of str to list of str
        What is varied beside the volume.
    voxels : int
        Smaller volumes are left out.
    """

    id: str
    says: str
    published: str
    sources: list[Mapping[str, str]]
    figure: str
    setup: Mapping[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    expect: str
    by: float
    holding: str
    show: str
    axes: Mapping[str, list[str]] = field(default_factory=dict)
    voxels: int = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """Claims on the same figure are a group."""
        return (self.figure,)

    def leaves_out(self, shape: Sequence[int]) -> bool:
        """Whether a volume of `shape` (z, y, x) is too small for it."""
        return prod(shape) < self.voxels

    def pairs(self, volume: Volume) -> list[Pair]:
        """What is compared on a volume: one pair for each combination of the axes."""
        if self.leaves_out(volume.shape):
            return []
        found = []
        for values in itertools.product(*self.axes.values()):
            chosen = dict(zip(self.axes, values, strict=True))
            cells = (self._cell(volume.id, chosen | side) for side in (self.before, self.after))
            factors = {name: starred(value) for name, value in chosen.items()}
            found.append(Pair(self.id, factors | {VOLUME: volume.id}, *cells))
        return found

    def _cell(self, volume: str, values: Mapping[str, str]) -> Cell:
        told = {name: _filled(text, values) for name, text in self.setup.items()}
        case = Case.of(volume, told["codec"], told["layout"], int(told["format"]), told["backend"])
        return Cell(case, told["operation"])


def _filled(text: str, values: Mapping[str, str]) -> str:
    """With nothing left in braces; a value may hold braces of its own."""
    while "{" in text:
        text = text.format_map(values)
    return text


def starred(text: str) -> str:
    """For people: a star for what differs on the two sides."""
    return re.sub(r"\{\w+\}", "*", text)


def read(path: Path = PATH) -> Registry[Claim]:
    """The rows of a file, in its order."""
    rows = tomllib.loads(path.read_text("utf-8"))["claim"]
    return Registry("claim or figure", [Claim(**row) for row in rows])


CLAIMS = read()
