"""What all readers share: what they return, what they refuse, how they put it."""

from __future__ import annotations

import importlib
import math
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np

from ...core.errors import UserError


@dataclass(frozen=True, eq=False)
class Loaded:
    """A volume as its file holds it.

    Attributes
    ----------
    array : numpy.ndarray
        Axes z, y, x; read-only; a memory map where the format allows; the file's own dtype,
        byte order included.
    voxel_spacing : tuple of float or None
        Ångström along z, y, x; None where the file carries none.
    format : str
        ``mrc``, ``tiff``, ``npy`` or ``ome-zarr``.
    details : dict
        Small facts worth keeping, fit for JSON; ``notes`` lists what was assumed.
    """

    array: np.ndarray
    voxel_spacing: tuple[float, float, float] | None
    format: str
    details: dict = field(default_factory=dict)


class Reader(ABC):
    """One format. A subclass in a file of its own in this package is found by itself.

    Attributes
    ----------
    name : str
        The format as people say it, for messages.
    suffixes : tuple of str
        Ends of file names, in lower case, with the dot.
    folder : bool
        Whether a volume of this format is a folder.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    folder: ClassVar[bool] = False

    @abstractmethod
    def matches(self, path: Path) -> bool:
        """Whether the content of `path`, an existing file or folder, is of this format."""

    @abstractmethod
    def read(self, path: Path) -> Loaded:
        """Read the volume at `path`.

        Raises
        ------
        UserError
            For what the format or this project cannot hold. Any other exception means
            that the file is damaged, and becomes a `UserError` in `readers.read`.
        """


def one_line(text: object) -> str:
    """Return the first line of `text` that says something, cut at 300 letters."""
    line = next((line for line in str(text).splitlines() if line.strip()), "")
    return " ".join(line.split())[:300]


def refuse(path: Path | str, reason: str) -> UserError:
    """Make the error for `path`, on one line, whatever the file is called and the library says."""
    return UserError(" ".join(f"{path}: {reason}".split()))


def head(path: Path, size: int) -> bytes:
    """Return the first `size` bytes of a file, or fewer."""
    with path.open("rb") as file:
        return file.read(size)


def need(module: str, path: Path, name: str) -> ModuleType:
    """Import a library that reads format `name`, or say how to get it.

    Raises
    ------
    UserError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as exc:
        library = module.partition(".")[0]
        way_out = f"{name} is read with {library}: pip install 'zarr-cryoet[files]'"
        raise refuse(path, way_out) from exc


@contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries' warnings off the screen: what matters is raised as an error instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_shape(path: Path, shape: tuple[int, ...]) -> None:
    """Refuse what is not a volume.

    Raises
    ------
    UserError
        Unless there are three axes, none of length zero.
    """
    if len(shape) == 2:
        raise refuse(path, "is a 2-D image; a volume has three axes")
    if len(shape) != 3:
        axes = "1 axis" if len(shape) == 1 else f"{len(shape)} axes"
        raise refuse(path, f"has {axes} ({sizes(shape)}); a volume has three")
    if 0 in shape:
        raise refuse(path, f"holds no voxels: its shape is {sizes(shape)}")


def check_dtype(path: Path | str, dtype: np.dtype) -> None:
    """Refuse voxels that are not plain numbers.

    Raises
    ------
    UserError
        Unless they are integers or floating-point numbers of 8 to 64 bits.
    """
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        kinds = {"c": "complex", "b": "true or false", "O": "Python objects", "V": "structured"}
        kind = f"{kinds.get(dtype.kind, 'not numbers')} ({one_line(dtype)})"
        way_out = "save them as real integers or floats of at most 64 bits"
        raise refuse(path, f"its voxels are {kind}; {way_out}")


def check_memory(path: Path, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Refuse what cannot be decoded into memory, before the attempt.

    A damaged header may ask for any size, and Linux hands out more than it has.

    Raises
    ------
    UserError
        If the array is larger than this machine's memory (where the system tells).
    """
    needed = dtype.itemsize
    for length in shape:
        needed *= int(length)
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if needed > memory:
        gib = 2**30
        limit = f"more than the {memory / gib:.3g} GiB of memory here"
        raise refuse(path, f"its header says {needed / gib:.3g} GiB ({sizes(shape)}), {limit}")


def sizes(shape: tuple[int, ...]) -> str:
    """Put a shape for people: ``36 x 206 x 94``."""
    return " x ".join(str(int(n)) for n in shape) or "a single number"


def frozen(array: np.ndarray) -> np.ndarray:
    """Return the same array, read-only."""
    array.flags.writeable = False
    return array


def spacing(values: Iterable[float]) -> tuple[float, float, float] | None:
    """Three lengths in ångström as a voxel spacing, or None where they cannot be one.

    Six significant digits stay: MRC holds float32 and TIFF a ratio of integers, and 10.52
    is what they meant by 10.5200004.

    Parameters
    ----------
    values
        Ångström along z, y, x.
    """
    numbers = [float(v) for v in values]
    if len(numbers) != 3 or not all(math.isfinite(v) and v > 0 for v in numbers):
        return None
    z, y, x = (float(f"{v:.6g}") for v in numbers)
    return z, y, x
