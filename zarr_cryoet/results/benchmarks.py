"""The benchmark classes of a clone, and what each of their cells does."""

from __future__ import annotations

import functools
import importlib
import os
import pkgutil
import sys
from dataclasses import replace
from pathlib import Path

from ..core import metrics, selection
from ..core.case import FIELDS, Case
from ..core.errors import UserError
from ..core.operations import unshown
from ..core.volume import DEFAULT_VOLUME, VOLUME_VARIABLE
from .record import ASV, About, Record


def classes(root: Path, volume: str) -> list[type]:
    """The benchmark classes of a project, for one volume.

    Raises
    ------
    UserError
        The suite cannot be imported.
    """
    os.environ[VOLUME_VARIABLE] = volume
    _forget(volume)
    sys.path.insert(0, str(root))
    try:
        package = importlib.import_module("benchmarks")
        names = [m.name for m in pkgutil.iter_modules(package.__path__)]
        modules = [importlib.import_module(f"benchmarks.{name}") for name in names]
    except (ImportError, SyntaxError) as exc:
        raise UserError(f"{root}: the benchmarks cannot be imported ({exc})") from exc
    finally:
        sys.path.pop(0)
    found = {}
    for module in modules:
        for name, cls in vars(module).items():
            if isinstance(cls, type) and not name.startswith("_") and selection.methods(cls):
                found[cls] = None
    return list(found)


def _forget(volume: str) -> None:
    """Have the suite imported again where it was for another volume, which its classes keep."""
    base = sys.modules.get("benchmarks.base")
    if base is not None and volume != base.VOLUME:
        for name in [n for n in sys.modules if n.partition(".")[0] == "benchmarks"]:
            del sys.modules[name]


class Suite:
    """Says what records of asv are about, from the classes that they were measured with.

    Parameters
    ----------
    root
        The project's folder. Where its benchmarks cannot be imported, records have their
        parameters, and no case.
    """

    def __init__(self, root: Path):
        try:
            found = classes(root, DEFAULT_VOLUME)
        except UserError:
            found = []
        self._classes = {selection.name(cls): cls for cls in found}
        self._found = functools.cache(self._find)

    def joined(self, record: Record) -> Record:
        """The same record, with what its class says of the benchmark case."""
        about, case, operation, more = self._found(record.benchmark, tuple(record.params.items()))
        if case and case.volume.startswith(DEFAULT_VOLUME):  # the run's own, or derived from it
            volume = record.volume + case.volume.removeprefix(DEFAULT_VOLUME)
            case = replace(case, volume=volume)
        return replace(record, about=about, case=case, operation=operation, more=dict(more))

    def _find(self, benchmark: str, params: tuple) -> tuple[About, Case | None, str, dict]:
        name, _, method = benchmark.rpartition(".")
        named, cls = dict(params), self._classes.get(name)
        if cls is None:
            return About(metrics.of_method(method)), None, "", unshown(named)
        question = (cls.__doc__ or "").strip().partition("\n")[0]
        about = About(
            metrics.of_method(method), cls.exact, ASV, cls.__name__, question, cls.control
        )
        if list(named) != cls.param_names:  # another version's
            return about, None, "", unshown(named)
        cell = tuple(named.values())
        try:
            done = cls.done_by(cell)
            case = cls.case_of(cell) if hasattr(cls, "case_of") else done[0].case if done else None
        except (UserError, KeyError, TypeError, AttributeError):
            return about, None, "", unshown(named)
        said = {"operation", *FIELDS} if case else ()
        more = {name: value for name, value in unshown(named).items() if name not in said}
        return about, case, done[0].operation if len(done) == 1 else "", more
