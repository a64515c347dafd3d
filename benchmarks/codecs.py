"""How fast is each codec, on the way in and on the way out?"""

from .base import PREPARING, QUICK
from .operations import Operating


class _Codecs(Operating):
    version = "1"
    axes = dict(codec="default", zarr_format="all", backend="default")
    fixed = dict(layout="c64")
    smoke = dict(codec="smoke", zarr_format=(2,), backend=QUICK)

    def setup_cache(self):
        return _Codecs.prepare()

    setup_cache.timeout = PREPARING


class ReadCodec(_Codecs):
    """The whole volume, decoded: by codec, format and backend."""

    version = "1"
    fixed = dict(layout="c64", operation="read-full")

    def time_read(self, *cell):
        self.run()


class WriteCodec(_Codecs):
    """The whole volume, encoded: by codec, format and backend."""

    version = "1"

    def time_write(self, *cell):
        self.run()
