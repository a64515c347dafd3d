"""Types of what the parts of the model hand to each other."""

from __future__ import annotations

Task = tuple[int, ...]  # bytes of requests of which each waits for the one before
Step = tuple[Task, ...]  # tasks that can be under way at once
Chain = tuple[Step, ...]  # of one stored object: steps of which each waits for the one before
