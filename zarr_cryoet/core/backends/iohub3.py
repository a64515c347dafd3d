"""iohub 0.3, on zarr-python 3: formats 2 and 3."""

from __future__ import annotations

from contextlib import contextmanager
from typing import ClassVar

from .fov import CODEC, Fov, Image
from .zarrs import EMPTY, Zarrs, own, rayon

IMPLEMENTATION = "zarrs-python"  # its default


class IoHub3(Fov):
    """OME-NGFF 0.4 and 0.5, through its own default, zarrs.

    Each opening sets zarr's pipeline for the whole process. That is undone after every
    call here; what else runs in the process at that moment may still see it.
    """

    packages = ("zarr", "zarrs")
    families: ClassVar = {2: frozenset({"blosc"}), 3: frozenset({"blosc"})}
    keeps_empty = False
    lacks: ClassVar = {**Fov.lacks, "steps": Zarrs.lacks["steps"], "write-zeros": EMPTY}

    @classmethod
    def serves(cls, version):
        """From 0.3 on."""
        return not version.startswith(("0.1.", "0.2."))

    def supports(self, case, versions):
        """In format 3 its own codec: what it is told goes nowhere there."""
        reason = super().supports(case, versions)
        if reason or case.zarr_format == 2 or case.codec == CODEC:
            return reason
        return f"{self.name(versions)} compresses format 3 with {CODEC} alone"

    @contextmanager
    def _undone(self, write_empty=True):
        """What iohub sets for good holds until the end of the block."""
        import zarr

        settings = {
            "codec_pipeline.path": Zarrs.pipeline,
            "codec_pipeline.validate_checksums": True,
            "codec_pipeline.strict": True,  # no falling back in silence
            "array.write_empty_chunks": write_empty,
        }
        with zarr.config.set(settings):
            yield

    def create(self, case, path, shape, dtype, *, write_empty=True):
        """Make an empty field of view."""
        from iohub.core.config import CompressorConfig, ZarrConfig

        row, layout = case.codec_row, case.layout_row.of(shape)
        compressor = CompressorConfig(cname=row.cname, clevel=row.level, shuffle=row.shuffle)
        config = ZarrConfig(codec_pipeline=Zarrs.pipeline, compressor=compressor)
        ratio = None
        if layout.shards:
            edges = zip(layout.shards, layout.chunks, strict=True)
            ratio = (1, 1, *(shard // chunk for shard, chunk in edges))
        with self._undone(write_empty):
            position = self._position(
                path,
                "w-",
                channel_names=["volume"],
                version="0.4" if case.zarr_format == 2 else "0.5",
                implementation=IMPLEMENTATION,
                implementation_config=config,
            )
            chunks = (1, 1, *layout.chunks)
            position.create_zeros(
                "0", shape=(1, 1, *shape), dtype=dtype, chunks=chunks, shards_ratio=ratio
            )
            return _owned(position)

    def open(self, case, path, *, update=False):
        """Open for reading."""
        with self._undone():
            mode = "r+" if update else "r"
            return _owned(self._position(path, mode, implementation=IMPLEMENTATION))

    def facts(self, versions):
        """Releases, pipeline and threads."""
        return {**super().facts(versions), "pipeline": Zarrs.pipeline, "threads": rayon()}


def _owned(position):
    image = Image(position)
    own(image.image.native)
    return image
