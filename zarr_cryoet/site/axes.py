"""What a cell of a benchmark, or of a sweep, is a cell of: codec, layout, format, backend, ..."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .. import results
from ..bench import suite
from ..core import selection
from ..core.errors import UserError
from ..core.layouts import BASELINE

#: What every cell of the site has, beside its machine, its volume and its benchmark.
AXES = ("operation", "codec", "layout", "format", "backend", "store", "cache")
SWEEP = "sweep."
_SECONDS = "seconds"
_TRACK = "track_"


class Axes:
    """Knows the benchmarks of a project.

    Parameters
    ----------
    root
        The project's folder. Where its benchmarks cannot be imported, their cells show the
        parameters that they were run with, and no more.
    volume
        Any volume's id: which one makes no difference to the axes.
    """

    def __init__(self, root: Path, volume: str):
        try:
            found = suite.classes(root, volume)
        except UserError:
            found = []
        self._classes = {selection.name(cls): cls for cls in found}
        self._known: dict[tuple, dict[str, str]] = {}

    def of(self, record: results.Record) -> dict[str, str]:
        """Each axis' value, as text; ``more`` for parameters that are no axis of ours."""
        key = (record.benchmark, *record.params.items())
        if key not in self._known:
            self._known[key] = self._find(record)
        return self._known[key]

    def _find(self, record: results.Record) -> dict[str, str]:
        if record.benchmark.startswith(SWEEP):
            if metric(record.benchmark) != _SECONDS:
                return _spelled(record.params)
            cache = "cold" if record.params.get("cold") else "warm"
            operation = record.benchmark.removeprefix(SWEEP)
            return _spelled({**record.params, "operation": operation, "cache": cache})
        cls = self._classes.get(record.benchmark.rpartition(".")[0])
        cell = tuple(record.params.values())
        if cls is None or list(record.params) != list(cls.param_names):
            return _spelled(record.params)
        return _spelled(_of_class(cls, cell) | record.params)

    def about(self, benchmark: str) -> dict:
        """What is measured, whether it is exact, and the question that it answers."""
        cls = self._classes.get(benchmark.rpartition(".")[0])
        question = (getattr(cls, "__doc__", None) or "").strip().partition("\n")[0]
        return {
            "metric": metric(benchmark),
            "exact": bool(getattr(cls, "exact", False)) or benchmark.startswith(f"{SWEEP}{_TRACK}"),
            "question": question,
        }


def metric(benchmark: str) -> str:
    """``seconds``, ``peak_bytes``, or what is tracked: ``requests``."""
    if benchmark.startswith(SWEEP) and not benchmark.startswith(f"{SWEEP}{_TRACK}"):
        return _SECONDS
    kind, _, rest = benchmark.rpartition(".")[2].partition("_")
    return {"time": _SECONDS, "peakmem": "peak_bytes"}.get(kind, rest)


def _of_class(cls: type, cell: tuple) -> dict:
    """What a benchmark says of its own cell."""
    if not hasattr(cls, "case_of"):
        return {}
    found: dict = {"cache": "warm"} if not getattr(cls, "exact", False) else {}
    try:
        case = cls.case_of(cell)
        done = cls.operations_of(cell)
    except (UserError, KeyError, TypeError, AttributeError):  # another version's parameters
        return found
    found |= {name: getattr(case, name) for name in ("codec", "layout", "backend", "store")}
    found["zarr_format"] = case.zarr_format
    if len(done) == 1:
        found["operation"] = done[0]
    return found


def _spelled(params: Mapping) -> dict[str, str]:
    """As text; what has no axis here is put together under ``more``."""
    found = dict.fromkeys(AXES, "")
    more = []
    for name, value in params.items():
        if name == "zarr_format":
            found["format"] = str(value)
        elif name == "access":
            found["operation"] = found["operation"] or f"read-{value}"
        elif name in found:
            found[name] = str(value)
        elif name != "cold":
            more.append(f"{name} {value}")
    found["more"] = ", ".join(more)
    return found


def is_baseline(found: Mapping[str, str]) -> bool:
    """Whether a cell is stored as the portal stores."""
    stored = found["layout"], found["codec"], found["format"]
    return stored == (BASELINE, "blosc-lz4-5-shuffle", "2")
