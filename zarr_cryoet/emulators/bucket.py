"""An S3 server (moto) in a process of its own, which logs what it is asked for.

Run as a script it is that process, and imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import NamedTuple

_LOG, _CLEAR = "/.log", "/.clear"  # not logged; no bucket has such a name


class Request(NamedTuple):
    """What was asked for.

    Attributes
    ----------
    method : str
        Of HTTP.
    path : str
        Bucket and key, with a slash before each.
    query : str
        What follows the question mark.
    range : str
        As the header has it; empty for all of an object.
    status : int
        That was answered; 0 while it is not.
    """

    method: str
    path: str
    query: str
    range: str
    status: int


class Bucket:
    """One bucket that anyone may read, served for as long as a ``with`` block lasts.

    Parameters
    ----------
    name
        Of the bucket.

    Attributes
    ----------
    url : str
        The endpoint.
    """

    def __init__(self, name: str):
        from .process import Child

        self.name = name
        self._child = Child(Path(__file__), needs=("moto", "flask", "flask_cors"))

    def __enter__(self):
        self._child.__enter__()
        try:
            self.client().create_bucket(Bucket=self.name, ACL="public-read")
        except BaseException:
            self._child.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._child.__exit__()

    @property
    def url(self) -> str:
        """The endpoint."""
        return self._child.url

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._child.pid

    def client(self):
        """A client of boto3's that may write; moto takes any keys for right ones."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="emulator",
            aws_secret_access_key="emulator",
        )

    def put(self, key: str, body: bytes) -> None:
        """An object that anyone may read."""
        self.client().put_object(Bucket=self.name, Key=key, Body=body, ACL="public-read")

    def upload(self, folder: Path, prefix: str) -> None:
        """All files below `folder`, as objects below `prefix`."""
        client = self.client()
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            key = f"{prefix}/{path.relative_to(folder).as_posix()}"
            body = path.read_bytes()
            client.put_object(Bucket=self.name, Key=key, Body=body, ACL="public-read")

    def requests(self) -> list[Request]:
        """Each request so far."""
        return [Request(*entry) for entry in self._child.ask(_LOG)]

    def clear(self) -> None:
        """Forget them."""
        self._child.ask(_CLEAR)


def _logging(application):
    """The same WSGI application, logging each request when it comes."""
    log: list[list] = []
    lock = threading.Lock()

    def logged(environ, start_response):
        path = environ["PATH_INFO"]
        if path in (_LOG, _CLEAR):
            with lock:
                body = json.dumps(log).encode()
                if path == _CLEAR:
                    log.clear()
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body]
        asked = environ.get("HTTP_RANGE", "")
        entry = [environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), asked, 0]
        with lock:
            log.append(entry)

        def answered(status, headers, *args):
            entry[4] = int(status.split()[0])
            return start_response(status, headers, *args)

        return application(environ, answered)

    return logged


def _main() -> None:
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    class Quiet(MotoRequestHandler):
        def log_request(self, *_):
            """Nothing on the terminal."""

        def log(self, *_):
            """Nor when whoever asked went away."""

    application = _logging(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()  # until the other end is closed
    os._exit(0)


if __name__ == "__main__":
    _main()
