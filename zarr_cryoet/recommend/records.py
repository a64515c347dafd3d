"""Terms on file: one line of JSON for each volume, beside a machine's other results."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from .. import project
from ..core import backends
from ..core.codecs import CODECS
from ..core.errors import UserError
from ..model.libraries import library
from ..model.types import Calibration
from .uses import Kind

VERSION = 1
SUFFIX = ".terms.jsonl"
_NEEDED = ("volume", "machine", "cores", "versions", "measured", "codecs", "backends")


def load(path: Path) -> Calibration:
    """Terms of a file.

    Raises
    ------
    UserError
        It cannot be read, or is damaged; it is left alone.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["terms"] != VERSION:
            raise ValueError(f"its version is not {VERSION}")
        _check(found)
        here = {**backends.installed(), **found["versions"]}
        for name, each in found["backends"].items():
            each.setdefault("library", library(name, here))  # which older terms do not have
        return found
    except KeyError as exc:
        why = f"{exc.args[0]} is missing"
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        why = " ".join(str(exc).split()) or type(exc).__name__
    raise UserError(f"{path}: damaged terms ({why}); move it away, and make others")


def _check(found: Calibration) -> None:
    """Raise where something is missing, or could not have been measured."""
    for key in _NEEDED:
        _ = found[key]
    _ = found["volume"]["id"], found["volume"]["provenance"], np.dtype(found["volume"]["dtype"])
    if not (set(found["codecs"]) & set(CODECS) and found["backends"]):
        raise ValueError("it names no codec that is known, or no backend")
    for name, rows in found["codecs"].items():
        if not (rows["blocks"] and rows["padding"]):
            raise ValueError(f"of {name} nothing was measured")
        for row in (*rows["blocks"], *rows["padding"]):
            edges = [_number(edge, 1, "an edge of a chunk") for edge in row["chunk"]]
            if len(edges) != 3:
                raise ValueError("a chunk has three edges")
            if not _number(row["ratio"], 0, "a ratio"):
                raise ValueError("a ratio is above 0")
            _ = _number(row["encode"], 0, "encoding"), _number(row["decode"], 0, "decoding")
    for each in found["backends"].values():
        _number(each["read_spread"], 1, "read_spread")
        _number(each.get("write_spread", 1), 1, "write_spread")
        for what in ("read", "write"):
            _ = each[what]["call"]
            for weight in each[what].values():
                _number(weight, 0, f"a weight of {what}")


def _number(value: float, least: float, what: str) -> float:
    """The same; whatever is no finite number from `least` on raises."""
    if not math.isfinite(value) or value < least:
        raise ValueError(f"{what} is a number from {least} on, not {value}")
    return value


def save(found: project.Project, machine: str, terms: Calibration) -> Path:
    """Keep terms beside this machine's results, in place of earlier ones.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    path = found.results / machine / f"{terms['volume']['id']}{SUFFIX}"
    project.write_whole(path, json.dumps(terms) + "\n")
    return path


def of_kind(found: project.Project, machine: str, kind: Kind) -> Calibration:
    """The terms that stand for a kind of data: this machine's, else the reference's, else any.

    Raises
    ------
    UserError
        There are none.
    """
    name = f"{kind.volume}{SUFFIX}"
    paths = [found.results / machine / name, found.results / "reference" / name]
    paths += sorted(found.results.glob(f"*/{name}"))
    for path in paths:
        if path.is_file():
            return load(path)
    raise UserError(
        f"--like ...,{kind.id}: nothing of this kind is on record; "
        f"`zarr-cryoet recommend {kind.volume} --keep` measures it"
    )
