"""The answer as one plain record: three choices, the baseline, and why."""

from __future__ import annotations

from collections.abc import Callable

from .. import units
from ..core.errors import UserError
from ..model.geometry import WRITE, plain
from ..model.predict import parts, shares
from ..model.types import Calibration, Candidate, Entry, Part, Question, Row
from . import candidates, change, choose
from .uses import PLACES

#: Whose share may change the choice, beside what is asked for.
OTHERS = ("plane-xy", "plane-xz", "plane-yz", "full", "boxes-64")


def formats(asked: Question) -> tuple[int, ...]:
    """Format 3, unless a reader knows format 2 alone."""
    old = any(3 not in reader["formats"] for reader in asked["readers"])
    return (2,) if old else (3,)


def accesses(asked: Question) -> list[str]:
    """What is foretold: what is asked for, and what else may matter."""
    return list(dict.fromkeys([*asked["weights"], *OTHERS]))


def entries(
    terms: Calibration,
    asked: Question,
    tick: Callable[[float], None] = lambda _: None,
    cache: dict[str, Part] | None = None,
) -> list[Entry]:
    """All candidates with what is predicted of each, the baseline last.

    Parameters
    ----------
    terms, asked
        What was measured, and the question.
    tick
        Called with how much of it is done: of a large volume it takes seconds.
    cache
        Parts by candidate, from one question to the next, as long as shape, type, terms and
        backend are the same.
    """
    cache = {} if cache is None else cache
    backend = terms["backends"][asked["backend"]]
    spread = backend["read_spread"]
    if asked["weights"].get(WRITE, 0.0) > 0:  # which is foretold less well
        spread = max(spread, backend.get("write_spread", spread))
    wanted = [access for access in accesses(asked) if access != WRITE]
    measured = list(terms["codecs"])
    known = [each for each in candidates.candidates(measured, formats(asked))
             if each["codec"] in terms["codecs"]]  # fmt: skip
    found = []
    for each in known:
        part = _part(each, terms, asked, wanted, cache)
        found.append({"candidate": each, "part": part, "spread": [1 / spread, spread],
                      "measured": False, "whole": False})  # fmt: skip
        tick(len(found) / len(known))
    return found


def _part(
    candidate: Candidate,
    terms: Calibration,
    asked: Question,
    wanted: list[str],
    cache: dict[str, Part],
) -> Part:
    """Its parts, of which only those are worked out that the cache does not have."""
    old = cache.get(candidate["id"])
    missing = [access for access in wanted if old is None or access not in old["local"]]
    if old is not None and not missing:
        return old
    part = parts(candidate, terms, asked, {a: plain(a, asked["shape"]) for a in missing})
    if old is not None:
        by_access = {key: {**old[key], **part[key]} for key in ("local", "reads", "held")}
        part = {**part, **by_access}
    cache[candidate["id"]] = part
    return part


def check(found: list[Entry], asked: Question) -> None:
    """Make sure that something is left.

    Raises
    ------
    UserError
        Nothing is within the limits; it says which to relax, and to what.
    """
    why = impossible(choose.judged(found, asked))
    if why:
        raise UserError(why)


def impossible(rows: list[Row]) -> str:
    """Why nothing is left, and what to relax; empty where something is."""
    if choose.allowed(rows):
        return ""
    relax = choose.to_relax(rows)
    if relax is None:
        limits = {each["limit"]: True for row in rows for each in row["broken"]}
        named = " and ".join(f"--{limit}" for limit in limits)
        return f"nothing is within {named}; no one of them is enough, relax them together"
    if relax["limit"] == "readers":
        return (
            f"nothing is left for these readers ({relax['why']}); "
            f"--readers without {relax['needs']} leaves something"
        )
    needs = f"{relax['needs']}B" if relax["limit"] == "max-memory" else relax["needs"]
    return f"nothing is within these limits; --{relax['limit']} {needs} leaves something"


def basis(entry: Entry, asked: Question) -> str:
    """``measured`` where all of its time was, as it would be stored; else ``predicted``."""
    store = asked["store"]
    waits = store["latency"] > 0 or store["bandwidth"] is not None
    return "measured" if entry["measured"] and entry["whole"] and not waits else "predicted"


