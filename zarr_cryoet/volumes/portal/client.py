"""The portal's own client, and what may go wrong between it and the portal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

from ...core.errors import UserError
from ..readers.base import one_line

VARIABLE = "ZARR_CRYOET_PORTAL_URL"
_TIMEOUT = 20  # seconds without an answer; the client itself would wait for ever


def url() -> str:
    """Of the API: `ZARR_CRYOET_PORTAL_URL`, or the client's own."""
    return os.environ.get(VARIABLE) or _library()._client.DEFAULT_URL


def host() -> str:
    """The API's host, for messages: a URL may have a password in it."""
    try:
        parts = urlsplit(url())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "no host"
    return f"{parts.hostname}{port}" if parts.hostname else "no host"


def other() -> tuple[str, ...]:
    """The API's URL where it is not the portal's own: other volumes may have the same names."""
    return () if url() == _library()._client.DEFAULT_URL else (url(),)


def _library():
    try:
        import cryoet_data_portal
    except ImportError as exc:
        raise UserError(
            "portal: it is asked with cryoet-data-portal: pip install 'zarr-cryoet[portal]'"
        ) from exc
    return cryoet_data_portal


@cache
def _client(address: str):
    """One for each process: it takes half a second to read its schema."""
    portal = _library()

    class Client(portal.Client):
        def get_client(self):
            client = super().get_client()
            client.transport.default_timeout = _TIMEOUT
            return client

    return Client(address)


@contextmanager
def asking() -> Iterator:
    """The library and a client; whatever goes wrong in between takes one line.

    Raises
    ------
    UserError
        The API cannot be reached, or does not answer as the client expects.
    """
    portal = _library()
    with _faults():
        yield portal, _client(url())


@contextmanager
def _faults() -> Iterator[None]:
    import requests
    from gql.transport import exceptions as gql

    way_out = f"{VARIABLE} names another one"
    try:
        yield
    except UserError:
        raise
    except requests.exceptions.ProxyError as exc:
        raise fault("the proxy does not answer; HTTPS_PROXY and NO_PROXY set it") from exc
    except requests.exceptions.Timeout as exc:
        raise fault(f"no answer within {_TIMEOUT} s") from exc
    except requests.exceptions.SSLError as exc:
        raise fault("its certificate is not trusted here; REQUESTS_CA_BUNDLE names others") from exc
    except requests.exceptions.ConnectionError as exc:
        raise fault(f"{connection_fault(exc)}; {way_out}") from exc
    except requests.exceptions.RequestException as exc:
        raise fault(f"{without_urls(exc)}; {way_out}") from exc
    except gql.TransportServerError as exc:
        raise fault(f"answers with HTTP {exc.code or 'error'}; {way_out}") from exc
    except gql.TransportQueryError as exc:
        said = [error.get("message") for error in exc.errors or [] if isinstance(error, dict)]
        raise fault(f"refuses the question: {one_line(said[0] if said else exc)}") from exc
    except (gql.TransportError, KeyError, TypeError, ValueError, AttributeError) as exc:
        reason = f"{type(exc).__name__} {one_line(exc)}".rstrip()
        raise fault(f"its answer is not the portal's ({reason}); {way_out}") from exc


def fault(reason: str) -> UserError:
    """What went wrong with the API, for a person."""
    return UserError(f"portal API at {host()}: {reason}")


def connection_fault(exc: Exception) -> str:
    """Why there is no connection, in few words."""
    text = str(exc)
    if any(word in text for word in ("NameResolution", "Name or service", "nodename", "getaddr")):
        return "its name is not known here (DNS, or no network)"
    if "refused" in text:
        return "refuses the connection"
    if "unreachable" in text:
        return "cannot be reached: no network"
    if "proxy" in text.lower():
        return "the proxy does not answer; HTTPS_PROXY and NO_PROXY set it"
    if any(word in text for word in ("reset", "aborted", "closed", "disconnected")):
        return "dropped the connection"
    return without_urls(exc)


def without_urls(exc: Exception) -> str:
    """What an exception says, without any word that may hold a password."""
    words = [w for w in one_line(exc).split() if "://" not in w and "@" not in w]
    return " ".join(words)[:160] or type(exc).__name__


def needed(row, name: str):
    """A field without which nothing can be done."""
    value = getattr(row, name)
    if value is None:
        raise fault(f"its answer has no {type(row).__name__}.{name}; {VARIABLE} names another one")
    return value
