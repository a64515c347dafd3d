"""What every backend promises."""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .. import metadata, spelling
from ..access import Orthogonal, Points
from ..stores import files

if TYPE_CHECKING:
    import numpy as np

    from ..access import Box, Selection
    from ..case import Case
    from ..flight import Flight
    from ..layouts import Extent
    from ..operations.row import Row

#: In what a backend takes part, beside being timed by `zarr-cryoet sweep`.
ROLES = {
    "suite": "timed release by release, in asv's suite",
    "counted": "requests, bytes and chunks are counted, and predicted exactly",
    "costed": "seconds and price behind a network are predicted, and checked on a server",
    "interop": "reads what the others write, and is read by them",
    "faults": "reads from a bucket that fails",
    "reproduced": "scripts are written that need nothing of this package",
}
NO_ZARR = dict.fromkeys(ROLES, "stores no Zarr: it is what others are compared with")

Handle = Any  # an open array, of whatever class the library has for it


class Backend(ABC):
    """One library that reads and writes arrays.

    A subclass imports its library inside its methods, so that every backend can be
    listed where none is installed. Handles are made by `create` and `open` alone, and
    `write`, `assign`, `append` and `resize` take those that were opened for writing. On
    return from each of them what was written is with the file system.

    Attributes
    ----------
    id : str
        Short and stable.
    package : str
        What must be installed; its release says which class serves.
    packages : tuple of str
        What else must be.
    groups : tuple of str
        Named sets it belongs to: ``zarr``, ``reference`` or ``limit`` is one of them.
    families : mapping
        By zarr format, the families of codecs that it knows; None for all. Format 0 is
        what is no Zarr.
    stores : frozenset of str
        The kinds of stores that it reads.
    lacks : mapping
        Why, by what an operation needs (`Row.needs`), or by an operation's id.
    nested : bool
        Whether it does shards in shards, and a shard's index at its start.
    keeps_empty : bool
        Whether it stores chunks of nothing but the fill value when it is told to.
    inside : str
        Where its arrays are below a case's path; empty for right there.
    lead : int
        How many axes of length 1 they have before z, y, x.
    excluded : mapping
        Why it takes no part in one of the `ROLES`; in all others its rows are expected.
    flight : Flight or None
        How much it has under way at once; None where nothing goes over a network.
    """

    id: ClassVar[str]
    package: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    groups: ClassVar[tuple[str, ...]] = ("zarr",)
    families: ClassVar[Mapping[int, frozenset[str] | None]] = {2: None, 3: None}
    stores: ClassVar[frozenset[str]] = frozenset({"local", "zip"})
    lacks: ClassVar[Mapping[str, str]] = {}
    nested: ClassVar[bool] = True
    keeps_empty: ClassVar[bool] = True
    inside: ClassVar[str] = ""
    lead: ClassVar[int] = 0
    excluded: ClassVar[Mapping[str, str]] = {}
    flight: ClassVar[Flight | None] = None

    @classmethod
    def serves(cls, version: str) -> bool:
        """Whether this class is the one for that release of its package."""
        return True

    def supports(self, case: Case, versions: Mapping[str, str]) -> str | None:
        """Why it cannot do the case, in words that can be published; None when it can."""
        if 0 in self.families and case.zarr_format:
            return f"{self.id} stores no Zarr"
        if not case.zarr_format and 0 not in self.families:
            return f"{self.id} stores Zarr alone"
        if case.zarr_format not in self.families:
            return f"{self.name(versions)} has no format {case.zarr_format}"
        known = self.families[case.zarr_format]
        if known is not None and case.codec_row.family not in known:
            where = f" in format {case.zarr_format}" if case.zarr_format else ""
            return f"{self.name(versions)} has no {case.codec_row.family}{where}"
        layout = case.layout_row
        if not self.nested and (layout.middle or layout.index != "end"):
            return f"{self.name(versions)} writes plain shards alone"
        if case.store_row.kind not in self.stores:
            return f"{self.name(versions)} has no store of kind {case.store_row.kind}"
        if case.store_row.remote:
            from ..stores import remote

            return remote.missing(case.store_row.kind, versions)
        return None

    def cannot(self, operation: Row) -> str | None:
        """Why it cannot do an operation whatever the case; None when it can."""
        return self.lacks.get(operation.id) or self.lacks.get(operation.needs)

    def name(self, versions: Mapping[str, str]) -> str:
        """Id and release, for reasons; the release only where it decides."""
        return self.id

    # An array

    @abstractmethod
    def create(
        self,
        case: Case,
        path: Path,
        shape: Extent,
        dtype: np.dtype,
        *,
        write_empty: bool = True,
    ) -> Handle:
        """Make an empty array at `path` (which does not exist) and open it for writing.

        With `write_empty`, chunks that hold nothing but the fill value are stored too.
        """

    @abstractmethod
    def write(self, handle: Handle, data: np.ndarray) -> None:
        """Write the whole volume (z, y, x)."""

    @abstractmethod
    def open(self, case: Case, path: Path, *, update: bool = False) -> Handle:
        """Open what is at `path`, for reading or, with `update`, for writing as well."""

    def read(self, handle: Handle, selection: Selection) -> np.ndarray:
        """Read a selection as a fresh array."""
        if isinstance(selection, Orthogonal):
            return handle.oindex[tuple(selection)]
        if isinstance(selection, Points):
            return handle.vindex[tuple(selection)]
        return handle[selection]

    def assign(self, handle: Handle, box: Box, data: np.ndarray) -> None:
        """Write a part of the volume, given as three slices along z, y, x."""
        handle[box] = data

    def create_with(self, case: Case, path: Path, data: np.ndarray) -> Handle:
        """Make an array that holds `data`, in one step."""
        raise NotImplementedError(self.id)

    def append(self, handle: Handle, data: np.ndarray) -> None:
        """Lengthen the array by `data` along z."""
        raise NotImplementedError(self.id)

    def resize(self, handle: Handle, shape: Extent) -> Handle:
        """Give the array another shape; what falls outside is deleted."""
        raise NotImplementedError(self.id)

    # What stands around it

    def create_group(self, case: Case, path: Path, arrays: Mapping[str, Extent]) -> None:
        """Make a group of empty arrays, by name, and consolidate its metadata."""
        raise NotImplementedError(self.id)

    def open_group(self, case: Case, path: Path, *, consolidated: bool) -> dict[str, Extent]:
        """Open a group and each of its arrays; their shapes by name."""
        raise NotImplementedError(self.id)

    def keys(self, case: Case, path: Path) -> list[str]:
        """All keys of a store, as the library lists them."""
        raise NotImplementedError(self.id)

    def delete(self, case: Case, path: Path) -> None:
        """Delete an array, chunks and metadata."""
        raise NotImplementedError(self.id)

    # What was stored, without the library where it is in files

    def objects(self, case: Case, path: Path) -> dict[str, int]:
        """Bytes of each stored object, by key."""
        return case.store_row.sizes(path)

    def raw(self, case: Case, path: Path, key: str) -> bytes:
        """One stored object as it is; OSError where there is none."""
        return case.store_row.content(path, key)

    def chunks(self, case: Case, path: Path) -> int:
        """How many chunks or shards are stored."""
        return files.stored(self.objects(case, path)).chunks

    def due(self, case: Case, data: np.ndarray) -> int:
        """How many chunks or shards `data` takes, where empty ones are to be stored."""
        edges = case.layout_row.of(data.shape).stored
        grid = [range(0, n, edge) for n, edge in zip(data.shape, edges, strict=True)]
        if self.keeps_empty:
            return math.prod(map(len, grid))
        parts = (
            data[tuple(slice(a, a + edge) for a, edge in zip(corner, edges, strict=True))]
            for corner in itertools.product(*grid)
        )
        return sum(any(part.tobytes()) for part in parts)  # -0 is not empty

    def problems(self, case: Case, path: Path, data: np.ndarray) -> list[str]:
        """Every difference between what was asked for and what the metadata on disk says."""

        def raw(key: str) -> bytes:
            found = self.raw(case, path, f"{self.inside}/{key}" if self.inside else key)
            return spelling.plain(found, self.lead)

        return metadata.problems(case, raw, data)

    def forget(self, path: Path) -> None:
        """Drop what was kept in memory under `path`."""

    def facts(self, versions: Mapping[str, str]) -> dict[str, str]:
        """Releases and settings that a figure depends on."""
        named = (self.package, *self.packages)
        return {name: versions[name] for name in named if name in versions}


def differences(asked: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What of `found` is not as it was `asked` for, in words."""
    return [
        f"{what}: asked for {wanted!r}, on disk {found[what]!r}"
        for what, wanted in asked.items()
        if wanted != found[what]
    ]
