"""The charts of Explore as pictures, for the README and the docs: from results alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np

from ..core.access import ACCESS
from ..core.layouts import LAYOUTS
from ..core.metrics import DERIVED, GEOMETRY, METRICS, chosen
from ..results import SWEEP
from . import charts
from .charts import explore
from .data import Data, is_baseline

LIMIT = "limit"  # the side of a sweep whose cells nothing can be faster than
_KEY = ("codec", "layout", "format", "backend", "store")
_QUIET = "#7d8590"  # seen on white and on black


@dataclass
class Way:
    """One way of storing, and what is known of it: figures with their bounds, by quantity."""

    key: dict[str, str]
    limit: bool
    figures: dict[str, tuple] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """In words."""
        return (
            f"{self.key['codec']} {self.key['layout']} v{self.key['format']} {self.key['backend']}"
        )

    @property
    def series(self) -> str:
        """Backend and format, as the summaries tell them apart."""
        return f"{self.key['backend']} v{self.key['format']}"


def ways(data: Data, volume: str) -> list[Way]:
    """Every way of storing a volume in files: sweeps before asv's times, newer before older."""
    found: dict[tuple, Way] = {}
    measured: dict[tuple, bool] = {}
    for row in data.rows():
        if row["volume"] != volume or row["more"] or row["cache"] == "cold":
            continue
        if not (row["codec"] and row["layout"]):
            continue
        if row["store"] != "local" and row["release"] != LIMIT:
            continue
        key = tuple(row[column] for column in _KEY)
        named = dict(zip(_KEY, key, strict=True))
        way = found.setdefault(key, Way(named, row["release"] == LIMIT))
        about = data.benchmarks[row["benchmark"]]
        name = _quantity(about["metric"], row["operation"])
        swept = about["source"] == SWEEP
        if swept or not measured.get((key, name)):
            way.figures[name] = row["value"], row["low"], row["high"]
            measured[key, name] = swept
    for way in found.values():
        _derive(way, data.volumes.get(volume))
    return list(found.values())


def _quantity(metric: str, operation: str) -> str:
    return metric if METRICS[metric].of_case else f"{metric}.{operation}"


def _derive(way: Way, volume: Mapping | None) -> None:
    """Ratio and size, and what shapes alone say."""
    if volume is None:
        return
    bits, voxels = np.dtype(volume["dtype"]).itemsize * 8, prod(volume["shape"])
    if stored := way.figures.get("bits_per_voxel"):
        for metric in chosen(DERIVED):
            way.figures[metric.id] = metric.derived(stored[0], bits, voxels), None, None
    if way.key["layout"] in LAYOUTS and not way.limit:
        for axis in explore.AXES:
            row = LAYOUTS[way.key["layout"]]
            geometry = ACCESS[f"plane-{axis}"].geometry(tuple(volume["shape"]), row)
            for metric in chosen(GEOMETRY):
                value = metric.function(geometry, bits)
                way.figures[f"{metric.id}.read-plane-{axis}"] = value, None, None


def front(points: Iterable[tuple[float, float]]) -> set[tuple[float, float]]:
    """Those that no other beats in one of two figures without being worse in the other."""
    kept: list[tuple[float, float]] = []
    for x, y in sorted(set(points)):
        if not kept or y < kept[-1][1]:
            kept.append((x, y))
    return set(kept)


def scatter(data: Data, volume: str, x: str, y: str) -> list[dict]:
    """Rows of the scatter; few of both is good."""
    found = ways(data, volume)
    rows = [
        {"x": way.figures[x][0], "y": way.figures[y][0], "cell": way.cell, "key": way.key}
        for way in found
        if not way.limit and x in way.figures and y in way.figures
    ]
    best = front((row["x"], row["y"]) for row in rows)
    for row in rows:
        row["front"] = (row["x"], row["y"]) in best
        kind = explore.FRONT if row["front"] else explore.REST
        row["kind"] = explore.BASELINE if is_baseline(row.pop("key")) else kind
    rows.sort(key=lambda row: row["kind"] != explore.REST)  # what is marked is drawn last
    lines = {way.key["backend"]: way.figures[y][0] for way in found
             if way.limit and y in way.figures and way.key["codec"] == "none"}  # fmt: skip
    more = [{"x": None, "y": value, "name": name, "kind": explore.LIMIT, "cell": name}
            for name, value in lines.items()]  # fmt: skip
    return rows + more if rows else []


_POINTS = {
    "codec": [("write", "seconds.write", ""), ("read", "seconds.read-full", ""),
              ("ratio", "ratio", ""), ("size", "size", "")],
    "layout": [("objects", "objects", ""), ("write", "seconds.write", ""),
               ("read", "seconds.read-full", ""),
               *((panel, f"{metric}.read-plane-{axis}", axis) for axis in explore.AXES
                 for panel, metric in (("plane", "seconds"), ("bytes", "decoded"),
                                       ("efficiency", "efficiency")))],
}  # fmt: skip


def summary(data: Data, volume: str, by: str, fixed: Mapping[str, str]) -> list[dict]:
    """Rows of a summary by ``codec`` or by ``layout``, of ways with the values of `fixed`."""
    some = [way for way in ways(data, volume) if not way.limit]
    some = [way for way in some if all(way.key[k] == v for k, v in fixed.items())]
    rows = [
        {"panel": panel, "name": way.key[by], "series": way.series, "axis": axis,
         "value": value, "low": low, "high": high, "cell": way.cell}
        for way in some
        for panel, quantity, axis in _POINTS[by]
        for value, low, high in [way.figures.get(quantity, (None,) * 3)]
        if value
    ]  # fmt: skip
    lead = {"codec": "ratio", "layout": "objects"}[by]
    first = {row["name"]: row["value"] for row in rows if row["panel"] == lead}
    names = sorted({row["name"] for row in rows}, key=lambda name: (-first.get(name, 0), name))
    return [{**row, "order": names.index(row["name"])} for row in rows]


def draw(made: dict, rows: list[dict], kind: str = "svg") -> bytes:
    """A chart that is read on a light and on a dark ground alike."""
    text = {"labelColor": _QUIET, "titleColor": _QUIET}
    axis = {**text, "gridColor": "#8884", "domainColor": "#8888", "tickColor": "#8888"}
    look = {"background": None, "axis": axis, "legend": text, "text": {"color": _QUIET},
            "view": {"stroke": "#8888", "continuousWidth": 300}}  # fmt: skip
    return charts.picture({**made, "config": look}, rows, kind)
