"""The faulty bucket's own side: how it answers, and how it fails to."""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from .s3objects import Objects, Version
from .s3rules import Judge, Rule

#: Faults that are answers of their own: status, S3's code, and its message.
_ERRORS = {
    "slowdown": (503, "SlowDown", "Please reduce your request rate."),
    "error": (500, "InternalError", "We encountered an internal error. Please try again."),
    "denied": (403, "AccessDenied", "Access Denied"),
    "missing": (404, "NoSuchKey", "The specified key does not exist."),
}
_HALVES = ("drop", "stall", "pause", "cut", "short")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMES = "http://s3.amazonaws.com/doc/2006-03-01/"


class Bucket(ThreadingHTTPServer):
    """One bucket at a port of its own.

    Parameters
    ----------
    root
        The folder of its objects.
    name
        The bucket's.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path, name: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects, self.name = Objects(root), name
        self.lock = threading.Lock()
        self._begin(())

    def _begin(self, rules) -> None:
        self.judge, self.entries, self.started = Judge(rules), [], time.monotonic()

    def handle_error(self, request, client_address):
        """Clients that give up are what this is about: nothing on the terminal."""

    def answer(self, do: str, **more):
        """A question of whoever started it: see `Faulty`."""
        if do == "put":
            folder = Path(more["folder"])
            files = [path for path in folder.rglob("*") if path.is_file()]
            for path in files:
                version = Version(path.read_bytes(), time.time())
                self.objects.put(path.relative_to(folder).as_posix(), version)
            return len(files)
        with self.lock:
            if do == "rules":
                return self._begin([Rule.from_json(told) for told in more["rules"]])
            return [dict(entry) for entry in self.entries]

    def note(self, kind: str, key: str, part: str | None) -> tuple[dict, Rule | None]:
        """Write down a request that came; what is known later is put into the same entry."""
        with self.lock:
            attempt, rule = self.judge.attempt(kind, key, part)
            entry = {
                "seconds": round(time.monotonic() - self.started, 6),
                "kind": kind, "key": key, "part": part, "attempt": attempt,
                "fault": rule.fault if rule else None, "status": None, "sent": 0,
            }  # fmt: skip
            self.entries.append(entry)
        return entry, rule


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Bucket
    _RANGE: ClassVar = re.compile(r"bytes=(\d*)-(\d*)$")

    def log_message(self, *_):
        """Nothing on the terminal."""

    def do_GET(self):
        found = urlsplit(self.path)
        bucket, _, key = unquote(found.path).lstrip("/").partition("/")
        query = parse_qs(found.query, keep_blank_values=True)
        listing = not key and self.command == "GET"
        kind = "LIST" if listing else self.command
        if listing:
            key = query.get("prefix", [""])[0]
        self.entry, self.rule = self.server.note(kind, key, self.headers.get("Range"))
        if bucket != self.server.name:
            return self._error(404, "NoSuchBucket", "The specified bucket does not exist")
        if self._struck():
            return None
        if listing:
            return self._list(query)
        if not key:
            return self._answer(200, b"", {"x-amz-bucket-region": "us-east-1"})
        return self._get(key)

    do_HEAD = do_GET

    def do_PUT(self):
        _, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        body = self._body()
        self.entry, self.rule = self.server.note("PUT", key, None)
        if self._struck():
            return
        version = Version(body, time.time())
        self.server.objects.put(key, version)
        self._answer(200, b"", {"ETag": version.etag})

    def _body(self) -> bytes:
        """What was sent; SDKs sign bodies in chunks of their own, a plain one is all read here."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" not in (self.headers.get("Content-Encoding") or ""):
            return body
        whole, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size.partition(b";")[0], 16)
            if not length:
                break
            whole, rest = whole + rest[:length], rest[length + 2 :]
        return whole

    # Answers

    def _get(self, key: str) -> None:
        fault = self.rule.fault if self.rule else None
        version = self.server.objects.get(key, back=1 if fault == "stale" else 0)
        if version is None:
            return self._error(404, "NoSuchKey", "The specified key does not exist.")
        if (wanted := self.headers.get("If-Match")) and wanted not in ("*", version.etag):
            return self._error(412, "PreconditionFailed", "A precondition did not hold.")
        if self.headers.get("If-None-Match") == version.etag:
            return self._answer(304, b"", {"ETag": version.etag})
        body = version.damaged() if fault in ("damaged", "damaged-summed") else version.body
        facts = {
            "ETag": version.etag,
            "Last-Modified": formatdate(version.seconds, usegmt=True),
            "Accept-Ranges": "bytes",
            "Content-Type": "binary/octet-stream",
        }
        if (part := self._range(len(body))) is None:
            asked = self.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
            if asked and fault != "damaged":  # of the whole: S3 has none for parts
                facts["x-amz-checksum-crc32"] = version.crc32
                facts["x-amz-checksum-type"] = "FULL_OBJECT"
            return self._answer(200, body, facts)
        begin, end = part
        if begin >= end:
            return self._error(416, "InvalidRange", "The requested range is not satisfiable")
        facts["Content-Range"] = f"bytes {begin}-{end - 1}/{len(body)}"
        return self._answer(206, body[begin:end], facts)

    def _range(self, size: int) -> tuple[int, int] | None:
        found = self._RANGE.match(self.headers.get("Range") or "")
        first, last = found.groups() if found else ("", "")
        if first:
            return int(first), min(size, int(last) + 1) if last else size
        return (max(0, size - int(last)), size) if last else None

    def _list(self, query: dict) -> None:
        """ListObjectsV2; its token is the key to go on after."""
        prefix, delimiter = (query.get(name, [""])[0] for name in ("prefix", "delimiter"))
        after = query.get("continuation-token", query.get("start-after", [""]))[0]
        most = min(1000, int(query.get("max-keys", ["1000"])[0]))
        rows: list[str] = []
        seen: set[str] = set()
        last, more = "", False
        for key in self.server.objects.names():
            if not key.startswith(prefix) or (after and key.encode() <= after.encode()):
                continue
            head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            common = prefix + head + found if found else None
            if common and (common in seen or after.startswith(common)):
                continue
            if len(rows) >= most:
                more = True
                break
            last = key
            if common:
                seen.add(common)
                rows.append(f"<CommonPrefixes><Prefix>{escape(common)}</Prefix></CommonPrefixes>")
            else:
                rows.append(_row(key, self.server.objects.get(key)))
        token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        head = (
            f"<Name>{self.server.name}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(rows)}</KeyCount><MaxKeys>{most}</MaxKeys>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}"
        )
        names = f'<ListBucketResult xmlns="{_NAMES}">'
        text = f"{_HEAD}{names}{head}{''.join(rows)}</ListBucketResult>"
        self._answer(200, text.encode(), {"Content-Type": "application/xml"})

    def _error(self, status: int, code: str, message: str, headers=None) -> None:
        text = (
            f"{_HEAD}<Error><Code>{code}</Code><Message>{message}</Message>"
            "<RequestId>0</RequestId></Error>"
        )
        self.rule = None  # what is done to bodies is done to objects
        self._answer(status, text.encode(), {"Content-Type": "application/xml", **(headers or {})})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        fault = self.rule.fault if self.rule else None
        half = (
            body[: len(body) // 2] if fault in ("drop", "stall", "pause", "cut", "short") else body
        )
        self.entry["status"] = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(half) if fault == "short" else len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self._send(half)
        if fault == "drop":
            self._reset()
        elif fault == "stall":
            self._hold()
        elif fault == "cut":
            self.close_connection = True
        elif fault == "pause":
            time.sleep(self.rule.seconds)
            self._send(body[len(half) :])

    def _send(self, body: bytes) -> None:
        self.entry["sent"] += len(body)  # before whoever has it can ask for the log
        self.wfile.write(body)

    # Failing

    def _struck(self) -> bool:
        """Whether a fault takes the place of any answer."""
        fault = self.rule.fault if self.rule else None
        if fault in _ERRORS:
            wait = self.rule.seconds if fault == "slowdown" else 0
            self._error(*_ERRORS[fault], {"Retry-After": f"{wait:.0f}"} if wait else None)
        elif fault == "drop-before":
            self._reset()
        elif fault == "stall-before":
            self._hold()
        else:
            return False
        return True

    def _reset(self) -> None:
        """End the connection as a broken one ends: with RST, not with FIN."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()  # which holds the socket open
        self.connection.close()

    def _hold(self) -> None:
        """Say no more until the client has gone."""
        self.close_connection = True
        select.select([self.connection], [], [])


def _row(key: str, version: Version) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(version.seconds))
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{moment}</LastModified>"
        f"<ETag>{escape(version.etag)}</ETag><Size>{len(version.body)}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )
