"""zarr-python 3: formats 2 and 3."""

from __future__ import annotations

from .base import Backend


class ZarrPython3(Backend):
    """The library after its rewrite, with its default pipeline."""

    id = "zarr-python"
    package = "zarr"

    @classmethod
    def serves(cls, version):
        """Releases 3.x."""
        return version.startswith("3.")

    def create(self, case, path, shape, dtype):
        """Make an empty array; every setting whose default changed is spelled out."""
        import zarr

        key = "v2" if case.zarr_format == 2 else "default"
        return zarr.create_array(
            zarr.storage.LocalStore(path),
            shape=shape,
            chunks=case.layout_row.chunks,
            shards=case.layout_row.shards,
            dtype=dtype,
            filters=None,
            compressors=self._compressors(case),
            fill_value=0,
            zarr_format=case.zarr_format,
            chunk_key_encoding={"name": key, "separator": "/"},
            config={"write_empty_chunks": True},
        )

    @staticmethod
    def _compressors(case):
        """Format 2 takes numcodecs' objects, format 3 the stored spelling."""
        if case.zarr_format == 3:
            return case.codec_row.v3 or None
        import numcodecs

        spelled = case.codec_row.v2
        return numcodecs.get_codec(dict(spelled)) if spelled else None

    def write(self, handle, data):
        """Write the whole volume."""
        handle[...] = data

    def open(self, case, path):
        """Open for reading; the format is named, so that no other is looked for."""
        import zarr

        store = zarr.storage.LocalStore(path, read_only=True)
        return zarr.open_array(store, mode="r", zarr_format=case.zarr_format)

    def read(self, handle, selection):
        """Read a box."""
        return handle[selection]

    def facts(self):
        """Release, and which pipeline runs the codecs."""
        import zarr

        return {**super().facts(), "pipeline": zarr.config.get("codec_pipeline.path")}
