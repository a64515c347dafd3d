"""Values as Python spells them, broken into lines where they are long."""

from __future__ import annotations

from dataclasses import dataclass, field

WIDTH = 97  # of a line
_STEP = 4


class Expression(str):
    """Code that stands for itself, in place of a value that is known only where it runs."""

    __slots__ = ()


@dataclass(frozen=True)
class Call:
    """A call: arguments by place, then by name; `tall` where each has a line of its own."""

    name: str
    by_place: tuple = ()
    by_name: dict = field(default_factory=dict)
    tall: bool = False


def literal(value: object, indent: int = 0, used: int = 0) -> str:
    """A value as it stands in a program.

    Parameters
    ----------
    value
        Dictionaries, lists and tuples of strings, numbers, None, `Expression` and `Call`.
    indent
        Of the line that it stands on; the lines that it is broken into have 4 more.
    used
        Characters that stand on its line beside it, the indent left out.
    """
    flat = _flat(value)
    tall = isinstance(value, Call) and value.tall
    fits = indent + used + len(flat) <= WIDTH and not tall
    if fits or not isinstance(value, (dict, list, tuple, Call)):
        return flat
    items = _items(value)
    long = [isinstance(each, (dict, list)) for _, each in items]
    if long in ([True], [False, True]) and not tall:
        return _hugged(value, items, indent, used)
    inner, (opened, closed) = indent + _STEP, _brackets(value)
    lines, room = [opened], False  # whether another item may go on the last line
    for named, each in items:
        text = f"{named}{literal(each, inner, len(named) + 1)},"
        if room and not tall and "\n" not in text and len(lines[-1]) + 1 + len(text) <= WIDTH:
            lines[-1] += f" {text}"
        else:
            lines.append(" " * inner + text)
        room = "\n" not in text
    return "\n".join([*lines, " " * indent + closed])


def _hugged(value, items, indent: int, used: int) -> str:
    """What ends with a long item opens and closes with it: ``{"name": "a", "b": {``."""
    opened, closed = _brackets(value)
    before = "".join(f"{named}{_flat(each)}, " for named, each in items[:-1])
    named, last = items[-1]
    head = f"{opened}{before}{named}"
    return f"{head}{literal(last, indent, used + len(head) + len(closed))}{closed}"


def _flat(value: object) -> str:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, str):
        plain = value.isprintable() and not set(value) & set('"\\')
        return f'"{value}"' if plain else repr(value)
    if not isinstance(value, (dict, list, tuple, Call)):
        return repr(value)
    opened, closed = _brackets(value)
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    items = (f"{named}{_flat(each)}" for named, each in _items(value))
    return f"{opened}{', '.join(items)}{comma}{closed}"


def _brackets(value) -> tuple[str, str]:
    if isinstance(value, Call):
        return f"{value.name}(", ")"
    return {dict: ("{", "}"), list: ("[", "]")}.get(type(value), ("(", ")"))


def _items(value) -> list[tuple[str, object]]:
    """What stands before each item, and the item."""
    if isinstance(value, dict):
        return [(f"{_flat(key)}: ", each) for key, each in value.items()]
    if isinstance(value, Call):
        by_name = ((f"{key}=", each) for key, each in value.by_name.items())
        return [*(("", each) for each in value.by_place), *by_name]
    return [("", each) for each in value]
