"""Exact figures: that what is foretold is what is counted, in every cell."""

from __future__ import annotations

from ...check.counted import counting
from ...core.errors import UserError
from ...core.measure import setups
from ...core.measure.worker import Died, Environment
from ...environments import compared
from ...environments.make import of_release
from .arena import Arena

_OLD = "2.18.7"  # the last of the releases that know no format 3
_SECONDS = 900.0


def parts(arena: Arena, quick: bool):
    """Names of the parts, and what each does."""
    for release in (_OLD, setups.REFERENCE, compared.newest()):
        yield f"counts-{release}", lambda r=release: count(arena, r, quick)


def count(arena: Arena, release: str, quick: bool) -> dict:
    """Count every cell in one release's environment."""
    environment = Environment(release, str(of_release(release).python()))
    place = arena.place / f"counts-{release}"
    arena.bar(0.1, f"counting in {release}")
    try:
        with counting(environment, arena.volume.id, place) as worker:
            found = worker.ask("grid", deadline=_SECONDS, quick=quick)
    except Died as exc:
        found = {"error": str(exc)}
    if "error" in found:
        raise UserError(f"counting in {release}: {found['error']}")
    return found


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
