"""The portal's own client, and what may go wrong between it and the portal."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

from ...core.errors import UserError
from ..readers.base import one_line

VARIABLE = "ZARR_CRYOET_PORTAL_URL"
_WAY_OUT = f"{VARIABLE} names another one"
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
def broken_pipes_raise() -> Iterator[None]:
    """Have a connection that the other side closed be an exception, not this process' end.

    The command line lets `head` end it, by way of SIGPIPE.
    """
    on = hasattr(signal, "SIGPIPE") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN) if on else None
    try:
        yield
    finally:
        if on:
            signal.signal(signal.SIGPIPE, before)


@contextmanager
def asking() -> Iterator:
    """The library and a client; whatever goes wrong in between takes one line.

    Raises
    ------
    UserError
        The API cannot be reached, or does not answer as the client expects.
    """
    portal = _library()
    with broken_pipes_raise(), _faults():
        yield portal, _client(url())


@contextmanager
def _faults() -> Iterator[None]:
    import requests
    from gql.transport.exceptions import TransportError

    try:
        yield
    except UserError:
        raise
    except (TransportError, requests.exceptions.RequestException) as exc:
        raise fault(_in_words(exc)) from exc
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        reason = f"{type(exc).__name__} {without_urls(exc)}".rstrip()
        raise fault(f"its answer is not the portal's ({reason}); {_WAY_OUT}") from exc


def _in_words(exc: Exception) -> str:
    import requests.exceptions as web
    from gql.transport import exceptions as gql

    if isinstance(exc, gql.TransportConnectionFailed) and exc.__cause__:
        exc = exc.__cause__
    if isinstance(exc, web.ProxyError):
        return "the proxy does not answer; HTTPS_PROXY and NO_PROXY set it"
    if isinstance(exc, web.Timeout):
        return f"no answer within {_TIMEOUT} s"
    if isinstance(exc, web.SSLError):
        return "its certificate is not trusted here; REQUESTS_CA_BUNDLE names others"
    if isinstance(exc, web.RetryError):
        status = re.search(r"too many (\d{3}) error", str(exc))
        return f"answers with HTTP {status[1] if status else '5xx'}, time and again; {_WAY_OUT}"
    if isinstance(exc, web.ConnectionError):
        return f"{connection_fault(exc)}; {_WAY_OUT}"
    if isinstance(exc, web.InvalidURL | web.MissingSchema | web.InvalidSchema):
        return f"that is no URL; {_WAY_OUT}"
    if isinstance(exc, gql.TransportServerError):
        return f"answers with HTTP {exc.code or 'error'}; {_WAY_OUT}"
    if isinstance(exc, gql.TransportQueryError):
        said = [error.get("message") for error in exc.errors or [] if isinstance(error, dict)]
        return f"refuses the question: {one_line(said[0] if said else exc)}"
    if isinstance(exc, gql.TransportProtocolError):
        return f"its answer is not the portal's; {_WAY_OUT}"
    return f"{without_urls(exc)}; {_WAY_OUT}"


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
        raise fault(f"its answer has no {type(row).__name__}.{name}; {_WAY_OUT}")
    return value
