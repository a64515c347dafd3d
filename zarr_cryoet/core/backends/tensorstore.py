"""tensorstore: formats 2 and 3."""

from __future__ import annotations

from .base import Backend

# zarr-python asks for no fsync; equal terms
_CONTEXT = {"file_io_sync": False}


class TensorStore(Backend):
    """Google's C++ library, through its zarr and zarr3 drivers."""

    id = "tensorstore"
    package = "tensorstore"

    def create(self, case, path, shape, dtype):
        """Make an empty array; all-zero chunks are stored, as with zarr-python."""
        spell = self._format2 if case.zarr_format == 2 else self._format3
        return self._open(
            case,
            path,
            metadata=spell(case, shape, dtype),
            create=True,
            store_data_equal_to_fill_value=True,
        )

    @staticmethod
    def _format2(case, shape, dtype):
        return {
            "shape": shape,
            "chunks": case.layout_row.chunks,
            "dtype": dtype.str,
            "compressor": case.codec_row.v2,
            "fill_value": 0,
            "order": "C",
            "filters": None,
            "dimension_separator": "/",
        }

    @staticmethod
    def _format3(case, shape, dtype):
        layout = case.layout_row
        little = {"name": "bytes", "configuration": {"endian": "little"}}
        codecs = [little, *case.codec_row.v3]
        if layout.shards:
            inner = {
                "chunk_shape": layout.chunks,
                "codecs": codecs,
                "index_codecs": [little, {"name": "crc32c"}],
                "index_location": "end",
            }
            codecs = [{"name": "sharding_indexed", "configuration": inner}]
        grid = {"name": "regular", "configuration": {"chunk_shape": layout.stored}}
        return {
            "shape": shape,
            "data_type": dtype.name,
            "chunk_grid": grid,
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "codecs": codecs,
            "fill_value": 0,
        }

    def _open(self, case, path, **more):
        import tensorstore as ts

        spec = {
            "driver": "zarr" if case.zarr_format == 2 else "zarr3",
            "kvstore": {"driver": "file", "path": f"{path}/"},
            "context": _CONTEXT,
            **more,
        }
        return ts.open(spec).result()

    def write(self, handle, data):
        """Write the whole volume, and wait until it is committed."""
        handle.write(data).result()

    def open(self, case, path):
        """Open for reading."""
        return self._open(case, path, open=True)

    def read(self, handle, selection):
        """Read a box."""
        return handle[selection].read().result()
