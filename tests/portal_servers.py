"""Servers in this process that answer as they are told, for what a portal may do wrong."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def server(answer):
    """Serve `answer(handler)`, which does all that is to be done with a request.

    Yields
    ------
    str
        Its URL.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def handle(self):
            with suppress(ConnectionError, ValueError):
                super().handle()

        def do_GET(self):
            answer(self)

        do_HEAD = do_GET

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        httpd.server_close()


def reply(handler, status, body=b"", **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def s3_error(handler, status, code, message="", **headers):
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    reply(handler, status, body.encode(), Content_Type="application/xml", **headers)


class Object:
    """One object, of which ranges are served; the first requests have faults.

    Parameters
    ----------
    body
        Its bytes.
    faults
        What to do wrong, one for each request: ``503``, ``drop``, ``cut``; then none.
    """

    def __init__(self, body, faults=(), etag='"one"'):
        self.body, self.faults, self.etag = body, list(faults), etag
        self.asked, self.headers = [], []
        self.lock = threading.Lock()

    def __call__(self, handler):
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
        begin, end = (int(found[1]), int(found[2]) + 1) if found else (0, len(self.body))
        with self.lock:
            self.asked.append((begin, end))
            self.headers.append(dict(handler.headers))
            fault = self.faults.pop(0) if self.faults else None
        if fault == "503":
            return s3_error(handler, 503, "SlowDown", "Please reduce your request rate.")
        if fault == "drop":
            handler.close_connection = True
            return handler.connection.shutdown(2)
        if handler.headers.get("If-Match", self.etag) != self.etag:
            return s3_error(handler, 412, "PreconditionFailed")
        part = self.body[begin:end]
        handler.send_response(206 if found else 200)
        handler.send_header("ETag", self.etag)
        handler.send_header("Content-Length", str(len(part)))
        handler.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(self.body)}")
        handler.end_headers()
        if fault == "cut":
            handler.wfile.write(part[: len(part) // 2])
            handler.close_connection = True
            return handler.connection.shutdown(2)
        return handler.wfile.write(part)
