"""What all tests share: a cache of their own, a small volume, the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core import rng, volume

pytest_plugins = ["browser"]  # a real one, for the tests of pages

SHARED = Path(__file__).resolve().parents[2] / "shared" / "volumes"


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache that no other run has written to."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(volume.CACHE_VARIABLE, str(folder))
        yield folder


@pytest.fixture(name="volume")
def small_volume():
    """Noise, float32, z y x, a multiple of no chunk."""
    shape = (40, 50, 33)
    words = rng.bits(7, 0, int(np.prod(shape))) >> np.uint64(40)
    return (words.astype(np.float64) / 2**24 - 0.5).astype(np.float32).reshape(shape)


@pytest.fixture(scope="session")
def shared():
    """The folder of real volumes that stands beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"no real volumes here: {SHARED} is absent")
    return SHARED
