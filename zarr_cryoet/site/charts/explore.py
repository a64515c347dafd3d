"""The charts of the page Explore: a scatter with its Pareto front, a heat map, two summaries.

Rows say what they are in ``kind``; figures that stand beside each other share an axis only
where they share a unit. Titles and units that change are parameters, so that a new choice needs
no new chart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

from ...core.metrics import GEOMETRY, METRICS
from . import ROWS

FRONT, REST, BASELINE, LIMIT = "Pareto front", "the rest", "the portal's layout", "limit"
_COLOURS = {FRONT: "#2f81d8", REST: "#8a929b", BASELINE: "#d9772b", LIMIT: "#9b6bd3"}
_SHAPES = {FRONT: "circle", REST: "circle", BASELINE: "diamond", LIMIT: "cross"}
_PIN = "#c2527f"
_SERIES = ["#2f81d8", "#d9772b", "#2f9e6e", "#9b6bd3", "#c2527f", "#8a7a2f", "#5a6b7b", "#3fb3c4"]
#: Panels of the two summaries: title, and whether little is good.
COMPRESSION = {"write": "time to write", "read": "time to read all",
               "ratio": METRICS["ratio"].title, "size": METRICS["size"].title}  # fmt: skip
CHUNKING = {
    "objects": METRICS["objects"].title,
    "write": "time to write",
    "read": "time to read all",
    "plane": "time to read a plane",
    "bytes": "bytes decoded for a plane",
    "efficiency": f"efficiency: {METRICS['efficiency'].title}",
}
_METRIC = {"write": "seconds", "read": "seconds", "plane": "seconds", "bytes": "decoded"}
AXES = ("xy", "xz", "yz")


def label(unit: str) -> str:
    """A Vega expression for an axis' label, with its unit: 1.5 ms, 16 MB, 0.25."""
    value = "format(datum.value, '.3~s')"
    seconds, size = f"{value} + 's'", f"{value} + 'B'"
    plain = "datum.value < 1 ? format(datum.value, '.2~g') : format(datum.value, ',.6~g')"
    return f"{unit} == 'seconds' ? {seconds} : {unit} == 'bytes' ? {size} : {plain}"


def scatter() -> alt.LayerChart:
    """Any two figures of each cell, both axes logarithmic; few is good towards the front."""
    import altair as alt

    log = alt.Scale(type="log", nice=False, padding=12)
    x = alt.X("x:Q", scale=log).axis(title=None, labelExpr=label("x_unit"), tickCount=6)
    y = alt.Y("y:Q", scale=log).axis(title=None, labelExpr=label("y_unit"), tickCount=6)
    base = alt.Chart(alt.NamedData(name=ROWS))
    whole = base.transform_filter("datum.x && datum.y")
    line = whole.transform_filter("datum.front").mark_line(strokeWidth=1.5, opacity=0.7)
    layers = [
        *_limits(base, x, y),
        line.encode(x, y, alt.ColorValue(_COLOURS[FRONT])),
        _points(whole, x, y),
        *_pins(whole, x, y),
        *_titles(),
    ]
    params = [alt.param(name=name, value="") for name in ("x_title", "y_title", "x_unit", "y_unit")]
    room = {"bottom": 24, "top": 12, "left": 5, "right": 16}  # for the titles, which are marks
    return alt.layer(*layers).add_params(*params).properties(
        width="container", height=420, padding=room
    )  # fmt: skip


def _points(whole: alt.Chart, x: alt.X, y: alt.Y) -> alt.Chart:
    """Those that matter are large and opaque."""
    import altair as alt

    kinds, legend = list(_COLOURS), alt.Legend(title=None, orient="top", columns=2)
    of_kind = alt.Scale(domain=kinds, range=list(_COLOURS.values()))
    shapes = alt.Scale(domain=kinds, range=list(_SHAPES.values()))
    faint = f"datum.kind == '{REST}' || datum.kind == '{LIMIT}'"
    return whole.mark_point(filled=True).encode(
        x,
        y,
        alt.Color("kind:N", scale=of_kind, legend=legend),
        alt.Shape("kind:N", scale=shapes, legend=legend),
        opacity=alt.condition(faint, alt.value(0.45), alt.value(1)),
        size=alt.condition(faint, alt.value(45), alt.value(90)),
        tooltip=_tip(cell="cell", x_said="x", y_said="y", kind="is"),
    )


