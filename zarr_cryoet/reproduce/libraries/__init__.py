"""Libraries that a tomogram can be stored with: each file here is one.

A new one is a new file; nothing else has to know of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from .base import Library


@cache
def libraries() -> tuple[Library, ...]:
    """One of each, by id."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(sorted((cls() for cls in Library.__subclasses__()), key=lambda each: each.id))
