"""What does each thing that is done with an array cost, in time and in memory?"""

import atexit
from pathlib import Path

from zarr_cryoet.core import backends, volume
from zarr_cryoet.core.measure import memory
from zarr_cryoet.core.operations import OPERATIONS, Job
from zarr_cryoet.core.prepare import SKIPPED, prepare
from zarr_cryoet.core.support import unsupported

from .base import PREPARING, Skip, note
from .common import VolumeBenchmark


class _Operating(VolumeBenchmark):
    """An operation of `core/operations`, proved once before it is timed."""

    version = "1"
    proved = False

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule, for what is done with it."""
        return unsupported(cls.case_of(cell), versions, cls._named(cell)["operation"])

    @classmethod
    def _named(cls, cell):
        return dict(zip(cls.param_names, cell, strict=True))

    def setup(self, prepared, *cell):
        """What has to be there before each run."""
        if not self.proved:
            super().setup(prepared, *cell)
            self._begin(cell)
        self.operation.bring(self.job)

    def _begin(self, cell):
        if reason := self.why_not(cell):
            note(type(self), cell, {"status": SKIPPED, "reason": reason})
            raise Skip(reason)
        self.operation = OPERATIONS[self._named(cell)["operation"]]
        data = volume.open_volume(self.volume)[1]
        if self.case.store == "memory":  # of another process, and gone with it
            self.figures = prepare(self.case, data, Path("stores").absolute())
        place = Path("work").absolute() / f"{self.case.id}_{self.operation.id}"
        backend = backends.get(self.case.backend)
        self.job = Job(self.case, backend, data, Path(self.figures["path"]), place)
        atexit.register(self.job.close)
        self.operation.bring(self.job)
        self.operation.check(self.job, self.operation.run(self.job))
        self.proved = True

    def time_run(self, *cell):
        self.operation.run(self.job)


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
        return memory.peak(lambda: self.operation.run(self.job))

    track_peak_bytes.unit = "bytes"


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
