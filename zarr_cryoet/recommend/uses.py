"""What people do with tomograms, where they keep them, and what there is in them: rows."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.registry import Registry
from ..model.geometry import WRITE


@dataclass(frozen=True)
class Use:
    """What somebody does with tomograms.

    Attributes
    ----------
    id, meaning : str
        For example ``viewer``, and who does so.
    weights : dict
        How often each access is made, relative to the others.
    store : str
        Where they are kept, unless said.
    preferences : dict
        What counts how much for the balanced choice.
    reads : float
        Accesses to each tomogram in a month, for money alone: an assumption.
    """

    id: str
    meaning: str
    weights: dict[str, float]
    store: str
    preferences: dict[str, float]
    reads: float
    groups: tuple[str, ...] = ("default",)


def _prefer(seconds: float, nbytes: float, objects: float, dollars: float) -> dict[str, float]:
    return {"seconds": seconds, "bytes": nbytes, "objects": objects, "dollars": dollars}


USES = Registry(
    "use",
    [
        Use(
            "viewer",
            "slices on a screen, most of them across z",
            {"plane-xy": 6.0, "plane-xz": 1.0, "plane-yz": 1.0},
            "local",
            _prefer(1.0, 1.0, 0.05, 0.0),
            1000.0,
        ),
        Use(
            "analysis",
            "whole tomograms, and boxes at particle picks",
            {"full": 1.0, "boxes-64": 4.0, "plane-xy": 1.0},
            "local",
            _prefer(1.0, 1.0, 0.05, 0.0),
            100.0,
        ),
        Use(
            "training",
            "random patches, again and again",
            {"patches-96": 1.0},
            "nfs",
            _prefer(1.0, 0.5, 0.05, 0.0),
            10000.0,
        ),
        Use(
            "cloud",
            "slices and boxes from a bucket",
            {"plane-xy": 4.0, "plane-xz": 1.0, "plane-yz": 1.0, "boxes-64": 1.0, "full": 0.2},
            "s3",
            _prefer(1.0, 0.5, 0.1, 0.5),
            1000.0,
        ),
        Use(
            "archive",
            "written once, read whole now and then",
            {WRITE: 1.0, "full": 1.0},
            "nfs",
            _prefer(0.25, 2.0, 0.1, 0.25),
            0.1,
        ),
    ],
)


@dataclass(frozen=True)
class Place:
    """Where tomograms are kept.

    Attributes
    ----------
    id, what : str
        For example ``s3``, and in words.
    latency : float
        Seconds from asking to the first byte, beside what files here take.
    bandwidth : float or None
        Bytes a second of each connection; None where nothing holds it up.
    prices : str or None
        Whose they are.
    source : str
        Of the two figures, which are assumptions in any case: a place has its own.
    """

    id: str
    what: str
    latency: float
    bandwidth: float | None
    prices: str | None
    source: str
    groups: tuple[str, ...] = ("default",)


_CLOUD = "an assumption, within a region; measure your own with --latency and --bandwidth"
PLACES = Registry(
    "store",
    [
        Place("local", "files here, in memory already", 0.0, None, None, "measured here"),
        Place(
            "nfs",
            "files over 10 Gbit/s Ethernet",
            0.001,
            200e6,
            None,
            "an assumption; measure your own with --latency and --bandwidth",
        ),
        Place(
            "s3",
            "Amazon S3",
            0.1,
            85e6,
            "s3",
            "an assumption, after AWS' performance guidelines (100 to 200 ms to the first byte of "
            "small objects, 85 to 90 MB/s a connection): "
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html",
        ),
        Place("gcs", "Google Cloud Storage", 0.06, 60e6, "gcs", _CLOUD),
        Place("azure", "Azure Blob Storage", 0.04, 60e6, "azure", _CLOUD),
    ],
)


@dataclass(frozen=True)
class Kind:
    """A kind of data, and the volume whose terms stand for it."""

    id: str
    volume: str
    dtype: str
    meaning: str
    groups: tuple[str, ...] = ("default",)


KINDS = Registry(
    "kind of data",
    [
        Kind("tomogram", "phantom-128", "float32", "float32, most of it noise"),
        Kind("8-bit", "phantom-128-u8", "float32", "256 values, stored as float32"),
        Kind("labels", "labels-128", "uint8", "a segmentation mask"),
    ],
)
