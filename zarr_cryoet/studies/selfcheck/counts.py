"""Exact figures: that what is foretold is what is counted, in every cell."""

from __future__ import annotations

from ...check.child import call
from ...core.errors import UserError
from ...core.measure import setups
from ...core.measure.worker import Died
from ...environments import compared, make
from .arena import Arena

_OLD = "2.18.7"  # the last of the releases that know no format 3
_SECONDS = 900.0


def parts(arena: Arena, quick: bool):
    """Names of the parts, and what each does."""
    for release in (_OLD, setups.REFERENCE, compared.newest()):
        yield f"counts-{release}", lambda r=release: count(arena, r, quick)


def count(arena: Arena, release: str, quick: bool) -> dict:
    """Count every cell in one release's environment."""
    python = make.ensure(release)
    place = arena.place / f"counts-{release}"
    arena.bar(0.1, f"counting in {release}")
    size = "quick" if quick else "full"
    try:
        return call(python, "grid", arena.volume.id, str(place), size, seconds=_SECONDS)
    except Died as exc:
        raise UserError(f"counting in {release}: {exc}") from exc


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
