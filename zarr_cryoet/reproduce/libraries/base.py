"""What every library promises, and what it is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ...core.codecs import CODECS, Chain, Codec
from ...core.errors import UserError
from ...core.layouts import Extent, Layout, layout
from ...core.stores import STORES, Store
from ..literal import Call, literal

# What MRC holds as it is (its modes 0, 1, 2, 6 and 12), and what is as long but another
_IN_MRC = ("int8", "int16", "uint16", "float16", "float32")
OUTPUT = "tomogram.zarr"
_INPUT = "tomogram.mrc"


@dataclass(frozen=True)
class Choice:
    """How a tomogram is to be stored; for a backend's own rule it stands for a case.

    Attributes
    ----------
    codec_row, layout_row
        Rows, or what the layout's id spells.
    zarr_format : int
        2 or 3.
    shape : tuple of int
        Voxels along z, y, x.
    dtype : numpy.dtype
        Of the voxels.
    voxel_spacing : tuple of float or None
        Ångström along z, y, x.
    """

    codec_row: Codec
    layout_row: Layout
    zarr_format: int
    shape: Extent
    dtype: np.dtype
    voxel_spacing: tuple[float, float, float] | None = None
    store_row: Store = field(default_factory=lambda: STORES["local"])

    @classmethod
    def of(cls, choice: dict) -> Choice:
        """The same from plain values.

        Raises
        ------
        UserError
            No codec or layout is called so, or a value makes no sense.
        """
        try:
            spacing = choice.get("voxel_spacing")
            if isinstance(spacing, (int, float)):
                spacing = (spacing,) * 3
            shape = tuple(int(n) for n in choice["shape"])
            if len(shape) != 3 or min(shape) < 1:
                raise ValueError(f"a shape has three axes, not {choice['shape']}")
            if choice["zarr_format"] not in (2, 3):
                raise ValueError(f"{choice['zarr_format']} is no format of Zarr")
            return cls(
                CODECS[choice["codec"]],
                layout(choice["layout"]),
                choice["zarr_format"],
                shape,
                np.dtype(choice["dtype"]).newbyteorder("<"),
                tuple(map(float, spacing)) if spacing else None,
            )
        except (ValueError, TypeError) as exc:
            raise UserError(f"no choice that can be stored: {exc}") from exc

    @property
    def codec(self) -> str:
        """Id of its codec."""
        return self.codec_row.id

    @property
    def layout(self) -> Layout:
        """Its layout, with nothing left open."""
        return self.layout_row.of(self.shape)

    @property
    def chain(self) -> Chain:
        """Its codec, as its format stores it."""
        return self.codec_row.chain(self.zarr_format, self.dtype)

    def why_not(self) -> str | None:
        """Why no library can store it so."""
        if self.zarr_format not in self.codec_row.formats:
            return f"format {self.zarr_format} cannot hold {self.codec}"
        if self.zarr_format == 2 and self.layout_row.shards:
            return "format 2 has no shards"
        if self.dtype.name in self.codec_row.refuses:
            return f"{self.codec_row.family} takes no {self.dtype.name}"
        return None


class Library(ABC):
    """A library that writes tomograms.

    Attributes
    ----------
    id : str
        Short and stable.
    title : str
        For people.
    installs : tuple of str
        What is installed for it, mrcfile apart.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    installs: ClassVar[tuple[str, ...]]

    @abstractmethod
    def why_not(self, choice: Choice) -> str | None:
        """Why it cannot store a tomogram so, in words; None when it can."""

    @abstractmethod
    def imports(self, choice: Choice) -> list[str]:
        """Its lines of imports."""

    @abstractmethod
    def code(self, choice: Choice) -> str:
        """Code that stores `volume`."""

    def install(self, choice: Choice) -> list[str]:
        """What has to be installed, for pip."""
        package = choice.codec_row.package
        return [*self.installs, *([package] if package else []), "mrcfile"]

    def snippet(self, choice: Choice) -> str:
        """All of it, or a comment that says why there is none."""
        if reason := choice.why_not() or self.why_not(choice):
            return f"# {self.title}: {reason}\n"
        install = " ".join(f'"{each}"' if set(each) & set("<>=[") else each
                           for each in self.install(choice))  # fmt: skip
        imports = sorted(["import mrcfile", *self.imports(choice)], key=_order)
        lines = [
            f"# pip install {install}",
            *imports,
            "",
            loaded(choice.dtype),
            self.code(choice),
        ]
        return "\n".join(lines) + "\n"


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def loaded(dtype: np.dtype) -> str:
    """The line that reads the tomogram."""
    name = np.dtype(dtype).name
    if name in _IN_MRC:
        return f'volume = mrcfile.read("{_INPUT}")  # or any other array of {name}, z y x'
    return f'volume = mrcfile.read("{_INPUT}").astype("{name}")  # MRC has no {name}; z y x'


def call(name: str, *by_place: object, **by_name: object) -> str:
    """A call, an argument a line."""
    return literal(Call(name, by_place, by_name, tall=True))