def _pins(whole: alt.Chart, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Rings with the numbers of the table beside the chart."""
    import altair as alt

    some = whole.transform_filter("datum.pinned")
    ring = some.mark_point(shape="circle", size=260, strokeWidth=2, filled=False)
    number = some.mark_text(dy=-16, fontWeight=600)
    return [ring.encode(x, y, alt.ColorValue(_PIN)), number.encode(x, y, text="pinned:N")]


def _limits(base: alt.Chart, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Lines across for limits that have a figure on one axis alone."""
    import altair as alt

    dashed = {"strokeDash": [5, 4], "color": _COLOURS[LIMIT]}
    told = {"fontSize": 11, "color": _COLOURS[LIMIT], "dx": 4, "dy": -5, "align": "left"}
    across = base.transform_filter("datum.y && !datum.x")
    up = base.transform_filter("datum.x && !datum.y")
    tip = _tip(cell="limit", x_said="x", y_said="y")
    return [
        across.mark_rule(**dashed).encode(y=y, tooltip=tip),
        across.mark_text(**told).encode(y=y, x=alt.value(0), text="name:N"),
        up.mark_rule(**dashed).encode(x=x, tooltip=tip),
        up.mark_text(**{**told, "angle": 90, "dy": -4}).encode(x=x, y=alt.value(0), text="name:N"),
    ]


def _titles() -> list[alt.Chart]:
    """Titles of the axes as marks: an axis' own cannot change without a new chart."""
    import altair as alt

    nothing = alt.Chart(alt.Data(values=[{}]))
    below = {"x": alt.expr("width / 2"), "y": alt.expr("height + 38")}
    return [
        nothing.mark_text(text=alt.expr("x_title"), fontWeight=600, **below),
        nothing.mark_text(text=alt.expr("y_title"), fontWeight=600, x=0, y=-10, align="left"),
    ]


def _tip(**fields: str) -> list[alt.Tooltip]:
    """What hovering says: each field by its title."""
    import altair as alt

    return [alt.Tooltip(f"{name}:N", title=title) for name, title in fields.items()]


def heat() -> alt.LayerChart:
    """A figure for each pair of two things; values printed, what did not run is hatched."""
    import altair as alt

    place = [
        alt.X("column:N", sort=alt.EncodingSortField("column_order", op="min"))
        .axis(orient="top", title=None, labelAngle=-30, labelLimit=180),
        alt.Y("row:N", sort=alt.EncodingSortField("row_order", op="min"))
        .axis(title=None, labelLimit=180),
    ]  # fmt: skip
    tip = _tip(
        row="row", column="column", said="figure", cell="cell", status="status", reason="why"
    )
    base = alt.Chart(alt.NamedData(name=ROWS))
    ran = base.transform_filter("isValid(datum.shade)")
    left = base.transform_filter("!isValid(datum.shade)")
    scale = alt.Scale(domain=[0, 1], scheme="blues")
    return (
        alt.layer(
            ran.mark_rect(stroke="#8884").encode(
                *place, alt.Color("shade:Q", scale=scale, legend=None), tooltip=tip
            ),
            ran.mark_text(fontSize=11).encode(
                *place, text="said:N", tooltip=tip,
                color=alt.condition("datum.shade > 0.55", alt.value("#fff"), alt.value("#10202f")),
            ),
            left.mark_rect(stroke="#8888", color=_hatched()).encode(*place, tooltip=tip),
            left.mark_text(fontSize=11, fontStyle="italic").encode(
                *place, text="status:N", tooltip=tip
            ),
        )
        .properties(width="container", height={"step": 30})
    )  # fmt: skip


def _hatched() -> alt.LinearGradient:
    """Diagonal lines: a gradient with hard edges, which every renderer of Vega can draw."""
    import altair as alt

    stops, lines = [], 9
    for n in range(lines):
        for share, colour in ((0, "#8885"), (0.35, "#8885"), (0.35, "#8881"), (1, "#8881")):
            stops.append(alt.GradientStop(offset=(n + share) / lines, color=colour))
    return alt.LinearGradient(gradient="linear", stops=stops, x1=0, y1=0, x2=1, y2=1)


def compression() -> alt.ConcatChart:
    """Four panels by codec: write, read, ratio, size."""
    return _panels(COMPRESSION, "codec")


def chunking() -> alt.ConcatChart:
    """Six panels by layout: objects, write, read, plane by axis, bytes, efficiency."""
    return _panels(CHUNKING, "layout")


def _panels(titles: dict[str, str], by: str) -> alt.ConcatChart:
    """Small multiples: each figure with an axis of its own, names down the side."""
    import altair as alt

    made = [_panel(name, title, by) for name, title in titles.items()]
    return alt.concat(*made, data=alt.NamedData(name=ROWS), columns=2, spacing=22).resolve_scale(
        color="shared", shape="shared"
    )


def _panel(name: str, title: str, by: str) -> alt.LayerChart:
    import altair as alt

    metric = METRICS[_METRIC.get(name, name)]
    unit = "" if metric.unit in title else metric.unit
    said = f"{title} ({unit})" if unit else title
    y = alt.Y("name:N", sort=alt.EncodingSortField("order", op="min"))
    y = y.axis(title=by, grid=True, labelLimit=170)
    log = not metric.more
    scale = alt.Scale(type="log", nice=False, padding=8) if log else (
        alt.Scale(zero=name == "efficiency", padding=8))  # fmt: skip
    axis = alt.Axis(title=said, labelExpr=label(f"'{unit}'"), tickCount=4, labelOverlap=True)
    colour: alt.Color | alt.ColorValue = alt.ColorValue("#8a929b")  # of shapes alone, no library's
    if metric.kind != GEOMETRY:
        colour = alt.Color("series:N", scale=alt.Scale(range=_SERIES))
        colour = colour.legend(title=None, orient="top", columns=2)
    # a plane has one of three axes; what has none is a point
    shapes = alt.Scale(domain=["", *AXES], range=["circle", "square", "triangle-up", "diamond"])
    legend = alt.Legend(title=None, orient="top", values=list(AXES), symbolFillColor=_COLOURS[REST])
    shape = alt.Shape("axis:N", scale=shapes, legend=legend if by == "layout" else None)
    tip = _tip(cell="cell", said=title)
    base = alt.Chart().transform_filter(f"datum.panel == '{name}'")
    bars = base.transform_filter("isValid(datum.low) && isValid(datum.high)").mark_rule(
        strokeWidth=2, opacity=0.6
    )
    return alt.layer(
        bars.encode(y, alt.X("low:Q", scale=scale, axis=axis), alt.X2("high:Q"), colour),
        base.mark_point(filled=True, size=60, opacity=0.9).encode(
            y, alt.X("value:Q", scale=scale, axis=axis), colour, shape, tooltip=tip
        ),
    ).properties(width=300, height={"step": 20})
