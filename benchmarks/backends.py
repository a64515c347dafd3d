"""How do the libraries compare on what the data portal stores?

Its chunks are of 256³: of a smaller volume most of what they hold is padding, which
is written and read all the same.
"""

from .base import PREPARING, QUICK
from .operations import Operating


class _Portal(Operating):
    version = "1"
    axes = dict(layout="portal", zarr_format="all", backend="suite")

    def setup_cache(self):
        return _Portal.prepare()

    setup_cache.timeout = PREPARING


class ReadPortal(_Portal):
    """One plane of the portal's own layout, as a viewer asks for it."""

    version = "1"
    fixed = dict(operation="read-plane-xy")
    smoke = dict(zarr_format=(2,), backend=QUICK)

    def time_read(self, *cell):
        self.run()


class WritePortal(_Portal):
    """The portal's own layout, written whole."""

    version = "1"

    def time_write(self, *cell):
        self.run()
