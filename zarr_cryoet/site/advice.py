"""What the page Advice needs: the model in JavaScript, terms on record, sources of prices."""

from __future__ import annotations

import json
from pathlib import Path

from ..core.access import ACCESS
from ..core.errors import UserError, unknown
from ..model import geometry
from ..model import prices as money
from ..model.predict import shares
from ..recommend import answer, candidates, change, choose, question, records
from ..recommend.readers import READERS
from ..recommend.uses import KINDS, PLACES, USES
from .translate import javascript

_SHAPES = (
    ("a tomogram of the portal", (184, 630, 630)),
    ("", (512, 512, 512)),
    ("", (1024, 1024, 512)),
)
_SPACES = 3  # axes z, y, x
#: What the page calls; all that they need comes with them.
_CALLED = (
    question.read, question.taken, question.shape_of, question.dtype_of, question.backend_of,
    question.with_unit, question.command, unknown,
    answer.entries, answer.accesses, answer.impossible, answer.assumptions, answer.against,
    answer.percent, candidates.taking, shares, geometry.resolved,
    choose.judged, choose.choices, choose.allowed, choose.front, choose.excluded, choose.ratio,
    change.grids, change.change, change.changes, change.sentence,
)  # fmt: skip
_CONSTANTS = {
    "ACCESS": ACCESS,
    "IDLE": question.IDLE,
    "LONGEST": question.LONGEST,
    "PLACES": PLACES,
    "READERS": READERS,
    "TYPES": question.TYPES,
    "USES": USES,
    "WRITE": geometry.WRITE,
}


def model() -> str:
    """The script that puts the model into ``advice``: the very functions that Python runs."""
    called = {each.__name__: each for each in _CALLED}
    return f"globalThis.advice = {javascript(**called, **_CONSTANTS)};"


def rows() -> dict:
    """What else may be asked for, as plain values."""
    return {
        "quoted": {place.id: _quoted(place.prices) for place in PLACES.values() if place.prices},
        "seeds": [
            {"id": row.id, "codec": row.codec, "layout": row.layout}
            for row in candidates.SEEDS.values()
        ],
        "shapes": [{"meaning": meaning, "shape": shape} for meaning, shape in _SHAPES],
    }


def _quoted(provider: str) -> dict:
    it = money.find(provider)
    quoted = {"storage": it.storage, "reads": it.reads, "writes": it.writes}
    return {
        "what": f"{it.name}, {it.what}",
        "prices": [
            {"for": name, "price": row.price, "unit": row.unit, "date": row.date,
             "source": row.source}
            for name, row in quoted.items()
        ],
    }  # fmt: skip


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
    kept = ("library", "read", "write", "read_spread", "write_spread")
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