def answer(found: list[Entry], asked: Question, terms: Calibration) -> dict:
    """What is to be done.

    Parameters
    ----------
    found
        See `entries`; some may have been measured since.
    asked, terms
        The question, and what was measured.

    Returns
    -------
    dict
        ``choices`` (``fastest``, ``smallest``, ``balanced``) and ``baseline``, each with
        ``codec``, ``layout``, ``zarr_format``, ``expected`` (see `model.expected`), ``basis`` and
        ``snippets`` by library; choices also with ``runner_up``, ``what_would_change`` and, where
        there is a baseline, ``against_baseline`` (its seconds and bytes over these). Beside them
        ``front``, ids that nothing dominates; ``excluded``, families and why; ``raced``, what was
        measured; ``assumptions``.

    Raises
    ------
    UserError
        Nothing is within the limits.
    """
    check(found, asked)
    rows = choose.judged(found, asked)
    chosen = choose.choices(rows, asked)
    base = rows[-1]
    raced = any(row["measured"] for row in choose.allowed(rows))
    some = [each for each in found if each["measured"]] if raced else found
    changes = change.changes(some, asked, accesses(asked), ("fastest", "balanced"))
    told = {}
    for name, (row, runner) in chosen.items():
        told[name] = {
            **_one(row, asked, terms),
            "runner_up": _one(runner, asked, terms, snippets=False) if runner else None,
            "what_would_change": [
                change.sentence(each) for each in changes if each["choice"] == name
            ],
            "against_baseline": against(row, base),
        }
    left = choose.allowed(rows)
    return {
        "choices": told,
        "baseline": _one(base, asked, terms),
        "front": [row["candidate"]["id"] for row in choose.front(left)],
        "excluded": choose.excluded(rows, chosen),
        "raced": [_raced(row) for row in rows if row["measured"]],
        "thresholds": changes,
        "assumptions": assumptions(asked, terms, rows),
    }


def _one(row: Row, asked: Question, terms: Calibration, snippets: bool = True) -> dict:
    named = {key: row["candidate"][key] for key in ("codec", "layout", "zarr_format")}
    found = {**named, "expected": row["expected"], "basis": basis(row, asked)}
    if snippets:
        volume = {key: terms["volume"].get(key) for key in ("dtype", "voxel_spacing")}
        found["snippets"] = _snippets({**named, "shape": asked["shape"], **volume})
    return found


def _raced(row: Row) -> dict:
    found = row["expected"]
    named = {"id": row["candidate"]["id"], "weighted": found["weighted"]}
    return {**named, "interval": found["interval"], "whole": row["whole"]}


def _snippets(choice: dict) -> dict[str, str]:
    """Ready to paste, by library."""
    from ..reproduce.snippets import snippets

    return snippets(choice)


def against(row: Row, base: Row) -> dict[str, float]:
    """Seconds, bytes and objects of the baseline over those of a row."""
    mine, theirs = row["expected"], base["expected"]
    return {
        "seconds": theirs["weighted"] / mine["weighted"],
        "bytes": theirs["bytes"] / mine["bytes"],
        "objects": theirs["objects"] / mine["objects"],
    }


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{100 * share:.0f} %"


def assumptions(asked: Question, terms: Calibration, rows: list[Row]) -> list[str]:
    """What the figures rest on, in words."""
    store = asked["store"]
    place = PLACES[store["id"]]
    share = shares(asked["weights"])
    mix = ", ".join([f"{access} {percent(share[access])}" for access in share])
    volume, cores = terms["volume"], terms["cores"]
    said = [
        f"accesses: {mix}",
        f"{asked['backend']}, on {cores} core{'s' if cores != 1 else ''} of {terms['machine']}, "
        f"measured {terms['measured']} on {volume['id']} ({volume['provenance']})",
    ]
    if store["latency"] or store["bandwidth"] is not None:
        rate = "any" if store["bandwidth"] is None else units.format_rate(store["bandwidth"])
        latency = units.format_latency(store["latency"])
        said.append(
            f"{place.what}: {latency} for each request, {rate} for each connection, "
            f"{store['in_flight']} at once ({place.source})"
        )
    else:
        said.append(
            "files are in memory already: a disk would add to it what it takes to read them"
        )
    if asked["prices"]:
        said.append(
            f"money: tomograms {asked['tomograms']:,}, accesses to each in a month "
            f"{asked['reads']:,g}, readers in the provider's own region"
        )
    if any(row["measured"] and not row["whole"] for row in rows):
        said.append("measured on a part of the volume, and scaled by the model: called predicted")
    return said
