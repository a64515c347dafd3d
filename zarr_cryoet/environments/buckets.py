"""Who reads from the bucket: libraries, each in an environment of its own; one row each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.registry import Registry
from . import make


@dataclass(frozen=True)
class Party:
    """A library, a client of the bucket, and what its environment holds.

    Attributes
    ----------
    id : str
        Short and stable.
    client : str
        Its id in `clients.CLIENTS`.
    pins : tuple of str
        Packages; what they need is resolved when the environment is made.
    formats : tuple of int
        Of Zarr, that it reads.
    environment : str
        A name for it; parties with the same name have the same pins, and share it.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    client: str
    pins: tuple[str, ...]
    formats: tuple[int, ...] = (2, 3)
    environment: str = ""
    groups: tuple[str, ...] = ("default",)

    def python(self) -> Path:
        """The interpreter of its environment, made if need be.

        Raises
        ------
        UserError
            It cannot be made.
        """
        return make.of_pins(f"bucket-{self.environment}", self.pins, whole=False)


_S3FS = ("s3fs==2026.9.0", "fsspec==2026.9.0", "aiobotocore==3.10.0", "aiohttp==3.14.5")
_ZARR2 = ("zarr==2.18.7", "numcodecs==0.15.1", "numpy==2.2.4", *_S3FS)
_ZARR3 = ("zarr==3.4.2", "numcodecs==0.17.1", "numpy==2.5.4", "obstore==0.12.1", "zarrs==0.2.3",
          *_S3FS)  # fmt: skip
_RUST = ("zarrista==0.1.0", "obstore==0.12.1", "numpy==2.5.4")
_GOOGLE = ("tensorstore==0.1.86", "numpy==2.5.4")

PARTIES = Registry(
    "party",
    [
        Party("zarr-2.18.7-fsstore", "zarr2-fsstore", _ZARR2, (2,), "zarr-2.18.7"),
        Party("zarr-2.18.7-s3map", "zarr2-mapping", _ZARR2, (2,), "zarr-2.18.7"),
        Party("zarr-3.4.2-s3fs", "zarr3-fsspec", _ZARR3, (2, 3), "zarr-3.4.2"),
        Party("zarr-3.4.2-obstore", "zarr3-obstore", _ZARR3, (2, 3), "zarr-3.4.2"),
        Party("zarrs-obstore", "zarrs", _ZARR3, (2, 3), "zarr-3.4.2"),
        Party("zarrista-obstore", "zarrista", _RUST, (2, 3), "zarrista"),
        Party("tensorstore-s3", "tensorstore", _GOOGLE, (2, 3), "tensorstore"),
    ],
)
