"""What does one operation ask of the store? Counted, and the same on every machine.

Voxels are stored as they are, so that bytes follow from shapes alone, and change with a
library's ways and with nothing else. All is counted once a release, by one preparation.
"""

from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.support import unsupported

from .base import PREPARING, QUICK
from .counted import CountedBenchmark


class _Counted(CountedBenchmark):
    version = "1"
    smoke = {}
    fixed = dict(codec="none", zarr_format=3)

    def setup_cache(self):
        return self.count(
            ReadRequests, ReadFormat2, ReadPipelines, WriteRequests, OpenRequests, Models
        )

    setup_cache.timeout = PREPARING


class _Asking(_Counted):
    version = "1"

    def track_requests(self, *cell):
        return self.figures["requests"]

    track_requests.unit = "requests"


class _Reading(_Asking):
    version = "1"

    def track_bytes_read(self, *cell):
        return self.figures["bytes_read"]

    track_bytes_read.unit = "bytes"

    def track_chunks_decoded(self, *cell):
        return self.figures["decoded"]

    track_chunks_decoded.unit = "chunks"

    def track_read_amplification(self, *cell):
        return self.figures["amplification"]

    track_read_amplification.unit = "bytes decoded for each byte asked for"


class ReadRequests(_Reading):
    """How many requests, bytes and chunks does one view take, by layout and backend?"""

    version = "1"
    axes = dict(layout=("c64", "c32-s128"), access="all", backend=QUICK)
    smoke = dict(access=("plane-xy", "boxes-64"))


class ReadFormat2(_Reading):
    """The same in format 2, which zarr-python 2 has too."""

    version = "1"
    axes = dict(access="all", backend=QUICK)
    smoke = dict(access=("plane-xy",))
    fixed = dict(codec="none", layout="c64", zarr_format=2)


class ReadPipelines(_Reading):
    """What do zarr's other pipelines ask for, beside its own?"""

    version = "1"
    axes = dict(layout=("c64", "c32-s128"), access=("plane-xy", "boxes-64"), backend="suite")
    smoke = None


class WriteRequests(_Asking):
    """How many requests and bytes does a write take, with those to read what it changes?"""

    version = "1"
    axes = dict(
        operation=("write", "write-slabs-off", "overwrite-box", "overwrite-shard"),
        layout=("c64", "c32-s128"),
        backend=QUICK,
    )

    def track_bytes_written(self, *cell):
        return self.figures["bytes_written"]

    track_bytes_written.unit = "bytes"


class OpenRequests(_Asking):
    """How many requests does it take to make an array, and to open one or eight?"""

    version = "1"
    axes = dict(
        operation=("create", "open", "open-group", "open-consolidated"),
        zarr_format="all",
    )
    fixed = dict(codec="none", layout="c64", backend="zarr-python")


class Models(_Counted):
    """How often is a backend's own account of itself wrong, over all operations?"""

    version = "1"
    quiet = True
    axes = dict(layout=("c64", "c32-s128", "c16-s32-s128"), backend=QUICK)

    @classmethod
    def operations_of(cls, cell):
        return list(OPERATIONS)

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule."""
        return unsupported(cls.case_of(cell), versions)

    def track_unpredicted(self, *cell):
        """Calls that took something else than is foretold; what failed took nothing."""
        return sum(len(found.get("unpredicted", ())) for found in self.counted)

    track_unpredicted.unit = "calls"
