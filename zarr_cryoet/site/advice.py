"""What the page Advice needs beside the scripts that hold the model: rows, prices, terms."""

from __future__ import annotations

from ..core.codecs import CODECS
from ..core.layouts import LAYOUTS
from ..recommend import candidates

#: The model in the browser, in the order in which its files need each other.
SCRIPTS = (
    "geometry.js", "access.js", "model.js", "choose.js", "change.js", "candidates.js",
)  # fmt: skip


def registry() -> dict:
    """Codecs, layouts and the baseline as `candidates.js` takes them, as plain values."""
    codec, layout, zarr_format = candidates.PORTAL
    judged = candidates.codecs()
    laid = candidates.layouts()
    return {
        "codecs": [_codec(name, name in judged) for name in dict.fromkeys([*judged, codec])],
        "layouts": [_layout(name, name in laid) for name in dict.fromkeys([*laid, layout])],
        "portal": [codec, layout, zarr_format],
    }


def _codec(name: str, judged: bool) -> dict:
    row = CODECS[name]
    return {
        "id": name,
        "kind": row.family,
        "family": candidates.family(row),
        "formats": list(row.formats),
        "refuses": list(row.refuses),
        "judged": judged,
    }


def _layout(name: str, judged: bool) -> dict:
    row = LAYOUTS[name]
    shards = list(row.shards) if row.shards else None
    return {"id": name, "chunks": list(row.chunks), "shards": shards, "judged": judged}
