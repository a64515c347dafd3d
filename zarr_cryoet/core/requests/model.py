"""What a library should ask of its files, from geometry and from what is stored.

A model is a library's own account of itself: each backend names one, which says where it
does otherwise than fetch each chunk once and write each object once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..access import cells
from ..stores.counting import Tally

if TYPE_CHECKING:
    from ..access import Box, Selection
    from ..layouts import Extent
    from .objects import Cell, Part
    from .record import Call


class Model:
    """One library's account; a method for each call of a backend.

    Attributes
    ----------
    joins : bool
        Whether ranges of chunks in one shard come together.
    gap, limit : int
        Bytes that are read in vain to spare a request, and bytes that are asked for at once.
    sizes : str
        Of what it asks how large it is before: of ``parts`` of objects, of ``all``, or nothing.
    parts : str
        Of which raw chunks it fetches a part: ``objects``, ``all``, or nothing.
    """

    joins: bool = False
    gap: int = 0
    limit: int = 2**62
    sizes: str = ""
    parts: str = ""

    def predict(self, call: Call) -> Tally:
        """Requests by kind, bytes and chunks decoded that a call should take."""
        tally = Tally()
        getattr(self, call.name)(call, tally)
        return tally

    def keys(self, call: Call, tally: Tally) -> None:
        """One listing, of everything."""
        tally.lists += 1

    def delete(self, call: Call, tally: Tally) -> None:
        """One request, to delete a folder."""
        tally.deletes += 1

    def write(self, call: Call, tally: Tally) -> None:
        """As a box, which is as large as the array."""
        self.assign(call, tally)

    def store(self, call: Call, cell: Iterable[int], tally: Tally) -> None:
        """Put an object; or delete it, where nothing but the fill value is left in it."""
        size = call.after.size(cell)
        if size is None:
            tally.deletes += 1
        else:
            tally.puts += 1
            tally.bytes_written += size

    def fetch(self, size: int | None, tally: Tally) -> None:
        """Get an object that may be absent."""
        tally.gets += 1
        tally.bytes_read += size or 0


def by_cell(selection: Selection, inner: Extent, outer: Extent) -> dict[Cell, list[Cell]]:
    """Cells of the inner grid that a selection meets, by the outer cell that they are in."""
    return gathered(map(tuple, cells(selection, inner).tolist()), inner, outer)


def gathered(met: Iterable[Cell], inner: Extent, outer: Extent) -> dict[Cell, list[Cell]]:
    """Cells of the inner grid, by the outer cell that they are in."""
    found: dict[Cell, list[Cell]] = {}
    ratio = [o // i for o, i in zip(outer, inner, strict=True)]
    for cell in met:
        found.setdefault(tuple(c // r for c, r in zip(cell, ratio, strict=True)), []).append(cell)
    return found


def covered(box: Box, cell: Cell, edges: Extent, shape: Extent | None = None) -> bool:
    """Whether a box holds all of a cell; given a shape, all that is inside of that."""
    for axis, (s, c, edge) in enumerate(zip(box, cell, edges, strict=True)):
        end = (c + 1) * edge
        if shape is not None:
            end = min(end, shape[axis])
        if s.start > c * edge or s.stop < end:
            return False
    return True


def outside(old: Extent, new: Extent, edges: Extent) -> Iterator[Cell]:
    """Cells of the old shape's grid that have no place in the new one's."""
    keep = [-(-n // edge) for n, edge in zip(new, edges, strict=True)]
    whole = tuple(slice(0, n) for n in old)
    for cell in cells(whole, edges).tolist():
        if any(c >= k for c, k in zip(cell, keep, strict=True)):
            yield tuple(cell)


def joined(parts: Iterable[Part], gap: int, limit: int) -> list[Part]:
    """Parts of an object as they are fetched, near ones in one.

    Parameters
    ----------
    parts
        From where to where.
    gap
        Bytes between two parts that are fetched for nothing rather than asked twice.
    limit
        Bytes that are asked for at once, at most.
    """
    found: list[Part] = []
    for begin, end in sorted(parts):
        if found and begin - found[-1][1] <= gap:
            start, stop = found[-1][0], max(found[-1][1], end)
            if stop - start <= limit:
                found[-1] = (start, stop)
                continue
        found.append((begin, end))
    return found
