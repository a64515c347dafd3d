"""Google Cloud Storage on loopback, by gcp-storage-emulator."""

from __future__ import annotations

import json
import os

from ..core.errors import UserError
from .base import BUCKET, StandIn, ask, end_with_parent, script, until


class Server(StandIn):
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

    def _command(self):
        return script(__name__)

    def _make_bucket(self):
        until(lambda: ask("GET", self.port, "/storage/v1/b?project=p") == 200, self.title)
        body = json.dumps({"name": BUCKET}).encode()
        kind = {"Content-Type": "application/json"}
        if ask("POST", self.port, "/storage/v1/b?project=p", body, kind) != 200:
            raise UserError("gcp-storage-emulator made no bucket")


def main() -> None:
    """Serve until the parent is gone."""
    import http.server
    import logging

    from gcp_storage_emulator.server import create_server

    logging.disable(logging.ERROR)
    # its own serves one connection at a time, and clients keep theirs
    http.server.HTTPServer = http.server.ThreadingHTTPServer
    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    print(server._api._httpd.server_address[1], flush=True)
    end_with_parent()
    os._exit(0)


if __name__ == "__main__":
    main()
