"""Azure Blob Storage on loopback, by azurite, which comes from npm."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile

from ..core.errors import UserError
from .base import BUCKET, Emulator, ask, end_with_parent, until

_ACCOUNT = "emulator"
_KEY = base64.b64encode(b"a key that opens nothing but this").decode()


class Server(Emulator):
    """azurite, with a container in it."""

    title = "Azure Blob Storage"

    def __init__(self):
        super().__init__()
        if not (shutil.which("azurite") or shutil.which("npx")):
            raise UserError(
                "neither azurite nor npx is installed, which emulate Azure Blob Storage; "
                "install Node.js, then: npm install --global azurite"
            )

    @property
    def url(self):
        """Of the container."""
        return f"az://{BUCKET}"

    @property
    def settings(self):
        """A connection string, with a key that is made up."""
        told = {
            "DefaultEndpointsProtocol": "http",
            "AccountName": _ACCOUNT,
            "AccountKey": _KEY,
            "BlobEndpoint": f"{self.endpoint}/{_ACCOUNT}",
        }
        text = ";".join(f"{name}={value}" for name, value in told.items())
        return {"AZURE_STORAGE_CONNECTION_STRING": f"{text};"}

    def prepare(self):
        """Make the bucket, once it answers."""
        until(lambda: ask("GET", self.port, "/") != 0, self.title)
        try:
            from azure.storage.blob import BlobServiceClient
        except ImportError:
            raise UserError(
                "azure-storage-blob is not installed; pip install 'zarr-cryoet[cloud]'"
            ) from None
        text = self.settings["AZURE_STORAGE_CONNECTION_STRING"]
        with BlobServiceClient.from_connection_string(text) as client:
            client.create_container(BUCKET)


def main() -> None:
    """Serve until the parent is gone."""
    found = shutil.which("azurite")
    command = [found] if found else [shutil.which("npx"), "--yes", "azurite"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="zarr-cryoet-") as place:
        child = subprocess.Popen(
            [*command, "--silent", "--skipApiVersionCheck", "--location", place,
             "--disableTelemetry",  # it would tell its makers of each start and request
             "--blobHost", "127.0.0.1", "--blobPort", str(port),
             "--queuePort", "0", "--tablePort", "0"],
            stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr,
            env={**os.environ, "AZURITE_ACCOUNTS": f"{_ACCOUNT}:{_KEY}"},
            start_new_session=True,
        )  # fmt: skip
        try:
            print(port, flush=True)
            end_with_parent()
        finally:
            _end(child)


def _end(child: subprocess.Popen) -> None:
    """End azurite, and the npx around it."""
    import signal

    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(3)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
