"""What does one operation ask of the store? Counted, and the same on every machine.

Voxels are stored as they are, so that bytes follow from shapes alone, and change with a
library's ways and with nothing else. All is counted once a release, by one preparation.
"""

import shutil
from pathlib import Path

from zarr_cryoet.core import backends, exact, isolate, selection, volume
from zarr_cryoet.core.compare import WrongResult
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.prepare import FAILED, READY, SKIPPED, failure

from .base import PREPARING, QUICK, Skip, note
from .common import VolumeBenchmark


class _Counted(VolumeBenchmark):
    version = "1"
    exact = True
    smoke = {}
    fixed = dict(codec="none", zarr_format=3)

    def setup_cache(self):
        return self.count(
            ReadRequests, ReadFormat2, ReadPipelines, WriteRequests, OpenRequests, Models
        )

    setup_cache.timeout = PREPARING

    @classmethod
    def operations_of(cls, cell):
        """What is counted."""
        named = dict(zip(cls.param_names, cell, strict=True))
        return [named.get("operation") or f"read-{named['access']}"]

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule, for what is done with it."""
        return cls.case_of(cell).supports(versions, cls.operations_of(cell)[0])

    @classmethod
    def count(cls, *classes):
        """Write and check each case once, and count in another process that may crash or hang."""
        prepared = cls.prepare(*classes)
        data, cells = None, {}
        for each in classes:
            for cell in selection.chosen(each):
                case = each.case_of(cell)
                if prepared[case.id]["status"] == READY:
                    data = volume.open_volume(cls.volume)[1] if data is None else data
                    for operation in each.operations_of(cell):
                        cells.setdefault((case, operation), []).append((each, cell))

        def work(task):
            path = Path(prepared[task[0].id]["path"])
            return exact.figures(*task, data, path, Path.cwd() / "work")

        found = isolate.outcomes(
            list(cells),
            work,
            seconds=PREPARING / 5,
            fail=failure,
            kind=lambda task: task[0].backend,
            untouched=backends.untouched(),
        )
        for (case, operation), outcome in found:
            prepared[case.id].setdefault("counted", {})[operation] = outcome
            print(case.id, operation, outcome["status"], flush=True)
            for each, cell in cells[case, operation]:
                if each is not Models:  # of many operations, one of which may not be
                    note(each, cell, outcome)
        for place in ("stores", "work"):
            shutil.rmtree(place, ignore_errors=True)
        return prepared

    def setup(self, prepared, *cell):
        super().setup(prepared, *cell)
        counted = self.figures["counted"]
        self.counted = [counted[operation] for operation in self.operations_of(cell)]
        self.figures = self.counted[0]
        if len(self.counted) == 1 and self.figures["status"] == SKIPPED:
            raise Skip(self.figures["reason"])
        if len(self.counted) == 1 and self.figures["status"] == FAILED:
            raise WrongResult(self.figures["reason"])


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
    axes = dict(layout=("c64", "c32-s128", "c16-s32-s128"), backend=QUICK)

    @classmethod
    def operations_of(cls, cell):
        return list(OPERATIONS)

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule."""
        return cls.case_of(cell).supports(versions)

    def track_unpredicted(self, *cell):
        """Calls that took something else than is foretold; what failed took nothing."""
        return sum(len(found.get("unpredicted", ())) for found in self.counted)

    track_unpredicted.unit = "calls"
