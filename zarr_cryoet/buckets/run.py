"""A run's own folder in a bucket: made, swept and removed, with nothing beside it touched."""

from __future__ import annotations

import datetime
import os
import re
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from .. import console
from ..core import volume
from ..core.errors import UserError
from ..core.stores import remote
from ..core.stores.remote import Bucket
from .faults import explained, in_words

MARKER = ".zarr-cryoet"  # an object in each folder of ours, written first and deleted last
_OURS = re.compile(r"zarr-cryoet-\d{8}T\d{6}Z-[0-9a-f]{12}")
_TEXT = b"A run of zarr-cryoet works in this folder, and removes it when it ends.\n"
_PASSES = 5  # of listing and deleting: what was on its way when its sender ended may arrive yet


def place(url: str | None) -> tuple[str | None, str]:
    """A URL as it is kept in records, and the id of the store that it stands for.

    Raises
    ------
    UserError
        It is none, or holds a key.
    """
    if url is None:
        return None, "local"
    bucket = remote.parse(url)
    return bucket.url, bucket.cloud.id


@contextmanager
def named(url: str | None) -> Iterator[None]:
    """Let this process know of the bucket, before anything is made in it."""
    if url is None:
        yield
        return
    with _known(remote.parse(url)):
        yield


@contextmanager
def _known(bucket: Bucket) -> Iterator[None]:
    """Name a folder to all processes that are started inside."""
    before = os.environ.get(remote.VARIABLE)
    os.environ[remote.VARIABLE] = bucket.url
    try:
        yield
    finally:
        if before is None:
            del os.environ[remote.VARIABLE]
        else:
            os.environ[remote.VARIABLE] = before


@contextmanager
def folder(url: str) -> Iterator[Bucket]:
    """A fresh folder below a URL, for as long as the block lasts.

    Every process that is started inside finds it by `remote.VARIABLE`. What runs of this
    machine left behind when they were killed is removed first.

    Parameters
    ----------
    url
        A bucket, or a prefix in one. A prefix holds nothing but our own folders.

    Raises
    ------
    UserError
        The URL is none, the bucket cannot be used, or the prefix holds other objects.
    """
    bucket = remote.parse(url)
    with explained(bucket):
        store = bucket.files()
        ours = _beside(bucket, store)
        _sweep(bucket, store, ours)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"zarr-cryoet-{stamp}-{uuid.uuid4().hex[:12]}"
    made = bucket.below(name)
    if name in ours:
        raise UserError(f"{made.url}: there is something already; run it again")
    lock = _lock(name)
    lock.acquire(timeout=0)
    try:
        with explained(bucket):
            store.put(f"{name}/{MARKER}", _TEXT)
        with _known(made):
            yield made
    finally:
        with _uninterrupted():
            gone = _remove(bucket, store, name)
            lock.release()
            if gone:
                Path(lock.lock_file).unlink(missing_ok=True)


def _beside(bucket: Bucket, store) -> list[str]:
    """Folders of ours below a URL; in a prefix there may be nothing else.

    What is in the bucket itself is another matter: a folder beside it does no harm.
    """
    found = store.list_with_delimiter(None)
    names = [path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"]]
    ours = [name for name in names if _OURS.fullmatch(name)]
    others = [each["path"] for each in found["objects"]]
    others += [name for name in names if name not in ours]
    if bucket.prefix and others:
        raise UserError(
            f"{bucket.url}: this prefix is not empty ({others[0]}); name one that is, or the "
            "bucket itself, in which the run makes a folder of its own"
        )
    return ours


def _lock(name: str) -> FileLock:
    """What is held on this machine while a folder is in use."""
    place = Path(os.environ[volume.CACHE_VARIABLE]) / "buckets"
    place.mkdir(parents=True, exist_ok=True)
    return FileLock(place / f"{name}.lock")


def _sweep(bucket: Bucket, store, names: list[str]) -> None:
    """Remove what killed runs of this machine left; others' folders may be in use."""
    for name in names:
        lock = _lock(name)
        if not Path(lock.lock_file).exists():
            console.tell(f"{bucket.below(name).url}: of a run elsewhere, left alone")
            continue
        with suppress(Timeout):
            lock.acquire(timeout=0)
            gone = False
            try:
                if any(key == f"{name}/{MARKER}" for key, _ in remote.listed(store, name)):
                    gone = _remove(bucket, store, name)
            finally:
                lock.release()
            if gone:
                Path(lock.lock_file).unlink(missing_ok=True)
                console.tell(f"removed what an interrupted run left: {bucket.below(name).url}")


def _remove(bucket: Bucket, store, name: str) -> bool:
    """Delete a folder, the marker last; whether it is gone, which is said where it is not.

    The lock's file stays then, by which the next run knows the folder as ours.
    """
    try:
        marker = f"{name}/{MARKER}"
        for _ in range(_PASSES):
            if not remote.erase(store, name, keep=marker):
                break
        _abort_uploads(bucket.below(name))
        with suppress(FileNotFoundError):
            store.delete(marker)
    except Exception as exc:
        console.tell(
            f"not removed: {bucket.below(name).url} ({in_words(exc, bucket)}); the next run "
            "with this --store removes it"
        )
        return False
    return True


def _abort_uploads(made: Bucket) -> None:
    """End uploads in parts that never came to an end: they cost, and no listing shows them."""
    if made.cloud.id != "s3":
        return
    try:
        files = made.filesystem()
        found = files.call_s3("list_multipart_uploads", Bucket=made.name, Prefix=f"{made.prefix}/")
        for each in found.get("Uploads", ()):
            files.call_s3(
                "abort_multipart_upload",
                Bucket=made.name,
                Key=each["Key"],
                UploadId=each["UploadId"],
            )
    except (ImportError, OSError, NotImplementedError):
        return  # not installed, or not allowed: what s3fs had begun, it ended itself


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no second Ctrl-C leave half of it there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    kept = {number: signal.signal(number, signal.SIG_IGN) for number in names}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
