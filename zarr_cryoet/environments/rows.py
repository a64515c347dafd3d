"""Every environment that is asked, beside the releases of the histories; one row each."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.measure.exchange import Peer
from ..core.measure.setups import REFERENCE
from ..core.measure.worker import Environment
from ..core.registry import Registry
from . import lock as locks
from .make import Contents, of_release


@dataclass(frozen=True)
class Row:
    """A library in an environment.

    Attributes
    ----------
    id : str
        Short and stable.
    contents : Contents
        What the environment holds; rows with the same contents share it.
    backend : str
        Id of the backend that writes and reads stores of others there; empty for none.
    client : str
        Id of the client that reads from a bucket there; empty for none.
    formats : tuple of int
        Of Zarr, that the client reads.
    groups : tuple of str
        Named sets it belongs to.
    """

    id: str
    contents: Contents
    backend: str = ""
    client: str = ""
    formats: tuple[int, ...] = (2, 3)
    groups: tuple[str, ...] = ("default",)

    def peer(self) -> Peer:
        """Its backend in its environment, which is made if need be."""
        python = str(self.contents.python())
        return Peer(self.id, self.backend, Environment(self.id, python))


def _pinned(name: str, *pins: str) -> Contents:
    return Contents(name, pins, whole=False)


_OLD, _MIDDLE, _NEW = map(
    of_release, ("2.18.7", REFERENCE, locks.read(locks.path_of("zarr")).versions[-1])
)
_S3FS = "s3fs==2026.9.0", "fsspec==2026.9.0", "aiobotocore==3.10.0", "aiohttp==3.14.5"
_BUCKET2 = _pinned(
    "bucket-zarr-2.18.7", "zarr==2.18.7", "numcodecs==0.15.1", "numpy==2.2.4", *_S3FS
)
_BUCKET3 = _pinned(
    "bucket-zarr-3.4.2", "zarr==3.4.2", "numcodecs==0.17.1", "numpy==2.5.4", "obstore==0.12.1",
    "zarrs==0.2.3", *_S3FS,
)  # fmt: skip
_RUST = _pinned("bucket-zarrista", "zarrista==0.1.0", "obstore==0.12.1", "numpy==2.5.4")
_GOOGLE = _pinned("bucket-tensorstore", "tensorstore==0.1.86", "numpy==2.5.4")
_ZARRISTA = _pinned("zarrista", "zarrista==0.1.0", "numpy==2.4.3")
_IOHUB2 = _pinned("iohub-0.2.3", "iohub==0.2.3", "zarr==2.18.7", "numcodecs==0.15.1")
_IOHUB3 = _pinned(
    "iohub-0.3.11", "iohub==0.3.11", "zarr==3.4.2", "numcodecs==0.17.1", "zarrs==0.2.3"
)

ENVIRONMENTS = Registry(
    "environment",
    [
        *(Row(each.name, each, backend="zarr-python") for each in (_OLD, _MIDDLE, _NEW)),
        Row("zarr-fused", _NEW, backend="zarr-fused"),
        Row("zarrs", _NEW, backend="zarrs"),
        Row("zarrista", _ZARRISTA, backend="zarrista"),
        Row("tensorstore", _NEW, backend="tensorstore"),
        Row("iohub-0.2.3", _IOHUB2, backend="iohub"),
        Row("iohub-0.3.11", _IOHUB3, backend="iohub"),
        Row("zarr-2.18.7-fsstore", _BUCKET2, client="zarr2-fsstore", formats=(2,)),
        Row("zarr-2.18.7-s3map", _BUCKET2, client="zarr2-mapping", formats=(2,)),
        Row("zarr-3.4.2-s3fs", _BUCKET3, client="zarr3-fsspec"),
        Row("zarr-3.4.2-obstore", _BUCKET3, client="zarr3-obstore"),
        Row("zarrs-obstore", _BUCKET3, client="zarrs"),
        Row("zarrista-obstore", _RUST, client="zarrista"),
        Row("tensorstore-s3", _GOOGLE, client="tensorstore"),
    ],
)


def _serving(role: str) -> Registry:
    return Registry("environment", (row for row in ENVIRONMENTS.values() if getattr(row, role)))


#: Those that write and read each other's stores, and those that read from a bucket.
PEERS, BUCKET_READERS = _serving("backend"), _serving("client")
#: Whose stores the faults are put into.
DAMAGED = _MIDDLE.name
