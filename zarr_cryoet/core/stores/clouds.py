"""The clouds: what each library is told to reach a bucket, one class each.

Credentials are the user's own, from where each cloud's tools look for them, and stand in
nothing that is made here but the clients themselves. Endpoints are those of the settings
that the clouds' own libraries know; they are handed on to those that do not.
"""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

_TRUE = ("1", "true", "yes", "on")
# obstore waits for three minutes by itself
_PATIENT = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in _TRUE


class Cloud(ABC):
    """One provider of object stores.

    Attributes
    ----------
    id : str
        Short and stable, and the kind of its stores: ``s3``.
    title : str
        For people.
    schemes : tuple of str
        What its URLs begin with, the usual one first.
    package : str
        The file system that zarr-python reaches it with.
    by_fsspec : bool
        Whether its objects are listed with that, and not with obstore.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]]
    package: ClassVar[str]
    by_fsspec: ClassVar[bool] = False

    @property
    @abstractmethod
    def endpoint(self) -> str | None:
        """Where it is, if the environment says so; None for the provider's own."""

    @abstractmethod
    def objects(self, bucket: str, prefix: str) -> Any:
        """A store of obstore's, for what is below a prefix."""

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Settings of its file system of fsspec's."""

    def filesystem(self, **options: Any) -> Any:
        """Its file system of fsspec's; one that was made before in this process may serve."""
        import fsspec

        return fsspec.filesystem(self.schemes[0], **options)

    def kvstore(self, bucket: str, prefix: str) -> dict[str, Any]:
        """A key-value store of tensorstore's.

        Raises
        ------
        NotImplementedError
            It has none.
        """
        raise NotImplementedError(f"tensorstore has no driver for {self.title}")

    def _client(self) -> dict[str, Any]:
        """What holds for obstore's client of any cloud."""
        plain = (self.endpoint or "").startswith("http://")
        client = {"connect_timeout": "10s", "timeout": "120s", "allow_http": plain}
        return {"client_options": client, "retry_config": _PATIENT}


class S3(Cloud):
    """Amazon S3, and what speaks its protocol.

    ``AWS_ENDPOINT_URL_S3`` (or ``AWS_ENDPOINT_URL``) says where, ``AWS_SKIP_SIGNATURE``
    that nothing is to be signed; keys and region are found as botocore does.
    """

    id = "s3"
    title = "S3"
    schemes = ("s3", "s3a")
    package = "s3fs"

    @property
    def endpoint(self):
        """As AWS' own tools have it."""
        return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")

    @property
    def anonymous(self) -> bool:
        """Whether requests are not signed."""
        return _flag("AWS_SKIP_SIGNATURE")

    @property
    def region(self) -> str | None:
        """Of the environment, or of the profile in use."""
        told = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return told or _session_value(lambda s: s.get_config_variable("region"))

    def objects(self, bucket, prefix):
        """With botocore's credentials where it is installed: obstore reads no profiles."""
        from obstore.store import S3Store

        more: dict[str, Any] = {"skip_signature": True} if self.anonymous else {}
        if not self.anonymous and "AWS_ACCESS_KEY_ID" not in os.environ:
            found = _session_value(lambda session: session.get_credentials())
            if found is None:
                raise UserError(
                    f"s3://{bucket}: no credentials for S3 were found; set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or AWS_SKIP_SIGNATURE=true"
                )
            more["credential_provider"] = _provider(found)
        if self.endpoint:
            more["endpoint"] = self.endpoint
        region = self.region or "us-east-1"
        return S3Store(bucket, prefix=prefix or None, region=region, **more, **self._client())

    def options(self):
        """s3fs finds keys, region and endpoint by itself, like botocore."""
        more = {"endpoint_url": self.endpoint} if self.endpoint else {}
        return {"anon": self.anonymous, **more}

    def kvstore(self, bucket, prefix):
        """It finds keys by itself, but for a region it asks Amazon."""
        spec: dict[str, Any] = {"driver": "s3", "bucket": bucket, "path": prefix}
        if self.endpoint:
            spec["endpoint"] = self.endpoint
        if self.region or self.endpoint:
            spec["aws_region"] = self.region or "us-east-1"
        if self.anonymous:
            spec["aws_credentials"] = {"type": "anonymous"}
        elif "AWS_ACCESS_KEY_ID" in os.environ:  # else it complains of files that are not there
            spec["aws_credentials"] = {"type": "environment"}
        return spec


