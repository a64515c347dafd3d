"""The volumes that come with the project: one row each."""

from __future__ import annotations

from ..core.registry import Registry
from .sources import PhantomVolume

VOLUMES = Registry(
    "volume",
    [
        PhantomVolume(
            "phantom-64", 64, "c3b237b17be3091094cb1e0e76a1480775028c34d20b2773e4b2bbe7b6f32f87"
        ),
        PhantomVolume(
            "phantom-128", 128, "6d645f9819ed0a9f72e7a3bd0e7cf6bd030e0b0da863ddfe867f0d0100adaf90"
        ),
        PhantomVolume(
            "phantom-128-u8",
            128,
            "64e9f76c667c566389eed4bd73d86e762632fe29e649308ab2e03801004f4012",
            product="uint8",
        ),
        PhantomVolume(
            "labels-128",
            128,
            "344638632eb89012eb62b723afa38729595bef68bf6a800b2271236f84130462",
            product="labels",
        ),
        PhantomVolume(
            "phantom-256", 256, "7b236091432f18746f415b9cba9c730985d7b6aabce555c41fa6fa2917f22f47"
        ),
        PhantomVolume(
            "phantom-512", 512, "550f1b32ab76dd40dd4ad735e69d5cab9fc0d83f342e811532c74d622a432422"
        ),
    ],
)
