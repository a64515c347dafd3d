"""Questions, seeded, and all that Python answers: what the browser is held against."""

from __future__ import annotations

import random

from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.model import geometry
from zarr_cryoet.model import processor as model
from zarr_cryoet.model.types import UNLIMITED
from zarr_cryoet.recommend import answer, candidates, change, choose
from zarr_cryoet.recommend.readers import READERS
from zarr_cryoet.recommend.uses import PLACES, USES

VECTORS = 208
THRESHOLDS = 4  # of so many vectors, one is asked what would change it: that is most of the work
SHAPES = ((1, 1, 1), (1, 64, 64), (5, 300, 7), (63, 65, 129), (128, 128, 128), (184, 630, 630))


def made_up(rnd: random.Random) -> dict:
    """Terms with figures of no machine, but of the right size and in the right places."""

    def figure(chunk, most):
        speed = rnd.choice((0.0, 10 ** rnd.uniform(-10, -7)))
        ratio = rnd.choice((1.0, rnd.uniform(0.9, most)))
        return {"chunk": chunk, "ratio": ratio, "encode": 5 * speed, "decode": speed,
                "count": 1}  # fmt: skip

    codecs = {}
    for name in candidates.codecs():
        if rnd.random() < 0.4 or name == candidates.PORTAL[0]:
            chunks = rnd.sample(([16] * 3, [64] * 3, [128] * 3, [256] * 3, [16, 128, 128]), 3)
            padding = [figure([64] * 3, 900), figure([256] * 3, 900)][: rnd.randint(1, 2)]
            blocks = [figure(chunk, 5) for chunk in chunks]
            codecs[name] = {"blocks": blocks, "padding": padding}
    weights = {
        side: {each: 10 ** rnd.uniform(-11, -3) for each in names if rnd.random() < 0.8}
        for side, names in (("read", model.READ_FEATURES), ("write", model.WRITE_FEATURES))
    }
    weights |= {"read_spread": rnd.uniform(1.05, 2), "write_spread": rnd.uniform(1.05, 4)}
    weights["library"] = _library(rnd)
    return {
        "machine": "made up",
        "measured": "2026-11-22",
        "cores": rnd.choice((1, 2, 8)),
        "volume": {"id": "none", "shape": [64] * 3, "dtype": "float32", "provenance": "synthetic"},
        "codecs": codecs,
        "backends": {"zarr-python": weights},
    }


def _library(rnd: random.Random) -> dict:
    """A library as there may be one."""
    sizes, parts = rnd.choice((("", ""), ("", ""), ("parts", "objects"), ("all", "all")))
    gap, limit = rnd.choice(((2**20, 2**24), (255, 2**62)))
    limits, inside = rnd.choice((("objects", 10), ("tasks", UNLIMITED), ("objects", UNLIMITED)))
    flight = {"setting": "n", "default": 10, "limits": limits, "least": rnd.choice((1, 4)),
              "inside": inside, "shards": rnd.choice((4, UNLIMITED))}  # fmt: skip
    return {"id": "zarr-python", "sizes": sizes, "parts": parts, "joins": rnd.random() < 0.7,
            "gap": gap, "limit": limit, "flight": flight}  # fmt: skip


def _question(rnd: random.Random) -> dict:
    """What somebody may ask, odd wishes included."""
    use, place = rnd.choice(list(USES.values())), rnd.choice(list(PLACES.values()))
    weights = dict(use.weights)
    if rnd.random() < 0.5:
        named = rnd.sample([*ACCESS, geometry.WRITE], rnd.randint(1, 5))
        weights = {name: rnd.choice((0.0, 1.0, rnd.uniform(0, 9))) for name in named}
        weights[named[0]] = 1.0
    store = {"id": place.id, "latency": place.latency, "bandwidth": place.bandwidth}
    if rnd.random() < 0.4:
        store |= {"latency": 10 ** rnd.uniform(-4, 0), "bandwidth": 10 ** rnd.uniform(6, 10)}
    shape = rnd.choice(SHAPES)
    if rnd.random() < 0.4:
        shape = [rnd.randint(1, 300) for _ in range(3)]
    prices = {"storage": 2.3e-11, "reads": 4e-7, "writes": 5e-6, "egress": rnd.choice((0.0, 9e-11))}
    asked_for = rnd.sample(list(READERS.values()), rnd.choice((0, 0, 1, 3)))
    return {
        "use": use.id,
        "shape": list(shape),
        "itemsize": rnd.choice((1, 2, 4)),
        "weights": weights,
        "store": {**store, "in_flight": rnd.choice((1, 10, 64))},
        "prices": prices if place.prices else None,
        "tomograms": rnd.choice((1, 1000, 1234567)),
        "reads": rnd.choice((0.0, 0.1, 1000.0, 123456.5, 2e6)),
        "readers": [reader.plain() for reader in asked_for],
        "max_objects": rnd.choice((None, None, 1, 100, 10**6)),
        "max_memory": rnd.choice((None, None, 2**20, 2**28)),
        "preferences": use.preferences,
        "tie": 0.02,
        "backend": "zarr-python",
    }


