"""The record of one figure: what was measured, on which case, where, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..core.case import Case

OK, SKIPPED, FAILED = "ok", "skipped", "failed"
#: Who measured.
ASV, SWEEP = "asv", "sweep"


@dataclass(frozen=True)
class About:
    """What all cells of one benchmark have in common.

    Attributes
    ----------
    metric : str
        Its id in `METRICS`.
    exact : bool
        Whether its figures are the same on every machine.
    source : str
        ``asv`` or ``sweep``.
    title : str
        Short, for people: the class's name.
    question : str
        The first line of its docstring.
    control : bool
        Whether what it measures is the same in every release.
    """

    metric: str = ""
    exact: bool = False
    source: str = ASV
    title: str = ""
    question: str = ""
    control: bool = False


@dataclass(frozen=True)
class Record:
    """One benchmark case of one release.

    Attributes
    ----------
    machine, python, volume, commit : str
        Where, with which interpreter and on what it was measured, and the commit of
        the history; of a sweep, the environment: ``installed`` or ``zarr-3.1.6``.
    benchmark : str
        For example ``codecs.ReadCodec.time_read``, or ``sweep.write``. A name, and no more.
    params : dict
        Axis to value, as asv shows them.
    status : str
        ``ok``, ``skipped`` or ``failed``.
    value : float or None
        In `unit`; None unless ok.
    unit : str
        As asv has it.
    interval : tuple of float or None
        asv's 99 % confidence interval of a time; infinite where the samples are
        too few for one. A sweep's is a bootstrap's of 95 %.
    reason : str or None
        Why not ok.
    measured : float
        When its benchmark was begun, in seconds since 1970; 0 where asv does not say.
    samples : int
        How many the value was made from; 0 where it is no statistic.
    about : About
        What is measured.
    case : Case or None
        What is stored and how; None where the benchmark is about no one case.
    operation : str
        Id of what is done with the case; empty where it is no single operation.
    cold : bool
        Whether files were put out of the page cache before each call.
    more : dict
        Parameters that neither the case nor the operation says.
    """

    machine: str
    python: str
    volume: str
    commit: str
    benchmark: str
    params: dict[str, str | int]
    status: str
    value: float | None
    unit: str
    interval: tuple[float, float] | None
    reason: str | None
    measured: float = 0.0
    samples: int = 0
    about: About = field(default_factory=About)
    case: Case | None = None
    operation: str = ""
    cold: bool = False
    more: dict[str, str | int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As asv names the cell, in which numbers stand without quotes."""
        if not self.params:
            return self.benchmark
        return f"{self.benchmark}({', '.join(map(repr, self.params.values()))})"

    @property
    def backend(self) -> str:
        """Whose figure it is; empty where it is no backend's."""
        return self.case.backend if self.case else ""

    def to_json(self) -> dict:
        """Plain values; an interval without bounds as nulls."""
        found = {name: getattr(self, name) for name in _PLAIN}
        if self.interval:
            found["interval"] = [v if math.isfinite(v) else None for v in self.interval]
        return {**found, "metric": self.about.metric, "backend": self.backend}


_PLAIN = (
    *("machine", "python", "volume", "commit", "benchmark", "params", "status", "value", "unit"),
    *("interval", "reason", "measured", "samples", "operation", "cold"),
)
