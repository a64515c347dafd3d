"""Exceptions: what a person can mend, and what a measurement must not be built on."""

from __future__ import annotations

import difflib
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
    near = near or difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(names)}"
    return UnknownId(f"{name}: no such {kind}; {hint}")