def vector(number: int) -> dict:
    """Terms and a question, the same for each number."""
    rnd = random.Random(number)
    few = rnd.choice((12, 24)) if number % THRESHOLDS == 0 else None
    question = _question(rnd)
    if few:
        question |= {"max_objects": None, "readers": []}  # nothing is left, where nothing can be
    raced = rnd.random() < 0.2 and not few
    return {
        "terms": made_up(rnd), "asked": question, "few": few,
        "measured": [k for k in range(200) if rnd.random() < 0.1] if raced else [],
        "thresholds": rnd.choice(choose.CHOICES) if few else None,
    }  # fmt: skip


def of_python(asked_for: dict) -> dict:
    """All that Python answers, as plain values."""
    terms, asked = asked_for["terms"], asked_for["asked"]
    entries = answer.entries(terms, asked)
    entries = entries[:: max(1, len(entries) // asked_for["few"])] if asked_for["few"] else entries
    for number in asked_for["measured"]:
        if number < len(entries):
            entries[number]["measured"] = True
    rows = choose.judged(entries, asked)
    chosen = choose.choices(rows, asked)
    some = [asked_for["thresholds"]] if asked_for["thresholds"] else []
    changes = change.changes(entries, asked, answer.accesses(asked), some)
    return {
        "candidates": [row["candidate"] for row in rows],
        "expected": [row["expected"] for row in rows],
        "broken": [row["broken"] for row in rows],
        "front": [row["candidate"]["id"] for row in choose.front(rows)],
        "choices": {name: [row["candidate"]["id"] if row else None for row in pair]
                    for name, pair in chosen.items()},
        "impossible": _impossible(entries, asked),
        "excluded": choose.excluded(rows, chosen),
        "changes": changes,
        "sentences": [change.sentence(each) for each in changes],
        "assumptions": answer.assumptions(asked, terms, rows),
    }  # fmt: skip


def _impossible(entries: list[dict], asked: dict) -> str:
    try:
        answer.check(entries, asked)
    except UserError as exc:
        return str(exc)
    return ""


OF_THE_PAGE = """(vector) => {
  const { terms, asked } = vector;
  let entries = advice.entries(terms, asked);
  const step = vector.few ? Math.max(1, Math.floor(entries.length / vector.few)) : 1;
  entries = entries.filter((_, k) => k % step === 0);
  for (const k of vector.measured) if (k < entries.length) entries[k].measured = true;
  const rows = advice.judged(entries, asked);
  const chosen = advice.choices(rows, asked);
  const some = vector.thresholds ? [vector.thresholds] : [];
  const changes = advice.changes(entries, asked, advice.accesses(asked), some);
  return {
    candidates: rows.map((row) => row.candidate),
    expected: rows.map((row) => row.expected),
    broken: rows.map((row) => row.broken),
    front: advice.front(rows).map((row) => row.candidate.id),
    choices: Object.fromEntries(Object.entries(chosen).map(([name, pair]) =>
      [name, pair.map((row) => row && row.candidate.id)])),
    impossible: advice.impossible(rows),
    excluded: advice.excluded(rows, chosen),
    changes,
    sentences: changes.map((each) => advice.sentence(each)),
    assumptions: advice.assumptions(asked, terms, rows),
  };
}"""
