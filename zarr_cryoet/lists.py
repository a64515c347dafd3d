"""Lists on the command line: names, groups and ids, with commas between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .core.errors import UserError
from .core.registry import Registry


def split(text: str) -> list[str]:
    """The words between commas, without the blanks around them; repeated ones stay."""
    return [word.strip() for word in text.split(",") if word.strip()]


def names(text: str, option: str) -> tuple[str, ...]:
    """The words between commas, each once.

    Raises
    ------
    UserError
        There is none.
    """
    found = tuple(dict.fromkeys(split(text)))
    if not found:
        raise UserError(f"{option}: an empty list of names; leave the option out, or name some")
    return found


def select(
    rows: Registry, text: str, option: str, further: Mapping[str, Iterable[str]] | None = None
) -> tuple[str, ...]:
    """Ids of the groups and rows that `text` names, each once.

    Parameters
    ----------
    rows
        The registry that knows the names.
    text
        Groups and ids, with commas between them.
    option
        For messages: ``"--codecs"``.
    further
        Names that mean something here alone, and the ids that each stands for.

    Raises
    ------
    UserError
        The list is empty, or a name is neither a group nor an id.
    """
    further = further or {}
    found = (further[n] if n in further else rows.select(n) for n in names(text, option))
    return tuple(dict.fromkeys(each for ids in found for each in ids))
