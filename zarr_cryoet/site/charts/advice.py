"""What each way of storing costs in seconds and in bytes, and which of them are chosen."""

from __future__ import annotations

import altair as alt

from . import ROWS

#: What a way of storing is among the others, and how it is drawn.
STATES = ("on the front", "behind the front", "breaks a limit")
_COLOURS = ("#0b6bcb", "#9aa4af", "#d98b85")
_SHAPES = ("circle", "circle", "cross")
_MARK = "#d9822b"


def pareto() -> alt.LayerChart:
    """Seconds of one access against stored size, both logarithmic; choices and baseline named.

    Rows: ``id``, ``codec``, ``layout``, ``format``, ``seconds``, ``gb``, ``objects``,
    ``dollars``, ``state`` (one of `STATES`), and ``named``: what it was chosen for, or "".
    """
    x = alt.X("gb:Q", title="stored, GB (10⁹ bytes)").scale(type="log", nice=False, padding=12)
    y = alt.Y("seconds:Q", title="one access, s").scale(type="log", nice=False, padding=12)
    told = [
        alt.Tooltip("codec:N"),
        alt.Tooltip("layout:N"),
        alt.Tooltip("format:N", title="Zarr format"),
        alt.Tooltip("seconds:Q", title="one access, s", format=".3~s"),
        alt.Tooltip("gb:Q", title="stored, GB", format=".4~g"),
        alt.Tooltip("objects:Q", format=","),
        alt.Tooltip("state:N"),
        alt.Tooltip("named:N", title="chosen"),
    ]
    base = alt.Chart(alt.NamedData(ROWS)).encode(x=x, y=y, tooltip=told)
    scale = alt.Scale(domain=list(STATES), range=list(_COLOURS))
    shape = alt.Scale(domain=list(STATES), range=list(_SHAPES))
    points = base.mark_point(filled=True, size=45, opacity=0.85).encode(
        color=alt.Color("state:N", title=None, scale=scale, legend=alt.Legend(orient="top")),
        shape=alt.Shape("state:N", title=None, scale=shape),
        order=alt.Order("state:N", sort="descending"),
    )
    chosen = base.transform_filter("datum.named != ''")
    rings = chosen.mark_point(size=190, strokeWidth=2, color=_MARK, filled=False)
    names = chosen.mark_text(align="left", dx=11, dy=-7, fontWeight="bold").encode(text="named:N")
    return alt.layer(points, rings, names).properties(width="container", height=340)
