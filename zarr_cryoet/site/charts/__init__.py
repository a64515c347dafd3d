"""Charts, declared once with Altair: drawn in the page by Vega, and as pictures by vl-convert.

A chart is a file here with a function that returns an `altair.Chart` whose data is named
`ROWS`; the page's script, or `picture`, puts the rows in.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair

ROWS = "rows"


def available() -> bool:
    """Whether Altair and vl-convert are installed."""
    try:
        import altair  # noqa: F401
        import vl_convert  # noqa: F401
    except ImportError:
        return False
    return True


@functools.cache
def bundle() -> str | None:
    """Vega, Vega-Lite and Vega-Embed as one script without a network; None without vl-convert."""
    try:
        import vl_convert
    except ImportError:
        return None
    return vl_convert.javascript_bundle(vl_version=_version())


def _version() -> str:
    """The release of Vega-Lite that Altair writes for: ``6.1``."""
    import altair

    return ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def spec(chart: altair.TopLevelMixin) -> dict:
    """A chart as Vega-Lite, its rows left out."""
    made = json.loads(chart.to_json(validate=True))
    made.pop("$schema", None)
    return made


def picture(made: Mapping, rows: Iterable[Mapping], kind: str = "png", scale: float = 2.0) -> bytes:
    """A chart with its rows, as PNG or SVG.

    Parameters
    ----------
    made
        What `spec` returns.
    rows
        What its data is to hold.
    kind
        ``png`` or ``svg``.
    scale
        Pixels for each point, of a PNG.
    """
    import vl_convert

    whole = {**made, "data": {"name": ROWS}, "datasets": {ROWS: list(rows)}}
    if kind == "svg":
        return vl_convert.vegalite_to_svg(whole, vl_version=_version()).encode()
    return vl_convert.vegalite_to_png(whole, vl_version=_version(), scale=scale)
