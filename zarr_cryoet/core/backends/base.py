"""What every backend promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np

    from ..access import Selection
    from ..case import Case

Handle = Any  # an open array, of whatever class the library has for it


class Backend(ABC):
    """One library that reads and writes Zarr.

    A subclass imports its library inside its methods, so that every backend can be
    listed where none is installed. Handles are made by `create` and `open` alone.
    """

    id: ClassVar[str]
    package: ClassVar[str]

    @classmethod
    def serves(cls, version: str) -> bool:
        """Whether this class is the one for that release of its package."""
        return True

    def supports(self, case: Case, versions: Mapping[str, str]) -> str | None:
        """Why it cannot do the case, in words that can be published; None when it can."""
        return None

    @abstractmethod
    def create(
        self, case: Case, path: Path, shape: tuple[int, int, int], dtype: np.dtype
    ) -> Handle:
        """Make an empty array at `path` (which does not exist) and open it for writing."""

    @abstractmethod
    def write(self, handle: Handle, data: np.ndarray) -> None:
        """Write the whole volume (z, y, x); on return it is with the file system."""

    @abstractmethod
    def open(self, case: Case, path: Path) -> Handle:
        """Open what is at `path` for reading."""

    @abstractmethod
    def read(self, handle: Handle, selection: Selection) -> np.ndarray:
        """Read a box, given as three slices along z, y, x, as a fresh array."""

    def facts(self) -> dict[str, str]:
        """Releases and settings that a figure depends on."""
        from . import installed

        return {self.package: installed()[self.package]}
