"""What do volumes themselves cost: to generate, and to open once prepared?"""

from zarr_cryoet.core import volume
from zarr_cryoet.volumes import phantom  # numpy alone, so it runs under every release's

from .base import PREPARING, VOLUME, Benchmark


class Generate(Benchmark):
    """The phantom, on one core, under the numpy of the release."""

    version = "1"
    axes = dict(edge=(128, 256))
    timeout = 300.0
    repeat = rounds = 1

    def setup(self, edge):
        self.phantom = phantom.Phantom(edge=edge)
        phantom.generate(phantom.Phantom(edge=64))

    def time_generate(self, edge):
        phantom.generate(self.phantom)

    def peakmem_generate(self, edge):
        phantom.generate(self.phantom)


class Open(Benchmark):
    """A prepared volume of 512³, as each benchmark opens it; and the process alone."""

    version = "1"
    volume = f"{VOLUME}-t512"

    def setup_cache(self):
        return volume.ensure(self.volume)[0].id

    setup_cache.timeout = PREPARING

    def setup(self, name):
        volume.open_volume(name)

    def time_open(self, name):
        volume.open_volume(name)

    def peakmem_open(self, name):
        volume.open_volume(name)

    def peakmem_nothing(self, name):
        pass
