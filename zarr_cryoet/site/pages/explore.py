"""Which cells are worth a look: any two figures against each other, heat maps, two summaries."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from pathlib import Path

from ...core.access import ACCESS
from ...core.codecs import CODECS
from ...core.layouts import BASELINE, LAYOUTS, layout
from ...core.metrics import COUNTED, DERIVED, GEOMETRY, STORED, TIMED, Metric, chosen
from ...core.operations import READS
from ..charts import explore as charts
from ..charts import spec
from ..data import Data
from ..frame import Page

#: Those worked out for each access pattern from shapes alone.
SHAPES = chosen(GEOMETRY)


class Explore(Page):
    """Everything chosen is in the address; the script finds rows in the data file by itself."""

    id = "explore"
    title = "Explore"
    summary = (
        "Each point is one way of storing: a codec, a layout, a format, a library. Which of them "
        "are not beaten in both of two figures, and what do chunks, shards and levels change?"
    )
    order = 20
    charts = True

    def body(self, data: Data) -> str:
        """Places that the script fills."""
        return _BODY

    def specs(self) -> dict[str, dict]:
        """One scatter, one heat map, two summaries."""
        from ..charts import available

        if not available():
            return {}
        named = ("scatter", "heat", "compression", "chunking")
        return {name: spec(getattr(charts, name)()) for name in named}

    def own(self, data: Data, results: Path) -> dict:
        """What names mean, which figures there are, and what shapes alone say."""
        return {
            "quantities": list(quantities(data)),
            "codecs": {name: _codec(name) for name in data.names["codec"] if name in CODECS},
            "layouts": {name: found for name in data.names["layout"] if (found := _layout(name))},
            "baseline": {"layout": BASELINE, "codec": "blosc-lz4-5-shuffle", "format": "2"},
            "volumes": {
                name: known for name in data.names["volume"] if (known := _size(data, name))
            },
            "geometry": geometry(data),
            "shapes": [metric.id for metric in SHAPES],
            "panels": {"compression": charts.COMPRESSION, "chunking": charts.CHUNKING},
        }


def operations(data: Data, metric: str) -> list[str]:
    """Those that have figures of a metric; as the registries order them, others behind."""
    of = {name for name, about in data.benchmarks.items() if about["metric"] == metric}
    benchmarks = data.names["benchmark"]
    found = {
        data.names["operation"][done]
        for done, place in zip(data.cells["operation"], data.cells["benchmark"], strict=True)
        if benchmarks[place] in of
    }
    first = dict.fromkeys(["read-full", "write", *READS])
    return [*(o for o in first if o in found), *sorted(found - {"", *first})]


def quantities(data: Data) -> Iterable[dict]:
    """Every figure that an axis can show, with its title and its unit."""
    for metric in chosen(STORED, DERIVED):
        yield _quantity(metric)
    for metric in chosen(TIMED, COUNTED):
        for done in operations(data, metric.id):
            yield _quantity(metric, done, metric.id == "bytes_read")
    for metric in SHAPES:
        for done in _reads(data):
            yield _quantity(metric, done, True)


def _quantity(metric: Metric, operation: str = "", reads: bool = False) -> dict:
    """One of them; where only reads have it, the access pattern alone stands in the title."""
    id, title, access = metric.id, metric.title, READS.get(operation, "")
    if operation:
        said = f"read {access}" if access and not reads else access or operation
        how = ", counted" if metric.kind == COUNTED else ""  # and not by geometry
        id, title = f"{metric.id}.{operation}", f"{metric.title}{how}: {said}"
    return {"id": id, "metric": metric.id, "operation": operation, "access": access,
            "title": title, "unit": metric.unit, "more": metric.more}  # fmt: skip


def _reads(data: Data) -> list[str]:
    """Reads whose geometry is shown: the usual ones, and those with figures."""
    usual = ACCESS.select("default")
    return [
        name for name, access in READS.items() if name in data.names["operation"] or access in usual
    ]


def _codec(name: str) -> dict:
    """What codecs of several levels have in common, and the level."""
    row = CODECS[name]
    family = "-".join(part for part in (row.family, row.cname, row.shuffle) if part)
    return {"family": family, "level": row.level}


def _layout(name: str) -> dict | None:
    """Chunk and shard, as their ids spell them; None where a name is no layout."""
    if _known(name) is None:
        return None
    chunk, *shards = name.removesuffix("-start").split("-s")
    return {"chunk": chunk, "shard": "-s".join(["", *shards]).removeprefix("-") or "no shard"}


def _known(name: str):
    try:
        return LAYOUTS[name] if name in LAYOUTS else layout(name)
    except ValueError:
        return None


def _size(data: Data, volume: str) -> dict | None:
    """Bits of a voxel, and what derives metrics; None where nothing is known of the volume."""
    import numpy as np

    record = data.volumes.get(volume)
    if not record:
        return None
    bits, voxels = np.dtype(record["dtype"]).itemsize * 8, prod(record["shape"])
    factors = {row.id: [row.function(bits, voxels), row.inverse] for row in chosen(DERIVED)}
    return {
        "factors": factors,
        "bits": bits,
        "real": record["provenance"] != "synthetic",
        "provenance": record["provenance"],
    }


def geometry(data: Data) -> dict:
    """Volume, layout, operation: figures in the order of `SHAPES`."""
    found: dict = {}
    layouts = {name: row for name in data.names["layout"] if (row := _known(name))}
    for volume in data.names["volume"]:
        if volume not in data.volumes:
            continue
        shape, bits = tuple(data.volumes[volume]["shape"]), _size(data, volume)["bits"]
        found[volume] = {
            name: {
                done: [metric.function(geometry, bits) for metric in SHAPES]
                for done in _reads(data)
                for geometry in [ACCESS[READS[done]].geometry(shape, row)]
            }
            for name, row in layouts.items()
        }
    return found


_BODY = """<form class=controls id=filters aria-label="Filters" onsubmit="return false"></form>
<p class=quiet id=source></p>
<h2>What is beaten by nothing?</h2>
<div class=controls id=axes></div>
<figure><div id=scatter></div><figcaption id=scatter-said></figcaption></figure>
<h3 id=pins-title>Pinned</h3>
<div id=pins></div>
<details><summary>The figures as a table</summary><div id=scatter-table></div></details>
<h2>How do chunks, shards and levels act?</h2>
<div class=controls id=heat-controls></div>
<figure><div id=heat></div><figcaption id=heat-said></figcaption></figure>
<details><summary>The figures as a table</summary><div id=heat-table></div></details>
<h2>Compression in four panels</h2>
<div class=controls id=compression-controls></div>
<figure><div id=compression></div><figcaption id=compression-said></figcaption></figure>
<details><summary>The figures as a table</summary><div id=compression-table></div></details>
<h2>Chunking in six panels</h2>
<div class=controls id=chunking-controls></div>
<figure><div id=chunking></div><figcaption id=chunking-said></figcaption></figure>
<details><summary>The figures as a table</summary><div id=chunking-table></div></details>
"""
