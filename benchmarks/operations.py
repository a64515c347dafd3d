"""The two things that are done with a store, each done once before it is timed."""

from pathlib import Path

from zarr_cryoet.core import backends, volume

from .common import VolumeBenchmark


class Reading(VolumeBenchmark):
    """Reads a prepared store, which is open."""

    warm = False

    def setup(self, prepared, *cell):
        """Open the store, and read it once in this process."""
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
    """Writes the whole volume into an array made just before."""

    warm = False

    @classmethod
    def operations_of(cls, cell):
        """One, whatever its axes."""
        return ["write"]

    def setup(self, prepared, *cell):
        """Make the array anew, and write it once in this process."""
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
        self.case.store_row.remove(self.path)
        self.path.parent.mkdir(exist_ok=True)
        shape, dtype = self.data.shape, self.data.dtype
        self.handle = self.backend.create(self.case, self.path, shape, dtype)

    def write(self):
        """Every chunk of the volume."""
        self.backend.write(self.handle, self.data)

    def teardown(self, *_):
        """Leave nothing; runs even where `setup` skipped."""
        if hasattr(self, "path"):
            self.case.store_row.remove(self.path)
