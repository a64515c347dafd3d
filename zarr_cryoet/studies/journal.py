"""What is done of a study that is under way: kept row by row, gone once the record stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path

from ..core.errors import UserError

VERSION = 1


class Journal:
    """A file of JSON lines: a head, then one line for each part that is done.

    Parameters
    ----------
    path
        The file; its folder is made.
    study
        The study's name.
    terms
        What figures depend on. A journal of other terms, of another version, or a damaged one
        is set aside under another name; nothing of it is taken over.
    say
        Is given a line where one is.

    Attributes
    ----------
    done : dict
        Plain values by key, as an earlier run left them.

    Raises
    ------
    UserError
        It cannot be read or written.
    """

    def __init__(
        self, path: Path, study: str, terms: Mapping, say: Callable[[str], None] = lambda _: None
    ):
        self.path, self._say = path, say
        self._head = plain({"journal": VERSION, "study": study, "terms": dict(terms)})
        self.done: dict[str, object] = {}
        with self._named():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._resume()

    def add(self, key: str, value: object) -> None:
        """Keep what is done: it is on the disk when this returns.

        Raises
        ------
        UserError
            It cannot be written.
        """
        lines = [] if self.path.exists() else [self._head]
        lines.append({"key": key, "value": plain(value)})
        text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)
        with self._named(), self.path.open("a", encoding="utf-8") as file:
            file.write(text)
        self.done[key] = lines[-1]["value"]

    def once[V](self, key: str, work: Callable[[], V]) -> V:
        """A plain value that is worked out once, and taken from the journal from then on."""
        if key not in self.done:
            self.add(key, work())
        return self.done[key]

    def set_aside(self, why: str) -> None:
        """Begin anew; what there was is kept under another name."""
        aside = self.path.with_suffix(".old.jsonl")
        self.path.replace(aside)
        self.done = {}
        self._say(f"the journal of a run that did not end {why}; set aside as {aside.name}")

    def remove(self) -> None:
        """All of it stands elsewhere now."""
        self.path.unlink(missing_ok=True)

    def _resume(self) -> None:
        try:
            found = self.path.read_bytes()
        except FileNotFoundError:
            return
        whole = found[: found.rfind(b"\n") + 1]  # a line cut short was not done
        if not whole:
            return self.path.unlink()
        try:
            head, *lines = map(json.loads, whole.splitlines())
            done = {line["key"]: line["value"] for line in lines}
            why = self._differs(head)
        except (ValueError, KeyError, TypeError):
            why = "is damaged"
        if why:
            return self.set_aside(why)
        if len(whole) < len(found):
            with self.path.open("rb+") as file:
                file.truncate(len(whole))
        self.done = done
        return None

    def _differs(self, head: dict) -> str:
        """In what it is of another run; empty where it is of this one."""
        if head == self._head:
            return ""
        if (version := head["journal"]) != VERSION:
            return f"is of version {version}, where {VERSION} is known"
        old, new = ({"study": h["study"], **h["terms"]} for h in (head, self._head))
        key = next(key for key in {**new, **old} if old.get(key) != new.get(key))
        return f"is of another one ({key}: {old.get(key)}, not {new.get(key)})"

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Names the file where the system refuses it."""
        try:
            yield
        except OSError as exc:
            raise UserError(f"{self.path}: cannot be written ({exc.strerror or exc})") from exc


def plain(value: object) -> object:
    """As JSON will have it: dataclasses as objects, tuples as lists, paths as text."""
    return json.loads(json.dumps(value, default=_default, allow_nan=False))


def _default(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return list(value) if isinstance(value, set | frozenset) else str(value)
