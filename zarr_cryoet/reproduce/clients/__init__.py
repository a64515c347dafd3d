"""Backends as a script spells them: each file here is one, as text and without its library.

A new one is a new file; nothing else has to know of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from .base import Client


@cache
def clients() -> tuple[Client, ...]:
    """All of them, by file name; each module names its own `CLIENT`."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "base"]
    return tuple(importlib.import_module(f"{__name__}.{name}").CLIENT for name in names)
