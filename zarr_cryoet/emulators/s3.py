"""S3 on loopback, by moto."""

from __future__ import annotations

import os

from ..core.errors import UserError
from .base import BUCKET, Emulator, ask, end_with_parent


class Server(Emulator):
    """moto's server, with a bucket in it."""

    title = "S3"
    packages = ("moto", "flask_cors")

    @property
    def url(self):
        """Of the bucket."""
        return f"s3://{BUCKET}"

    @property
    def settings(self):
        """The keys are any: moto asks for some, and looks at none."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": "emulator-id",
            "AWS_SECRET_ACCESS_KEY": "emulator-secret",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def prepare(self):
        """Make the bucket, once it answers."""
        if ask("PUT", self.port, f"/{BUCKET}") != 200:
            raise UserError("moto made no bucket")


def main() -> None:
    """Serve until the parent is gone."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    end_with_parent()
    os._exit(0)
