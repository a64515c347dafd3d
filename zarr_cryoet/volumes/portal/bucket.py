"""Objects of a bucket of S3 that anyone may read.

By boto3, which the portal's client brings: it knows regions, proxies and the user's endpoint
(`AWS_ENDPOINT_URL_S3`), reads ranges for as little CPU time as obstore does, and says more of
what went wrong.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from ...core.errors import UserError
from .client import connection_fault, without_urls

PIECE = 256 << 10  # bytes in memory for each connection; 1 MiB took twice the CPU time
_ATTEMPTS = 8  # without a byte in between
_FIRST, _LONGEST = 0.2, 10.0  # seconds of waiting before another attempt
_STALLED = 15  # seconds without a byte


class Changed(Exception):
    """An object is no longer the one that it was when it was listed."""


class Stopped(Exception):
    """Somebody wants this to end."""


class _Short(Exception):
    """A body ended before its end."""


class Entry(NamedTuple):
    """An object as the bucket lists it."""

    size: int
    etag: str


class Objects:
    """What stands below a URL of S3, read without credentials.

    Parameters
    ----------
    url
        ``s3://bucket/prefix``.
    connections
        At most, at a time.

    Raises
    ------
    UserError
        The user's configuration of AWS cannot be read, or boto3 is not there.
    """

    def __init__(self, url: str, connections: int = 1):
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise UserError(f"{without_urls(Exception(url))}: is not a place in S3")
        self.url = url.rstrip("/")
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.stop = threading.Event()
        self._client = _connect(self.bucket, connections)

    def get(self, key: str) -> bytes | None:
        """All of a small object; None where there is none."""
        try:
            return self._patiently(
                key, lambda: self._client.get_object(**self._named(key))["Body"].read()
            )
        except _Absent:
            return None

    def listed(self, folder: str) -> dict[str, Entry]:
        """All objects below a folder, by their keys below `url`.

        Raises
        ------
        UserError
            The bucket cannot be listed.
        """
        found: dict[str, Entry] = {}
        asked = {"Bucket": self.bucket, "Prefix": f"{self.prefix}/{folder}/"}
        while True:
            page = self._patiently(folder, lambda: self._client.list_objects_v2(**asked))
            for each in page.get("Contents", []):
                key = each["Key"].removeprefix(f"{self.prefix}/")
                found[key] = Entry(int(each["Size"]), each["ETag"])
            if not page.get("IsTruncated"):
                return found
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def probe(self) -> None:
        """Ask for one key, to see whether the bucket is there."""
        self._patiently("", lambda: self._client.list_objects_v2(Bucket=self.bucket, MaxKeys=1))

    def read(
        self, key: str, begin: int, end: int, etag: str, take: Callable[[memoryview], None]
    ) -> None:
        """Hand over a part of an object, piece by piece.

        What breaks off goes on from where it was, on a new connection.

        Raises
        ------
        Changed
            It is another object than `etag` says.
        Stopped
            `stop` was set.
        UserError
            It cannot be read.
        """
        at = [begin]

        def go_on() -> None:
            asked = {"Range": f"bytes={at[0]}-{end - 1}", "IfMatch": etag}
            answer = self._client.get_object(**self._named(key), **asked)
            body = answer["Body"]
            try:
                if answer["ContentLength"] != end - at[0]:
                    raise _Short
                while at[0] < end:
                    if self.stop.is_set():
                        raise Stopped
                    piece = body.read(min(PIECE, end - at[0]))
                    if not piece:
                        raise _Short
                    take(memoryview(piece))
                    at[0] += len(piece)
            finally:
                if at[0] < end:  # what is left unread would be taken for the next answer
                    body.close()

        self._patiently(key, go_on, lambda: at[0])

    def _named(self, key: str) -> dict:
        return {"Bucket": self.bucket, "Key": f"{self.prefix}/{key}"}

    def _patiently(self, key: str, act: Callable, progress: Callable[[], int] = lambda: 0):
        """Do it again after what may pass, for as long as it gets on."""
        from botocore.exceptions import BotoCoreError, ClientError

        failed, before = 0, progress()
        while True:
            try:
                return act()
            except (BotoCoreError, ClientError, _Short) as exc:
                most = _worth(exc)
                if progress() > before:
                    failed, before = 0, progress()
                failed += 1
                if failed >= most:
                    raise self._fault(key, exc, failed) from exc
            # spread, so that connections that failed together do not come back together
            wait = min(_LONGEST, _FIRST * 2**failed) * random.uniform(0.5, 1.0)
            if self.stop.wait(wait):
                raise Stopped

    def _fault(self, key: str, exc: Exception, attempts: int) -> Exception:
        status = _status(exc)
        if status == 412:
            return Changed(key)
        if status == 404 and _code(exc) != "NoSuchBucket":
            return _Absent(f"{self.url}/{key}: there is no such object (404)")
        times = f" ({attempts} attempts)" if attempts > 1 else ""
        return UserError(f"{self.url}/{key}: {_in_words(exc, self.bucket)}{times}")


class _Absent(UserError):
    """There is no such object."""


def _connect(bucket: str, connections: int):
    try:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as exc:
        raise UserError(
            "portal: its bucket is read with boto3: pip install 'zarr-cryoet[portal]'"
        ) from exc
    config = Config(
        signature_version=UNSIGNED,  # public: no credentials are looked for, so none can expire
        max_pool_connections=connections,
        connect_timeout=_STALLED,
        read_timeout=_STALLED,
        retries={"total_max_attempts": 1},  # `_patiently` does that, for bodies as well
        response_checksum_validation="when_required",
    )
    try:
        return boto3.session.Session().client("s3", config=config)
    except (BotoCoreError, ValueError) as exc:
        raise UserError(f"s3://{bucket}: {without_urls(exc)}; see AWS_CONFIG_FILE") from exc


def _status(exc: Exception) -> int:
    answer = getattr(exc, "response", None)
    meta = answer.get("ResponseMetadata", {}) if isinstance(answer, dict) else {}
    return int(meta.get("HTTPStatusCode") or 0)


def _code(exc: Exception) -> str:
    return str(exc.response.get("Error", {}).get("Code", "")) if _status(exc) else ""


def _worth(exc: Exception) -> int:
    """How many attempts a fault is worth."""
    from botocore import exceptions as boto

    if isinstance(exc, boto.ClientError):
        passing = _status(exc) >= 500 or _status(exc) == 429 or _code(exc) == "SlowDown"
        return _ATTEMPTS if passing else 1
    if isinstance(exc, boto.SSLError) or type(exc) is boto.HTTPClientError:
        return 1  # the latter is for what botocore itself did not expect
    if isinstance(exc, boto.EndpointConnectionError | boto.ProxyConnectionError):
        return 4  # nobody is there: that seldom passes
    waits = boto.ConnectionError | boto.HTTPClientError | boto.IncompleteReadError | _Short
    return _ATTEMPTS if isinstance(exc, waits) else 1


def _in_words(exc: Exception, bucket: str) -> str:
    from botocore import exceptions as boto

    status = _status(exc)
    if status:
        code, said = _code(exc), str(exc.response.get("Error", {}).get("Message", ""))
        if status == 403 and code in ("403", "AccessDenied", "Forbidden", "AllAccessDisabled"):
            return "access denied (403): it may not be read without credentials"
        if code == "NoSuchBucket":
            there = (
                "; AWS_ENDPOINT_URL_S3 says where" if "AWS_ENDPOINT_URL_S3" in os.environ else ""
            )
            return f"there is no such bucket (404) as {bucket}{there}"
        if status in (301, 307) or "Region" in code or "region" in said:
            headers = exc.response["ResponseMetadata"].get("HTTPHeaders", {})
            region = headers.get("x-amz-bucket-region", code or status)
            return f"the bucket is in another region ({region}); AWS_DEFAULT_REGION names one"
        return f"S3 answers {status} {code}: {without_urls(Exception(said))}"
    if isinstance(exc, boto.ProxyConnectionError):
        return "the proxy does not answer; HTTPS_PROXY and NO_PROXY set it"
    if isinstance(exc, boto.SSLError):
        return "its certificate is not trusted here; AWS_CA_BUNDLE names others"
    if isinstance(exc, boto.ReadTimeoutError | boto.ConnectTimeoutError):
        return f"no answer within {_STALLED} s"
    if isinstance(exc, _Short | boto.IncompleteReadError | boto.ResponseStreamingError):
        return "what was sent ended before its end"
    if isinstance(exc, boto.EndpointConnectionError):
        return connection_fault(Exception(str(exc.kwargs.get("error", exc))))
    return connection_fault(exc)
