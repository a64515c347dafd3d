"""A case: which volume is stored, how, by which library, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
