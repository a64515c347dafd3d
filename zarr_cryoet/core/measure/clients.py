"""How each library opens an array in a bucket: one class each, all else left as it comes.

Settings that say where the bucket is and that it is public, and no other: what libraries do
by themselves is the question. Runs inside the environment under test, with numpy alone at
import.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

_PACKAGES = (
    "zarr", "numcodecs", "s3fs", "fsspec", "aiobotocore", "botocore", "aiohttp", "obstore",
    "zarrs", "zarrista", "tensorstore", "numpy",
)  # fmt: skip
_REGION = "us-east-1"


class Client:
    """One library with one way to a bucket.

    Parameters
    ----------
    endpoint
        Of the service.
    bucket
        Its bucket.

    Attributes
    ----------
    backend : str
        The id of the backend whose library it is.
    """

    backend: ClassVar[str] = "zarr-python"

    def __init__(self, endpoint: str, bucket: str):
        self.endpoint, self.bucket = endpoint, bucket

    def open(self, path: str, zarr_format: int) -> Any:
        """An array at `path`, through a client that knows nothing yet."""
        raise NotImplementedError

    def read(self, array: Any, box: tuple[slice, ...]):
        """A box of it, along z, y, x."""
        return array[box]

    def _s3fs(self) -> dict:
        return {"anon": True, "endpoint_url": self.endpoint, "skip_instance_cache": True}

    def _obstore(self, path: str):
        from obstore.store import S3Store

        return S3Store(
            self.bucket, prefix=path, endpoint=self.endpoint, region=_REGION,
            skip_signature=True, client_options={"allow_http": True},
        )  # fmt: skip


class Zarr2FSStore(Client):
    """zarr-python 2.18 by a URL, which is its FSStore."""

    def open(self, path, zarr_format):
        """Open it."""
        import zarr

        return zarr.open(f"s3://{self.bucket}/{path}", mode="r", storage_options=self._s3fs())


class Zarr2Mapping(Client):
    """zarr-python 2.18 on a mapping of s3fs."""

    def open(self, path, zarr_format):
        """Open it."""
        import s3fs
        import zarr

        mapping = s3fs.S3Map(f"{self.bucket}/{path}", s3=s3fs.S3FileSystem(**self._s3fs()))
        return zarr.open(mapping, mode="r")


class Zarr3Fsspec(Client):
    """zarr-python 3 through its FsspecStore."""

    def open(self, path, zarr_format):
        """Open it."""
        import zarr
        from zarr.storage import FsspecStore

        url = f"s3://{self.bucket}/{path}"
        store = FsspecStore.from_url(url, storage_options=self._s3fs(), read_only=True)
        return zarr.open_array(store, mode="r", zarr_format=zarr_format)


class Zarr3Object(Client):
    """zarr-python 3 through its ObjectStore."""

    def open(self, path, zarr_format):
        """Open it."""
        import zarr
        from zarr.storage import ObjectStore

        store = ObjectStore(self._obstore(path), read_only=True)
        return zarr.open_array(store, mode="r", zarr_format=zarr_format)


class Zarrs(Zarr3Object):
    """zarr-python 3 with zarrs' pipeline, which reads past the store."""

    backend = "zarrs"

    def open(self, path, zarr_format):
        """Open it, once it is sure that zarrs does the work."""
        import zarr

        from ..backends.zarrs import own

        zarr.config.set(
            {"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True}
        )
        return own(super().open(path, zarr_format))


class Zarrista(Client):
    """zarrs' library by itself."""

    backend = "zarrista"

    def open(self, path, zarr_format):
        """Open it."""
        from zarrista import AsyncArray

        return _waited(AsyncArray.open, self._obstore(path))

    def read(self, array, box):
        """Read a box."""
        return _waited(array.retrieve_array_subset, box).to_numpy()


class TensorStore(Client):
    """tensorstore by its own driver of S3."""

    backend = "tensorstore"

    def open(self, path, zarr_format):
        """Open it."""
        import tensorstore as ts

        kvstore = {
            "driver": "s3", "bucket": self.bucket, "path": f"{path}/", "endpoint": self.endpoint,
            "aws_region": _REGION, "aws_credentials": {"type": "anonymous"},
        }  # fmt: skip
        spec = {"driver": "zarr" if zarr_format == 2 else "zarr3", "kvstore": kvstore}
        return ts.open(spec, open=True, read=True).result()

    def read(self, array, box):
        """Read a box."""
        return array[box].read().result()


CLIENTS: dict[str, type[Client]] = {
    "zarr2-fsstore": Zarr2FSStore,
    "zarr2-mapping": Zarr2Mapping,
    "zarr3-fsspec": Zarr3Fsspec,
    "zarr3-obstore": Zarr3Object,
    "zarrs": Zarrs,
    "zarrista": Zarrista,
    "tensorstore": TensorStore,
}


def versions() -> dict[str, str]:
    """Releases of what this environment holds."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _waited(method, *args):
    """What comes of a method that has to be called where a loop runs."""

    async def call():
        return await method(*args)

    return asyncio.run(call())
