"""What a sweep is made of: cells and environments, from names on the command line."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from .. import lists
from ..core import backends
from ..core.case import Case
from ..core.codecs import CODECS
from ..core.errors import UserError
from ..core.layouts import LAYOUTS
from ..core.measure.cell import Cell
from ..core.measure.worker import Environment, here
from ..core.operations import OPERATIONS
from ..core.stores import STORES
from ..core.support import unsupported
from ..environments.make import of_release
from ..environments.rows import PEERS

HERE = "installed"  # the side that runs what is installed beside this package
LIMIT = "limit"  # the sides whose cells are physical limits


@dataclass(frozen=True)
class Asked:
    """What was asked for, by the names of groups or of rows.

    Attributes
    ----------
    codecs, layouts, operations, stores
        Each a group, an id, or several of them with commas between.
    backends
        The same; ``zarr-python@2.18.7`` is that release of the history, and
        ``iohub@0.3.11`` stands in an environment of its own.
    formats
        ``2``, ``3`` or ``2,3``.
    cold
        Whether reads are also done with the page cache emptied.
    limits
        Whether what nothing can be faster than is measured beside it.
    store
        URL of a bucket that the run works in; its releases come with the clouds' clients.
    """

    codecs: str = "smoke"
    layouts: str = "smoke"
    operations: str = "smoke"
    stores: str = "local"
    backends: str = "default"
    formats: str = "2,3"
    cold: bool = False
    limits: bool = True
    store: str | None = None


def cells(asked: Asked, volume: str) -> tuple[dict[str, Environment], list[tuple[str, Cell]]]:
    """Sides by name, and which cell is to run in which.

    Raises
    ------
    UserError
        A name is unknown, or nothing is left to run.
    """
    sides, named = _sides(asked.backends, "zarr-cloud" if asked.store else "zarr")
    product = itertools.product(
        lists.select(CODECS, asked.codecs, "--codecs"),
        lists.select(LAYOUTS, asked.layouts, "--layouts"),
        _formats(asked.formats),
        named,
        lists.select(STORES, asked.stores, "--stores"),
        lists.select(OPERATIONS, asked.operations, "--operations"),
        (False, True) if asked.cold else (False,),
    )
    found = []
    for codec, layout, zarr_format, (side, backend), store, operation, cold in product:
        if cold and (OPERATIONS[operation].writes or store != "local"):
            continue
        case = Case.of(volume, codec, layout, zarr_format, backend, store)
        found.append((side, Cell(case, operation, cold)))
    return sides, found


def limits(wanted: list[tuple[str, Cell]]) -> tuple[dict[str, Environment], list[tuple[str, Cell]]]:
    """The cells that nothing of what is wanted can be faster than, in the same run.

    A codec's limit is numcodecs alone on the same chunks; a file's, one read of as many
    bytes; a fresh array's, one copy.
    """
    found: dict[Cell, None] = {}
    for _, cell in wanted:
        case = cell.case
        chunks = case.layout.partition("-s")[0]
        for backend, store, codec, layout in (
            ("codec-alone", "memory", case.codec, chunks if chunks in LAYOUTS else case.layout),
            ("fresh-copy", "memory", "none", "whole"),
            ("raw-file", "local", "none", "whole"),
        ):
            limit = Case.of(case.volume, codec, layout, 0, backend, store)
            if backend == "codec-alone" and codec == "none":
                continue
            if not cell.cold and unsupported(limit, operation=cell.operation) is None:
                found[Cell(limit, cell.operation)] = None
    named = [(f"{LIMIT}:{cell.case.backend}", cell) for cell in found]
    return {name: here(name) for name, _ in named}, named


def _formats(names: str) -> tuple[int, ...]:
    for name in lists.names(names, "--formats"):
        if name not in ("0", "2", "3"):
            raise UserError(f"{name}: no format of Zarr; known are 2, 3 (and 0 for no Zarr)")
    return tuple(map(int, lists.names(names, "--formats")))


def _sides(names: str, history: str) -> tuple[dict[str, Environment], list[tuple[str, str]]]:
    """Sides by name, and each backend with the side that it runs in."""
    sides: dict[str, Environment] = {}
    named: dict[tuple[str, str], None] = {}
    for word in lists.names(names, "--backends"):
        backend, _, release = word.partition("@")
        chosen: Iterable[str] = backends.select(backend)
        side, python = _side(backend, release.removeprefix("v"), history)
        for each in chosen:
            # each backend in a process of its own: some change what others do
            name = f"{side}:{each}"
            sides[name] = Environment(name, python)
            named[name, each] = None
    return sides, list(named)


def _side(backend: str, release: str, history: str) -> tuple[str, str]:
    """Name and interpreter of an environment.

    A release is that of a backend which has an environment of its own, as iohub, else of
    a history of zarr.
    """
    if not release:
        return HERE, here(HERE).python
    own = f"{backend}-{release}"
    contents = PEERS[own].contents if own in PEERS else of_release(release, history)
    return own if own in PEERS else f"zarr-{release}", str(contents.python())
