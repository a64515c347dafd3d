"""How fast is each codec, on the way in and on the way out?"""

from .base import PREPARING, QUICK
from .common import VolumeBenchmark
from .operations import Reading, Writing


class _Codecs(VolumeBenchmark):
    version = "1"
    axes = dict(codec="default", zarr_format="all", backend="default")
    fixed = dict(layout="c64")
    smoke = dict(codec="smoke", zarr_format=(2,), backend=QUICK)

    def setup_cache(self):
        return _Codecs.prepare()

    setup_cache.timeout = PREPARING


class ReadCodec(_Codecs, Reading):
    """The whole volume, decoded: by codec, format and backend."""

    version = "1"

    def time_read(self, *cell):
        self.read()


class WriteCodec(_Codecs, Writing):
    """The whole volume, encoded: by codec, format and backend."""

    version = "1"

    def time_write(self, *cell):
        self.write()
