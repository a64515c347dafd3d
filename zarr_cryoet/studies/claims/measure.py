"""Measure claims: times by duels, all else in processes that do nothing but that."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from ...core.measure.cell import Cell
from ...core.measure.duel import PAIRS, RESTARTS, Verdict, duel
from ...core.measure.worker import Died, Environment, measuring
from ...core.metrics import COUNTED, METRICS, STORED, chosen
from ...core.prepare import FAILED, READY
from ...environments.make import of_release
from ..verdict import EXACT, FAILS, GATE, UNDECIDED, UNMEASURED, UNSEEN, judge, judge_right
from .records import Found
from .rows import CORRECT, MEMORY, TIME, Claim

PROCESSES = 5  # for what is looked at once in each
AGAIN = 3  # times the pairs, for times that are undecided
_FIRST = 0.75  # of the work: the rest is for those
#: The kernel adds up a process's memory in batches, so that less than this is nothing.
LEAST = 1 << 20
UNITS = {
    TIME: "s",
    MEMORY: METRICS["peak_bytes"].unit,
    CORRECT: "right",
    **{row.id.replace("_", " "): row.unit for row in chosen(COUNTED, STORED)},
}

_SECONDS = {TIME: 8.0, MEMORY: 12.0, CORRECT: 16.0}  # rough, for the word beforehand


def environment(release: str) -> Environment:
    """The environment of a release, made where it is missing."""
    return Environment(release, str(of_release(release).python()))


@dataclass
class Measuring:
    """Where and how claims are measured.

    Attributes
    ----------
    volume : str
        Its id; it is prepared.
    place : pathlib.Path
        An empty folder for stores.
    tick : callable
        Told the share of all that is done, and what is done now.
    restarts, pairs, processes : int
        How often: see `duel`, and for what is no time.
    sides : callable
        Gives the environment of a release.
    """

    volume: str
    place: Path
    tick: Callable[[float, str], None] = lambda done, text: None
    restarts: int = RESTARTS
    pairs: int = PAIRS
    processes: int = PROCESSES
    sides: Callable[[str], Environment] = environment
    _counted: dict[tuple[str, str], dict] = field(default_factory=dict)

    def all(self, claims: Sequence[Claim]) -> Iterator[Found]:
        """Each of the claims; times that are undecided a second time, and that counts."""
        again = {}
        for found in self._pass(claims, 0.0, _FIRST):
            if found.verdict == UNDECIDED and found.unit == "s":
                again[found.id] = found
            else:
                yield found
        longer = replace(self, pairs=AGAIN * self.pairs)
        for found in longer._pass([c for c in claims if c.id in again], _FIRST, 1 - _FIRST):
            yield replace(found, note=found.note or f"measured again, with {longer.pairs} pairs")

    def _pass(self, claims: Sequence[Claim], done: float, share: float) -> Iterator[Found]:
        """Those of the same two sides in one duel; takes a share of all the work."""
        groups: dict[tuple, list[Claim]] = {}
        for claim in claims:
            alone = () if claim.kind == TIME else (claim.id,)
            groups.setdefault((claim.releases, claim.against, *alone), []).append(claim)
        whole = seconds(claims)
        for group in groups.values():
            part, text = share * seconds(group) / whole, _words(group)
            self.tick(done, text)
            yield from self._group(group, lambda f, d=done, p=part, t=text: self.tick(d + p * f, t))
            done += part

    def _group(self, claims: Sequence[Claim], tick) -> Iterable[Found]:
        kind = claims[0].kind
        if kind == TIME:
            return self.times(claims, tick)
        how = {CORRECT: self.right, MEMORY: self.memory}.get(kind, self.counts)
        return [how(claim) for claim in claims]

    def times(self, claims: Sequence[Claim], tick=lambda done: None) -> list[Found]:
        """Claims on the time of the same two sides."""
        cells = {claim.cells(self.volume)[0].id: claim.cells(self.volume) for claim in claims}
        before, after = zip(*cells.values(), strict=True)
        sides = [self.sides(release) for release in claims[0].releases]
        verdicts = self._duel(*sides, before, after, tick)
        return [self._timed(c, verdicts[c.cells(self.volume)[0].id]) for c in claims]

    def _duel(self, a: Environment, b: Environment, before, after, tick) -> dict[str, Verdict]:
        how = dict(restarts=self.restarts, pairs=self.pairs, tick=tick)
        verdicts = duel(a, b, before, self.place / "duel", others=after, **how)
        shutil.rmtree(self.place / "duel", ignore_errors=True)
        return {verdict.cell.id: verdict for verdict in verdicts}

    def _timed(self, claim: Claim, verdict: Verdict) -> Found:
        if verdict.status != READY or not verdict.medians:
            return Found(claim.id, UNMEASURED, "s", note=verdict.reason)
        low, high = verdict.low, verdict.high
        what = judge(claim.expected, low, high, GATE, bool(claim.grows))
        figures = *verdict.seconds, verdict.ratio, low, high
        return Found(claim.id, what, "s", *figures, runs=len(verdict.medians))

    def counts(self, claim: Claim) -> Found:
        """A claim on what is exact."""
        name, unit = claim.figure.replace(" ", "_"), UNITS[claim.figure]
        answers = [self._count(*each) for each in self._sides(claim)]
        for release, answer in zip(claim.releases, answers, strict=True):
            if answer["status"] != READY:
                return Found(claim.id, UNMEASURED, unit, note=f"{release}: {answer['reason']}")
        before, after = (answer[name] for answer in answers)
        if not before:
            return Found(claim.id, UNMEASURED, unit, before, after, note="nothing before")
        ratio = after / before
        what = judge(claim.expected, ratio, ratio, EXACT, bool(claim.grows))
        return Found(claim.id, what, unit, before, after, ratio, ratio, ratio)

    def _count(self, side: Environment, cell: Cell) -> dict:
        key = side.name, cell.id
        if key not in self._counted:
            self._counted[key] = self._once(side, cell, "count")
        return self._counted[key]

    def memory(self, claim: Claim) -> Found:
        """A claim on the memory that an operation takes at its peak."""
        peaks = []
        for release, answers in zip(claim.releases, self._fresh(claim), strict=True):
            wrong = [answer["reason"] for answer in answers if answer["status"] != READY]
            if not wrong and any(answer["peak_bytes"] is None for answer in answers):
                wrong = ["this system keeps no mark of peak memory"]
            if wrong:
                return Found(claim.id, UNMEASURED, "bytes", note=f"{release}: {wrong[0]}")
            peaks.append([answer["peak_bytes"] for answer in answers])
        return of_peaks(claim, *peaks)

    def right(self, claim: Claim) -> Found:
        """A claim that something is mended, as it may go wrong in some runs alone."""
        found, notes = [], []
        for release, answers in zip(claim.releases, self._fresh(claim), strict=True):
            found.append(sum(answer["status"] == READY for answer in answers))
            for answer in answers:
                if answer["status"] != READY:
                    notes.append(f"{release}: {answer['reason']}")
                    if answer["status"] != FAILED:
                        return Found(claim.id, UNMEASURED, "right", note=notes[-1])
        what = judge_right(*found, self.processes)
        if what == UNDECIDED:
            notes = ["the fault did not show before"]
        note = notes[-1 if what == FAILS else 0]  # what is wrong after, where it still is
        return Found(claim.id, what, "right", *found, runs=self.processes, note=note)

    def _sides(self, claim: Claim) -> list[tuple[Environment, Cell]]:
        sides = [self.sides(release) for release in claim.releases]
        return list(zip(sides, claim.cells(self.volume), strict=True))

    def _fresh(self, claim: Claim) -> tuple[list[dict], list[dict]]:
        """What either side answers in processes of their own, in turn."""
        answers: tuple[list, list] = [], []
        for _ in range(self.processes):
            for kept, (side, cell) in zip(answers, self._sides(claim), strict=True):
                kept.append(self._once(side, cell, "ready"))
        return answers

    def _once(self, side: Environment, cell: Cell, do: str) -> dict:
        place = self.place / "once"
        try:
            with measuring(side, self.volume, place) as worker:
                answer = worker.ask(do, cell=cell.to_json())
        except Died as exc:
            answer = {"error": str(exc)}
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return {"status": FAILED, "reason": answer["error"]} if "error" in answer else answer

    def versions(self, release: str) -> dict[str, str]:
        """What counts of the packages in a release's environment."""
        with measuring(self.sides(release), self.volume, self.place / "once") as worker:
            found = worker.start()["versions"]
        return {name: found[name] for name in ("zarr", "numcodecs", "numpy") if name in found}

    def noise(self, release: str, claims: Sequence[Claim], tick=lambda done: None) -> dict:
        """What a duel of a release with itself makes of the cells of the claims on time."""
        cells = {}
        for claim in claims:
            cell = claim.cells(self.volume)[1]
            if claim.kind == TIME and not cell.case.store_row.latency:
                cells[cell.id] = cell
        side, cells = self.sides(release), list(cells.values())
        return of_equals(release, self._duel(side, side, cells, cells, tick).values())


