"""How much memory does an operation take, from a process that has done nothing else?"""

from pathlib import Path

from zarr_cryoet.core import backends, volume

from .base import PREPARING, VOLUME
from .common import VolumeBenchmark


class _Memory(VolumeBenchmark):
    """On 512³ voxels, so that the volume outweighs the imports."""

    version = "1"
    axes = dict(layout="memory", zarr_format="all", backend="default")
    volume = f"{VOLUME}-t512"
    timeout = 300.0

    def setup_cache(self):
        return _Memory.prepare()

    setup_cache.timeout = PREPARING

    def setup(self, prepared, *cell):
        super().setup(prepared, *cell)
        self.backend = backends.get(self.case.backend)


class PeakRead(_Memory):
    """The whole volume, read."""

    version = "1"

    def peakmem_read(self, *cell):
        whole = (slice(0, n) for n in volume.open_volume(self.volume)[0].shape)
        handle = self.backend.open(self.case, Path(self.figures["path"]))
        return self.backend.read(handle, tuple(whole))


class PeakWrite(_Memory):
    """The whole volume, written from a memory map, whose pages are counted too."""

    version = "1"

    def peakmem_write(self, *cell):
        data = volume.open_volume(self.volume)[1]
        self.path = Path("written").absolute() / self.case.id
        self.path.parent.mkdir(exist_ok=True)
        handle = self.backend.create(self.case, self.path, data.shape, data.dtype)
        self.backend.write(handle, data)

    def teardown(self, *_):
        """Leave nothing: 512 MiB a cell."""
        if hasattr(self, "path"):
            self.case.store_row.remove(self.path)


class PeakNothing(_Memory):
    """The same store opened, or the volume's pages touched, and no more.

    What `PeakRead` and `PeakWrite` take is what they have above these.
    """

    version = "1"

    def peakmem_map(self, *cell):
        self.backend.open(self.case, Path(self.figures["path"]))  # imports what writing does
        return volume.open_volume(self.volume)[1].max()

    def peakmem_open(self, *cell):
        return self.backend.open(self.case, Path(self.figures["path"]))
