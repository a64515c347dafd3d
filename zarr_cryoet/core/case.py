"""A case: which volume is stored, how, by which library, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import backends, operations, volume
from .codecs import Codec
from .layouts import Layout
from .storage import Storage
from .stores import STORES, Store

#: The fields of a case as one flat record has them, in order.
FIELDS = ("volume", "codec", "layout", "zarr_format", "backend", "store")


@dataclass(frozen=True)
class Case:
    """One way to store one volume.

    Attributes
    ----------
    volume, backend : str
        Ids of their registries.
    storage : Storage
        Codec, layout and Zarr format.
    store : str
        Where the objects are; ``local`` for files.
    """

    volume: str
    storage: Storage
    backend: str
    store: str = "local"

    @classmethod
    def of(
        cls,
        volume: str,
        codec: str,
        layout: str,
        zarr_format: int,
        backend: str,
        store: str = "local",
    ) -> Case:
        """The same from its flat fields."""
        return cls(volume, Storage(codec, layout, zarr_format), backend, store)

    @property
    def id(self) -> str:
        """Short and stable; ``_`` parts its fields, which hold none but the volume's."""
        return f"{self.volume}_{self.storage.id}_{self.backend}_{self.store}"

    def to_json(self) -> dict[str, Any]:
        """Plain values, in one flat record."""
        return {name: getattr(self, name) for name in FIELDS}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Case:
        """The inverse of `to_json`; what else the record holds is left out."""
        return cls.of(**{name: record[name] for name in FIELDS if name in record})

    @property
    def codec(self) -> str:
        """Id of its codec."""
        return self.storage.codec

    @property
    def layout(self) -> str:
        """Id of its layout."""
        return self.storage.layout

    @property
    def zarr_format(self) -> int:
        """2 or 3; 0 for file formats other than Zarr."""
        return self.storage.zarr_format

    @property
    def codec_row(self) -> Codec:
        """The row of its codec."""
        return self.storage.codec_row

    @property
    def layout_row(self) -> Layout:
        """The row of its layout."""
        return self.storage.layout_row

    @property
    def store_row(self) -> Store:
        """The row of its store."""
        return STORES[self.store]

    def supports(
        self, versions: Mapping[str, str] | None = None, operation: str | None = None
    ) -> str | None:
        """Why this case cannot be, or None when it can: the only rule for skipping.

        Parameters
        ----------
        versions
            Releases by package, for example of an environment that is yet to be
            made; default: those installed here.
        operation
            Id of what is to be done with it, beside writing it whole and reading it.

        Raises
        ------
        UserError
            One of its ids is in no registry.
        """
        codec = self.codec_row
        if self.zarr_format and self.zarr_format not in codec.formats:
            return f"format {self.zarr_format} cannot hold {self.codec}"
        if self.zarr_format == 2 and self.layout_row.shards:
            return "format 2 has no shards"
        if versions is None:
            versions = backends.installed()
        found = backends.find(self.backend, versions)
        if isinstance(found, str):
            return found
        if codec.package and codec.package not in versions:
            return f"{codec.package} is not installed"
        dtype = volume.dtype_of(self.volume) if codec.refuses else None
        if dtype is not None and dtype.name in codec.refuses:
            return f"{codec.family} takes no {dtype.name}"
        reason = found.supports(self, versions)
        if reason or not operation:
            return reason
        return found.lacks.get(operation) or operations.lacking(found, self, operation)
