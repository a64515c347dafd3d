"""What does one operation ask of the store? Counted, and the same on every machine.

Voxels are stored as they are, so that bytes follow from shapes alone, and change with a
library's ways and with nothing else. All is counted once a release, by one preparation.
"""

from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.operations import OPERATIONS

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
        return self.taken("requests")


class _Reading(_Asking):
    version = "1"

    def track_bytes_read(self, *cell):
        return self.taken("bytes_read")

    def track_chunks_decoded(self, *cell):
        return self.taken("chunks_decoded")

    def track_read_amplification(self, *cell):
        return self.taken("read_amplification")


class ReadRequests(_Reading):
    """How many requests, bytes and chunks does one view take, by layout and backend?"""

    version = "1"
    axes = dict(layout=("c64", "c32-s128"), operation="read", backend=QUICK)
    smoke = dict(operation=("read-plane-xy", "read-boxes-64"))


class ReadFormat2(_Reading):
    """The same in format 2, which zarr-python 2 has too."""

    version = "1"
    axes = dict(operation="read", backend=QUICK)
    smoke = dict(operation=("read-plane-xy",))
    fixed = dict(codec="none", layout="c64", zarr_format=2)


class ReadPipelines(_Reading):
    """What do zarr's other pipelines ask for, beside its own?"""

    version = "1"
    axes = dict(
        layout=("c64", "c32-s128"),
        operation=("read-plane-xy", "read-boxes-64"),
        backend="suite",
    )
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
        return self.taken("bytes_written")


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
    def done_by(cls, cell):
        return tuple(Cell(cls.case_of(cell), operation) for operation in OPERATIONS)

    def track_unpredicted(self, *cell):
        """Calls that took something else than is foretold; what failed took nothing."""
        return sum(len(found.get("unpredicted", ())) for found in self.counted)
