"""What do shards cost and gain, beside the same chunks without them?"""

from .base import PREPARING
from .operations import Operating


class ReadShards(Operating):
    """The volume, its planes and particle boxes: in shards, and in bare chunks."""

    version = "1"
    axes = dict(layout="shards", operation="read-default", backend="default")
    smoke = dict(layout="smoke", operation=("read-full", "read-plane-xy"), backend=("zarr-python",))
    fixed = dict(zarr_format=3)

    def setup_cache(self):
        return self.prepare()

    setup_cache.timeout = PREPARING

    def time_read(self, *cell):
        self.consume()


class WriteShards(Operating):
    """The whole volume: in shards, and in bare chunks."""

    version = "1"
    axes = dict(layout="shards", backend="default")
    fixed = dict(zarr_format=3)

    def setup_cache(self):
        return self.prepare(keep=False)

    setup_cache.timeout = PREPARING

    def time_write(self, *cell):
        self.run()
