"""What is timed: one operation on one case, done and checked once beforehand."""

import atexit
from collections import deque
from pathlib import Path

from zarr_cryoet.core import backends, volume
from zarr_cryoet.core.operations import OPERATIONS, Job
from zarr_cryoet.core.operations.write import Create, Write
from zarr_cryoet.core.prepare import SKIPPED, prepare

from .base import Skip, note
from .common import VolumeBenchmark


class Operating(VolumeBenchmark):
    """One operation of `core/operations` on one case.

    What is timed is `run` or `consume`, and nothing else::

        class ReadPlanes(Operating):
            '''One plane across each axis, by layout.'''

            version = "1"
            axes = dict(layout="chunks", operation=("read-plane-xy", "read-plane-yz"))
            fixed = dict(backend="zarr-python")

            def setup_cache(self):
                return self.prepare()

            def time_read(self, *cell):
                self.consume()
    """

    checked = False

    def begin(self, prepared, cell):
        """Take up the case and its operation."""
        super().setup(prepared, *cell)
        (done,) = self.done_by(cell)
        if reason := self.why_not(cell):
            note(type(self), cell, {"status": SKIPPED, "reason": reason})
            raise Skip(reason)
        self.operation = OPERATIONS[done.operation]
        data = volume.open_volume(self.volume)[1]
        if self.case.store == "memory":  # of another process, and gone with it
            self.figures = prepare(self.case, data, Path("stores").absolute())
        place = Path("work").absolute() / done.id
        backend = backends.get(self.case.backend)
        self.job = Job(self.case, backend, data, Path(self.figures["path"]), place)
        atexit.register(self.job.close)

    def setup(self, prepared, *cell):
        """Untimed preparation before every sample."""
        if not self.checked:
            self.begin(prepared, cell)
            self.operation.bring(self.job)
            self.operation.check(self.job, self.run())
            self.checked = True
        self.operation.bring(self.job)

    def teardown(self, *_):
        """Leave no array that the next sample makes anew; runs even where `setup` skipped."""
        if isinstance(getattr(self, "operation", None), Create | Write):
            self.job.remove()

    def run(self):
        """The operation, as it is timed."""
        return self.operation.run(self.job)

    def consume(self):
        """The same; what one read returns is gone before the next."""
        deque(self.operation.results(self.job), maxlen=0)
