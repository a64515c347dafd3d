"""What a backend promises beyond `Backend` so that its requests can be counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ..case import Case
    from ..operations import Operation
    from ..stores.counting import Counter, Tally
    from .model import Model


class Countable(ABC):
    """A mix-in for a `Backend` whose requests are counted, and predicted by its own model.

    Attributes
    ----------
    counted : frozenset of str
        Ids of the stores on which it is counted.
    counts_bucket_writes : bool
        Whether what it writes into a bucket is counted exactly.
    counter : Counter or None
        Adds up requests while `counting` lasts; stores opened then report to it.
    """

    counted: ClassVar[frozenset[str]] = frozenset({"local"})
    counts_bucket_writes: ClassVar[bool] = True
    counter: Counter | None = None

    @abstractmethod
    def counting(self) -> AbstractContextManager[Counter]:
        """Count requests, bytes and chunks decoded, for as long as the block lasts."""

    @abstractmethod
    def model(self, versions: Mapping[str, str]) -> Model:
        """Its own account of what it asks for."""

    def uncounted(self, operation: Operation) -> str | None:
        """Why an operation cannot be counted where others can be."""
        return None

    def decodes_parts(self, case: Case) -> bool:
        """Whether it takes the voxels that are asked for out of a chunk, and decodes no others."""
        return False

    def kinds(self, case: Case, call: str, tally: Tally) -> Tally:
        """What was counted in one call, where the library's own figures tell no kinds."""
        return tally
