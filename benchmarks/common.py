"""What every benchmark of a volume shares: axes from the registries, stores, skips."""

import itertools
import os
import shutil
from pathlib import Path

from zarr_cryoet.core import backends, environment, reasons, selection, volume
from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.case import FORMATS, Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.layouts import BASELINE, LAYOUTS
from zarr_cryoet.core.prepare import FAILED, SKIPPED, prepare

VOLUME = os.environ.get(volume.VOLUME_VARIABLE, volume.DEFAULT_VOLUME)
AXES = {
    "codec": CODECS.select,
    "layout": LAYOUTS.select,
    "access": ACCESS.select,
    "backend": lambda names: backends.ids() if names == "all" else names,
    "zarr_format": lambda names: FORMATS if names == "all" else names,
}


class Benchmark:
    """Base of all: `axes` name what varies, by a group of its registry or by values."""

    axes = {}
    smoke = None  # by axis, what the quick group takes; {} for all, None for nothing
    volume = VOLUME
    timeout = 120.0
    warmup_time = 0  # `setup` has made an untimed call
    number = 1
    repeat = (2, 5, 0.5)
    rounds = 2

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.param_names = list(cls.axes)
        cls.params = [list(_values(axis, names)) for axis, names in cls.axes.items()]

    @classmethod
    def cells(cls):
        """Parameters of each cell, in asv's order."""
        return list(itertools.product(*cls.params))

    @classmethod
    def in_smoke(cls, cell):
        """Whether a cell belongs to the quick group."""
        named = dict(zip(cls.param_names, cell, strict=True))
        return cls.smoke is not None and all(
            named[axis] in _values(axis, names) for axis, names in cls.smoke.items()
        )


def _values(axis, names):
    return AXES[axis](names) if axis in AXES else names


class VolumeBenchmark(Benchmark):
    """A case for each cell: from its `axes`, and from `fixed` for what does not vary.

    A class with axes of its own defines its own `setup_cache`, as asv runs one that
    is inherited once, for the first class alone.
    """

    fixed = {}

    @classmethod
    def case_of(cls, cell):
        """What a cell stores; its access pattern is no part of that."""
        what = dict(codec="blosc-lz4-5-shuffle", layout=BASELINE, zarr_format=2)
        what |= cls.fixed | dict(zip(cls.param_names, cell, strict=True))
        return Case(cls.volume, **{k: v for k, v in what.items() if k != "access"})

    @classmethod
    def prepare(cls, *classes, keep=True):
        """Write and check each case once; a wrong environment fails them all."""
        wrong = "; ".join(environment.problems())
        data = volume.ensure(cls.volume)[1]
        outcomes = {}
        for each in classes or (cls,):
            cells = [c for c in each.cells() if selection.includes(each, c)]
            for case in map(each.case_of, cells):
                if wrong:
                    outcomes[case.id] = {"status": FAILED, "reason": wrong}
                elif case.id not in outcomes:
                    outcomes[case.id] = prepare(case, data, Path("stores").absolute(), keep=keep)
            each._note(outcomes, cells)
        return outcomes

    @classmethod
    def _note(cls, outcomes, cells):
        found = [(cell, outcomes[cls.case_of(cell).id]) for cell in cells]
        bad = [(c, o["status"], o["reason"]) for c, o in found if o["reason"]]
        for each in (cls, *cls.__subclasses__()):
            reasons.note(selection.name(each), bad)

    def setup(self, prepared, *cell):
        """Take up a case that is ready; say why where it is not."""
        self.case = self.case_of(cell)
        self.figures = prepared[self.case.id]
        if self.figures["status"] == SKIPPED:
            raise NotImplementedError(self.figures["reason"])
        if self.figures["status"] == FAILED:
            raise RuntimeError(self.figures["reason"])
        named = self.fixed | dict(zip(self.param_names, cell, strict=True))
        self.access = ACCESS[named.get("access", "full")]


class Reading(VolumeBenchmark):
    """Reads a prepared store; opened, and read once, before it is timed."""

    warm = False

    def setup(self, prepared, *cell):
        super().setup(prepared, *cell)
        shape = volume.open_volume(self.volume)[0].shape
        self.selections = self.access.select(shape)
        self.backend = backends.get(self.case.backend)
        self.handle = self.backend.open(self.case, Path(self.figures["path"]))
        if not self.warm:
            self.read()
            self.warm = True

    def read(self):
        """Each selection of the access pattern, one after the other."""
        for box in self.selections:
            self.backend.read(self.handle, box)


class Writing(VolumeBenchmark):
    """Writes the whole volume into an array made just before; once before it is timed."""

    warm = False

    def setup(self, prepared, *cell):
        super().setup(prepared, *cell)
        self.data = volume.open_volume(self.volume)[1]
        self.backend = backends.get(self.case.backend)
        self.path = Path("written").absolute() / self.case.id
        self._create()
        if not self.warm:
            self.write()
            self.warm = True
            self._create()

    def _create(self):
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.parent.mkdir(exist_ok=True)
        shape, dtype = self.data.shape, self.data.dtype
        self.handle = self.backend.create(self.case, self.path, shape, dtype)

    def write(self):
        """Every chunk of the volume."""
        self.backend.write(self.handle, self.data)

    def teardown(self, *_):
        """Leave nothing; runs even where `setup` skipped."""
        if hasattr(self, "path"):
            shutil.rmtree(self.path, ignore_errors=True)
