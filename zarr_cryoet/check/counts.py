"""Exact figures: that what is foretold is what is counted, in every cell."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from ..core.errors import UserError
from ..core.measure import setups
from ..history import environments
from . import parties
from .arena import Arena

_OLD = "2.18.7"  # the last of the releases that know no format 3
_SECONDS = 900.0
_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from zarr_cryoet.check.counted import main; main(*sys.argv[2:])"
)


def parts(arena: Arena, quick: bool):
    """Names of the parts, and what each does."""
    for release in (_OLD, setups.REFERENCE, parties.newest()):
        yield f"counts-{release}", lambda r=release: count(arena, r, quick)


def count(arena: Arena, release: str, quick: bool) -> dict:
    """Count every cell in one release's environment."""
    python = environments.ensure(release)
    place = arena.place / f"counts-{release}"
    command = [str(python), "-W", "ignore", "-c", _CODE, str(Path(__file__).resolve().parents[2])]
    command += [arena.volume.id, str(place), "quick" if quick else "full"]
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    arena.bar(0.1, f"counting in {release}")
    try:
        out, err = child.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise UserError(f"counting in {release} took longer than {_SECONDS:.0f} s") from None
    finally:
        child.kill()
        child.wait()
    if child.returncode:
        said = (err.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"counting in {release}: {said}")
    return json.loads(out.splitlines()[-1])


def summary(found: dict[str, dict], quick: bool) -> tuple[list[tuple], bool]:
    """Rows for people, and whether the figures hold."""
    rows, good = [], True
    for name, part in found.items():
        f = part["figures"]
        wrong = len(f["problems"])
        rows.append((name.removeprefix("counts-"), f["counted"], f["skipped"], f["failed"], wrong))
        good &= f["counted"] > 0 and not wrong
    return rows, good


COLUMNS = "zarr", ">counted", ">skipped", ">failed", ">otherwise"
WHAT = "what is foretold is what is counted, in every cell"
