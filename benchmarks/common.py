"""Benchmarks of a case for each cell, whose stores are written and proved beforehand."""

import functools
from pathlib import Path

from zarr_cryoet.core import backends, environment, isolate, selection, volume
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import WrongResult
from zarr_cryoet.core.layouts import BASELINE
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.metrics import METRICS
from zarr_cryoet.core.prepare import FAILED, SKIPPED, failure, in_words, prepare
from zarr_cryoet.core.stores import remote
from zarr_cryoet.core.support import unsupported

from .base import PREPARING, Benchmark, Skip, note


class VolumeBenchmark(Benchmark):
    """One operation on one case for each cell: from its `axes`, and from `fixed`.

    A class with axes of its own defines its own `setup_cache`, as asv runs one that
    is inherited once, for the first class alone::

        class StoredByChunks(VolumeBenchmark):
            '''How much space do the chunks of each layout take?'''

            version = "1"
            axes = dict(layout="chunks", backend="default")
            fixed = dict(codec="zstd-3", zarr_format=3)
            exact = True

            def setup_cache(self):
                return self.prepare(keep=False)

            def track_bits_per_voxel(self, *cell):
                return self.taken("bits_per_voxel")
    """

    fixed = {}

    @classmethod
    def case_of(cls, cell):
        """What a cell stores; what is done with it is no part of that."""
        what = dict(codec="blosc-lz4-5-shuffle", layout=BASELINE, zarr_format=2)
        what["store"] = remote.default_store()  # files, or the bucket that the run was given
        what |= cls.fixed | cls.named(cell)
        return Case.from_json({**what, "volume": cls.volume})

    @classmethod
    def done_by(cls, cell):
        """Its operation; writing the volume is done with every case."""
        named = {"operation": "write"} | cls.fixed | cls.named(cell)
        return (Cell(cls.case_of(cell), named["operation"]),)

    @classmethod
    def why_not(cls, cell, versions=None):
        """The case's own rule, for what is done with it."""
        done, *more = cls.done_by(cell)
        return unsupported(done.case, versions, None if more else done.operation)

    @classmethod
    def prepare(cls, *classes, keep=True):
        """Write and check each case once, in a process that it may crash or hang."""
        cells = [(c, cell) for c in classes or (cls,) for cell in selection.chosen(c)]
        sharing = {}
        for each, cell in cells:
            sharing.setdefault(each.case_of(cell), []).append((each, cell))
        try:
            if wrong := environment.problems():
                raise WrongResult("; ".join(wrong))
            data = volume.ensure(cls.volume)[1]
        except Exception as exc:
            found = [(case, failure(in_words(exc))) for case in sharing]
        else:
            work = functools.partial(prepare, data=data, directory=Path.cwd() / "stores", keep=keep)
            found = isolate.outcomes(
                list(sharing),
                work,
                seconds=PREPARING / 5,  # so that one that hangs, twice, is told within it
                fail=failure,
                kind=lambda case: case.backend,
                untouched=backends.untouched(),
            )
        outcomes = {}
        for case, outcome in found:
            outcomes[case.id] = outcome
            if outcome["status"] == FAILED:  # a crash leaves what it had written
                case.store_row.remove(Path("stores").absolute() / case.id)
            print(case.id, outcome["status"], flush=True)  # asv ends what is silent for too long
            for each, cell in sharing[case]:
                note(each, cell, outcome)
        return outcomes

    def setup(self, prepared, *cell):
        """Take up a case that is ready; say why where it is not."""
        self.case = self.case_of(cell)
        self.figures = prepared[self.case.id]
        if self.figures["status"] == SKIPPED:
            raise Skip(self.figures["reason"])
        if self.figures["status"] == FAILED:
            raise WrongResult(self.figures["reason"])

    def taken(self, metric):
        """What preparing or counting found of a metric."""
        return METRICS[metric].taken(self.figures)
