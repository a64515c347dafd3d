"""zarr-python 2.18: format 2."""

from __future__ import annotations

from .base import Backend


class ZarrPython2(Backend):
    """The library before its rewrite."""

    id = "zarr-python"
    package = "zarr"

    @classmethod
    def serves(cls, version):
        """Releases 2.x."""
        return version.startswith("2.")

    def supports(self, case, versions):
        """Format 2 alone: its draft of format 3 is not the format that came to be."""
        if case.zarr_format != 2:
            return f"zarr-python {versions['zarr']} writes no format {case.zarr_format}"
        return None

    def create(self, case, path, shape, dtype):
        """Make an empty array; every setting whose default changed is spelled out."""
        import numcodecs
        import zarr

        spelled = case.codec_row.v2
        return zarr.create(
            shape=shape,
            chunks=case.layout_row.chunks,
            dtype=dtype,
            compressor=numcodecs.get_codec(dict(spelled)) if spelled else None,
            fill_value=0,
            store=zarr.DirectoryStore(str(path)),
            write_empty_chunks=True,
            dimension_separator="/",
        )

    def write(self, handle, data):
        """Write the whole volume."""
        handle[...] = data

    def open(self, case, path):
        """Open for reading."""
        import zarr

        return zarr.open_array(zarr.DirectoryStore(str(path)), mode="r")

    def read(self, handle, selection):
        """Read a box."""
        return handle[selection]
