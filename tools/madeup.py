"""Made-up results of the whole suite, of any size: for measuring and testing the site.

Volumes are called ``made-up-1`` and so on, the machine ``made-up``, and each figure is a random
number, so that nobody takes them for anything else. What is skipped has a made-up reason.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

from zarr_cryoet.core import reasons, rng, volume
from zarr_cryoet.environments import lock as locks
from zarr_cryoet.environments import repository
from zarr_cryoet.portraits import drawn, records

MACHINE = "made-up"
PYTHON = "3.12"
_COLUMNS = [  # of asv's own format
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b",
    "stats_q_25", "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip
_ONE_IN = 40  # cells is skipped
_EDGE = 128  # voxels, of a made-up volume


def suite(root: Path) -> dict[str, dict]:
    """The project's benchmarks as asv describes them, by name."""
    from asv_runner import discovery

    held = io.StringIO()
    sys.path.insert(0, str(root))
    discovery.list_benchmarks(str(root / "benchmarks"), held)
    return {each["name"]: each for each in json.loads(held.getvalue())}


def write(root: Path, results: Path, cells: int, releases: int, names=None, only: str = "") -> int:
    """Results of as many cells, on the newest releases.

    Parameters
    ----------
    root
        The project's folder.
    results
        The folder that they go into.
    cells
        How many at least; each volume has those of the whole suite, the last some of them.
    releases
        Of zarr, newest.
    names
        Of the volumes, one after the other; default: ``made-up-1``, ...
    only
        What the names of its benchmarks begin with; default: all.

    Returns
    -------
    int
        How many cells there are.
    """
    from asv import util
    from asv.benchmarks import Benchmarks
    from asv.machine import Machine

    benchmarks = {name: each for name, each in suite(root).items() if name.startswith(only)}
    (results / MACHINE).mkdir(parents=True, exist_ok=True)
    util.write_json(results / "benchmarks.json", benchmarks, Benchmarks.api_version)
    about = {"machine": MACHINE, "cpu": "made up", "num_cpu": "2", "ram": "0", "os": "none",
             "arch": "none"}  # fmt: skip
    util.write_json(results / MACHINE / "machine.json", about, Machine.api_version)
    lock = locks.read(locks.path_of("zarr"))
    commits = repository.expected(lock)
    done = 0
    for number, name in enumerate(names or (f"made-up-{n}" for n in itertools.count(1))):
        if done >= cells:
            break
        some = dict(_some(benchmarks, cells - done))
        for release in lock.releases[-releases:]:
            seed = number * 1000 + len(release.version) + release.timestamp % 1000
            _result(results, about, name, commits[release.version], release, some, seed)
        done += sum(_count(each) for each in some.values())
    return done


def _count(benchmark: dict) -> int:
    return math.prod(map(len, benchmark["params"]))


def _some(benchmarks: dict, cells: int) -> Iterator[tuple[str, dict]]:
    """Benchmarks that hold as many cells together, or all."""
    for name, each in benchmarks.items():
        if cells <= 0:
            return
        yield name, each
        cells -= _count(each)


def _result(results: Path, about, name: str, commit: str, release, benchmarks, seed: int) -> None:
    """One file of asv's, and the reasons beside it."""
    from asv import util
    from asv.results import Results

    env = f"virtualenv-py{PYTHON}-{volume.VOLUME_VARIABLE}{records.stem(name)}"
    place = results / MACHINE / f"{commit[:8]}-{env}"
    found, lines = {}, []
    for number, (benchmark, each) in enumerate(benchmarks.items()):
        words = rng.bits(seed * 100 + number, 0, _count(each)) >> 40
        figures = [_figure(each, float(word) / 2**24) for word in words]
        gaps = [int(word) % _ONE_IN == 0 for word in words]
        values = [math.nan if gap else f for f, gap in zip(figures, gaps, strict=True)]
        bounds = (0.95, 1.05) if each["type"] == "time" else ()
        around = [[None if math.isnan(v) else round(v * by, 9) for v in values] for by in bounds]
        begun = release.timestamp * 1000
        found[benchmark] = [values, each["params"], each["version"], begun, 1.0, *around]
        cells = itertools.product(*each["params"])
        lines += [
            {"benchmark": benchmark, "params": list(cell), "status": "skipped",
             "reason": "made up, to be skipped"}
            for cell, gap in zip(cells, gaps, strict=True) if gap
        ]  # fmt: skip
    data = {
        "commit_hash": commit, "env_name": env, "date": release.timestamp * 1000,
        "params": {**about, "python": PYTHON}, "python": PYTHON, "requirements": {},
        "env_vars": {volume.VOLUME_VARIABLE: name}, "result_columns": _COLUMNS,
        "results": found, "durations": {},
    }  # fmt: skip
    util.write_json(f"{place}.json", data, Results.api_version, compact=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    Path(f"{place}{reasons.SUFFIX}").write_text(text, "utf-8")


def _figure(benchmark: dict, chance: float) -> float:
    """Of a size that such a figure has."""
    if benchmark["unit"] == "seconds":
        return round(1e-3 * 1000**chance, 9)
    if benchmark["unit"] == "bytes":
        return float(int(1e4 * 10000**chance))
    return float(int(1000 * chance) + 1)


def portrait(results: Path, name: str, seed: int) -> None:
    """What a made-up volume looks like: white noise."""
    words = rng.bits(seed, 0, _EDGE**3)
    voxels = ((words >> 40).astype("float32") / 2**24 - 0.5).reshape((_EDGE,) * 3)
    about = volume.Volume(name, voxels.shape, "float32", (10.0,) * 3, "synthetic", None, None,
                          {"kind": "noise"})  # fmt: skip
    found = drawn.portrait(voxels, about.voxel_spacing)
    place = records.path(results / MACHINE, name)
    records.write(place, records.Portrait(records.public(about), "2000-01-01", found))
