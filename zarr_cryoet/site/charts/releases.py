"""Charts of the page of releases: how many cells changed, and the history of one."""

from __future__ import annotations

import altair as alt

from . import ROWS

#: Blue and orange, which people who do not see red and green tell apart, on light and on dark.
_TONES = {"better": "#3d8bd4", "worse": "#e07b22", "both": "#9b78c2", "none": "#8a8f98"}
_RELEASE = alt.EncodingSortField(field="order", op="min")


def heat() -> alt.LayerChart:
    """A field for each release and metric; rows as `releases.js` makes them."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("release:N", sort=_RELEASE, title="release",
                axis=alt.Axis(orient="top", labelAngle=-45)),
        y=alt.Y("metric:N", sort=alt.EncodingSortField(field="rank", op="min"), title=None,
                axis=alt.Axis(labelLimit=230)),
        tooltip=[
            alt.Tooltip("release:N"), alt.Tooltip("against:N"), alt.Tooltip("metric:N"),
            alt.Tooltip("better:Q", title="cells better"),
            alt.Tooltip("worse:Q", title="cells worse"),
            alt.Tooltip("compared:Q", title="cells compared"),
        ],
    )  # fmt: skip
    fields = base.mark_rect(cursor="pointer", stroke="#8a8f98", strokeWidth=0.5).encode(
        color=alt.Color("tone:N", legend=alt.Legend(title="cells are", orient="bottom"),
                        scale=alt.Scale(domain=list(_TONES), range=list(_TONES.values()))),
        opacity=alt.Opacity("weight:Q", scale=None, legend=None),
    )  # fmt: skip
    words = base.mark_text(fontSize=10, cursor="pointer").encode(text="label:N")
    return alt.layer(fields, words).properties(width=alt.Step(52), height=alt.Step(26))


def history() -> alt.LayerChart:
    """One cell over the releases, with its intervals where it has any; units come with it."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("release:N", sort=_RELEASE, title="release", axis=alt.Axis(labelAngle=-45))
    )
    value = alt.Y("value:Q", title="value", scale=alt.Scale(zero=False))
    band = base.mark_rule(strokeWidth=6, opacity=0.35, color=_TONES["better"]).encode(
        y=alt.Y("low:Q", title="value"), y2="high:Q"
    )
    line = base.mark_line(color=_TONES["better"]).encode(y=value)
    points = base.mark_circle(size=55, color=_TONES["better"], opacity=1).encode(
        y=value,
        tooltip=["release:N", alt.Tooltip("value:Q"), alt.Tooltip("low:Q"), alt.Tooltip("high:Q")],
    )
    return alt.layer(band, line, points).properties(width="container", height=220)
