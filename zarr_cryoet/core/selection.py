"""Which cells asv was asked for, so that only their stores are prepared.

asv keeps its ``--bench`` expressions to itself; the plug-in hands them on in
`ZARR_CRYOET_BENCH`, as a JSON list. Unset, everything is selected.
"""

from __future__ import annotations

import functools
import json
import os
import re

VARIABLE = "ZARR_CRYOET_BENCH"
KINDS = ("time_", "track_", "peakmem_")


def name(cls: type, method: str = "") -> str:
    """A benchmark class, or method, as asv names it: ``codecs.ReadCodec.time_read``."""
    return ".".join(filter(None, (module(cls), cls.__name__, method)))


def module(cls: type) -> str:
    """The file of a benchmark class, as asv names it: ``codecs``."""
    return cls.__module__.partition(".")[2] or cls.__module__


def methods(cls: type) -> list[str]:
    """The benchmark methods of a class."""
    return [attr for attr in dir(cls) if attr.startswith(KINDS)]


def cell_name(cls: type, method: str, cell: tuple) -> str:
    """A cell as asv matches it: ``codecs.ReadCodec.time_read('none', 2)``."""
    return f"{name(cls, method)}({', '.join(map(repr, cell))})" if cell else name(cls, method)


@functools.cache
def _expressions(text: str) -> tuple[re.Pattern, ...]:
    return tuple(re.compile(e) for e in json.loads(text)) if text else ()


def includes(cls: type, cell: tuple) -> bool:
    """Whether any method of the class, or of a class that shares its cells, is asked for."""
    wanted = _expressions(os.environ.get(VARIABLE, ""))
    if not wanted:
        return True
    family = (cls, *cls.__subclasses__())
    names = [cell_name(c, m, cell) for c in family for m in methods(c)]
    return any(e.search(n) for e in wanted for n in names)


def chosen(cls: type) -> list[tuple]:
    """The cells of a class that are asked for, in asv's order."""
    return [cell for cell in cls.cells() if includes(cls, cell)]
