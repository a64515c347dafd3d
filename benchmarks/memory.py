"""How much memory does an operation take, from a process that has done nothing else?"""

from .base import PREPARING, VOLUME
from .operations import Operating


class _Memory(Operating):
    """On 512³ voxels, so that the volume outweighs the imports."""

    version = "1"
    axes = dict(layout="memory", zarr_format="all", backend="default")
    volume = f"{VOLUME}-t512"
    timeout = 300.0

    def setup_cache(self):
        return _Memory.prepare()

    setup_cache.timeout = PREPARING

    def setup(self, prepared, *cell):
        """Nothing that the operation itself does."""
        self.begin(prepared, cell)

    def once(self):
        """The operation, with all that it needs."""
        self.operation.bring(self.job)
        return self.run()


class PeakRead(_Memory):
    """The whole volume, read."""

    version = "1"
    fixed = dict(operation="read-full")

    def peakmem_read(self, *cell):
        return self.once()


class PeakWrite(_Memory):
    """The whole volume, written from a memory map, whose pages are counted too."""

    version = "1"

    def peakmem_write(self, *cell):
        self.once()


class PeakNothing(_Memory):
    """The same store opened, or the volume's pages touched, and no more.

    What `PeakRead` and `PeakWrite` take is what they have above these.
    """

    version = "1"
    fixed = dict(operation="open")

    def peakmem_map(self, *cell):
        self.job.handle  # noqa: B018  imports what writing does
        return self.job.data.max()

    def peakmem_open(self, *cell):
        return self.job.handle
