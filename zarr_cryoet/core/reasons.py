"""Why a cell was skipped or failed, kept beside asv's results.

asv stores a skip as NaN and a failure as null, without a word. The plug-in names
a folder in `ZARR_CRYOET_REASONS`; each line there is one JSON object, the last one
of a cell being the one that counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

VARIABLE = "ZARR_CRYOET_REASONS"
SUFFIX = ".reasons.jsonl"


def note(benchmark: str, cells: Iterable[tuple[tuple, str, str]]) -> None:
    """Append reasons for cells of a benchmark class.

    Parameters
    ----------
    benchmark
        Module and class as asv names them, ``codecs.ReadCodec``; or a method of it,
        ``codecs.ReadCodec.time_read``, for what concerns that alone.
    cells
        Parameters, status (``ready``, ``skipped`` or ``failed``) and reason of each.
    """
    folder, commit, env = map(os.environ.get, (VARIABLE, "ASV_COMMIT", "ASV_ENV_NAME"))
    if not (folder and commit and env):
        return
    lines = [
        {"benchmark": benchmark, "params": [repr(p) for p in params], "status": s, "reason": r}
        for params, s, r in cells
    ]
    if not lines:
        return
    path = Path(folder) / f"{commit[:8]}-{env}{SUFFIX}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:  # one write: lines of two processes do not mix
        file.write("".join(json.dumps(line) + "\n" for line in lines))


def load(path: Path) -> dict[tuple[str, tuple[str, ...]], tuple[str, str]]:
    """Status and reason by benchmark, class or method, and cell.

    A line cut short is left out. A class that is prepared again has its methods' earlier
    reasons forgotten.
    """
    found, methods = {}, {}
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            entry = json.loads(line)
            key = entry["benchmark"], tuple(entry["params"])
            for method in methods.pop(key, ()):
                found.pop(method, None)
            found[key] = entry["status"], entry["reason"]
            if key[0].count(".") > 1:
                methods.setdefault((key[0].rpartition(".")[0], key[1]), []).append(key)
        except (ValueError, KeyError, TypeError):
            continue
    return found
