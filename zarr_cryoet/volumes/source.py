"""What a volume can be prepared from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from ..core.volume import Volume

Progress = Callable[[float], None]


class Source(ABC):
    """Something that a volume can be prepared from.

    Attributes
    ----------
    id : str
        The volume's id; never a path.
    resumes : bool
        Whether it writes its file itself, in a folder that outlives a maker that was killed:
        then it has a method `write`, see `portal.source.PortalVolume`.
    """

    id: str
    resumes = False

    @abstractmethod
    def describe(self) -> Volume:
        """The record; its SHA-256 is None where only preparing can tell it."""

    @abstractmethod
    def voxels(self, progress: Progress, *, finite: bool = True) -> np.ndarray:
        """The volume, z, y, x.

        Parameters
        ----------
        progress
            Told the fraction that is done.
        finite
            Whether NaN and infinity are refused.
        """
