"""What is kept of fetching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..record import Format
from .child import WAYS

LOOPBACK, SLOW = "loopback", "slow"
NETWORKS = (LOOPBACK, SLOW)
_ABOUT = ("cores", "load_before", "rounds", "bandwidth_mb_per_s", "latency_ms", "what")


@dataclass(frozen=True)
class Fetched:
    """One way, once: seconds of the clock and of processors, MiB, and SHA-256 where it decodes."""

    network: str
    way: str
    seconds: float
    cpu: float
    peak_mib: float
    server_cpu: float
    sha256: str | None


@dataclass(frozen=True)
class Killed:
    """One fetching that was killed, and run again.

    Attributes
    ----------
    share : float
        Of the bytes that were on record by then.
    repeated : int
        Requests of the second run for a byte of those.
    sha256 : str
        Of the voxels in the end.
    """

    share: float
    repeated: int
    sha256: str


@dataclass(frozen=True)
class Crop:
    """A crop, and the chunks that it reads."""

    crop: str
    chunks_read: list[str]


@dataclass(frozen=True)
class Way:
    """Medians over rounds, and how many times as quick as the client it was in each."""

    seconds: float
    cpu: float
    peak_mib: float
    server_cpu: float
    speed_of_client: float
    speeds_of_client: list[float]


@dataclass(frozen=True)
class Network:
    """All ways over one network, and whether those that decode made the same voxels."""

    same_sha256: bool
    ways: dict[str, Way]


@dataclass(frozen=True)
class Kills:
    """All that were killed; see `Killed`."""

    kills: int
    sha256s: int
    requests_for_what_was_here: int
    share_when_killed: list[float]
    sha256: str


@dataclass(frozen=True)
class Record:
    """A run; `about` holds cores, the load before, rounds, the slow network, and the ways."""

    about: dict
    crop: Crop
    loopback: Network
    slow: Network
    kills: Kills


def _first(old: dict) -> dict:
    """Of records that had no version."""
    rest = {key: value for key, value in old.items() if key not in _ABOUT}
    return {"about": {key: old[key] for key in _ABOUT}, **rest}


FORMAT = Format(Record, "fetching", older={0: _first})


def network(rows: Sequence[Fetched]) -> Network:
    """What comes of all rounds over one network; rows stand in the order of the rounds."""
    ways = {way: [row for row in rows if row.way == way] for way in WAYS}
    client = [row.seconds for row in ways["client"]]
    digests = {row.sha256 for row in rows if row.sha256}
    return Network(len(digests) == 1, {way: _way(some, client) for way, some in ways.items()})


def _way(rows: Sequence[Fetched], client: Sequence[float]) -> Way:
    speeds = [each / row.seconds for each, row in zip(client, rows, strict=True)]
    figures = ("seconds", "cpu", "peak_mib", "server_cpu")
    return Way(
        **{name: round(median(getattr(row, name) for row in rows), 3) for name in figures},
        speed_of_client=round(median(speeds), 3),
        speeds_of_client=[round(each, 3) for each in speeds],
    )


def kills(rows: Sequence[Killed]) -> Kills:
    """What comes of all that were killed."""
    digests = list(dict.fromkeys(row.sha256 for row in rows))
    repeated = sum(row.repeated for row in rows)
    return Kills(len(rows), len(digests), repeated, [row.share for row in rows], digests[0])
