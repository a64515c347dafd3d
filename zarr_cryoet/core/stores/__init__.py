"""Where arrays are kept: one row each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..registry import Registry


@dataclass(frozen=True)
class Store:
    """A place for an array's objects.

    Attributes
    ----------
    id : str
        For example ``local``, or ``latency-10ms``.
    kind : str
        What a backend knows or does not: ``local``, ``memory``, ``zip``, ``latency``.
    groups : tuple of str
        Named sets it belongs to.
    latency : float
        Seconds that each request waits before it is served.
    """

    id: str
    kind: str
    groups: tuple[str, ...] = ("default",)
    latency: float = 0.0

    def place(self, path: Path) -> Path:
        """Where its objects are, for an array at `path`."""
        return path.with_name(f"{path.name}.zip") if self.kind == "zip" else path

    @property
    def packed(self) -> bool:
        """Whether it is made from files that were written before."""
        return self.kind in ("zip", "latency")


STORES = Registry(
    "store",
    [
        Store("local", "local", ("default", "smoke")),
        Store("memory", "memory"),
        Store("zip", "zip"),
        Store("latency-10ms", "latency", latency=0.010),
    ],
)
