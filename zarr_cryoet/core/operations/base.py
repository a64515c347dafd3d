"""What is done with an array, and what every such thing promises."""

from __future__ import annotations

import functools
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WrongResult
from ..verify import verify_all
from .row import Row

if TYPE_CHECKING:
    import numpy as np

    from ..access import Box
    from ..backends.base import Backend, Handle
    from ..case import Case


@dataclass
class Job:
    """An operation's surroundings: what it works on, and with.

    Attributes
    ----------
    case : Case
        How things are stored.
    backend : Backend
        By whom.
    data : numpy.ndarray
        The volume, z, y, x.
    prepared : pathlib.Path
        A store that holds it, checked; nobody changes it.
    place : pathlib.Path
        A folder of its own, for what the operation writes.
    kept : dict
        What an operation keeps from `bring` to `run`.
    """

    case: Case
    backend: Backend
    data: np.ndarray
    prepared: Path
    place: Path
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the operation writes."""
        return self.place / "array"

    @cached_property
    def handle(self) -> Handle:
        """The prepared store, opened once."""
        return self.backend.open(self.case, self.prepared)

    def create(self, shape=None, **more) -> Handle:
        """An empty array at `path`, in place of what was there."""
        self.remove()
        self.place.mkdir(parents=True, exist_ok=True)
        shape = self.data.shape if shape is None else shape
        return self.backend.create(self.case, self.path, shape, self.data.dtype, **more)

    def hold(self, data: np.ndarray) -> None:
        """An array at `path` that holds `data`: copied, where files can be."""
        held = self.place / "held"
        if self.case.store != "local":
            self.backend.write(self.create(data.shape), data)
            return
        if not held.exists():
            self.backend.write(self.create(data.shape), data)
            shutil.move(self.path, held)
        self.remove()
        shutil.copytree(held, self.path)

    def remove(self) -> None:
        """Nothing at `path`."""
        self.case.store_row.remove(self.path)
        self.backend.forget(self.path)

    def check(self, wanted: np.ndarray) -> None:
        """Read what is at `path`, and compare.

        Raises
        ------
        WrongResult
            It is something else.
        """
        handle = self.backend.open(self.case, self.path)
        if tuple(handle.shape) != wanted.shape:
            raise WrongResult(f"shape {tuple(handle.shape)}, {wanted.shape} wanted")
        read = functools.partial(self.backend.read, handle)
        verify_all(read, wanted, self.case.codec_row).require("the array")

    def close(self) -> None:
        """Leave nothing of what was written."""
        self.remove()
        shutil.rmtree(self.place, ignore_errors=True)


@dataclass(frozen=True)
class Operation(Row, ABC):
    """One thing that is done with an array."""

    def bring(self, job: Job) -> None:
        """What has to be there before each `run`; not timed."""

    @abstractmethod
    def run(self, job: Job) -> Any:
        """Do it; this alone is timed."""

    def results(self, job: Job) -> Iterator[Any]:
        """Do it, and yield each result, of which none is held."""
        yield self.run(job)

    @abstractmethod
    def check(self, job: Job, result: Any) -> None:
        """Prove that the last `run` did what it should.

        Raises
        ------
        WrongResult
            It did not.
        """

    def nbytes(self, job: Job) -> int:
        """Bytes of the voxels that it hands over: what a memcpy would have to move."""
        return job.data.nbytes


def clip(box: Box, shape) -> Box:
    """A box, as far as it is inside of `shape`."""
    return tuple(slice(s.start, min(s.stop, n)) for s, n in zip(box, shape, strict=True))
