"""What does each thing that is done with an array cost, in time and in memory?"""

from zarr_cryoet.core.measure import memory

from .base import PREPARING, Skip
from .operations import Operating


class _Operating(Operating):
    version = "1"

    def time_run(self, *cell):
        self.run()


class Operate(_Operating):
    """Every operation on the same chunks."""

    version = "1"
    axes = dict(operation="all", backend="default")
    fixed = dict(layout="c32", zarr_format=2)

    def setup_cache(self):
        return Operate.prepare()

    setup_cache.timeout = PREPARING


class OperateShards(_Operating):
    """Every operation on chunks in shards, of which some have to be written anew."""

    version = "1"
    axes = dict(operation="all", backend="default")
    fixed = dict(layout="c32-s128", zarr_format=3)

    def setup_cache(self):
        return OperateShards.prepare()

    setup_cache.timeout = PREPARING

    def track_peak_bytes(self, prepared, *cell):
        if not memory.available():
            raise Skip("this system keeps no mark of peak memory")
        return memory.peak(self.run)


class OperateInStores(_Operating):
    """The same chunks in files, in memory, in a ZIP, and behind a stated latency."""

    version = "1"
    axes = dict(
        store="default",
        operation=("write", "open", "list", "read-full", "read-plane-xy", "read-boxes-64"),
        backend="default",
    )
    fixed = dict(layout="c32", zarr_format=2)

    def setup_cache(self):
        return OperateInStores.prepare()

    setup_cache.timeout = PREPARING
