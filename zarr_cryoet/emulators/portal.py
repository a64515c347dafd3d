"""An emulator for the CryoET Data Portal: its API, and its bucket over S3 and HTTP."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .. import console
from . import graphql, slow, tomograms
from .bucket import Bucket


@dataclass(frozen=True)
class Portal:
    """An emulator that runs.

    Attributes
    ----------
    bucket : Bucket
        Its S3 server, with a log.
    api : str
        URL of its API.
    endpoint : str
        Of S3, behind the slow network where there is one.
    held : list of Tomogram
        What it holds.
    """

    bucket: Bucket
    api: str
    endpoint: str
    held: list[tomograms.Tomogram]

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables by which the portal's users reach it."""
        return {
            "ZARR_CRYOET_PORTAL_URL": self.api,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "BOTO_ENDPOINT_URL": self.endpoint,
        }


@contextmanager
def portal(
    full: bool = False, bandwidth: float | None = None, latency: float = 0.0
) -> Iterator[Portal]:
    """Start it; it ends with the ``with`` block, or the process.

    Parameters
    ----------
    full
        Whether the first tomogram has 630 x 630 x 184 voxels: 290 MB, and some seconds.
    bandwidth
        Bytes a second of each connection to the bucket; None for what there is.
    latency
        Seconds that each request to the bucket waits.
    """
    held = tomograms.tomograms(full)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zarr-cryoet-")))
        bucket = stack.enter_context(Bucket(tomograms.BUCKET))
        _fill(bucket, held, place)
        endpoint = bucket.url
        if bandwidth or latency:
            beyond = slow.child(bucket.url, bandwidth or 1e12, latency)
            endpoint = stack.enter_context(beyond).url
        tables = place / "tables.json"
        tables.write_text(json.dumps(tomograms.tables(held, endpoint)))
        api = stack.enter_context(graphql.child(tables))
        bucket.clear()
        yield Portal(bucket, f"{api.url}/graphql", endpoint, held)


def _fill(bucket: Bucket, held: list[tomograms.Tomogram], place: Path) -> None:
    """Each tomogram's OME-Zarr; a few bytes in place of the MRC of one that has none."""
    for each in held:
        if each.omezarr == "yes":
            tomograms.write(each, tomograms.voxels(each), place / each.key)
        else:
            path = place / each.folder / f"{each.run}.mrc"
            path.parent.mkdir(parents=True)
            path.write_bytes(bytes(1024))
        bucket.upload(place / each.folder, each.folder)


def serve(full: bool, bandwidth: float | None, latency: float) -> None:
    """Run it for a person: say how to reach it, until somebody interrupts."""
    console.tell("starting; it takes some seconds to generate the tomograms")
    with portal(full, bandwidth, latency) as running:
        for name, value in running.settings.items():
            console.say(f"export {name}={value}")
        console.tell("then, for example: zarr-cryoet portal tomograms 10445; Ctrl-C ends it")
        threading.Event().wait()
