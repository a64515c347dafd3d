"""Whether the portal answers from here, and how fast."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from ...core.errors import UserError
from . import api, client
from .asked import Asked
from .bucket import Objects

BUCKET = "cryoet-data-portal-public"
_SAMPLE = 8 << 20  # bytes that are read at most, to see how fast it is
_ASKING, _READING = 12.0, 12.0  # seconds for the API, and then for both ways to the bucket
_ENOUGH = 4.0  # seconds of reading


@dataclass(frozen=True)
class Answer:
    """What came of one of three questions.

    Attributes
    ----------
    what : str
        ``API``, ``bucket, S3`` or ``bucket, HTTPS``.
    where : str
        Whom was asked.
    fault : str or None
        What is wrong.
    first_ms : float or None
        Until the first answer, in milliseconds.
    nbytes, seconds : int, float
        Of a voxel chunk that was read then, up to 8 MiB, and how long that took.
    """

    what: str
    where: str
    fault: str | None = None
    first_ms: float | None = None
    nbytes: int | None = None
    seconds: float | None = None

    def to_json(self) -> dict:
        """As JSON holds it, with the speed in MB/s."""
        speed = self.nbytes / self.seconds / 1e6 if self.nbytes and self.seconds else None
        return {**asdict(self), "mb_per_s": speed, "ok": self.fault is None}


def check(asked: Asked) -> list[Answer]:
    """Ask the API for a tomogram, and read a part of it over S3 and over HTTPS.

    Takes 30 s at most, whatever the network does.
    """
    with client.broken_pipes_raise():
        return _check(asked)


def _check(asked: Asked) -> list[Answer]:
    found: list[api.Tomogram] = []
    answers = [_within(_ASKING, "API", client.host(), lambda: _api(asked, found))]
    tomogram = found[0] if found else None
    ways = {
        "bucket, S3": (f"s3://{BUCKET}", lambda: _s3(tomogram)),
        "bucket, HTTPS": (_host(tomogram), lambda: _https(tomogram)),
    }
    begun = [_begin(what, where, act) for what, (where, act) in ways.items()]
    until = time.monotonic() + _READING
    return answers + [end(until - time.monotonic()) for end in begun]


def _host(tomogram: api.Tomogram | None) -> str:
    from urllib.parse import urlsplit

    return (urlsplit(tomogram.https or "").hostname if tomogram else None) or "not known"


def _within(seconds: float, what: str, where: str, act: Callable[[], dict]) -> Answer:
    return _begin(what, where, act)(seconds)


def _begin(what: str, where: str, act: Callable[[], dict]) -> Callable[[float], Answer]:
    """Ask in a thread of its own, which is left behind when it takes too long."""
    said: list[dict] = []

    def run() -> None:
        try:
            said.append(act())
        except UserError as exc:
            said.append({"fault": str(exc)})
        except Exception as exc:  # one question must not take the others with it
            said.append({"fault": f"{type(exc).__name__} {client.without_urls(exc)}"})

    started = time.monotonic()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def end(seconds: float) -> Answer:
        thread.join(max(0.0, seconds))
        late = {"fault": f"no answer within {time.monotonic() - started:.0f} s"}
        return Answer(what, where, **(said[0] if said else late))

    return end


def _api(asked: Asked, found: list[api.Tomogram]) -> dict:
    with client.asking():
        pass  # the client reads its schema: not the portal's time
    started = time.perf_counter()
    found.append(api.find(asked))
    return {"first_ms": 1e3 * (time.perf_counter() - started)}


def _s3(tomogram: api.Tomogram | None) -> dict:
    """A listing, and the first chunk; without a tomogram, whether the bucket is there."""
    url = tomogram.s3 if tomogram and tomogram.s3 else f"s3://{BUCKET}"
    objects = Objects(url)
    started = time.perf_counter()
    if not (tomogram and tomogram.s3):
        objects.probe()
        return {"first_ms": 1e3 * (time.perf_counter() - started)}
    listed = objects.listed("0")
    first = 1e3 * (time.perf_counter() - started)
    chunks = [key for key in listed if not key.rpartition("/")[2].startswith(".")]
    if not chunks:
        raise UserError(f"{url}: holds no chunks")
    entry, read = listed[chunks[0]], []
    started = time.perf_counter()

    def take(piece: memoryview) -> None:
        read.append(len(piece))
        if time.perf_counter() - started > _ENOUGH:
            raise _Enough

    with suppress(_Enough):
        objects.read(chunks[0], 0, min(_SAMPLE, entry.size), entry.etag, take)
    return {"first_ms": first, "nbytes": sum(read), "seconds": time.perf_counter() - started}


class _Enough(Exception):
    """It has been seen how fast it is."""


def _https(tomogram: api.Tomogram | None) -> dict:
    """The metadata, and the first chunk, at the link that the API gave."""
    if tomogram is None:
        raise UserError("not tried: the API tells its address")
    if not tomogram.https:
        raise UserError(f"not tried: tomogram {tomogram.id} has no HTTPS link in the API")
    import requests

    base = tomogram.https.rstrip("/")
    try:
        started = time.perf_counter()
        _answered(requests.get(f"{base}/.zattrs", timeout=_READING))
        first = 1e3 * (time.perf_counter() - started)
        asked = {"Range": f"bytes=0-{_SAMPLE - 1}"}
        started, nbytes = time.perf_counter(), 0
        with requests.get(f"{base}/0/0/0/0", headers=asked, timeout=_READING, stream=True) as body:
            for piece in _answered(body).iter_content(1 << 20):
                nbytes += len(piece)
                if nbytes >= _SAMPLE or time.perf_counter() - started > _ENOUGH:
                    break
        return {"first_ms": first, "nbytes": nbytes, "seconds": time.perf_counter() - started}
    except requests.exceptions.Timeout:
        raise UserError(f"no answer within {_READING:.0f} s") from None
    except requests.exceptions.RequestException as exc:
        raise UserError(client.connection_fault(exc)) from None


def _answered(answer):
    if answer.status_code >= 400:
        raise UserError(f"answers with HTTP {answer.status_code}")
    return answer
