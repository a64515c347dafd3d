"""HDF5: chunks and codecs in one file, through h5py and hdf5plugin."""

from __future__ import annotations

from typing import ClassVar

from .base import NO_ZARR, Backend, differences

_GZIP, _BLOSC, _ZSTD = 1, 32001, 32015  # as registered with the HDF Group
_CNAMES = {"blosclz": 0, "lz4": 1, "lz4hc": 2, "zlib": 4, "zstd": 5}
_SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}
_EMPTY = "HDF5 stores every chunk that is written"


class Hdf5(Backend):
    """One dataset in one file.

    It is opened without HDF5's cache of decoded chunks, so that each read decodes, as
    the others do.
    """

    id = "hdf5"
    package = "h5py"
    packages = ("hdf5plugin",)
    groups = ("reference",)
    excluded = NO_ZARR
    families: ClassVar = {0: frozenset({"none", "gzip", "blosc", "zstd"})}
    stores = frozenset({"local"})
    lacks: ClassVar = {
        "create with data": "h5py creates and writes in two steps",
        "groups": "HDF5 keeps its groups in the same file",
        "list": "one file has no keys to list",
        "fancy indexing": "h5py takes indices along one axis alone",
        "write-no-empty": _EMPTY,
        "write-zeros-no-empty": _EMPTY,
    }

    def supports(self, case, versions):
        """Chunks, but no shards."""
        reason = super().supports(case, versions)
        return reason or ("HDF5 has no shards" if case.layout_row.shards else None)

    def _file(self, path, mode):
        import h5py
        import hdf5plugin  # noqa: F401  its codecs are found once it is imported

        return h5py.File(path / "volume.h5", mode, rdcc_nbytes=0)

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty dataset; it may grow, and so have chunks larger than itself."""
        path.mkdir(parents=True)
        made = self._file(path, "w").create_dataset(
            "volume",
            shape=tuple(shape),
            dtype=dtype.newbyteorder("<"),
            chunks=case.layout_row.of(shape).chunks,
            maxshape=(None,) * 3,
            fillvalue=0,
            **_spell(case.codec_row),
        )
        made.file.flush()
        return made

    def write(self, handle, data):
        """Write the whole volume."""
        handle[...] = data
        handle.file.flush()

    def open(self, case, path, *, update=False):
        """Open the dataset."""
        return self._file(path, "r+" if update else "r")["volume"]

    def assign(self, handle, box, data):
        """Write a box."""
        handle[box] = data
        handle.file.flush()

    def append(self, handle, data):
        """Lengthen along z: h5py does so in two steps."""
        depth = handle.shape[0]
        handle.resize(depth + len(data), axis=0)
        self.assign(handle, slice(depth, None), data)

    def resize(self, handle, shape):
        """Give another shape."""
        handle.resize(tuple(shape))
        handle.file.flush()
        return handle

    def delete(self, case, path):
        """Delete the file."""
        (path / "volume.h5").unlink()

    def chunks(self, case, path):
        """Those in the file."""
        return self.open(case, path).id.get_num_chunks()

    def problems(self, case, path, data):
        """What HDF5 says of the dataset."""
        held = self.open(case, path)
        layout = case.layout_row.of(data.shape)
        asked = {
            "shape": data.shape,
            "dtype": data.dtype.newbyteorder("<").str,
            "chunks": layout.chunks,
            "codec": _filters(case.codec_row),
        }
        plist = held.id.get_create_plist()
        stored = [plist.get_filter(k) for k in range(plist.get_nfilters())]
        found = {
            "shape": held.shape,
            "dtype": held.dtype.str,
            "chunks": held.chunks,
            # Blosc notes the size of voxels and chunks before its settings
            "codec": [(code, each[4:] if code == _BLOSC else each) for code, _, each, _ in stored],
        }
        return differences(asked, found)

    def facts(self, versions):
        """Releases, and that of the library beneath."""
        import h5py

        return {**super().facts(versions), "hdf5": h5py.version.hdf5_version, "chunk cache": "none"}


def _spell(codec) -> dict:
    """A codec, as h5py takes it."""
    filters = _filters(codec)
    if not filters:
        return {}
    (code, settings), *_ = filters
    if code == _GZIP:
        return {"compression": "gzip", "compression_opts": codec.level}
    # the first four are Blosc's to fill in
    settings = (0, 0, 0, 0, *settings) if code == _BLOSC else settings
    return {"compression": code, "compression_opts": settings}


def _filters(codec) -> list[tuple[int, tuple[int, ...]]]:
    """Number and settings of a codec's filter, as HDF5 stores them."""
    if codec.family == "none":
        return []
    if codec.family == "gzip":
        return [(_GZIP, (codec.level,))]
    if codec.family == "zstd":
        return [(_ZSTD, (codec.level % 2**32,))]
    return [(_BLOSC, (codec.level, _SHUFFLES[codec.shuffle], _CNAMES[codec.cname]))]
