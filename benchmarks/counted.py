"""What the benchmarks of requests have in common: each operation once, counted."""

import shutil
from pathlib import Path

from zarr_cryoet.core import backends, exact, isolate, selection, volume
from zarr_cryoet.core.errors import WrongResult
from zarr_cryoet.core.prepare import FAILED, READY, SKIPPED, failure

from .base import PREPARING, Skip, note
from .common import VolumeBenchmark


class CountedBenchmark(VolumeBenchmark):
    """One operation, or some, on one case, counted once for all classes of a file.

    Attributes
    ----------
    quiet : bool
        Of many operations, one of which may not be: nothing is noted of the cell.
    """

    exact = True
    quiet = False

    @classmethod
    def count(cls, *classes):
        """Write and check each case once, and count in another process that may crash or hang."""
        prepared = cls.prepare(*classes)
        data, cells = None, {}
        for each in classes:
            for cell in selection.chosen(each):
                for done in each.done_by(cell):
                    if prepared[done.case.id]["status"] == READY:
                        data = volume.open_volume(cls.volume)[1] if data is None else data
                        cells.setdefault((done.case, done.operation), []).append((each, cell))

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
                if not each.quiet:
                    note(each, cell, outcome)
        for place in ("stores", "work"):
            shutil.rmtree(place, ignore_errors=True)
        return prepared

    def setup(self, prepared, *cell):
        super().setup(prepared, *cell)
        counted = self.figures["counted"]
        self.counted = [counted[done.operation] for done in self.done_by(cell)]
        self.figures = self.counted[0]
        if len(self.counted) == 1 and self.figures["status"] == SKIPPED:
            raise Skip(self.figures["reason"])
        if len(self.counted) == 1 and self.figures["status"] == FAILED:
            raise WrongResult(self.figures["reason"])
