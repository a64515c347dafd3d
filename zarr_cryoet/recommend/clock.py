"""How a budget is spent."""

from __future__ import annotations

import time
from contextlib import contextmanager

#: Seconds that a large tomogram may take, all included; a smaller one takes less.
LONGEST = 50.0
_LEAST, _PER_BYTE = 11.0, 1.2e-7


def default(nbytes: int) -> float:
    """Seconds for a volume of so many bytes, where no budget is given."""
    return min(LONGEST, _LEAST + nbytes * _PER_BYTE)


class Clock:
    """Parts of a budget, one within the other.

    Parameters
    ----------
    seconds
        The budget, from now on.
    spent : float
        What of it is gone already.
    """

    def __init__(self, seconds: float, spent: float = 0.0):
        self.began = time.monotonic() - spent
        self.end = self.began + seconds
        self.parts: dict[str, float] = {}

    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return max(0.0, self.end - time.monotonic())

    def over(self) -> bool:
        """Whether none is."""
        return self.left() <= 0

    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @contextmanager
    def part(self, name: str, share: float = 1.0):
        """A share of what is left, whose seconds are kept under a name."""
        inner = Clock(self.left() * share)
        try:
            yield inner
        finally:
            self.parts[name] = self.parts.get(name, 0.0) + inner.spent()
