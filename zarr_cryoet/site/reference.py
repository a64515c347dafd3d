"""The results that come with the project, beside those of this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

NAME = "reference"
_SUITE = "benchmarks.json"


def ensure(results: Path) -> None:
    """Let asv publish them before anything was measured here.

    asv keeps what it knows of the suite in one file for all machines, which each run writes
    anew; the one that the tracked results were made with stands among them.
    """
    held, wanted = results / NAME / _SUITE, results / _SUITE
    if held.is_file() and not wanted.exists():
        shutil.copyfile(held, wanted)


def stand_back() -> None:
    """Have ``asv compare`` take this machine's results where it has any.

    With those of two machines it asks for ``--machine``; ours are always there.
    """
    from asv.commands import compare

    found = compare.iter_machine_files

    def mine(results):
        paths = list(found(results))
        return [p for p in paths if Path(p).parent.name != NAME] or paths

    compare.iter_machine_files = mine
