"""What goes wrong with a bucket, in one line with a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..core.errors import UserError
from ..core.secrets import hidden
from ..core.stores.remote import Bucket

# What a cloud or a client says, what that means, and what can be done. The first one counts.
_MEANINGS = (
    (
        r"ExpiredToken|TokenRefreshRequired|RequestExpired|token (has|is) expired|ExpiredSignature|"
        r"Signature not valid in the specified time frame",
        "the credentials have expired; sign in again, and run the same command",
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken\b|AuthenticationFailed|"
        r"invalid_grant|Server failed to authenticate|MissingSecurityHeader|status.{0,8}401|"
        r"[Uu]nauthorized|UnauthenticatedError",
        "the credentials are not known there; check which ones the environment names",
    ),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|"
        r"redirect without LOCATION|incorrectly configured region|status.{0,8}30[17]",
        "the bucket is in another region{region}; AWS_REGION names the right one",
    ),
    (
        r"NoSuchBucket|ContainerNotFound|specified (bucket|container) does not exist|NotFoundError|"
        r"status.{0,8}404|404 Not Found",
        "there is no such {bucket}; check its name, or make it first",
    ),
    (
        r"AccessDenied|AuthorizationFailure|AuthorizationPermissionMismatch|PermissionDenied|"
        r"status.{0,8}403|403 Forbidden|[Ff]orbidden",
        "access is denied (403); the run has to list, read, write and delete there",
    ),
    (
        r"dns error|failed to lookup address|Name or service not known|name resolution|"
        r"nodename nor servname|No such host",
        "its host name is not known to DNS; check the network, and the endpoint that is set",
    ),
    (
        r"[Pp]roxy(?!\w*=None)|tunnel",  # aiohttp says of each connection that it has none
        "the proxy does not let it through; check HTTPS_PROXY and NO_PROXY",
    ),
    (r"[Cc]ertificate|\btls\b|\bTLS\b", "its certificate is not trusted here"),
    (
        r"[Cc]onnection refused|tcp connect error|unreachable",
        "no connection; check the network, and the endpoint that is set",
    ),
    (
        r"timed out|deadline has elapsed|TimedOut",
        "no answer in time; check the network, and the endpoint that is set",
    ),
    (
        r"error sending request|Connect|HTTP error",
        "no connection; check the network, and the endpoint that is set",
    ),
)


def in_words(exc: BaseException, bucket: Bucket) -> str:
    """One line for a person: which bucket, what is wrong, and the way out."""
    text = " ".join(f"{type(exc).__name__}: {exc!s} {exc!r}".split())
    region = getattr(bucket.cloud, "region", None)
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, text):
            said = meaning.format(
                region=f" than {region}" if region else "",
                bucket="container" if bucket.cloud.id == "azure" else "bucket",
            )
            where = f" ({bucket.cloud.endpoint})" if bucket.cloud.endpoint else ""
            return hidden(f"{bucket.url}{where}: {said}")
    return hidden(f"{bucket.url}: {' '.join(str(exc).split()) or type(exc).__name__}"[:400])


@contextmanager
def explained(bucket: Bucket) -> Iterator[None]:
    """Turn what a client raises into what a person can mend.

    Raises
    ------
    UserError
        In place of anything that goes wrong in the block.
    """
    try:
        yield
    except UserError:
        raise
    except ImportError as exc:
        name = exc.name or "a client"
        raise UserError(
            f"{bucket.url}: {name} is not installed; pip install 'zarr-cryoet[cloud]'"
        ) from exc
    except Exception as exc:
        raise UserError(in_words(exc, bucket)) from exc
