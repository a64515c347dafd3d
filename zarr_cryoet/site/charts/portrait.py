"""What a volume's values and frequencies are distributed like."""

from __future__ import annotations

import altair as alt

from . import ROWS

_HEIGHT = 220


def histogram() -> alt.Chart:
    """Voxels by value: rows of ``low``, ``high`` and ``voxels``."""
    return (
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(binSpacing=0)
        .encode(
            x=alt.X("low:Q", bin="binned", title="value", axis=alt.Axis(tickCount=8)),
            x2="high:Q",
            y=alt.Y(
                "voxels:Q", title="voxels",
                scale=alt.Scale(type="symlog"),  # shows the tails, and zero
                axis=alt.Axis(
                    values=[0, *(10**n for n in range(12))], labelExpr="format(datum.value, '~s')"
                ),
            ),
            tooltip=[
                alt.Tooltip("low:Q", title="from", format=".4~g"),
                alt.Tooltip("high:Q", title="to", format=".4~g"),
                alt.Tooltip("voxels:Q", title="voxels", format=","),
            ],
        )
        .properties(width="container", height=_HEIGHT)
    )  # fmt: skip


def spectrum() -> alt.Chart:
    """Power by spatial frequency: rows of ``frequency`` and ``power``; the page names the unit."""
    return (
        alt.Chart(alt.NamedData(ROWS))
        .mark_line(point={"size": 12})
        .encode(
            x=alt.X(
                "frequency:Q", title="spatial frequency", scale=alt.Scale(type="log", nice=False)
            ),
            y=alt.Y(
                "power:Q", title="power (white noise: 1)",
                scale=alt.Scale(type="log"), axis=alt.Axis(tickCount=6),
            ),
            tooltip=[
                alt.Tooltip("frequency:Q", format=".4~g"),
                alt.Tooltip("power:Q", format=".4~g"),
            ],
        )
        .properties(width="container", height=_HEIGHT)
    )  # fmt: skip
