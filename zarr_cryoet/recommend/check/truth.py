"""What is true, as far as an exhaustive sweep knows: what each way of storing costs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np

from ...core.errors import UserError
from ...core.measure.sampler import Series, noise_floor
from ...core.operations import READS
from ...core.stores import STORES
from ...model.geometry import WRITE
from ...results import sweeps

_NEAR = 51  # samples whose median tells how crowded the core was
#: Samples in seconds, by access, of a way of storing, by its id.
Cells = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Truth:
    """A store of an exhaustive sweep.

    Attributes
    ----------
    volume, store : str
        Ids.
    cores : int
        On which it was measured.
    clock : str
        ``processor`` where nothing is waited for but the one core, so that what else runs on it
        does not count; else ``wall``, less what others took of the one core (see `alone`).
    seconds : dict
        By backend, what sweeping it took: its share of preparing and of measuring.
    floor : float
        The noise floor of its twins on that clock: 0.03 for 3 %.
    cells : dict
        By backend; see `Cells`.
    started : float
        When the sweep was, in seconds since 1970.
    crowd : float
        What cells that wait for nothing took on the wall, over what they took of the processor:
        1 where nothing else ran on the core; the median.
    """

    volume: str
    store: str
    cores: int
    clock: str
    seconds: dict[str, float]
    floor: float
    cells: dict[str, Cells] = field(default_factory=dict)
    started: float = 0.0
    crowd: float = 1.0

    @property
    def latency(self) -> float:
        """Seconds that each request waits."""
        return STORES[self.store].latency

    def accesses(self, backend: str) -> list[str]:
        """What was done with every way of storing, in the order in which it was asked for."""
        cells = self.cells[backend]
        named = dict.fromkeys(access for some in cells.values() for access in some)
        return [name for name in named if all(name in some for some in cells.values())]


def load(path: Path) -> list[Truth]:
    """What a file of `zarr-cryoet sweep` holds, one for each store.

    Format 3 alone counts, and what reads or writes in ways that the advice knows.

    Raises
    ------
    UserError
        The file is damaged, the sweep was cut off, or it holds nothing of this.
    """
    head, series, closed = sweeps.read(path)
    if not closed:
        raise UserError(f"{path}: cut off before the sweep ended; sweep again, or leave it out")
    found = [
        _of_store(head, store, series, closed)
        for store in dict.fromkeys(each.cell.case.store for each in series if _counts(each))
        if store in STORES
    ]
    if not found:
        raise UserError(f"{path}: holds no reads of format 3; `zarr-cryoet sweep --formats 3`")
    return found


def _counts(series: Series) -> bool:
    """Whether it is one that the advice could have chosen."""
    if series.side.startswith("limit") or series.cell.cold or not series.seconds:
        return False
    return series.cell.case.zarr_format == 3 and access_of(series.cell.operation) is not None


def access_of(operation: str) -> str | None:
    """What the advice calls an operation of a sweep; None where it does not know it."""
    return WRITE if operation == WRITE else READS.get(operation)


def _of_store(head: dict, store: str, series: list[Series], closed: dict) -> Truth:
    one = head["cores"] == 1 and not STORES[store].latency
    whole, still = series, unhurried(series) if head["cores"] == 1 else np.ones((0, 2))
    if one:
        series = [replace(each, seconds=each.cpu) for each in series]
    elif len(still):
        series = [replace(each, seconds=alone(each, still)) for each in series]
    mine = [each for each in series if _counts(each) and each.cell.case.store == store]
    backends = list(dict.fromkeys(each.cell.case.backend for each in mine))
    cells: dict[str, Cells] = {name: {} for name in backends}
    for each in mine:
        if not each.twin:
            case = each.cell.case
            way = cells[case.backend].setdefault(f"{case.codec}_{case.layout}_v3", {})
            way[access_of(each.cell.operation)] = each.seconds
    return Truth(
        head["volume"]["id"],
        store,
        head["cores"],
        "processor" if one else "wall",
        {
            name: _taken([e for e in whole if _is(e, name, store)], whole, closed)
            for name in backends
        },
        noise_floor(mine) or 0.0,
        cells,
        head["started"],
        float(np.median(still[:, 1])) if len(still) else 1.0,
    )


def unhurried(series: list[Series]) -> np.ndarray:
    """Samples of what waits for nothing: seconds of the processor, and of the wall over these.

    Those are codecs alone, in memory, whose limits a sweep measures beside its cells.
    """
    found = [
        (cpu, wall / cpu)
        for each in series
        if each.side.startswith("limit") and each.cell.case.backend == "codec-alone"
        for cpu, wall in zip(each.cpu, each.seconds, strict=True)
        if cpu > 0
    ]
    return np.array(sorted(found)).reshape(-1, 2)


def alone(series: Series, still: np.ndarray) -> list[float]:
    """Wall seconds of each sample without what others took of the core meanwhile.

    Which is taken to be as much as they took from those of `unhurried` that are nearest to it in
    seconds of the processor: short ones are rarely interrupted.
    """
    found = []
    for wall, cpu in zip(series.seconds, series.cpu, strict=True):
        at = int(np.searchsorted(still[:, 0], cpu))
        first = max(0, min(at - _NEAR // 2, len(still) - _NEAR))
        crowd = max(1.0, float(np.median(still[first : first + _NEAR, 1])))
        found.append(max(cpu, wall - (crowd - 1) * cpu))
    return found


def _is(series: Series, backend: str, store: str) -> bool:
    case = series.cell.case
    return _counts(series) and (case.backend, case.store) == (backend, store)


def _taken(mine: list[Series], series: list[Series], closed: dict) -> float:
    """Seconds of a sweep that went into some of its series.

    Measuring is shared out by what the samples and their controls took, preparing by what the
    first run of each cell did, as a sweep keeps no more of it.
    """
    measuring = sum(map(_sampling, mine)) / (sum(map(_sampling, series)) or 1.0)
    preparing = sum(map(_first, mine)) / (sum(map(_first, series)) or 1.0)
    return closed["seconds_measuring"] * measuring + closed["seconds_preparing"] * preparing


def _sampling(series: Series) -> float:
    return sum(series.seconds) * series.facts.get("number", 1) + sum(series.control)


def _first(series: Series) -> float:
    return 0.0 if series.twin else series.facts.get("seconds", 0.0) * series.facts.get("number", 1)


def costs(cells: Cells, share: dict[str, float]) -> dict[str, float]:
    """Weighted median seconds of each way of storing; what lacks an access is left out."""
    wanted = {access: part for access, part in share.items() if part > 0}
    return {
        name: sum(part * median(some[access]) for access, part in wanted.items())
        for name, some in cells.items()
        if all(access in some for access in wanted)
    }
