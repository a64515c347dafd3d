"""What came of a sweep: a table for people, everything for machines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from .. import console, units
from ..core.measure import statistics
from ..core.measure.sampler import Series
from ..core.volume import Volume
from .plan import LIMIT

_ROWS = 24  # of each operation, as nobody reads more on a screen


def say(volume: Volume, series: list[Series], summary: dict, path: Path, json: bool) -> None:
    """The answer."""
    ran = [s for s in series if s.seconds and not s.twin]
    if json:
        cells = [as_dict(s, ran) for s in series if not s.twin]
        return console.as_json({"volume": volume.id, **summary, "cells": cells, "file": str(path)})
    for operation in dict.fromkeys(s.cell.operation for s in ran):
        for cold in (False, True):
            some = [s for s in ran if (s.cell.operation, s.cell.cold) == (operation, cold)]
            if some:
                _table(f"{operation}{', cold' if cold else ''}", some, ran, summary)
    if ran:
        _sizes(ran)
    return _close(series, ran, summary, path)


def ties(best: Series, other: Series, summary: dict) -> bool:
    """Whether nothing tells two cells apart."""
    floor = summary["noise_floor"] or 0.0
    return statistics.tie(statistics.ratio(best.seconds, other.seconds), floor)


def _table(title: str, some: list[Series], ran: list[Series], summary: dict) -> None:
    some = sorted(some, key=lambda s: s.estimate.value)
    best = next((s for s in some if not is_limit(s)), some[0])
    rows = []
    for series in some[:_ROWS]:
        found, share = series.estimate, share_of_control(series)
        codec = shares(series, ran).get("codec-alone")
        tied = series is not best and not is_limit(series) and ties(best, series, summary)
        mark = "=" if tied else ""
        rows.append(
            (
                _stored(series),
                _backend(series),
                f"{mark} {units.format_seconds(found.value)}".strip(),
                f"±{50 * found.width:.0f} %",
                _percent(share),
                _percent(codec),
            )
        )
    more = f", the first {_ROWS} of {len(some)}" if len(some) > _ROWS else ""
    columns = ["stored as", "by", ">median", ">95 %", ">memcpy", ">codec"]
    console.table(columns, rows, title=f"{title}{more}")
    console.say()


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def _sizes(ran: list[Series]) -> None:
    found = {(_stored(s), _backend(s)): s.facts for s in ran if not is_limit(s)}
    some = sorted(found.items(), key=lambda each: each[1]["bits_per_voxel"])
    rows = [
        (*name, f"{facts['bits_per_voxel']:.2f}", facts["objects"]) for name, facts in some[:_ROWS]
    ]
    more = f", the first {_ROWS} of {len(some)}" if len(some) > _ROWS else ""
    console.table(["stored as", "by", ">bit/voxel", ">objects"], rows, title=f"size{more}")
    console.say()


def _stored(series: Series) -> str:
    case = series.cell.case
    where = "" if case.store == "local" else f" {case.store}"
    if not case.zarr_format:
        return f"{case.codec} {case.layout}"
    return f"{case.codec} {case.layout} v{case.zarr_format}{where}"


def _backend(series: Series) -> str:
    release = series.side.partition(":")[0]
    name = series.cell.case.backend
    if is_limit(series):
        return f"({name})"
    return name if release == "installed" else f"{name} {release.rpartition('-')[2]}"


def share_of_control(series: Series) -> float | None:
    """How fast it was, where a memcpy of the same bytes beside it is 1.

    None where no voxels are handed over.
    """
    if not any(series.control):
        return None
    pairs = zip(series.control, series.seconds, strict=True)
    return statistics.estimate([control / seconds for control, seconds in pairs]).value


def shares(series: Series, ran: list[Series]) -> dict[str, float]:
    """How fast it was, where each limit of the same run is 1, by the limit's name."""
    case, found = series.cell.case, {}
    for limit in ran:
        other = limit.cell.case
        alike = limit.cell.operation == series.cell.operation and is_limit(limit)
        if other.backend == "codec-alone":
            chunks = case.layout.partition("-s")[0]
            alike = alike and (other.codec, other.layout) == (case.codec, chunks)
        if alike and limit is not series:
            found[other.backend] = limit.estimate.value / series.estimate.value
    return found


def is_limit(series: Series) -> bool:
    """Whether it is no backend, but what none can be faster than."""
    return series.side.startswith(f"{LIMIT}:")


def as_dict(series: Series, ran: list[Series]) -> dict:
    """All of a cell, in plain values."""
    found = {**series.cell.to_json(), "side": series.side, "status": series.status}
    found["reason"] = series.reason
    if series.seconds:
        estimate = series.estimate
        found |= {
            "seconds": estimate.value,
            "interval": [estimate.low, estimate.high],
            "samples": estimate.samples,
            "cores_used": series.cores,
            "share_of_memcpy": share_of_control(series),
            "share_of_limits": shares(series, ran),
            **{k: v for k, v in series.facts.items() if k != "seconds"},
        }
    return found


def _close(series: list[Series], ran: list[Series], summary: dict, path: Path) -> None:
    floor = summary["noise_floor"]
    console.say(
        "=: no difference to the first is shown. 95 %: half of the median's interval.\n"
        "memcpy: speed, where a copy of the same bytes beside it is 100 %; codec: where\n"
        "numcodecs alone on the same chunks is. In brackets: limits, no libraries."
    )
    left = [s for s in series if not s.twin and not s.seconds]
    for (status, reason), count in Counter((s.status, s.reason) for s in left).most_common():
        console.say(f"{status} {count}: {reason}")
    console.say(
        f"{len(ran)} cells, {sum(len(s.seconds) for s in ran)} samples; "
        f"{100 * (summary['measured_share'] or 0):.0f} % of "
        f"{units.format_budget(summary['seconds_measuring'])} inside what was measured; "
        f"cores used at most {summary['cores_used']}; "
        + (f"noise floor {100 * floor:.1f} %" if floor is not None else "no noise floor")
    )
    undecided = sum(
        ties(best, s, summary)
        for some in _by_operation(ran).values()
        for best in [min(some, key=lambda s: s.estimate.value)]
        for s in some
        if s is not best
    )
    console.say(f"undecided: {undecided} cells tie with the fastest of their operation")
    console.say(f"results: {path}")


def _by_operation(ran: list[Series]) -> dict[tuple, list[Series]]:
    found: dict[tuple, list[Series]] = {}
    for series in (s for s in ran if not is_limit(s)):
        found.setdefault((series.cell.operation, series.cell.cold), []).append(series)
    return found
