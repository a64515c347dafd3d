"""Exceptions: what a person can mend, and what a measurement must not be built on."""

from __future__ import annotations

from collections.abc import Iterable


class UserError(Exception):
    """A fault that a person can mend; its text is one line.

    The command line prints it without a traceback and exits with code 2.
    """


class WrongResult(Exception):
    """What was read back, or stands on disk or in the environment, is not what was asked for."""


class UnknownId(UserError, KeyError):
    """An id that no registry holds; a KeyError too, as registries are mappings."""

    __str__ = Exception.__str__  # KeyError would show its text in quotes


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownId:
    """The error for an id that no registry holds, with the nearest ones.

    Parameters
    ----------
    kind
        What was looked up, for example ``"codec"``.
    name
        The id as it was given.
    known
        All ids of that kind, in the order in which a person should see them.
    """
    names = list(dict.fromkeys(known))
    near = [n for n in names if name and n.startswith(name)][:3]
    near = near or _similar(name, names)
    hint = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(names)}"
    return UnknownId(f"{name}: no such {kind}; {hint}")


def _similar(name: str, known: list[str]) -> list[str]:
    """The three most similar ids, of those that share half of their characters with `name`.

    As `difflib.get_close_matches` has it, in plain Python, so that a page says the same.
    """
    name = name[:64]
    scored = [[2.0 * _shared(each, name) / (len(each) + len(name)), each] for each in known]
    near = sorted([each for each in scored if each[0] >= 0.5], reverse=True)
    return [each[1] for each in near[:3]]


def _shared(a: str, b: str) -> int:
    """Characters in the longest run that both hold, and in those before and after it."""
    start, other, most = 0, 0, 0
    runs: dict[int, int] = {}  # lengths of those that end here, by their end in `b`
    for i in range(len(a)):
        longer: dict[int, int] = {}
        for j in range(len(b)):
            if a[i] == b[j]:
                longer[j] = runs.get(j - 1, 0) + 1
                if longer[j] > most:
                    most = longer[j]
                    start, other = i - most + 1, j - most + 1
        runs = longer
    if most == 0:
        return 0
    before = _shared(a[:start], b[:other])
    return before + most + _shared(a[start + most :], b[other + most :])
