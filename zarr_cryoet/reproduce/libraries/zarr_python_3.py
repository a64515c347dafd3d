"""zarr-python 3."""

from __future__ import annotations

from ...core.codecs import BYTES
from ..literal import Call, Expression
from .base import OUTPUT, Library, call
from .zarr_python_2 import made_by_numcodecs


class ZarrPython3(Library):
    """The library after its rewrite."""

    id = "zarr-python-3"
    title = "zarr-python 3"
    installs = ("zarr>=3.0.8",)

    def why_not(self, choice):
        """It writes all that its formats hold."""
        return None

    def imports(self, choice):
        """Format 2 takes numcodecs' objects."""
        if choice.layout.middle:
            return ["import zarr", "from zarr.codecs import ShardingCodec"]
        two = choice.zarr_format == 2 and (choice.chain.filters or choice.chain.compressors)
        return ["import numcodecs", "import zarr"] if two else ["import zarr"]

    def code(self, choice):
        """Every setting whose default changed from release to release."""
        layout, three = choice.layout, choice.zarr_format == 3
        settings = {
            "shape": Expression("volume.shape"),
            "dtype": Expression("volume.dtype"),
            "chunks": layout.middle or layout.chunks,
            **({"shards": stored_shards(layout)} if layout.shards else {}),
            **(self._nested(choice) if layout.middle else codecs(choice)),
            "fill_value": 0,
            "zarr_format": choice.zarr_format,
            "chunk_key_encoding": {"name": "default" if three else "v2", "separator": "/"},
            **({"dimension_names": ("z", "y", "x")} if three else {}),
        }
        return f"array = {call('zarr.create_array', OUTPUT, **settings)}\narray[...] = volume"

    @staticmethod
    def _nested(choice):
        layout, chain = choice.layout, choice.chain
        inner = {
            "chunk_shape": layout.chunks,
            "codecs": [*chain.filters, chain.serializer or BYTES, *chain.compressors],
            "index_location": layout.index,
        }
        serializer = Call("ShardingCodec", (), inner)
        return {"filters": None, "serializer": serializer, "compressors": None}


def stored_shards(layout) -> object:
    """Their shape, and where their index is, if that is not where it usually is."""
    if layout.index == "end":
        return layout.shards
    return {"shape": layout.shards, "index_location": layout.index}


def codecs(choice) -> dict[str, object]:
    """What `zarr.create_array` takes for a codec."""
    chain = choice.chain
    if choice.zarr_format == 2:
        filters = [made_by_numcodecs(each) for each in chain.filters]
        made = [made_by_numcodecs(each) for each in chain.compressors]
        return {"filters": filters or None, "compressors": made[0] if made else None}
    return {
        "filters": chain.filters or None,
        **({"serializer": chain.serializer} if chain.serializer else {}),
        "compressors": chain.compressors or None,
    }
