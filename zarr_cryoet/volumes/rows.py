"""The volumes that come with the project: one row each."""

from __future__ import annotations

from ..core.registry import Registry
from .sources import PhantomVolume

VOLUMES = Registry(
    "volume",
    [
        PhantomVolume("phantom-128", 128, sha256=None),
        PhantomVolume("phantom-128-u8", 128, sha256=None, product="uint8"),
        PhantomVolume("labels-128", 128, sha256=None, product="labels"),
        PhantomVolume("phantom-256", 256, sha256=None),
        PhantomVolume("phantom-512", 512, sha256=None),
    ],
)
