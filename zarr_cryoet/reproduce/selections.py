"""The selections of an access pattern as a piece of a script: its own functions, as they stand."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import partial

from ..core.access import AccessPattern, Orthogonal, Points

_SHAPE = (40, 50, 33)  # any; a pattern has selections of one kind, whatever the shape
#: An axis of a plain selection, as an array is indexed.
_AXIS = {
    "box": "slice(r.start, r.stop, r.step if r.step > 1 else None)",
    "oindex": "np.array(r)",
    "vindex": "np.array(r)",
}


def indexing(pattern: AccessPattern) -> str:
    """The way of indexing that its selections take: ``box``, ``oindex`` or ``vindex``."""
    first = pattern.select(_SHAPE)[0]
    names = {Orthogonal: "oindex", Points: "vindex"}
    return names.get(type(first), "box")


def boxes(pattern: AccessPattern) -> str:
    """A definition of ``boxes(shape)``, which calls the pattern's rule.

    The rule and the functions of its module that it calls are taken from their source, without
    annotations. ``rng.below`` is the script's own ``below``.
    """
    rule = pattern.rule
    function, given = (rule.func, rule.args) if isinstance(rule, partial) else (rule, ())
    call = f"{function.__name__}({', '.join([*map(repr, given), 'shape'])})"
    own = (
        "def boxes(shape):\n"
        f'    plain = [each["axes"] for each in {call}]\n'
        f"    return [tuple({_AXIS[indexing(pattern)]} for r in b) for b in plain]"
    )
    return "\n\n\n".join([*map(_source, _needed(function)), own])


def _needed(function: Callable) -> list[Callable]:
    """It and what it calls of its module, each after those that it calls itself."""
    found: dict[Callable, None] = {}
    for name in ast.walk(ast.parse(inspect.getsource(function))):
        other = function.__globals__.get(name.id) if isinstance(name, ast.Name) else None
        if inspect.isfunction(other) and other is not function:
            found |= dict.fromkeys(_needed(other))
    return [*found, function]


def _source(function: Callable) -> str:
    """Its text, with a plain first line."""
    text = inspect.getsource(function)
    (tree,) = ast.parse(text).body
    for each in tree.args.args:
        each.annotation = None
    body = "\n".join(text.splitlines()[tree.body[0].lineno - 1 :])
    return f"def {tree.name}({ast.unparse(tree.args)}):\n{body}".replace("rng.below(", "below(")
