"""Backends: each file here is one library, in one class.

A new one is a new file; nothing else has to know of it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ..codecs import CODECS
from ..errors import unknown
from ..registry import Registry
from .base import ROLES, Backend

#: What buckets are reached with.
CLIENTS = ("obstore", "s3fs", "gcsfs", "adlfs")


@cache
def classes() -> tuple[type[Backend], ...]:
    """Every backend class of this package, by file name; what some share is none."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = [cls for cls in _below(Backend) if cls.__module__.startswith(__name__)]
    named = (cls for cls in found if not inspect.isabstract(cls))
    return tuple(sorted(named, key=lambda cls: cls.__module__))


def _below(cls: type[Backend]) -> list[type[Backend]]:
    """All subclasses, those of subclasses too."""
    return [each for sub in cls.__subclasses__() for each in (sub, *_below(sub))]


@cache
def registry() -> Registry[type[Backend]]:
    """One class for each id, what most measure first and what is no Zarr last."""
    one = {cls.id: cls for cls in classes()}
    named = sorted(one.values(), key=lambda cls: cls.id, reverse=True)
    named.sort(key=lambda cls: ("zarr" not in cls.groups, -len(cls.groups)))
    return Registry("backend", named)


def ids() -> tuple[str, ...]:
    """The ids of all backends; classes for different releases of a library share one."""
    return tuple(registry())


def select(names: str | Iterable[str]) -> tuple[str, ...]:
    """Ids of a group, or the given ids, checked.

    Groups are ``default``, ``suite``, ``zarr`` (all that store Zarr), ``reference`` (what a
    user has beside it), ``limit`` (what none can be faster than) and ``all``.

    Raises
    ------
    UserError
        No group or backend is called so.
    """
    return registry().select(names)


def taking_part(role: str) -> tuple[str, ...]:
    """Ids of the backends that take part in one of the `ROLES`; the others say why not.

    Raises
    ------
    UserError
        There is no such role.
    """
    if role not in ROLES:
        raise unknown("role of a backend", role, ROLES)
    return tuple(name for name, cls in registry().items() if role not in cls.excluded)


@cache
def installed() -> Mapping[str, str]:
    """Releases here of the packages that backends and codecs need."""
    packages = {codec.package for codec in CODECS.values() if codec.package}
    found = {}
    for package in packages.union(CLIENTS).union(*map(_packages, classes())):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _packages(cls: type[Backend]) -> set[str]:
    return {cls.package, *cls.packages}


def untouched() -> bool:
    """Whether none of the libraries is imported in this process yet; numpy starts no threads."""
    libraries = set().union(CLIENTS, *map(_packages, classes())) - {"numpy"}
    return not libraries & sys.modules.keys()


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
    for each in (package, *candidates[0].packages):
        if each not in versions:
            return f"{each} is not installed"
    for cls in candidates:
        if cls.serves(versions[package]):
            return cls()
    return f"no class of {name} serves {package} {versions[package]}"


def get(name: str) -> Backend:
    """The backend of that id for what is installed here.

    Raises
    ------
    RuntimeError
        It is not installed; `support.unsupported` says so beforehand.
    """
    found = find(name, installed())
    if isinstance(found, str):
        raise RuntimeError(found)
    return found
