"""Figures made up by rule, for tests of the site: a sweep, some of it skipped, and two releases."""

from __future__ import annotations

import itertools

from zarr_cryoet.core.case import Case
from zarr_cryoet.core.metrics import METRICS
from zarr_cryoet.results import ASV, SWEEP, About, Record
from zarr_cryoet.site.data import collect

VOLUME, OTHER = "phantom-64", "<img src=x onerror=alert(1)> \"odd\" & 'ö'/2"
SHAPE = (64, 64, 64)
CODECS = ("none", "blosc-lz4-5-shuffle", "blosc-zstd-1-shuffle", "blosc-zstd-5-shuffle")
LAYOUT = ("c16", "c64", "c256", "c16-s64")
OPERATIONS = ("write", "read-full", "read-plane-xy", "read-plane-xz", "read-plane-yz")
BITS = dict(zip(CODECS, (32.5, 30.25, 29.0, 27.5), strict=True))
REASON = "tensorstore <b>refuses</b> it"


def seconds(codec, layout, operation, backend):
    """Made up, each different."""
    place = [CODECS.index(codec), LAYOUT.index(layout), OPERATIONS.index(operation)]
    number = place[0] + 4 * place[1] + 16 * place[2] + (80 if backend == "tensorstore" else 0)
    return round(0.001 * (1 + (number * 37) % 161), 4)


def record(volume, benchmark, params, value, commit="installed", reason=None, **more):
    status = "ok" if reason is None else "skipped"
    metric = METRICS[more.pop("metric", "seconds")]
    bounds = (value * 0.9, value * 1.1) if metric.id == "seconds" and value else None
    about = About(metric.id, metric.id != "seconds", more.pop("source", ASV))
    return Record(
        "box", "3.12", volume, commit, benchmark, params, status, value, metric.unit, bounds,
        reason, about=about, **more,
    )  # fmt: skip


def swept(volume, stored, value, operation="", metric="seconds", **more):
    """One of a sweep."""
    case = Case.of(volume, **stored)
    return record(volume, f"sweep.{operation or metric}", stored, value, metric=metric,
                  source=SWEEP, case=case, operation=operation, **more)  # fmt: skip


def cells(volume):
    """A sweep: all of them, some skipped, with limits beside them."""
    for codec, layout, zarr_format, backend in itertools.product(
        CODECS, LAYOUT, (2, 3), ("zarr-python", "tensorstore")
    ):
        stored = dict(codec=codec, layout=layout, zarr_format=zarr_format, backend=backend,
                      store="local")  # fmt: skip
        why = REASON if "-s" in layout and zarr_format == 2 else None
        for operation in OPERATIONS:
            value = None if why else seconds(codec, layout, operation, backend)
            yield swept(volume, stored, value, operation, reason=why)
        if why is None:
            told = {"bits_per_voxel": BITS[codec], "objects": 1 + (64 // int(layout[1:3])) ** 3}
            for name, value in told.items():
                yield swept(volume, stored, value, metric=name)
    for backend in ("raw-file", "fresh-copy"):
        stored = dict(codec="none", layout="whole", zarr_format=0, backend=backend, store="local")
        yield swept(volume, stored, 0.0005, "read-full", commit="limit")


def records():
    yield from cells(VOLUME)
    stored = dict(codec="none", layout="c64", zarr_format=3, backend="zarr-python", store="local")
    yield swept(OTHER, stored, 0.25, "write")
    apart = {**stored, "zarr_format": 2, "backend": "iohub"}
    yield swept(VOLUME, apart, 0.125, "read-full", commit="iohub-0.3.11")
    for commit, value in (("a", 0.5), ("b", 0.75)):  # as asv has them, of two releases
        params = dict(codec="none", layout="c64", zarr_format=3, backend="zarr-python",
                      store="local", operation="read-full", cache="warm")  # fmt: skip
        yield record(VOLUME, "made.Up.time_read", params, value, commit=commit, more=params)


def data():
    """Columns of all of it."""
    releases = [{"name": name, "commit": commit, "date": day, "notes": None}
                for name, commit, day in (("3.0.8", "a", "2025-05-01"),
                                          ("3.4.2", "b", "2026-01-01"))]  # fmt: skip
    found = collect(records(), releases, "made up")
    found.volumes = {VOLUME: {"id": VOLUME, "shape": SHAPE, "dtype": "float32",
                              "provenance": "synthetic", "licence": "MIT", "voxel_spacing": None,
                              "sha256": "", "source": {}}}  # fmt: skip
    return found
