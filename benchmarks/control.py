"""What the machine itself does: what moves here moves everywhere."""

import numpy as np

from zarr_cryoet.core import volume

from .base import Benchmark


class Control(Benchmark):
    """The volume's bytes, copied into a buffer that is already there."""

    version = "1"
    smoke = {}
    control = True

    def setup_cache(self):
        return volume.ensure(self.volume)[0].id

    def setup(self, name):
        self.data = np.array(volume.open_volume(name)[1])
        self.buffer = np.empty_like(self.data)
        np.copyto(self.buffer, self.data)

    def time_memcpy(self, name):
        np.copyto(self.buffer, self.data)
