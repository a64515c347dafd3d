"""zarr-python 2."""

from __future__ import annotations

from ..literal import Call, Expression
from .base import OUTPUT, Library, call


class ZarrPython2(Library):
    """The library before its rewrite; format 2 alone."""

    id = "zarr-python-2"
    title = "zarr-python 2"
    installs = ("zarr<3", "numcodecs<0.16")

    def why_not(self, choice):
        """Its draft of format 3 is not the format that came to be."""
        if choice.zarr_format == 3:
            shards = ", and no shards" if choice.layout.shards else ""
            return f"it has no format 3{shards}; the zarr-python 3 snippet does this"
        return None

    def imports(self, choice):
        """Codecs, where there are any."""
        chain = choice.chain
        more = ["import numcodecs"] if chain.filters or chain.compressors else []
        return [*more, "import zarr"]

    def code(self, choice):
        """Every setting whose default is another in zarr-python 3."""
        chain = choice.chain
        made = [made_by_numcodecs(each) for each in (*chain.filters, *chain.compressors)]
        settings = {
            "mode": "w-",
            "shape": Expression("volume.shape"),
            "dtype": Expression("volume.dtype"),
            "chunks": choice.layout.chunks,
            "filters": made[: len(chain.filters)] or None,
            "compressor": made[-1] if chain.compressors else None,
            "fill_value": 0,
            "dimension_separator": "/",
        }
        return f"array = {call('zarr.open_array', OUTPUT, **settings)}\narray[...] = volume"


def made_by_numcodecs(spelled: dict) -> Call:
    """The codec that metadata of format 2 spell."""
    return Call("numcodecs.get_codec", (spelled,))
