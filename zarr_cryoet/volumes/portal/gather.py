"""Gathering objects in a folder, in parallel, over as many sittings as it takes.

Each object is read in parts over many connections at once, so that no slow one decides. Each
piece of a part is on record as soon as it is written; so whoever comes after a maker that was
killed fetches only what was not.
"""

from __future__ import annotations

import io
import json
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from .bucket import Entry, Objects, Stopped

PART = 8 << 20  # bytes of a request
CONNECTIONS = 24

Part = tuple[str, int, int]  # key, begin, end


class Gathering:
    """A folder in which objects are gathered.

    What was gathered before stays where it still is what the bucket holds; what has changed
    there since is dropped.

    Parameters
    ----------
    folder
        A folder of its own; it need not exist.
    url
        Where the objects come from.
    wanted
        Objects by key, as they are listed now.
    """

    def __init__(self, folder: Path, url: str, wanted: dict[str, Entry]):
        self.folder, self.wanted = folder, wanted
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._head, self._log = folder / "head.json", folder / "pieces.log"
        head = {"url": url, "boot": _boot(), "objects": wanted}
        kept = self._kept(json.loads(json.dumps(head)))
        self._done: dict[str, list[tuple[int, int]]] = {}
        for key, begin, end in sorted(self._logged()):
            if key in kept:
                self._done.setdefault(key, []).append((begin, end))
        _replace(self._log, "".join(_line((k, *i)) for k, done in self._done.items() for i in done))
        _replace(self._head, json.dumps(head))
        self._here = {key: sum(e - b for b, e in done) for key, done in self._done.items()}
        self._record = self._log.open("ab", buffering=0)

    def _kept(self, head: dict) -> set[str]:
        """Keys of which what is here may stay; the files of all others go."""
        before: dict = {}
        with suppress(OSError, ValueError):
            before = json.loads(self._head.read_text())
        same = isinstance(before, dict) and all(before.get(k) == head[k] for k in ("url", "boot"))
        held = before["objects"] if same and isinstance(before.get("objects"), dict) else {}
        kept = {key for key, entry in head["objects"].items() if held.get(key) == entry}
        for path in [p for p in self.folder.rglob("*") if p.is_file()]:
            key = path.relative_to(self.folder).as_posix()
            if path not in (self._head, self._log) and key.removesuffix(".part") not in kept:
                path.unlink()
        return kept

    def _logged(self) -> Iterator[Part]:
        with suppress(OSError):
            for line in self._log.read_text().split("\n")[:-1]:  # the last may be torn
                begin, end, key = line.split(" ", 2)
                if self.partial(key).exists():
                    yield key, int(begin), int(end)

    def path(self, key: str) -> Path:
        """Where an object stands once it is whole."""
        return self.folder / key

    def partial(self, key: str) -> Path:
        """Where it stands before."""
        return self.folder / f"{key}.part"

    def is_whole(self, key: str) -> bool:
        """Whether all of it is here."""
        return self.path(key).exists()

    def missing(self, key: str) -> list[Part]:
        """What is not here, in parts of one request each."""
        size, at, gaps = self.wanted[key].size, 0, []
        for begin, end in [*sorted(self._done.get(key, [])), (size, size)]:
            gaps += [(key, b, min(b + PART, begin)) for b in range(at, begin, PART)]
            at = max(at, end)
        return gaps

    @property
    def nbytes(self) -> int:
        """What is here, of objects that are whole or not."""
        whole = sum(e.size for k, e in self.wanted.items() if self.is_whole(k))
        return whole + sum(self._here.values())

    def begin(self, key: str) -> None:
        """Make room for an object."""
        path = self.partial(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.truncate(self.wanted[key].size)

    def wrote(self, piece: Part) -> bool:
        """Put on record that a piece is in the file; whether its object is whole with it."""
        key, begin, end = piece
        with self._lock:
            self._record.write(_line(piece).encode())
            self._done.setdefault(key, []).append((begin, end))
            self._here[key] = self._here.get(key, 0) + end - begin
            return self._here[key] == self.wanted[key].size

    def close(self, key: str) -> None:
        """An object is whole."""
        self.partial(key).replace(self.path(key))
        with self._lock:
            self._done.pop(key, None)
            self._here.pop(key, None)

    def leave(self) -> None:
        """The end of a sitting."""
        self._record.close()

    def drop(self, key: str) -> None:
        """Forget an object, so that the next sitting fetches it anew."""
        self.path(key).unlink(missing_ok=True)


def _line(part: Part) -> str:
    return f"{part[1]} {part[2]} {part[0]}\n"


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


def _boot() -> str:
    """Names the time since the machine was started, where the system does.

    What was written before a crash of the machine may not have reached the disk; what was
    written before the death of a process has.
    """
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def gather(
    objects: Objects, gathering: Gathering, progress: Callable[[int], None] = lambda _: None
) -> Iterator[str]:
    """Fetch what is missing, and yield each key as soon as its object is whole.

    Parameters
    ----------
    objects
        Where they come from.
    gathering
        Where they go.
    progress
        Told how many bytes are here.

    Raises
    ------
    Changed
        An object has changed since it was listed.
    UserError
        One cannot be read.
    """
    whole = [key for key in gathering.wanted if gathering.is_whole(key)]
    left = [key for key in gathering.wanted if key not in set(whole)]
    here = [gathering.nbytes]
    news: queue.SimpleQueue = queue.SimpleQueue()
    lock = threading.Lock()

    def fetch(part: Part) -> None:
        key, at, end = part

        def take(piece: memoryview) -> None:
            nonlocal at
            _write(file, piece)
            if gathering.wrote((key, at, at + len(piece))):
                gathering.close(key)
                news.put(key)
            at += len(piece)
            with lock:
                here[0] += len(piece)

        try:
            # without a buffer: what is on record is in the file
            with gathering.partial(key).open("r+b", buffering=0) as file:
                file.seek(at)
                objects.read(key, at, end, gathering.wanted[key].etag, take)
        except Stopped:
            pass
        except BaseException as exc:
            news.put(exc)

    objects.stop.clear()
    pool = ThreadPoolExecutor(CONNECTIONS, "fetching")
    try:
        for key in left:
            gathering.begin(key)
            parts = gathering.missing(key)
            for part in parts:
                pool.submit(fetch, part)
            if not parts:  # a maker was killed just before it said so
                gathering.close(key)
                news.put(key)
        yield from whole
        for _ in left:
            yield _next(news, lambda: progress(here[0]))
    finally:
        objects.stop.set()
        pool.shutdown(cancel_futures=True)
        gathering.leave()


def _write(file: io.RawIOBase, piece: memoryview) -> None:
    while piece:
        piece = piece[file.write(piece) :]


def _next(news: queue.SimpleQueue, tick: Callable[[], None]) -> str:
    """Wait for a key, or what went wrong."""
    while True:
        tick()
        with suppress(queue.Empty):
            found = news.get(timeout=0.2)
            if isinstance(found, BaseException):
                raise found
            return found
