"""asv's results and the reasons beside them, as records.

asv stores a skipped cell and one that was not asked for alike, as NaN, and a
failed one as null. The reasons tell the first two apart, and name the third.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from ..core import reasons, volume
from ..core.errors import UserError
from .benchmarks import Suite
from .record import FAILED, OK, SKIPPED, Record

UNEXPLAINED = "no reason on record: its process was killed, or ran out of time"


def machine_name() -> str:
    """The name under which asv keeps this machine's results."""
    from asv.machine import Machine, MachineCollection
    from asv.util import UserError as Unknown

    name = Machine.get_unique_machine_name()
    with contextlib.suppress(Unknown):
        name = MachineCollection.load(name)["machine"]
    return name


def mine(folder: Path, volume: str, root: Path | None = None) -> list[Record]:
    """What this machine has measured of a volume with this interpreter."""
    here = machine_name(), f"{sys.version_info[0]}.{sys.version_info[1]}", volume
    return [r for r in load(folder, root) if (r.machine, r.python, r.volume) == here]


def check(folder: Path) -> None:
    """Make sure that each file is JSON, as asv stops at one that is not.

    Raises
    ------
    UserError
        A file is damaged; it is named, and left alone.
    """
    for path in sorted(folder.glob("**/*.json")):
        try:
            sound = isinstance(json.loads(path.read_text("utf-8")), dict)
        except (OSError, ValueError):
            sound = False
        if not sound:
            raise UserError(f"{path}: damaged; move it away, and run the same command again")


def load(folder: Path, root: Path | None = None) -> Iterator[Record]:
    """Every cell on record in a folder of asv's results.

    Results of an earlier version of a benchmark are left out, as asv does.

    Parameters
    ----------
    folder
        Of the results.
    root
        The folder that holds the benchmarks, which say what was measured; without it
        records have no case.
    """
    found = _load(folder)
    yield from map(Suite(root).joined, found) if root else found


def _load(folder: Path) -> Iterator[Record]:
    from asv import util
    from asv.benchmarks import Benchmarks
    from asv.results import iter_results_paths

    if not (folder / "benchmarks.json").is_file():
        return
    stored = util.load_json(folder / "benchmarks.json", api_version=Benchmarks.api_version)
    stored = {name: b for name, b in stored.items() if isinstance(b, dict) and "params" in b}
    for root, filename, machine in sorted(iter_results_paths(str(folder))):
        yield from _of_file(Path(root) / filename, machine, stored)


def _of_file(path: Path, machine: str, benchmarks: dict) -> Iterator[Record]:
    from asv.results import Results

    result = Results.load(str(path), machine_name=machine)
    why = reasons.load(path.with_suffix(reasons.SUFFIX))
    name = result.env_vars.get(volume.VOLUME_VARIABLE, volume.DEFAULT_VOLUME)
    for key in sorted(result.get_result_keys(benchmarks)):
        benchmark = benchmarks[key]
        params = benchmark["params"]
        values = result.get_result_value(key, params)
        stats = result.get_result_stats(key, params)
        begun = (result.started_at.get(key) or 0) / 1000  # asv counts in milliseconds
        cells = itertools.product(*params)
        for cell, value, stat in zip(cells, values, stats, strict=True):
            noted = why.get((key, cell)) or why.get((key.rpartition(".")[0], cell))
            status, reason = _status(value, noted)
            if status is None:
                continue
            yield Record(
                machine,
                result.params.get("python", ""),
                name,
                result.commit_hash,
                key,
                dict(zip(benchmark["param_names"], map(ast.literal_eval, cell), strict=True)),
                status,
                value if status == OK else None,
                benchmark["unit"],
                _interval(stat) if status == OK else None,
                reason,
                begun,
                int((stat or {}).get("n") or 0) if status == OK else 0,
            )


def _status(value: float | None, noted: tuple[str, str] | None):
    """Status and reason; no status where the cell was not asked for."""
    if value is None:
        return FAILED, noted[1] if noted and noted[0] == FAILED else UNEXPLAINED
    if not math.isnan(value):
        return OK, None
    return noted if noted and noted[0] == SKIPPED else (None, None)


def _interval(stat: dict | None) -> tuple[float, float] | None:
    """Asv leaves out a bound that it cannot give."""
    if not stat or "ci_99_a" not in stat:
        return None
    low, high = stat.get("ci_99_a"), stat.get("ci_99_b")
    return (-math.inf if low is None else low, math.inf if high is None else high)
