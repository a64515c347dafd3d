"""Studies: a folder for each, with its rows, its tasks and its templates; found here."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from .study import Study


@cache
def studies() -> dict[str, Study]:
    """One of each, by their verbs."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            loaded = importlib.import_module(f"{__name__}.{module.name}")
            found |= {each.name: each() for each in vars(loaded).values() if _is_study(each)}
    return found


def _is_study(each: object) -> bool:
    return inspect.isclass(each) and issubclass(each, Study) and not inspect.isabstract(each)
