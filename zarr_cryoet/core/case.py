"""A case: what is stored, how, and by whom; and the only rule for skipping one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import backends, operations, volume
from .codecs import CODECS, Codec
from .layouts import LAYOUTS, Layout
from .stores import STORES, Store

FORMATS = (2, 3)


@dataclass(frozen=True)
class Case:
    """One way to store one volume.

    Attributes
    ----------
    volume, codec, layout, backend : str
        Ids of their registries.
    zarr_format : int
        2 or 3; 0 for what is no Zarr, and stands beside it for reference.
    store : str
        Where the objects are; ``local`` for files.
    """

    volume: str
    codec: str
    layout: str
    zarr_format: int
    backend: str
    store: str = "local"

    @property
    def id(self) -> str:
        """Short and stable; ``_`` parts its fields, which hold none but the volume's."""
        return (
            f"{self.volume}_{self.codec}_{self.layout}_v{self.zarr_format}"
            f"_{self.backend}_{self.store}"
        )

    @property
    def codec_row(self) -> Codec:
        """The row of its codec."""
        return CODECS[self.codec]

    @property
    def layout_row(self) -> Layout:
        """The row of its layout."""
        return LAYOUTS[self.layout]

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
