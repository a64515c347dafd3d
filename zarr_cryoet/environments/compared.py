"""The two that are compared: releases of the history, or commits of a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core.measure.worker import Side
from . import lock as locks
from . import make, swap, wheels

PINS = Path("configs/zarr-checkout.txt")  # what commits of a checkout are measured with


@dataclass(frozen=True)
class Party:
    """One of the two.

    Attributes
    ----------
    name : str
        For people: ``3.4.2``, or ``main (1183d6db)``.
    requirements : tuple of str
        Exact pins of all packages, but for what the wheel brings.
    wheel : pathlib.Path or None
        Of a commit that was built.
    """

    name: str
    requirements: tuple[str, ...]
    wheel: Path | None = None

    @property
    def versions(self) -> Mapping[str, str]:
        """Releases by package."""
        pins = dict(line.split("==") for line in self.requirements)
        built = swap.built(self.wheel) if self.wheel else {}
        return {locks.normalised(name): version for name, version in pins.items()} | built

    def side(self, double: dict | None = None) -> Side:
        """Its environment, made if need be.

        Raises
        ------
        UserError
            It cannot be made, or a commit asks for what is not pinned.
        """
        more = [str(self.wheel)] if self.wheel else []
        name = f"zarr-{self.wheel.parent.name[:8] if self.wheel else self.versions['zarr']}"
        python = make.of_pins(name, [*self.requirements, *more])
        if self.wheel:
            wheels.satisfied(python, self.wheel)
        return Side(self.name, str(python), double)


def releases(base: str, head: str) -> tuple[Party, Party]:
    """Two releases of zarr; the same one twice is an A/A comparison.

    Raises
    ------
    UserError
        One is not in the history.
    """
    names = base.strip().removeprefix("v"), head.strip().removeprefix("v")
    known = locks.read(locks.path_of("zarr"))
    return _apart(*(Party(name, known.release(name).requirements) for name in names))


def newest() -> str:
    """The last release in the history."""
    return locks.read(locks.path_of("zarr")).versions[-1]


def commits(root: Path, checkout: str, base: str, head: str) -> tuple[Party, Party]:
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
    found = [
        Party(f"{name} ({digest[:8]})", pins, wheels.build(repository, digest))
        for name, digest in zip((base, head), hashes, strict=True)
    ]
    return _apart(*found)


def _apart(a: Party, b: Party) -> tuple[Party, Party]:
    """Two names for two sides, as reasons name the one that they are of."""
    again = Party(f"{b.name} again", b.requirements, b.wheel)
    return a, again if a.name == b.name else b
