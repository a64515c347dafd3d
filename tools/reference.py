"""Make the results that come with the project: ``python tools/reference.py [STEP ...]``.

They are this machine's, under the name ``reference``, in ``results/reference``, which git tracks.
Exact figures are those of every machine, so they may be made beside other work; times want a
machine at rest. Each step goes on where it was interrupted.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from asv.machine import Machine

ROOT = Path(__file__).resolve().parents[1]
NAME = "reference"
VOLUMES = ("phantom-128", "phantom-128-u8", "labels-128", "phantom-256")
RELEASES = ("2.18.7", "3.0.10", "3.4.2")  # of `make bench`; the newest is the last
_SWEEP = ("--backends", "zarr-python,tensorstore", "--codecs", "default", "--layouts", "default",
          "--formats", "3", "--operations", "default,read-patches-96")  # fmt: skip


def exact(volume: str) -> list[list[str]]:
    """All releases; the same on every machine."""
    return [["bench", "--volume", volume, "--group", "exact", "--releases", "all"]]


def timed(volume: str) -> list[list[str]]:
    """All of the suite on the newest release for the default volume; else what is quick."""
    quick = ["bench", "--volume", volume, "--group", "smoke", "--rounds", "3"]
    quick += ["--releases", ",".join(RELEASES)]
    if volume != VOLUMES[0]:
        return [quick]
    return [quick, ["bench", "--volume", volume, "--group", "all", "--releases", RELEASES[-1]]]


def sweep(volume: str) -> list[list[str]]:
    """Codecs by layouts by ways of reading, side by side, with what is installed here."""
    path = ROOT / "results" / NAME / f"{volume}.sweep.jsonl"
    path.unlink(missing_ok=True)
    return [["sweep", "--volume", volume, *_SWEEP,
             "--output", str(path.relative_to(ROOT))]]  # fmt: skip


def advice(volume: str) -> list[list[str]]:
    """What the page of advice knows of this kind of data."""
    return [["recommend", volume, "--keep"]]


def portrait(volume: str) -> list[list[str]]:
    """What the page of data shows of it."""
    return [["volumes", "portrait", volume]]


STEPS = {each.__name__: each for each in (exact, timed, sweep, advice, portrait)}


def _environment(home: Path) -> dict[str, str]:
    """A home in which this machine is called `NAME`; caches stay where they were."""
    details = {**Machine.get_defaults(), "machine": NAME}
    known = {platform.node(): details, "version": 1}
    (home / ".asv-machine.json").write_text(json.dumps(known))
    old = Path.home()
    kept = {"PIP_CACHE_DIR": old / ".cache" / "pip", "UV_CACHE_DIR": old / ".cache" / "uv",
            "XDG_CONFIG_HOME": old / ".config", "XDG_CACHE_HOME": old / ".cache"}  # fmt: skip
    return {**{k: str(v) for k, v in kept.items()}, **os.environ, "HOME": str(home)}


def main(steps: list[str]) -> None:
    """Run some steps, or all, for each volume."""
    if unknown := set(steps) - set(STEPS):
        sys.exit(f"{', '.join(sorted(unknown))}: no such step; known are {', '.join(STEPS)}")
    with tempfile.TemporaryDirectory() as home:
        environment = _environment(Path(home))
        for step in steps or STEPS:
            for volume in VOLUMES:
                for command in STEPS[step](volume):
                    print("zarr-cryoet", *command, flush=True)
                    whole = [sys.executable, "-m", "zarr_cryoet", *command]
                    subprocess.run(whole, cwd=ROOT, env=environment, check=True)
    results = ROOT / "results"
    shutil.copyfile(results / "benchmarks.json", results / NAME / "benchmarks.json")


if __name__ == "__main__":
    main(sys.argv[1:])
