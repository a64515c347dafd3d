"""Backends: each file here is one library, in one class.

A new one is a new file; nothing else has to know of it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ..errors import unknown
from .base import Backend


@cache
def classes() -> tuple[type[Backend], ...]:
    """Every backend class of this package, by file name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = [cls for cls in _below(Backend) if cls.__module__.startswith(__name__)]
    return tuple(sorted(found, key=lambda cls: cls.__module__))


def _below(cls: type[Backend]) -> list[type[Backend]]:
    """All subclasses, those of subclasses too."""
    return [each for sub in cls.__subclasses__() for each in (sub, *_below(sub))]


def ids() -> tuple[str, ...]:
    """The ids of all backends; classes for different releases of a library share one."""
    return tuple(sorted({cls.id for cls in classes()}, reverse=True))


@cache
def installed() -> Mapping[str, str]:
    """Releases of the backends' packages in this environment."""
    found = {}
    for package in {cls.package for cls in classes()}:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def untouched() -> bool:
    """Whether none of the libraries is imported in this process yet."""
    return not any(cls.package in sys.modules for cls in classes())


def find(name: str, versions: Mapping[str, str]) -> Backend | str:
    """The backend of that id for these releases, or the reason why there is none.

    Raises
    ------
    UserError
        No backend has that id.
    """
    candidates = [cls for cls in classes() if cls.id == name]
    if not candidates:
        raise unknown("backend", name, ids())
    package = candidates[0].package
    if package not in versions:
        return f"{package} is not installed"
    for cls in candidates:
        if cls.serves(versions[package]):
            return cls()
    return f"no class of {name} serves {package} {versions[package]}"


def get(name: str) -> Backend:
    """The backend of that id for what is installed here.

    Raises
    ------
    RuntimeError
        It is not installed; `Case.supports` says so beforehand.
    """
    found = find(name, installed())
    if isinstance(found, str):
        raise RuntimeError(found)
    return found
