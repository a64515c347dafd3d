"""Prepared volumes: made once, checksummed, kept read-only, made again when damaged."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from ..core import volume as prepared
from ..core.errors import UserError
from ..core.volume import Volume
from .npy import pieces as _npy
from .source import Progress, Source


def default_cache() -> Path:
    """`ZARR_CRYOET_CACHE`, or where this system keeps caches."""
    import platformdirs

    named = os.environ.get(prepared.CACHE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("zarr-cryoet"))


def use_cache() -> Path:
    """Settle on the cache, for this process and those it starts."""
    cache = default_cache().absolute()
    os.environ[prepared.CACHE_VARIABLE] = str(cache)
    return cache


def listed() -> list[Volume]:
    """Volumes that stand in the cache, by id."""
    found = []
    for path in sorted(prepared.folder().glob("*.json")):
        try:
            found.append(Volume.from_json(json.loads(path.read_text())))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # damaged: it is made again when it is wanted
    return found


def show(source: Source, progress: Progress = lambda _: None) -> Volume:
    """The record with its SHA-256, of a volume that need not be prepared.

    What has yet to be fetched has none.
    """
    described = source.describe()
    if prepared.is_whole(source.id) and not _stale(source.id, described):
        return replace(described, sha256=prepared.open_volume(source.id)[0].sha256)
    if described.sha256 is None and not source.resumes:  # that would be to prepare it
        digest = hashlib.sha256()
        for piece in _npy(source.voxels(progress, finite=False)):
            digest.update(piece)
        described = replace(described, sha256=digest.hexdigest())
    return described


def prepare(source: Source, progress: Progress = lambda _: None) -> tuple[Volume, Path]:
    """Make sure that a volume stands whole in the cache.

    Parameters
    ----------
    source
        What to prepare.
    progress
        Told the fraction that is done.

    Returns
    -------
    Volume, pathlib.Path
        Its record, and its ``.npy`` file.

    Raises
    ------
    UserError
        The source cannot be read, the cache cannot be written, or what was generated
        is not what the row's SHA-256 says.
    """
    path = prepared.folder() / f"{source.id}.npy"
    with _as_user_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            described = source.describe()
            if not prepared.is_whole(source.id) or _stale(source.id, described):
                make = _make_resuming if source.resumes else _make
                make(source, described, path, progress)
            _keep_source(path, described)
    return prepared.open_volume(source.id)[0], path


@contextmanager
def _as_user_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise UserError(
            f"{path}: {reason}; {prepared.CACHE_VARIABLE} names another place for the cache"
        ) from exc


def _stale(name: str, described: Volume) -> bool:
    """Whether what is prepared was made from something else than it would be now."""
    kept = prepared.open_volume(name)[0]
    if described.sha256 and kept.sha256 != described.sha256:
        return True
    if kept.source.get("sha256") != described.source.get("sha256"):
        return True
    # what a reader that was mended since would say
    return any(
        getattr(kept, what) != getattr(described, what)
        for what in ("shape", "dtype", "voxel_spacing")
    )


def _keep_source(path: Path, described: Volume) -> None:
    """The same voxels may come from another place than before."""
    kept = prepared.open_volume(path.stem)[0]
    if kept.source != described.source:
        _write_record(path.with_suffix(".json"), replace(kept, source=described.source))


def _write_record(path: Path, record: Volume) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(record.to_json(), indent=1), encoding="utf-8")
    fresh.replace(path)


def _make(source: Source, described: Volume, path: Path, progress: Progress) -> None:
    """In a folder of its own first, so that nothing half-written is ever found."""
    data = source.voxels(lambda done: progress(done * 0.9))
    folder = path.parent / f".{source.id}.making"
    shutil.rmtree(folder, ignore_errors=True)  # of a maker that was killed
    folder.mkdir()
    try:
        made = folder / path.name
        digest = hashlib.sha256()
        with made.open("wb") as file:
            for piece in _npy(data):
                file.write(piece)
                digest.update(piece)
                progress(0.9 + 0.1 * min(1.0, file.tell() / max(1, described.nbytes)))
        _take(source, described, made, path, digest.hexdigest())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_resuming(source: Source, described: Volume, path: Path, progress: Progress) -> None:
    """In a folder that stays where this fails, so that the next attempt goes on from there."""
    folder = path.parent / f".{source.id}.fetching"
    made = folder / path.name
    folder.mkdir(exist_ok=True)
    try:
        source.write(folder, made, progress)
        with made.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        _take(source, described, made, path, found)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        made.unlink(missing_ok=True)
        with suppress(OSError):  # what was fetched stays
            folder.rmdir()


def _take(source: Source, described: Volume, made: Path, path: Path, found: str) -> None:
    """Put what was made in its place, with its record."""
    if described.sha256 and found != described.sha256:
        why = (
            f"what is there now is another; remove {path.with_suffix('.json')} to take it"
            if source.resumes
            else "please report this, with your processor and numpy's release"
        )
        raise UserError(
            f"{source.id}: made with SHA-256 {found[:12]}…, but {described.sha256[:12]}… "
            f"is on record; {why}"
        )
    made.chmod(0o444)
    made.replace(path)
    _write_record(path.with_suffix(".json"), replace(described, sha256=found))
