"""Google Cloud Storage on loopback, by gcp-storage-emulator."""

from __future__ import annotations

import io
import json
import os
import re
import threading
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from urllib.parse import unquote

from ..core.errors import UserError
from .base import BUCKET, Emulator, ask, end_with_parent, until


class Server(Emulator):
    """gcp-storage-emulator, with a bucket in it."""

    title = "Google Cloud Storage"
    packages = ("gcp_storage_emulator",)

    @property
    def url(self):
        """Of the bucket."""
        return f"gs://{BUCKET}"

    @property
    def settings(self):
        """What Google's own client knows; it asks for no token then."""
        return {"STORAGE_EMULATOR_HOST": self.endpoint}

    def prepare(self):
        """Make the bucket, once it answers."""
        until(lambda: ask("GET", self.port, "/storage/v1/b?project=p") == 200, self.title)
        body = json.dumps({"name": BUCKET}).encode()
        kind = {"Content-Type": "application/json"}
        if ask("POST", self.port, "/storage/v1/b?project=p", body, kind) != 200:
            raise UserError("gcp-storage-emulator made no bucket")


def main() -> None:
    """Serve until the parent is gone."""
    import logging

    from gcp_storage_emulator.storage import Storage

    logging.disable(logging.ERROR)
    server = _server(Storage(use_memory_fs=True))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    end_with_parent()
    os._exit(0)


def _server(storage) -> ThreadingHTTPServer:
    """The emulator's answers, for many clients at once.

    Its own server lets five connections wait, and closes each after one answer. What comes
    beyond is dropped without a word, and clients ask again after one second, three, seven:
    a run with dozens of requests in flight seems to hang.
    """
    from gcp_storage_emulator import server

    class Response(server.Response):
        def close(self):
            """Say what tensorstore asks of Google's cloud, and the emulator leaves out.

            That is which generation of an object it sends, and its end alone.
            """
            path, _, query = self._handler.path.partition("?")
            named = re.search(r"/b/([^/]+)/o/(.+)$", path)
            if named and "alt=media" in query and isinstance(self._content, bytes):
                known = storage.objects.get(unquote(named[1]), {}).get(unquote(named[2]), {})
                self["x-goog-generation"] = known.get("generation", "0")
                self._cut(self._handler.headers.get("Range", ""))
            super().close()

        def _cut(self, asked):
            wanted = re.fullmatch(r"bytes=-(\d+)", asked)
            if wanted and self.status == HTTPStatus.OK:
                size = len(self._content)
                begin = max(0, size - int(wanted[1]))
                self.status = HTTPStatus.PARTIAL_CONTENT
                self["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
                self._content = self._content[begin:]

    server.Response = Response
    # after each change it would write all that it knows of all objects into its memory
    storage._write_config_to_file = lambda: None
    lock = threading.Lock()

    class Handler(server.RequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open
        disable_nagle_algorithm = True

        def __init__(self, *args):
            super().__init__(storage, *args)

        def _one(self):
            """Answer one request at a time; what is slow to come or to go holds nobody up."""
            body = server._read_raw_data(self) or b""  # all of it, or the next one begins there
            del self.headers["Transfer-Encoding"], self.headers["Content-Length"]
            self.headers["Content-Length"] = str(len(body))
            ends = self.rfile, self.wfile
            self.rfile, self.wfile = io.BytesIO(body), io.BytesIO()
            try:
                with lock:
                    server.Router(self).handle(self.command)
                answer = self.wfile.getvalue()
            finally:
                self.rfile, self.wfile = ends
            self.wfile.write(answer)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _one

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    return Server(("127.0.0.1", 0), Handler)