def of_peaks(claim: Claim, before: Sequence[int], after: Sequence[int]) -> Found:
    """What comes of a claim on memory, from bytes in single processes."""
    figures, runs = (median(before), median(after)), len(before)
    if max(*before, *after) < LEAST:
        note = "less than 1 MiB on both sides, which the mark of peak memory does not tell apart"
        what = UNSEEN if claim.grows else UNDECIDED
        return Found(claim.id, what, "bytes", *figures, runs=runs, note=note)
    held = [[max(LEAST, n) for n in some] for some in (before, after)]
    low, high = min(held[1]) / max(held[0]), max(held[1]) / min(held[0])
    ratio = median(held[1]) / median(held[0])
    what = judge(claim.expected, low, high, GATE, bool(claim.grows))
    return Found(claim.id, what, "bytes", *figures, ratio, low, high, runs)


def of_equals(release: str, verdicts: Iterable[Verdict]) -> dict:
    """The noise floor, from verdicts on what is the same on both sides."""
    ready = [verdict for verdict in verdicts if verdict.status == READY and verdict.medians]
    off = sorted(max(v.ratio, 1 / v.ratio) - 1 for v in ready)
    return {
        "release": release,
        "cells": len(ready),
        "median": median(off) if off else None,
        "largest": off[-1] if off else None,
        "flagged": sum(v.changed(GATE) is not None for v in ready),
    }


def seconds(claims: Iterable[Claim]) -> float:
    """About how long they take."""
    claims = list(claims)
    duels = {(claim.releases, claim.against) for claim in claims if claim.kind == TIME}
    return 6.0 * len(duels) + sum(_SECONDS.get(claim.kind, 4.0) for claim in claims)


def _words(claims: Sequence[Claim]) -> str:
    first = claims[0]
    if first.against:
        return f"{first.release}: backends"
    return f"{first.before} and {first.release}: {first.kind}"
