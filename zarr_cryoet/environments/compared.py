"""The two that are compared: releases of the history, or commits of a checkout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..core.measure.worker import Environment
from . import lock as locks
from . import swap, wheels
from .make import Contents, of_release

PINS = Path("configs/zarr-checkout.txt")  # what commits of a checkout are measured with


@dataclass(frozen=True)
class Compared:
    """One of the two.

    Attributes
    ----------
    name : str
        For people: ``3.4.2``, or ``main (1183d6db)``.
    contents : Contents
        What its environment holds.
    """

    name: str
    contents: Contents

    def environment(self, double: dict | None = None) -> Environment:
        """Its environment, made if need be, with settings of a test double."""
        return Environment(self.name, str(self.contents.python()), double)


def releases(base: str, head: str) -> tuple[Compared, Compared]:
    """Two releases of zarr; the same one twice is an A/A comparison.

    Raises
    ------
    UserError
        One is not in the history.
    """
    found = [of_release(each) for each in (base, head)]
    return _apart(*(Compared(each.versions["zarr"], each) for each in found))


def newest() -> str:
    """The last release in the history."""
    return locks.read(locks.path_of("zarr")).versions[-1]


def commits(root: Path, checkout: str, base: str, head: str) -> tuple[Compared, Compared]:
    """Two commits of a repository of zarr-python, each built once.

    Parameters
    ----------
    root
        The clone, which holds the pins.
    checkout
        A path, or an address.
    base, head
        Anything that git has for a commit.

    Raises
    ------
    UserError
        There is no such repository or commit, or it cannot be built.
    """
    repository = wheels.repository(root, checkout)
    hashes = [wheels.commit(repository, name) for name in (base, head)]  # both before a build
    pins = tuple(f"{name}=={version}" for name, version in swap.read(root / PINS).items())
    found = []
    for name, digest in zip((base, head), hashes, strict=True):
        contents = Contents(f"zarr-{digest[:8]}", pins, wheel=wheels.build(repository, digest))
        found.append(Compared(f"{name} ({digest[:8]})", contents))
    return _apart(*found)


def _apart(a: Compared, b: Compared) -> tuple[Compared, Compared]:
    """Two names for two sides, as reasons name the one that they are of."""
    return a, replace(b, name=f"{b.name} again") if a.name == b.name else b
