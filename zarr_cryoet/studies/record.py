"""Records: typed values in a file of JSON, with the version of what they mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from ..core.errors import UserError

Upgrade = Callable[[dict], dict]


@dataclass(frozen=True)
class Format[R]:
    """How a record stands in its file.

    Attributes
    ----------
    type : type
        The dataclass of the record, made of dataclasses and plain values.
    key : str
        Under which its version stands.
    version : int
        Of what is written.
    command : str
        What makes such a record; default: `key`.
    lines : sequence of str
        Lists with a line for each item, so that a change of one is seen.
    digits : int
        Significant digits of a figure in those; 0 for all.
    older : mapping of int to callable
        Makes the values of this version from those of the one before it.
    """

    type: type[R]
    key: str
    version: int = 1
    command: str = ""
    lines: Sequence[str] = ()
    digits: int = 0
    older: Mapping[int, Upgrade] = field(default_factory=dict)

    def to_json(self, record: R) -> dict:
        """Plain values, with the version."""
        return {self.key: self.version, **asdict(record)}

    def text(self, record: R) -> str:
        """What stands in the file."""
        plain = self.to_json(record)
        lists = [(name, self._short(plain.pop(name))) for name in self.lines]
        head = json.dumps(plain, indent=1, allow_nan=False, default=str)
        if not lists:
            return f"{head}\n"
        parts = [head.removesuffix("\n}")]
        for name, items in lists:
            rows = ",\n".join(f"  {json.dumps(item, allow_nan=False)}" for item in items)
            parts.append(f' "{name}": [\n{rows}\n ]')
        return ",\n".join(parts) + "\n}\n"

    def _short(self, value):
        if isinstance(value, float) and self.digits:
            return float(f"{value:.{self.digits}g}")
        if isinstance(value, dict):
            return {key: self._short(each) for key, each in value.items()}
        return [self._short(each) for each in value] if isinstance(value, list | tuple) else value

    def load(self, path: Path) -> R:
        """What is on record, of this version or an older one.

        Raises
        ------
        UserError
            There is none, or it is damaged; it is named, and left alone.
        """
        try:
            return self.parsed(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            command = self.command or self.key
            raise UserError(f"{path}: no record; `zarr-cryoet {command}` makes it") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            why = " ".join(str(exc).split()) or type(exc).__name__
            raise UserError(f"{path}: damaged ({why}); move it away to go on without it") from exc

    def parsed(self, plain: dict) -> R:
        """The record that `to_json` made such values of, whichever version that had.

        Raises
        ------
        ValueError, KeyError, TypeError, AttributeError
            They are none.
        """
        version = plain.pop(self.key, 0)  # the first of some had none
        while version in self.older and version != self.version:
            plain, version = self.older[version](plain), version + 1
        if version != self.version:
            raise ValueError(f"version {version}, where {self.version} is known")
        return build(self.type, plain)


def build(hint: Any, value: Any) -> Any:
    """A value of a type from what JSON made of it: the inverse of `dataclasses.asdict`.

    Raises
    ------
    TypeError, ValueError
        It is no such value.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint is None:
        return value
    if origin in (Union, UnionType):
        return _any_of(arguments, value)
    if is_dataclass(hint) or is_typeddict(hint):
        return _of_fields(hint, _checked(dict, value))
    if origin is dict or (origin is not None and issubclass(origin, Mapping)):
        return {key: build(arguments[1], each) for key, each in _checked(dict, value).items()}
    if origin is tuple and arguments[-1] is not Ellipsis:
        pairs = zip(arguments, _checked(list, value), strict=True)
        return tuple(build(kind, each) for kind, each in pairs)
    if origin in (list, tuple):
        return origin(build(arguments[0], each) for each in _checked(list, value))
    return _checked(hint, value)


def _any_of(hints: Sequence, value):
    wrong = None
    for hint in hints:
        try:
            return build(hint, value)
        except (TypeError, ValueError) as exc:
            wrong = wrong or exc
    raise wrong


def _of_fields(hint: type, value: dict):
    known = _hints(hint)
    return hint(**{name: build(known.get(name, Any), each) for name, each in value.items()})


_hints = cache(get_type_hints)


def _checked(kind: Any, value):
    wanted = (int, float) if kind is float else kind
    if isinstance(wanted, type | tuple) and not isinstance(value, wanted):
        raise TypeError(f"{value!r:.40}, where {getattr(kind, '__name__', kind)} was expected")
    return value
