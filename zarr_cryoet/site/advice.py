"""What the page Advice needs beside the model: rows, prices, terms on record, code to paste.

``model/*.js`` is `zarr_cryoet.recommend` line by line, and gives the same answers to the last bit.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..core.access import ACCESS
from ..core.codecs import CODECS
from ..core.errors import UserError
from ..core.layouts import LAYOUTS
from ..model import prices as money
from ..model.geometry import WRITE
from ..recommend import asked, candidates, records
from ..recommend.readers import READERS
from ..recommend.uses import KINDS, PLACES, USES

_MODEL = Path(__file__).with_name("model")
# in the order in which they need each other
_FILES = ("geometry", "access", "model", "choose", "change", "candidates", "answer", "asked")
DTYPES = ("float32", "int8", "uint8", "int16", "uint16", "float16")
_SHAPES = (
    ("a tomogram of the portal", (184, 630, 630)),
    ("", (512, 512, 512)),
    ("", (1024, 1024, 512)),
)
_SPACES = 3  # axes z, y, x


def model() -> str:
    """The script that holds the model."""
    return "\n".join((_MODEL / f"{name}.js").read_text("utf-8") for name in _FILES)


def rows() -> dict:
    """All that may be asked for, as plain values."""
    return {
        "registry": registry(),
        "uses": [_use(use) for use in USES.values()],
        "places": [_place(place) for place in PLACES.values()],
        "readers": [
            {"id": row.id, "row": row.plain(), "source": row.source, "note": row.note}
            for row in READERS.values()
        ],
        "accesses": [
            *({"id": row.id, "meaning": row.meaning} for row in ACCESS.values()),
            {"id": WRITE, "meaning": "store the whole volume"},
        ],
        "seeds": [
            {"id": row.id, "codec": row.codec, "layout": row.layout}
            for row in candidates.SEEDS.values()
        ],
        "shapes": [{"meaning": meaning, "shape": shape} for meaning, shape in _SHAPES],
        "dtypes": [{"id": name, "itemsize": np.dtype(name).itemsize} for name in DTYPES],
        "tie": asked.question(asked.Words(), (1, 1, 1), np.dtype("u1"))["tie"],
    }


def registry() -> dict:
    """Codecs, layouts and the baseline as `candidates.js` takes them."""
    codec, layout, zarr_format = candidates.PORTAL
    judged, laid = candidates.codecs(), candidates.layouts()
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


def _use(use) -> dict:
    kept = ("id", "meaning", "weights", "store", "preferences", "reads")
    return {name: getattr(use, name) for name in kept}


def _place(place) -> dict:
    kept = ("id", "what", "latency", "bandwidth", "in_flight", "source")
    found = {name: getattr(place, name) for name in kept}
    found["prices"] = asked.prices(place.prices)
    if place.prices:
        it = money.find(place.prices)
        quoted = {"storage": it.storage, "reads": it.reads, "writes": it.writes}
        found["quoted"] = {
            "what": f"{it.name}, {it.what}",
            "prices": [
                {"for": name, "price": row.price, "unit": row.unit, "date": row.date,
                 "source": row.source}
                for name, row in quoted.items()
            ],
        }  # fmt: skip
    return found


def kinds(results: Path) -> tuple[list[dict], list[str]]:
    """Terms on record, and what is wrong with those that are damaged.

    Parameters
    ----------
    results
        The folder that holds a folder for each machine.

    Returns
    -------
    list of dict
        ``id`` (machine and volume), ``meaning``, ``like`` (what the command line calls such
        data, or None), and ``terms``.
    list of str
        A line for each file that cannot be used.
    """
    found, faults = [], []
    names = {kind.volume: kind for kind in KINDS.values()}
    order = list(names)
    for path in sorted(results.glob(f"*/*{records.SUFFIX}")):
        try:
            terms = _slim(path, records.load(path))
        except UserError as exc:
            faults.append(str(exc).replace(str(path), f"{path.parent.name}/{path.name}"))
            continue
        volume = terms["volume"]["id"]
        kind = names.get(volume)
        found.append({
            "id": f"{path.parent.name}/{volume}",
            "meaning": kind.meaning if kind else terms["volume"]["provenance"],
            "like": kind.id if kind else None,
            "terms": terms,
        })  # fmt: skip
    last = len(order)
    found.sort(key=lambda each: order.index(each["terms"]["volume"]["id"])
               if each["terms"]["volume"]["id"] in order else last)  # fmt: skip
    return found, faults


def _slim(path: Path, terms: dict) -> dict:
    """What the page reads of them.

    Raises
    ------
    UserError
        The volume is not described, or a figure is no number that JSON knows.
    """
    volume = terms["volume"]
    try:
        described = {name: volume[name] for name in ("id", "shape", "dtype", "provenance")}
        if len(described["shape"]) != _SPACES or not all(int(n) >= 1 for n in described["shape"]):
            raise ValueError(f"its shape is {described['shape']}")
        if not terms["cores"] >= 1:
            raise ValueError("it was measured on no core")
        json.dumps(terms, allow_nan=False)  # NaN would make the page's JSON none
    except (KeyError, TypeError, ValueError) as exc:
        raise UserError(f"{path}: damaged terms ({exc}); move it away, and make others") from exc
    kept = (
        "read",
        "write",
        "read_spread",
        "write_spread",
        "parts",
        "joins",
    )  # the last two where they say something
    return {
        **{name: terms[name] for name in ("machine", "cores", "measured")},
        "volume": described,
        "versions": {k: v for k, v in terms["versions"].items() if isinstance(v, str)},
        "codecs": terms["codecs"],
        "backends": {
            name: {k: each[k] for k in kept if k in each}
            for name, each in terms["backends"].items()
        },
    }
