"""Which cells are worth a look: any two figures against each other, heat maps, two summaries."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from pathlib import Path

from ...core.access import ACCESS
from ...core.codecs import CODECS
from ...core.layouts import BASELINE, LAYOUTS, layout
from ..charts import explore as charts
from ..charts import spec
from ..data import Data
from ..frame import Page

#: Exact figures of what is stored, whatever is done with it: id, title, unit, is more better.
STORED = (
    ("bits_per_voxel", "stored bits per voxel", "bits per voxel", False),
    ("ratio", "compression ratio", "", True),
    ("size", "stored size", "bytes", False),
    ("objects", "stored objects", "objects", False),
)
#: Figures of an operation: metric, title with the operation's name, unit, is more better.
DONE = (
    ("seconds", "time: {}", "seconds", False),
    ("requests", "requests counted: {}", "requests", False),
    ("bytes_read", "bytes read, counted: {}", "bytes", False),
    ("bytes_written", "bytes written, counted: {}", "bytes", False),
)
#: Figures of geometry alone, for each way of reading.
SHAPES = (
    ("asks", "requests by geometry: {}", "requests", False),
    ("decoded", "bytes decoded, by geometry: {}", "bytes", False),
    ("efficiency", "voxels asked / decoded: {}", "", True),
)


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
    first = ["read-full", "write", *(f"read-{name}" for name in ACCESS)]
    return [*(o for o in first if o in found), *sorted(found - {"", *first})]


def quantities(data: Data) -> Iterable[dict]:
    """Every figure that an axis can show, with its title and its unit."""
    for name, title, unit, more in STORED:
        yield _quantity(name, name, "", title, unit, more)
    for metric, title, unit, more in DONE:
        for done in operations(data, metric):
            said = done.removeprefix("read-") if metric == "bytes_read" else _said(done)
            yield _quantity(f"{metric}.{done}", metric, done, title.format(said), unit, more)
    for name, title, unit, more in SHAPES:
        for access in _accesses(data):
            full = title.format(access)
            yield _quantity(f"{name}.read-{access}", name, f"read-{access}", full, unit, more)


def _said(operation: str) -> str:
    return operation.replace("read-", "read ", 1)


def _quantity(id: str, metric: str, operation: str, title: str, unit: str, more: bool) -> dict:
    return {"id": id, "metric": metric, "operation": operation, "title": title, "unit": unit,
            "more": more}  # fmt: skip


def _accesses(data: Data) -> list[str]:
    """Ways of reading whose geometry is shown: the usual ones, and those with figures."""
    met = {name.removeprefix("read-") for name in data.names["operation"]}
    return [name for name in ACCESS if name in met or name in ACCESS.select("default")]


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
    """Voxels, and bits in each; None where nothing is known of the volume."""
    import numpy as np

    record = data.volumes.get(volume)
    if not record:
        return None
    return {
        "voxels": prod(record["shape"]),
        "bits": np.dtype(record["dtype"]).itemsize * 8,
        "real": record["provenance"] != "synthetic",
        "provenance": record["provenance"],
    }


def geometry(data: Data) -> dict:
    """Volume, layout, access: voxels asked for, voxels decoded, requests; from shapes alone."""
    found: dict = {}
    layouts = {name: row for name in data.names["layout"] if (row := _known(name))}
    for volume in data.names["volume"]:
        if volume not in data.volumes:
            continue
        shape = tuple(data.volumes[volume]["shape"])
        found[volume] = {
            name: {
                f"read-{access}": [said.voxels, said.decoded, said.requests]
                for access in _accesses(data)
                for said in [ACCESS[access].geometry(shape, row)]
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
