"""What every benchmark shares: axes from the registries, and reasons for what goes wrong."""

import functools
import inspect
import itertools
import os

from zarr_cryoet.core import backends, reasons, selection, volume
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.core.measure.setups import SETUPS
from zarr_cryoet.core.metrics import METRICS, of_method
from zarr_cryoet.core.operations import OPERATIONS, shown, unshown
from zarr_cryoet.core.prepare import FAILED, in_words
from zarr_cryoet.core.storage import FORMATS
from zarr_cryoet.core.stores import STORES

VOLUME = os.environ.get(volume.VOLUME_VARIABLE, volume.DEFAULT_VOLUME)
# A larger volume takes longer; what is not prepared yet is of unknown size.
SCALE = max(1.0, volume.nbytes_of(VOLUME) / 2**27)
PREPARING = 600.0 * SCALE  # seconds in which one store must be written and read back
AXES = {
    "codec": CODECS.select,
    "layout": LAYOUTS.select,
    "backend": backends.select,
    "operation": OPERATIONS.select,
    "setup": SETUPS.select,
    "store": STORES.select,
    "zarr_format": lambda names: FORMATS if names == "all" else names,
}
# what `make bench` compares: one more backend makes the suite longer, not that
QUICK = ("zarr-python", "tensorstore")


def values(axis, names):
    """The values of an axis: of a group where it has a registry, else as they stand."""
    return AXES[axis](names) if axis in AXES else names


class Skip(NotImplementedError):
    """The one exception that says: this cell cannot be. asv takes its parent for that."""


def explained(method):
    """The same method; what it raises is noted as the cell's reason, and raised again."""

    @functools.wraps(method)
    def call(self, *args):
        try:
            return method(self, *args)
        except Skip:  # noted when it was found
            raise
        except (Exception, SystemExit) as exc:
            cell = args[len(args) - len(self.params) :]
            of = "" if method.__name__ == "setup" else method.__name__
            reasons.note(selection.name(type(self), of), [(cell, FAILED, in_words(exc))])
            if isinstance(exc, NotImplementedError):
                raise RuntimeError(str(exc)) from exc  # a library's own is no skip
            raise

    return call


def note(cls, cell, outcome):
    """Keep an outcome, for the class and those below it that asv lists."""
    for each in (cls, *cls.__subclasses__()):
        if selection.methods(each):
            reasons.note(selection.name(each), [(cell, outcome["status"], outcome["reason"])])


class Benchmark:
    """Base of all: `axes` name what varies, by a group of its registry or by values.

    Units and titles are those of the metric that a method's name says (`core/metrics.py`)::

        class OpenVolume(Benchmark):
            '''How long does it take to open a prepared volume?'''

            version = "1"
            smoke = {}

            def setup_cache(self):
                return volume.ensure(self.volume)[0].id

            def time_open(self, name):
                volume.open_volume(name)
    """

    axes = {}
    smoke = None  # by axis, what the quick group takes; {} for all, None for nothing
    exact = False  # whether its figures are the same on every machine
    control = False  # whether what it measures is the same in every release
    takes = None  # seconds that a cell takes, where that is not a matter of the volume's size
    volume = VOLUME
    timeout = 120.0 * SCALE
    warmup_time = 0  # a class makes its own untimed call, in `setup`
    number = 1
    repeat = (2, 5, 0.5)
    rounds = 2

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        taken = [shown(axis, values(axis, names)) for axis, names in cls.axes.items()]
        cls.param_names = [name for name, _ in taken]
        cls.params = [found for _, found in taken]
        if "setup" in vars(cls):
            cls.setup = explained(cls.setup)
        for name in selection.methods(cls):
            setattr(cls, name, cls._titled(name))

    @classmethod
    def _titled(cls, name):
        """A benchmark method with its metric's unit, and a title for asv's pages."""
        found = explained(inspect.unwrap(getattr(cls, name)))
        metric = METRICS[of_method(name)]
        alike = [m for m in selection.methods(cls) if of_method(m) == metric.id]
        which = f" ({name.partition('_')[2]})" if len(alike) > 1 else ""
        found.pretty_name = f"{cls.__name__}: {metric.title}{which}"
        found.unit = metric.unit
        return found

    @classmethod
    def cells(cls):
        """Parameters of each cell, in asv's order."""
        return list(itertools.product(*cls.params))

    @classmethod
    def named(cls, cell):
        """By axis, the value of a cell."""
        return unshown(dict(zip(cls.param_names, cell, strict=True)))

    @classmethod
    def why_not(cls, cell, versions=None):
        """Why a cell cannot be with these releases; None when it can."""
        return None

    @classmethod
    def done_by(cls, cell):
        """Which operations a cell does, each with its case; none where it is about no case."""
        return ()

    @classmethod
    def in_smoke(cls, cell):
        """Whether a cell belongs to the quick group."""
        named = cls.named(cell)
        return cls.smoke is not None and all(
            named[axis] in values(axis, names) for axis, names in cls.smoke.items()
        )
