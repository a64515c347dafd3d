"""iohub 0.3: OME-Zarr with axes z, y, x."""

from __future__ import annotations

from ...core.backends.fov import CODEC
from ..literal import Call, Expression, literal
from .base import OUTPUT, Library, call

_ELSE = "; iohub opens what the ome-zarr-py snippet writes"


class IoHub(Library):
    """OME-NGFF 0.4 in format 2 and 0.5 in format 3; Blosc alone."""

    id = "iohub"
    title = "iohub"
    installs = ("iohub>=0.3",)

    def why_not(self, choice):
        """It is told of Blosc alone, and in format 3 of nothing."""
        layout, row = choice.layout_row, choice.codec_row
        if layout.middle or layout.index != "end":
            return f"it writes plain shards alone{_ELSE}"
        if choice.zarr_format == 3 and choice.codec != CODEC:
            return f"it compresses format 3 with {CODEC} alone{_ELSE}"
        if row.family != "blosc":
            return f"it has no {row.family}{_ELSE}"
        return None

    def imports(self, choice):
        """Axes, and the codec where it can be told."""
        two = choice.zarr_format == 2
        spaced = ", TransformationMeta" if choice.voxel_spacing else ""
        return [
            *(["from iohub.core.config import CompressorConfig, ZarrConfig"] if two else []),
            "from iohub.ngff import open_ome_zarr",
            f"from iohub.ngff.models import SpaceAxisMeta{spaced}",
        ]

    def code(self, choice):
        """A field of view with one image, `0`."""
        two, row, layout = choice.zarr_format == 2, choice.codec_row, choice.layout
        unit = ', unit="angstrom"' if choice.voxel_spacing else ""
        codec = dict(cname=row.cname, clevel=row.level, shuffle=row.shuffle)
        config = Call("ZarrConfig", (), {"compressor": Call("CompressorConfig", (), codec)})
        opened = {
            "layout": "fov",
            "mode": "w-",
            "channel_names": ["volume"],
            "axes": Expression(f'[SpaceAxisMeta(name=axis{unit}) for axis in "zyx"]'),
            "version": "0.4" if two else "0.5",
            **({"implementation_config": config} if two else {}),
        }
        image = {"chunks": layout.chunks}
        if layout.shards:
            edges = zip(layout.shards, layout.chunks, strict=True)
            image["shards_ratio"] = tuple(shard // chunk for shard, chunk in edges)
        if choice.voxel_spacing:
            scale = dict(type="scale", scale=list(choice.voxel_spacing))
            image["transform"] = [Call("TransformationMeta", (), scale)]
        made = Call("position.create_image", ("0", Expression("volume")), image, tall=True)
        head = call("open_ome_zarr", OUTPUT, **opened)
        return f"with {head} as position:\n    {literal(made, 4)}"
