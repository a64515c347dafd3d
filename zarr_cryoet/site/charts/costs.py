"""The chart of the page of costs: a figure for each layout and way of reading."""

from __future__ import annotations

import altair as alt

from . import ROWS


def heat() -> alt.LayerChart:
    """Rows as `costs.js` makes them; the stronger the colour, the more it takes."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("access:N", sort=None, title="what is read",
                axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("layout:N", sort=None, title="layout"),
        tooltip=[alt.Tooltip("layout:N"), alt.Tooltip("access:N"), alt.Tooltip("shown:N")],
    )  # fmt: skip
    fields = base.mark_rect(color="#e07b22", stroke="#8a8f98", strokeWidth=0.5).encode(
        opacity=alt.Opacity("weight:Q", scale=None, legend=None)
    )
    words = base.mark_text(fontSize=11).encode(text="shown:N")
    return alt.layer(fields, words).properties(width=alt.Step(86), height=alt.Step(28))
