"""The commands that the check needs done, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from ... import console, project
from ...core.errors import UserError
from ...results import machine_name
from ...results.sweeps import SUFFIX
from ...volumes import cache
from ...volumes.resolve import resolve

VOLUMES = ("phantom-128", "phantom-128-u8", "labels-128")
STORES = {"local": "zarr-python,tensorstore", "latency-10ms": "zarr-python"}
_ROOT = Path(__file__).resolve().parents[3]
_MINUTES = 12  # of one sweep of 128³ voxels, on a machine at rest
_SWEEP = {
    "--codecs": "default",
    "--layouts": "default",
    "--operations": "default,read-patches-96",
    "--formats": "3",
}


def sweeps(found: project.Project) -> list[Path]:
    """Exhaustive sweeps of all volumes and stores, kept among the results.

    What is there already is taken as it is.

    Raises
    ------
    UserError
        A sweep failed.
    """
    folder = found.results / machine_name()
    wanted = {
        folder / f"{volume}-advice-{store}{SUFFIX}": (volume, store)
        for volume in VOLUMES
        for store in STORES
    }
    left = {path: each for path, each in wanted.items() if not path.exists()}
    if left:
        minutes = _MINUTES * len(left)
        console.tell(f"sweeps    {len(left)}, about {minutes} min on a machine at rest")
    for path, (volume, store) in left.items():
        options = {**_SWEEP, "--volume": volume, "--stores": store, "--backends": STORES[store]}
        words = [word for option in options.items() for word in option]
        begun = path.with_name(f"{path.name}.part")
        begun.unlink(missing_ok=True)
        _command(["sweep", *words, "--output", str(begun)], sys.stderr)
        begun.rename(path)
    return list(wanted)


def timed(name: str) -> dict:
    """Wall and CPU time of advice on a volume, which is prepared before.

    Raises
    ------
    UserError
        It cannot be prepared, or the advice failed.
    """
    with console.bar(f"preparing {name}") as progress:
        prepared, _ = cache.prepare(resolve(name), progress)
    console.log(f"advice on {name}")
    before, begun = _cpu(), time.monotonic()
    said = json.loads(_command(["recommend", name, "--json"], subprocess.PIPE))
    wall, cpu = time.monotonic() - begun, _cpu() - before
    fastest = said["choices"]["fastest"]
    return {
        "volume": prepared.id,
        "shape": list(prepared.shape),
        "dtype": prepared.dtype,
        "nbytes": prepared.nbytes,
        "wall": wall,
        "cpu": cpu,
        "raced": len(said["raced"]),
        "fastest": f"{fastest['codec']}_{fastest['layout']}_v{fastest['zarr_format']}",
    }


def _cpu() -> float:
    """Seconds of processors in processes that ended."""
    used = os.times()
    return used.children_user + used.children_system


def _command(words: list[str], stdout) -> str:
    """What a command of this package said."""
    env = {**os.environ, "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", "zarr_cryoet", *words]
    try:
        done = subprocess.run(command, stdout=stdout, text=True, env=env, check=False)
    except OSError as exc:
        raise UserError(f"{words[0]}: cannot be started ({exc.strerror})") from exc
    if done.returncode not in (0, 1):
        raise UserError(f"`zarr-cryoet {' '.join(words[:2])}` failed; what it said stands above")
    return done.stdout or ""