class Gcs(Cloud):
    """Google Cloud Storage.

    ``STORAGE_EMULATOR_HOST`` says where, as for Google's own client; without it, keys are
    found by Google's rules (``GOOGLE_APPLICATION_CREDENTIALS``, or gcloud's own).
    ``GOOGLE_SKIP_SIGNATURE`` is for buckets that anyone may use.
    """

    id = "gcs"
    title = "Google Cloud Storage"
    schemes = ("gs", "gcs")
    package = "gcsfs"
    by_fsspec = True

    @property
    def endpoint(self):
        """An emulator, with its scheme."""
        host = os.environ.get("STORAGE_EMULATOR_HOST")
        return host if not host or "://" in host else f"http://{host}"

    @property
    def anonymous(self) -> bool:
        """Whether requests carry no token; an emulator asks for none."""
        return _flag("GOOGLE_SKIP_SIGNATURE") or self.endpoint is not None

    def objects(self, bucket, prefix):
        """By the environment."""
        from obstore.store import GCSStore

        more: dict[str, Any] = {"skip_signature": True} if self.anonymous else {}
        if self.endpoint:
            more["base_url"] = self.endpoint
        return GCSStore(bucket, prefix=prefix or None, **more, **self._client())

    def options(self):
        """Gcsfs is told that there is no token, for which it would else ask around."""
        more = {"endpoint_url": self.endpoint} if self.endpoint else {}
        return {**({"token": "anon"} if self.anonymous else {}), **more}

    def filesystem(self, **options):
        """The plain one: its other class asks each bucket for its layout first.

        That has a client of its own, which knows no emulator and waits for minutes. Which one
        fsspec finds was settled when gcsfs was imported, so the class is named.
        """
        os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # nor import it
        from gcsfs.core import GCSFileSystem

        # what fails is raised; it would print it as well, with all frames
        logging.getLogger("gcsfs").addHandler(logging.NullHandler())
        return GCSFileSystem(**options)

    def kvstore(self, bucket, prefix):
        """It knows an emulator by a variable of its own, which it reads at its first request."""
        if self.endpoint:
            os.environ.setdefault("TENSORSTORE_GCS_HTTP_URL", self.endpoint)
        return {"driver": "gcs", "bucket": bucket, "path": prefix}


class Azure(Cloud):
    """Azure Blob Storage.

    ``AZURE_STORAGE_CONNECTION_STRING`` says all; without it, ``AZURE_STORAGE_ACCOUNT_NAME``
    does, with ``AZURE_STORAGE_ACCOUNT_KEY`` or ``AZURE_STORAGE_SAS_TOKEN``, or what
    ``az login`` left.
    """

    id = "azure"
    title = "Azure Blob Storage"
    schemes = ("az", "abfs", "abfss", "azure")
    package = "adlfs"

    @staticmethod
    def _told() -> dict[str, str]:
        text = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
        return dict(part.split("=", 1) for part in text.split(";") if "=" in part)

    @property
    def endpoint(self):
        """Of the connection string."""
        return self._told().get("BlobEndpoint")

    def objects(self, bucket, prefix):
        """Obstore reads no connection strings: it is told what stands in one."""
        from obstore.store import AzureStore

        told, more = self._told(), {}
        names = {
            "AccountName": "account_name",
            "AccountKey": "account_key",
            "SharedAccessSignature": "sas_key",
            "BlobEndpoint": "endpoint",
        }
        more |= {name: told[key] for key, name in names.items() if key in told}
        if not told and "AZURE_STORAGE_ACCOUNT_NAME" not in os.environ:
            raise UserError(
                f"az://{bucket}: no storage account is named; set AZURE_STORAGE_ACCOUNT_NAME and "
                "AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_CONNECTION_STRING"
            )
        return AzureStore(bucket, prefix=prefix or None, **more, **self._client())

    def options(self):
        """Adlfs reads the connection string, or the account's name and key, by itself."""
        return {} if self._told() else {"anon": _flag("AZURE_SKIP_SIGNATURE")}


CLOUDS: dict[str, Cloud] = {cloud.id: cloud for cloud in (S3(), Gcs(), Azure())}


def _session_value(ask: Callable[[Any], Any]) -> Any:
    """What botocore knows; None where it is not installed, or knows nothing."""
    try:
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ImportError:
        return None
    try:
        return ask(Session())
    except BotoCoreError as exc:  # a profile that is not there, for example
        raise UserError(f"S3: {exc}") from exc


def _provider(credentials: Any) -> Callable[[], dict[str, Any]]:
    """Keys for obstore, asked for again before they expire."""

    def provide() -> dict[str, Any]:
        from datetime import UTC, datetime

        frozen = credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + timedelta(minutes=10),
        }

    return provide
