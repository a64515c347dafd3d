"""Work that may crash or hang, in a process of its own."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence


def outcomes[Task: Hashable](
    tasks: Sequence[Task],
    work: Callable[[Task], dict],
    seconds: float,
    fail: Callable[[str], dict],
    kind: Callable[[Task], str],
    untouched: bool,
) -> Iterator[tuple[Task, dict]]:
    """Do tasks one by one in a child process, and outlive whatever they do to it.

    The child is forked, which is safe as long as nothing here has started a thread.

    Parameters
    ----------
    tasks
        What to do, in order.
    work
        Does one task.
    seconds
        How long one may take.
    fail
        From a reason to an outcome, for a task that killed or hung its process.
    kind
        What a task is of; what hung twice is not waited for again.
    untouched
        Whether no library under test is imported yet; where one is, and where there is
        no fork, the work is done in this process.

    Yields
    ------
    tuple
        Each task and its outcome, as soon as there is one.
    """
    if not (untouched and hasattr(os, "fork")):
        yield from ((task, work(task)) for task in tasks)
        return
    left, hung = list(tasks), Counter()
    while left:
        for task, outcome in _child(tuple(left), work, seconds, fail):
            left.remove(task)
            hung[kind(task)] += outcome is None
            yield task, outcome or fail(f"took longer than {seconds:.0f} s")
        for task in [task for task in left if hung[kind(task)] > 1]:
            left.remove(task)
            yield task, fail(f"not tried: {kind(task)} took longer than {seconds:.0f} s twice")


def _child(tasks, work, seconds, fail) -> Iterator[tuple]:
    """One child, for as long as it lives; its last task may be the one that ended it.

    The outcome of a task that took too long is None.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_serve, args=(ours, theirs, tasks, work, seconds))
    child.start()
    theirs.close()
    try:
        for task in tasks:
            if not ours.poll(seconds):
                child.kill()
                yield task, None
                return
            try:
                yield task, ours.recv()
            except (EOFError, OSError):  # before an outcome, or in the midst of one
                child.join()
                yield task, fail(how_it_ended(child.exitcode))
                return
    finally:
        child.join(5)
        child.kill()
        child.join()
        ours.close()


def _serve(ours, theirs, tasks, work, seconds) -> None:
    """What the child does; were its parent killed, neither pipe nor alarm lets it live on."""
    ours.close()
    for task in tasks:
        signal.alarm(math.ceil(seconds) + 5)
        theirs.send(work(task))
    theirs.close()


def how_it_ended(code: int | None) -> str:
    """Words for the exit code of a process."""
    if code is not None and code < 0:
        known = {s.value: s.name for s in signal.Signals}
        return f"killed by {known.get(-code, f'signal {-code}')}"
    return f"its process ended with exit code {code}"
