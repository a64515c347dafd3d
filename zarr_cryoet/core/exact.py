"""Exact figures: what an operation asks of its files, counted, and foretold."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from . import backends
from .access import asked
from .operations import OPERATIONS, Job
from .prepare import FAILED, READY, SKIPPED, failure, in_words, prepare
from .requests.record import Call, Recorder
from .stores.counting import Tally
from .support import unsupported

if TYPE_CHECKING:
    import numpy as np

    from .case import Case

__all__ = ["COUNTED", "Counted", "count", "differences", "figures", "problems", "uncounted"]

#: Backends that can be counted: those that say how.
COUNTED = backends.taking_part("counted")


@dataclass(frozen=True)
class Counted:
    """What an operation took.

    Attributes
    ----------
    tally : Tally
        Of all its calls.
    differences : list of str
        Where the backend's model says otherwise.
    calls : list of Call
        Each.
    """

    tally: Tally
    differences: list[str]
    calls: list[Call]


def count(case: Case, operation: str, data: np.ndarray, prepared: Path, place: Path) -> Counted:
    """Do an operation once, counted, and prove that it did what it should.

    Parameters
    ----------
    case, operation
        What is done, on a store on which the backend is counted.
    data
        The volume, z, y, x.
    prepared
        A store that holds it, checked.
    place
        A folder of its own, for what is written.

    Raises
    ------
    NotImplementedError
        It is not counted; `uncounted` says so beforehand.
    """
    if reason := uncounted(case, operation):
        raise NotImplementedError(reason)
    what, backend = OPERATIONS[operation], backends.get(case.backend)
    path = place / "array" if what.writes or what.needs == "groups" else prepared
    with backend.counting() as counter:
        recorder = Recorder(backend, counter, case, path, data.shape)
        job = Job(case, recorder, data, prepared, place)
        try:
            what.bring(job)
            with recorder.recording() as calls:
                result = what.run(job)
            what.check(job, result)
        finally:
            job.close()
    return Counted(_total(calls), differences(backend, calls), calls)


def uncounted(case: Case, operation: str) -> str | None:
    """Why there is no count of what can be done; None where there is."""
    if case.backend not in COUNTED or case.store not in backends.get(case.backend).counted:
        return f"{case.backend} is not counted on {case.store}"
    backend, what = backends.get(case.backend), OPERATIONS[operation]
    if case.store_row.remote and what.writes and not backend.counts_bucket_writes:
        return f"{case.backend}'s own figures of what it writes into a bucket are not exact"
    return backend.uncounted(what)


def figures(case: Case, operation: str, data: np.ndarray, prepared: Path, folder: Path) -> dict:
    """What an operation took, or why there is no figure; plain values.

    Each writes in a place of its own in `folder`: what failed may write on for a while.
    """
    if reason := unsupported(case, operation=operation):
        return {"status": SKIPPED, "reason": reason}
    if reason := uncounted(case, operation):
        return {"status": SKIPPED, "reason": reason}
    place = folder / f"{case.id}_{operation}"
    try:
        counted = count(case, operation, data, prepared, place)
    except (Exception, SystemExit) as exc:  # whatever a library raises is that cell's failure
        return failure(in_words(exc))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    wanted = sum(asked(call.what) for call in counted.calls if call.name == "read")
    decoded = counted.tally.decoded * prod(case.layout_row.of(data.shape).chunks)
    if backends.get(case.backend).decodes_parts(case):
        decoded = wanted
    return {
        "status": READY,
        "reason": None,
        **vars(counted.tally),
        "requests": counted.tally.requests,
        "amplification": decoded / wanted if wanted else None,
        "unpredicted": counted.differences,
    }


def _total(calls: Iterable[Call]) -> Tally:
    total = Tally()
    for call in calls:
        for name, n in vars(call.tally).items():
            setattr(total, name, getattr(total, name) + n)
    return total


def differences(backend, calls: Iterable[Call]) -> list[str]:
    """Calls that took something else than the backend's model foretells."""
    model = backend.model(backends.installed())
    found = ((call, call.tally.differs(model.predict(call))) for call in calls)
    return [f"{call.name} {_where(call.what)}: {wrong}" for call, wrong in found if wrong]


def _where(what) -> str:
    """A selection in few characters."""
    return " ".join(repr(what).replace("slice", "").replace(", None", "").split())[:60]


def problems(
    cases: Iterable[Case],
    operations: Iterable[str],
    data: np.ndarray,
    folder: Path,
    failed: list[str] | None = None,
) -> Iterator[str]:
    """Every cell where what is foretold is not what is counted.

    Parameters
    ----------
    cases, operations
        Each with each; what cannot be is left out.
    data
        The volume, z, y, x.
    folder
        For what is written, and taken away again.
    failed
        Takes cells that failed, with their reasons: they have no figure to compare.
    """
    operations = list(operations)
    for case in cases:
        if unsupported(case):
            continue
        done = prepare(case, data, folder)
        if done["status"] != READY:
            if failed is not None:
                failed.append(f"{case.id}: {done['reason']}")
            continue
        for operation in operations:
            found = figures(case, operation, data, Path(done["path"]), folder)
            if found["status"] == READY:
                yield from (f"{case.id} {operation}: {wrong}" for wrong in found["unpredicted"])
            elif found["status"] == FAILED and failed is not None:
                failed.append(f"{case.id} {operation}: {found['reason']}")
        shutil.rmtree(done["path"], ignore_errors=True)
