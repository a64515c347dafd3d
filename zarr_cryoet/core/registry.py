"""How rows are looked up by id and by group, the same for every registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .errors import unknown


class Registry[Row](Mapping):
    """Rows by id, in the order in which they stand in their file.

    Parameters
    ----------
    kind
        What a row is, for messages: ``"codec"``.
    rows
        Anything with an ``id`` and ``groups``, the named sets that it belongs to;
        every row belongs to ``all``.

    Raises
    ------
    ValueError
        Two rows share an id.
    """

    def __init__(self, kind: str, rows: Iterable[Row]):
        self.kind = kind
        self._rows: dict[str, Row] = {}
        for row in rows:
            if row.id in self._rows:
                raise ValueError(f"two rows of {kind} are called {row.id}")
            self._rows[row.id] = row

    def __getitem__(self, name: str) -> Row:
        try:
            return self._rows[name]
        except KeyError:
            raise unknown(self.kind, name, self._rows) from None

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def groups(self) -> list[str]:
        """The names of all groups, ``all`` last."""
        named = dict.fromkeys(g for row in self._rows.values() for g in row.groups)
        return [*named, "all"]

    def select(self, names: str | Iterable[str]) -> tuple[str, ...]:
        """Ids of a group, or the given ids, checked.

        Raises
        ------
        UserError
            No group or row is called so.
        """
        if not isinstance(names, str):
            return tuple(dict.fromkeys(self[name].id for name in names))
        if names == "all":
            return tuple(self._rows)
        chosen = tuple(row.id for row in self._rows.values() if names in row.groups)
        if chosen:
            return chosen
        if names in self._rows:
            return (names,)
        raise unknown(f"{self.kind} or group", names, [*self._rows, *self.groups]) from None
