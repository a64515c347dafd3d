"""ome-zarr-py: OME-Zarr with axes z, y, x."""

from __future__ import annotations

from ..literal import Expression
from .base import OUTPUT, Library, call
from .zarr_python_3 import codecs, stored_shards


class OmeZarrPy(Library):
    """OME-NGFF 0.4 in format 2 and 0.5 in format 3, through Dask and zarr-python 3."""

    id = "ome-zarr-py"
    title = "ome-zarr-py"
    installs = ("ome-zarr>=0.21", "dask[array]>=2026.3")

    def why_not(self, choice):
        """Its options are those of `zarr.create_array`, but for shards in shards."""
        if choice.layout_row.middle or choice.layout_row.index != "end":
            return "it writes plain shards alone; the zarr-python 3 snippet does this"
        return None

    def imports(self, choice):
        """Format 2 takes numcodecs' objects."""
        two = choice.zarr_format == 2
        made = two and (choice.chain.filters or choice.chain.compressors)
        return [
            *(["import numcodecs"] if made else []),
            f"from ome_zarr.format import {_format(choice)}",
            "from ome_zarr.writer import write_image",
        ]

    def code(self, choice):
        """One level, without a pyramid."""
        layout = choice.layout
        made = codecs(choice)
        options = {
            "chunks": layout.chunks,
            **({"shards": stored_shards(layout)} if layout.shards else {}),
            **({"filters": made["filters"]} if made["filters"] else {}),
            **({"serializer": made["serializer"]} if "serializer" in made else {}),
            "compressors": made["compressors"],
            "fill_value": 0,
        }
        if choice.zarr_format == 2:  # which it knows under this name alone
            options["compressor"] = options.pop("compressors")
        settings = {
            "scale_factors": [],
            "fmt": Expression(f"{_format(choice)}()"),
            "axes": ["z", "y", "x"],
        }
        if choice.voxel_spacing:
            settings["scale"] = dict(zip("zyx", choice.voxel_spacing, strict=True))
            settings["axes_units"] = dict.fromkeys("zyx", "angstrom")
        settings["storage_options"] = options
        return call("write_image", Expression("volume"), OUTPUT, **settings)


def _format(choice) -> str:
    return "FormatV04" if choice.zarr_format == 2 else "FormatV05"
