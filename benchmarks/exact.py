"""What is stored, exactly: the same on every machine, from one preparation a release."""

from .base import PREPARING
from .common import VolumeBenchmark


class _Stored(VolumeBenchmark):
    version = "1"
    exact = True
    smoke = {}

    def setup_cache(self):
        return self.prepare(StoredByCodec, StoredByLayout, keep=False)

    setup_cache.timeout = PREPARING

    def track_bits_per_voxel(self, *cell):
        return self.taken("bits_per_voxel")

    def track_objects(self, *cell):
        return self.taken("objects")


class StoredByCodec(_Stored):
    """How much space does each codec take, in which format, written by whom?"""

    version = "1"
    axes = dict(codec="default", zarr_format="all", backend="default")
    fixed = dict(layout="c64")


class StoredByLayout(_Stored):
    """How much space, and how many objects, does each layout take?"""

    version = "1"
    axes = dict(layout="default", zarr_format="all", backend="default")
