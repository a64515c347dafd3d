"""A folder served over HTTP from a process of its own, which counts what it is asked for.

For libraries that read files past any wrapper: whatever they do, it comes by here. The
process ends when whoever started it closes its end of the pipe, or dies.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple
from urllib.parse import unquote

from .loopback import Loopback, module

if TYPE_CHECKING:
    from .counting import Tally

_TICK = 0.005  # seconds between two pieces where the bandwidth is held
_LOG, _CLEAR, _PACE = "/.log", "/.clear", "/.pace"  # not counted; no store has such keys


class Request(NamedTuple):
    """What was asked for, and which part of it was sent.

    Attributes
    ----------
    kind : str
        As `Tally` has it: ``gets``, ``ranges`` or ``heads``.
    key : str
        Of the object.
    begin, end : int
        From where to where in it; nothing where it is absent, or only asked about.
    """

    kind: str
    key: str
    begin: int
    end: int


def ask(url: str, path: str):
    """What a server on loopback answers to ``GET``, from JSON."""
    from http.client import HTTPConnection  # knows no proxies, and starts no encryption

    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", path)
        return json.load(connection.getresponse())
    finally:
        connection.close()


class Log:
    """What a server counts that is at a URL, whoever started it; a `Counter`.

    Parameters
    ----------
    url
        Where the folder is.
    """

    def __init__(self, url: str = ""):
        self.url = url

    def start(self) -> None:
        """Begin at nought."""
        self._ask(_CLEAR)

    def requests(self) -> list[Request]:
        """Each request since."""
        return [Request(*entry) for entry in self._ask(_LOG)]

    def log(self) -> list[tuple[str, str, int]]:
        """Kind, key and bytes of each request since."""
        return [(each.kind, each.key, each.end - each.begin) for each in self.requests()]

    def stop(self) -> Tally:
        """What was counted since."""
        from .counting import Counter

        counter = Counter()
        for kind, _, size in self.log():
            counter.add(**{kind: 1, "bytes_read": size})
        return counter.tally

    def pace(self, latency: float = 0.0, bandwidth: float = 0.0) -> None:
        """Let each request from now on wait that long, and each connection get that much."""
        self._ask(f"{_PACE}/{latency}/{bandwidth}")

    def _ask(self, path: str):
        return ask(self.url, path)


class Served(Loopback, Log):
    """Serves a folder for as long as a ``with`` block lasts; a `Counter` of what it serves.

    Parameters
    ----------
    root
        The folder.
    latency
        Seconds that each request waits before it is answered.
    bandwidth
        Bytes a second that each connection gets; 0 for as many as it takes.
    """

    def __init__(self, root: Path, latency: float = 0.0, bandwidth: float = 0.0):
        command = module(__name__, root, latency, bandwidth)
        Loopback.__init__(self, "the server of a folder", command)
        self.root = root

    @property
    def url(self) -> str:
        """Where the folder is."""
        return self.endpoint

    def serve(self, root: Path) -> None:
        """Serve another folder from now on, by the same URL."""
        self.root = root
        self.tell(str(root))


_shared: dict[int, Served] = {}


def shared(root: Path) -> Served:
    """A server of this process' own, which is started once: that takes a fifth of a second.

    It serves `root` until it is told otherwise, and ends with the process.
    """
    here = os.getpid()  # a forked child must not count with its parent
    if here not in _shared:
        _shared[here] = Served(root).__enter__()
        atexit.register(_shared[here].__exit__)
    _shared[here].serve(root)
    return _shared[here]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path, latency: float, bandwidth: float):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.latency, self.bandwidth = root.resolve(), latency, bandwidth
        self.log: list[tuple[str, str, int, int]] = []
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _RANGE: ClassVar = re.compile(r"bytes=(\d*)-(\d*)$")

    def log_message(self, *_):
        """Nothing on the terminal."""

    def do_HEAD(self):
        self._serve("heads")

    def do_GET(self):
        if self.path in (_LOG, _CLEAR):
            with self.server.lock:
                body = json.dumps(self.server.log).encode()
                if self.path == _CLEAR:
                    self.server.log = []
            return self._answer(200, body)
        if self.path.startswith(_PACE):
            slow = map(float, self.path.split("/")[-2:])
            self.server.latency, self.server.bandwidth = slow
            return self._answer(200, b"null")
        return self._serve("ranges" if self.headers.get("Range") else "gets")

    def _serve(self, kind: str) -> None:
        time.sleep(self.server.latency)
        key = unquote(self.path.partition("?")[0]).lstrip("/")
        path = (self.server.root / key).resolve()
        if not (path.is_relative_to(self.server.root) and path.is_file()):
            self._note(kind, key)
            return self._answer(404, b"")
        size = path.stat().st_size
        begin, end = self._range(size) if kind == "ranges" else (0, size)
        if begin >= end and size:
            self._note(kind, key)
            return self._answer(416, b"", {"Content-Range": f"bytes */{size}"})
        if kind == "heads":
            self._note(kind, key)
            return self._answer(200, None, self._facts(path), size)
        with path.open("rb") as file:
            file.seek(begin)
            body = file.read(end - begin)
        self._note(kind, key, begin, begin + len(body))
        part = {"Content-Range": f"bytes {begin}-{end - 1}/{size}"} if kind == "ranges" else {}
        return self._answer(206 if part else 200, body, self._facts(path) | part)

    def _range(self, size: int) -> tuple[int, int]:
        found = self._RANGE.match(self.headers["Range"])
        first, last = found.groups() if found else ("", "")
        if first:
            return int(first), min(size, int(last) + 1) if last else size
        return (max(0, size - int(last)), size) if last else (0, 0)

    @staticmethod
    def _facts(path: Path) -> dict[str, str]:
        facts = path.stat()
        return {"ETag": f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"', "Accept-Ranges": "bytes"}

    def _note(self, kind: str, key: str, begin: int = 0, end: int = 0) -> None:
        with self.server.lock:
            self.server.log.append((kind, key, begin, end))

    def _answer(self, status, body, headers=None, length=None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body and self.command != "HEAD":
            self._send(body)

    def _send(self, body: bytes) -> None:
        """All of it, no faster than a connection may."""
        rate = self.server.bandwidth
        if not rate:
            self.wfile.write(body)
            return
        begun, piece = time.monotonic(), max(1, int(rate * _TICK))
        for at in range(0, len(body), piece):
            self.wfile.write(body[at : at + piece])
            time.sleep(max(0.0, begun + (at + piece) / rate - time.monotonic()))


def main(root: str, *slow: str) -> None:
    """Be the process, until the other end is closed."""
    server = _Server(Path(root), *map(float, slow))
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in sys.stdin:
        server.root = Path(json.loads(line)).resolve()
        print("null", flush=True)
    os._exit(0)
