"""What does one operation ask of the store? Counted, and the same on every machine.

Voxels are stored as they are, so that bytes follow from shapes alone, and change with a
library's ways and with nothing else.
"""

import shutil
from pathlib import Path

from zarr_cryoet.core import backends, exact, isolate, selection, volume
from zarr_cryoet.core.compare import WrongResult
from zarr_cryoet.core.prepare import FAILED, READY, SKIPPED, failure

from .base import PREPARING, QUICK, Skip, note
from .common import VolumeBenchmark


class _Counted(VolumeBenchmark):
    version = "1"
    exact = True
    smoke = {}
    fixed = dict(codec="none", zarr_format=3)

    def setup_cache(self):
        return self.count(ReadRequests, ReadRequestsInFormat2, WriteRequests, AroundRequests)

    setup_cache.timeout = PREPARING

    @classmethod
    def operation_of(cls, cell):
        """What is counted."""
        named = dict(zip(cls.param_names, cell, strict=True))
        return named.get("operation") or f"read-{named['access']}"

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule, for what is done with it."""
        return cls.case_of(cell).supports(versions, cls.operation_of(cell))

    @classmethod
    def count(cls, *classes):
        """Write and check each case once, and count in another process that may crash or hang."""
        prepared = cls.prepare(*classes)
        data = volume.ensure(cls.volume)[1] if READY in _statuses(prepared.values()) else None
        cells = {}
        for each in classes:
            for cell in selection.chosen(each):
                case = each.case_of(cell)
                if prepared[case.id]["status"] == READY:
                    cells.setdefault((case, each.operation_of(cell)), []).append((each, cell))

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
                note(each, cell, outcome)
        for place in ("stores", "work"):
            shutil.rmtree(place, ignore_errors=True)
        return prepared

    def setup(self, prepared, *cell):
        super().setup(prepared, *cell)
        self.figures = self.figures["counted"][self.operation_of(cell)]
        if self.figures["status"] == SKIPPED:
            raise Skip(self.figures["reason"])
        if self.figures["status"] == FAILED:
            raise WrongResult(self.figures["reason"])

    def track_unpredicted(self, *cell):
        """Calls that took something else than the backend's own model says."""
        return len(self.figures["unpredicted"])

    track_unpredicted.unit = "calls"


def _statuses(outcomes):
    return {outcome["status"] for outcome in outcomes}


class _Reading(_Counted):
    version = "1"

    def track_requests(self, *cell):
        return self.figures["requests"]

    track_requests.unit = "requests"

    def track_bytes_read(self, *cell):
        return self.figures["bytes_read"]

    track_bytes_read.unit = "bytes"

    def track_chunks_decoded(self, *cell):
        return self.figures["decoded"]

    track_chunks_decoded.unit = "chunks"

    def track_read_amplification(self, *cell):
        return self.figures["amplification"]

    track_read_amplification.unit = "bytes decoded per byte asked for"


class ReadRequests(_Reading):
    """How many requests, bytes and chunks does one view take, by layout and backend?"""

    version = "1"
    axes = dict(
        layout=("c64", "c32-s128", "c16-s32-s128"),
        access=("plane-xy", "plane-yz", "boxes-64"),
        backend=QUICK,
    )


class ReadRequestsInFormat2(_Reading):
    """The same from format 2, whose every chunk is an object."""

    version = "1"
    axes = dict(access=("plane-xy", "boxes-64"), backend=QUICK)
    fixed = dict(codec="none", layout="c64", zarr_format=2)


class _Asking(_Counted):
    version = "1"

    def track_requests(self, *cell):
        return self.figures["requests"]

    track_requests.unit = "requests"


class WriteRequests(_Asking):
    """How many requests and bytes does a write take, those included that it reads first?"""

    version = "1"
    axes = dict(
        operation=("write", "write-slabs-off", "overwrite-box", "overwrite-edge", "append"),
        layout=("c64", "c32-s128"),
        backend=QUICK,
    )

    def track_bytes_written(self, *cell):
        return self.figures["bytes_written"]

    track_bytes_written.unit = "bytes"


class AroundRequests(_Asking):
    """How many requests does it take to make, open, list and delete?"""

    version = "1"
    axes = dict(
        operation=("create", "open", "open-group", "open-consolidated", "list", "delete"),
        zarr_format="all",
    )
    fixed = dict(codec="none", layout="c64", backend="zarr-python")
