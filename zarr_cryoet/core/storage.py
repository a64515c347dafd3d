"""A storage configuration: codec, layout and Zarr format, with one id."""

from __future__ import annotations

from dataclasses import dataclass

from .codecs import CODECS, Codec
from .layouts import LAYOUTS, Layout

FORMATS = (2, 3)


@dataclass(frozen=True)
class Storage:
    """How a volume is stored, whatever the volume, the library and the store.

    Attributes
    ----------
    codec, layout : str
        Ids of their registries.
    zarr_format : int
        2 or 3; 0 for file formats other than Zarr, which are measured for reference.
    """

    codec: str
    layout: str
    zarr_format: int

    @property
    def id(self) -> str:
        """Short and stable: ``blosc-zstd-5-shuffle_c64_v3``."""
        return f"{self.codec}_{self.layout}_v{self.zarr_format}"

    @classmethod
    def parse(cls, name: str) -> Storage:
        """The inverse of `id`.

        Raises
        ------
        ValueError
            It is not spelled like an id.
        """
        codec, layout, version = name.split("_")
        if version[:1] != "v":
            raise ValueError(f"no storage configuration: {name!r}")
        return cls(codec, layout, int(version[1:]))

    @property
    def codec_row(self) -> Codec:
        """The row of its codec."""
        return CODECS[self.codec]

    @property
    def layout_row(self) -> Layout:
        """The row of its layout."""
        return LAYOUTS[self.layout]


@dataclass(frozen=True)
class Preset:
    """A storage configuration with a name of its own.

    Attributes
    ----------
    id : str
        Short and stable.
    storage : Storage
        The configuration.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    storage: Storage
    groups: tuple[str, ...] = ("default",)
