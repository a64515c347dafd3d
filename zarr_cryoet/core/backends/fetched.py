"""What is counted by the log of a web server, as it goes past all stores of ours."""

from __future__ import annotations

from contextlib import contextmanager

from ..requests.countable import Countable


class Fetched(Countable):
    """A mix-in for a library that opens files by itself, and can open a URL as well."""

    @contextmanager
    def counting(self):
        """Count what it asks of a web server, for as long as the block lasts."""
        from ..requests.served import fetching

        with fetching() as self.counter:
            try:
                yield self.counter
            finally:
                self.counter = None

    def uncounted(self, operation):
        """What does more than open and read an array."""
        from ..requests.served import uncounted

        return uncounted(self.id, operation)
