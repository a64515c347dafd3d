"""Terms on file: one line of JSON for each volume, beside a machine's other results."""

from __future__ import annotations

import json
from pathlib import Path

from .. import project
from ..core.errors import UserError
from .uses import Kind

VERSION = 1
SUFFIX = ".terms.jsonl"
_NEEDED = ("volume", "machine", "cores", "versions", "measured", "codecs", "backends")


def load(path: Path) -> dict:
    """Terms of a file.

    Raises
    ------
    UserError
        It cannot be read, or is damaged; it is left alone.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["terms"] != VERSION:
            raise ValueError(f"version {VERSION} is known alone")
        for key in _NEEDED:
            _ = found[key]
        for rows in found["codecs"].values():
            for row in (*rows["blocks"], *rows["padding"]):
                if len(row["chunk"]) != 3 or not row["ratio"] > 0:
                    raise ValueError("a ratio is above 0")
                _ = row["encode"] + row["decode"]
        for each in found["backends"].values():
            _ = each["read"]["call"] + each["write"]["call"] + each["read_spread"]
        if not (found["codecs"] and found["backends"]):
            raise ValueError("it names no codec, or no backend")
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        why = " ".join(str(exc).split()) or type(exc).__name__
        raise UserError(f"{path}: damaged terms ({why}); move it away, and make others") from exc


def save(found: project.Project, machine: str, terms: dict) -> Path:
    """Keep terms beside this machine's results, in place of earlier ones.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    path = found.results / machine / f"{terms['volume']['id']}{SUFFIX}"
    project.write_whole(path, json.dumps(terms) + "\n")
    return path


def of_kind(found: project.Project, machine: str, kind: Kind) -> dict:
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
