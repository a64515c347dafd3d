"""Which chunks suit which way of reading?"""

from .base import PREPARING, QUICK
from .operations import Operating


class ReadChunks(Operating):
    """The volume, its planes and particle boxes: by chunk shape."""

    version = "1"
    axes = dict(layout="chunks", operation="read-default", backend="default")
    smoke = dict(layout="smoke", operation=("read-plane-xy",), backend=QUICK)

    def setup_cache(self):
        return self.prepare()

    setup_cache.timeout = PREPARING

    def time_read(self, *cell):
        self.consume()


class WriteChunks(Operating):
    """The whole volume: by chunk shape."""

    version = "1"
    axes = dict(layout="chunks", backend="default")

    def setup_cache(self):
        return self.prepare(keep=False)

    setup_cache.timeout = PREPARING

    def time_write(self, *cell):
        self.run()
