"""A backend that does what another does, and keeps what each call took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .objects import Objects, look

if TYPE_CHECKING:
    from ..backends.base import Backend
    from ..case import Case
    from ..layouts import Extent, Layout
    from ..stores.counting import Counter, Tally

_BY_HANDLE = ("write", "read", "assign", "append", "resize")
_BY_CASE = ("create", "create_with", "open", "open_group", "keys", "delete")
_ONLY_READ = ("read", "open", "open_group", "keys")


@dataclass(frozen=True)
class Call:
    """One call of a backend.

    Attributes
    ----------
    name : str
        Of the method.
    case : Case
        How the array is stored.
    shape : tuple of int
        Of the array before the call, or as it is made.
    before, after : Objects
        What was stored; the same where the call only reads.
    tally : Tally
        What was counted.
    what : Any
        The selection that is read, the box that is written, the shape that it is given.
    consolidated : bool
        Of a group, whether it is opened from consolidated metadata.
    """

    name: str
    case: Case
    shape: Extent
    before: Objects
    after: Objects
    tally: Tally
    what: Any = None
    consolidated: bool = False

    @property
    def layout(self) -> Layout:
        """Chunks and shards of the array."""
        return self.case.layout_row.of(self.shape)


@dataclass
class Recorder:
    """Stands for a backend in a `Job`.

    Attributes
    ----------
    backend : Backend
        The one that does it.
    counter : Counter
        What it is counted by.
    case : Case
        How things are stored.
    path : pathlib.Path
        Where.
    shape : tuple of int
        Of the volume.
    calls : list of Call
        Those that came while it was recording.
    """

    backend: Backend
    counter: Counter
    case: Case
    path: Path
    shape: Extent
    calls: list[Call] = field(default_factory=list)
    _recording: bool = False
    _seen: Objects | None = None

    @contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """Keep calls for as long as the block lasts."""
        self.calls, self._recording = [], True
        try:
            yield self.calls
        finally:
            self._recording = False

    def __getattr__(self, name):
        found = getattr(self.backend, name)
        if not self._recording or name not in _BY_HANDLE + _BY_CASE:
            return found

        def call(*args, **kwargs):
            return self._call(name, found, args, kwargs)

        return call

    def _call(self, name, method, args, kwargs):
        shape = tuple(args[0].shape) if name in _BY_HANDLE else self.shape
        before = self._look(shape, name in _ONLY_READ)
        self.counter.start()
        result = method(*args, **kwargs)
        tally = self.backend.kinds(self.case, name, self.counter.stop())
        after = before if name in _ONLY_READ else self._look(shape)
        what = _what(name, shape, args)
        whole = kwargs.get("consolidated", False)
        self.calls.append(Call(name, self.case, shape, before, after, tally, what, whole))
        return result

    def _look(self, shape, unchanged=False):
        """What is stored; looked at once where nothing is written."""
        if not unchanged:
            return look(self.case, self.path, shape)
        if self._seen is None:
            self._seen = look(self.case, self.path, shape)
        return self._seen


def _what(name, shape, args):
    if name in ("write", "create", "create_with"):
        return tuple(slice(0, n) for n in shape)
    if name == "append":
        depth = shape[0] + args[1].shape[0]
        return (slice(shape[0], depth), *(slice(0, n) for n in shape[1:]))
    return args[1] if name in ("read", "assign", "resize") else None
