"""Each way of fetching, done once in a process of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ...core.measure.service import Service, question

NAME = "portal:10445/TS_100_3@10.012"
WAYS = {
    "client": "the client's download_omezarr of level 0",
    "gather": "our objects of level 0 on disk, as the client leaves them",
    "prepare": "all of `volumes fetch`: checked by MD5, decoded, written as .npy, SHA-256",
    "client+zarr": "the client's download, then zarr-python, numpy.save, and SHA-256",
}


class Fetches(Service):
    """Fetches the tomogram.

    Parameters
    ----------
    place
        An empty folder.
    """

    def __init__(self, place: str):
        self.place = Path(place)

    @question
    def fetch(self, way: str, name: str = NAME) -> dict:
        """What it takes once the tomogram is found; all move the same objects, of level 0.

        Parameters
        ----------
        way
            One of `WAYS`.
        name
            The tomogram, or a crop of it.
        """
        from ...volumes.portal import api
        from ...volumes.portal.asked import parse

        found = api.find(parse(name))
        started, cpu = time.perf_counter(), time.process_time()
        digest = _ACTS[way](found, self.place, name)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        return {"seconds": seconds, "cpu": cpu, "peak_mib": _peak(), "sha256": digest}


def _peak() -> float:
    """Of this process; `ru_maxrss` would be its parent's, from which it was forked."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _client(found, place: Path, name: str) -> None:
    import cryoet_data_portal

    client = cryoet_data_portal.Client(os.environ["ZARR_CRYOET_PORTAL_URL"])
    tomogram = cryoet_data_portal.Tomogram.get_by_id(client, found.id)
    tomogram.s3_omezarr_dir += "/0"  # its own code, for the objects that the others read
    tomogram.download_omezarr(str(place))


def _client_zarr(found, place: Path, name: str) -> str:
    import hashlib

    import numpy as np
    import zarr

    _client(found, place, name)
    np.save(place / "made.npy", zarr.open_array(str(place / "0"), mode="r")[...])
    with (place / "made.npy").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _gather(found, place: Path, name: str) -> None:
    from ...volumes.portal import image
    from ...volumes.portal.bucket import Objects
    from ...volumes.portal.gather import CONNECTIONS, Gathering, gather

    objects = Objects(found.s3, CONNECTIONS)
    level = image.opened(found.s3, objects.get, 0, found.shape)
    listed = objects.listed(level.path)
    wanted = {key: listed[key] for key in level.keys(tuple((0, n) for n in level.shape))}
    for _ in gather(objects, Gathering(place, found.s3, wanted)):
        pass


def _prepare(found, place: Path, name: str) -> str:
    from ...volumes import cache
    from ...volumes.resolve import resolve

    return cache.prepare(resolve(name))[0].sha256


_ACTS = {"client": _client, "gather": _gather, "prepare": _prepare, "client+zarr": _client_zarr}
