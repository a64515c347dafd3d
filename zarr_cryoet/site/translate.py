"""Plain Python functions as JavaScript, so that the browser gives Python's own answers.

`javascript` takes functions, and translates them with all that they call. Nothing is imported
twice and nothing generated is kept: the site's publisher asks for it.

What a function may use to be translated, beside assignments, ``if``, ``for`` (with ``else``),
``while``, ``return``, nested functions, comprehensions, and ``try`` and ``raise`` of `UserError`:

- numbers, strings (of which characters beyond U+FFFF count twice), booleans, None; lists and
  tuples, which are one here; dicts with keys that are strings, or, where their order does not
  matter, integers; no sets, no slices with a step.
- records: dataclasses without methods, and `TypedDict`; ``dataclasses.replace``.
- names of its module that are such functions or records, modules that hold them (``choose.pick``),
  and constants: any value whose JSON says all of it, registries and `functools.partial` included.
  Constants are written out as they are in Python, however they were made.
- built-in functions, methods, and functions of ``math``, ``re``, ``heapq``, ``itertools`` of which
  `translate.js` has a copy ``$name``.
- ``==`` of anything; ``<`` of numbers or of strings; ``+`` of numbers or of strings, lists by
  ``[*a, *b]``; ``%`` and ``//`` with a positive divisor; ``*`` of a list only as ``[x] * n``;
  ``**`` with whole exponents; ``>>``, ``&``, ``|``, ``^`` below 2³¹.
- ``d[key]`` of a key that is there (else it is ``undefined``, and no error), ``d.get(key)``;
  ``a[-1]`` with the minus sign written there.
- f-strings with ``s``, ``d``, ``,``, ``.2f``, ``.3g`` and the like; without a format, strings and
  whole numbers alone.
- `sum` of whole numbers or of floats, not of both; it adds as CPython does.
- in a function that returns a `core.rng.Word`, all numbers are 64-bit words; ``Word(n)``, and
  `int` of what it returns, lead there and back.

All else is refused, with the place in the source.

Why not a library: pscript 0.8.1 refuses imports, dict and generator comprehensions, ``{**a}``,
``[*a]`` and `bit_length`, takes ``%`` for JavaScript's, and adds and compares by helpers in every
loop; Transcrypt 3.9.5 refuses ``{**a}`` and iterates no object that came as JSON, and brings mypy
and a runtime of 69 kB; rapydscript-ng 0.8.7 refuses nested comprehensions' tuples, ``{**a}`` and
formats, and is a binary of 106 MB. Each of these is in `recommend.choose` or `recommend.geometry`.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import functools
import inspect
import json
import re
import textwrap
import types
import typing
from collections.abc import Mapping
from pathlib import Path

from ..core.errors import UserError

_RUNTIME = Path(__file__).with_suffix(".js").read_text("utf-8")
_KNOWN = set(re.findall(r"\$(\w+)", _RUNTIME))
_MODULES = ("math", "re", "heapq", "itertools")
_RESERVED = set(
    re.findall(
        r"\w+",
        "arguments case catch const debugger default delete do enum eval export extends function "
        "implements instanceof interface let new package private protected public static super "
        "switch this throw typeof undefined var void Infinity NaN Math Object Array",
    )
)
_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.RShift: ">>", ast.LShift: "<<",
}  # fmt: skip
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_PLAIN = {"int", "float", "str", "bool", "None"}


def javascript(**functions: object) -> str:
    """One script that defines functions under the names that are given, and all that they need.

    Raises
    ------
    TypeError
        A function uses what has no translation; it names the line.
    """
    whole = _Program()
    names = ", ".join(f"{name}: {whole.name(found)}" for name, found in functions.items())
    return f"(() => {{\n{_RUNTIME}\n" + "\n".join(whole.parts) + f"\nreturn {{ {names} }};\n}})()"


class _Program:
    """All that was translated so far, in an order in which constants may be used."""

    def __init__(self):
        self.parts: list[str] = []
        self._names: dict[int, str] = {}
        self._held: list[object] = []  # so that no two have one id

    def name(self, value: object, hint: str = "value") -> str:
        """What a function or constant is called; it is translated when first asked for."""
        if id(value) in self._names:
            return self._names[id(value)]
        module = getattr(value, "__module__", "") or ""
        said = f"{module.rpartition('.')[2]}_{getattr(value, '__name__', hint)}"
        taken = set(self._names.values())
        name = next(n for n in (said, *(f"{said}{k}" for k in range(1, 99))) if n not in taken)
        self._names[id(value)] = name
        self._held.append(value)
        if isinstance(inspect.unwrap(value) if callable(value) else None, types.FunctionType):
            self.parts.append(_Function(self, value).definition(name))
        else:
            self.parts.append(f"const {name} = {self.value(value)};")
        return name

    def value(self, value: object) -> str:
        """A constant, written out."""
        if isinstance(value, functools.partial) and not value.keywords:
            given = ", ".join([*(self.value(each) for each in value.args), "...rest"])
            return f"(...rest) => {self.name(value.func)}({given})"
        if callable(value):
            return self.name(value)
        if isinstance(value, re.Pattern):
            return f"$compile({json.dumps(value.pattern)})"
        if dataclasses.is_dataclass(value):
            value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            each = (f"{json.dumps(str(key))}: {self.value(value[key])}" for key in value)
            return f"{{ {', '.join(each)} }}"
        if isinstance(value, (list, tuple, range)):
            return f"[{', '.join(map(self.value, value))}]"
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return json.dumps(value)


class _Function:
    """One function, and those inside it."""

    def __init__(self, program: _Program, value: typing.Any):
        self._program = program
        self._cached = getattr(value, "cache_parameters", None)
        self._value = inspect.unwrap(value)
        lines, self._line = inspect.getsourcelines(self._value)
        self._tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
        self._file = Path(inspect.getsourcefile(self._value)).name
        self._scopes: list[set[str]] = []
        self._temporary = 0
        self._blocks: list[str | None] = []
        self._words = self._annotation(self._tree.returns) == "Word"
        self._plain: set[str] = set()

    def definition(self, name: str) -> str:
        """All of it, under another name."""
        text = self._function(self._tree, name)
        if self._cached:
            most = self._cached()["maxsize"]
            return f"const {name} = $memo({text}, {'Infinity' if most is None else most});"
        return text

    def _refuse(self, node: ast.AST, why: str) -> typing.NoReturn:
        line = self._line + getattr(node, "lineno", 1) - 1
        raise TypeError(f"{self._file}:{line}: {why} has no translation, see translate.py")

    def _annotation(self, node: ast.expr | None) -> str:
        return ast.unparse(node).strip("'\"") if node is not None else ""

    def _function(self, node: ast.FunctionDef, name: str) -> str:
        took = node.args
        if took.vararg or took.kwarg or took.posonlyargs:
            self._refuse(node, "a function with * or ** or /")
        every = [*took.args, *took.kwonlyargs]
        held = {each.arg for each in every}
        self._plain |= {
            each.arg for each in every
            if each.annotation
            and set(re.findall(r"\w+", self._annotation(each.annotation))) <= _PLAIN
        }  # fmt: skip
        local = _assigned(node.body) - held
        self._scopes.append(held | local)
        own, self._temporary = self._temporary, 0
        usual = [None] * (len(took.args) - len(took.defaults)) + took.defaults + took.kw_defaults
        takes = [
            self._safe(each.arg) + (f" = {self._expr(default)}" if default is not None else "")
            for each, default in zip(every, usual, strict=True)
        ]
        body = self._body(node.body)
        names = [*map(self._safe, sorted(local)), *(f"${k}" for k in range(self._temporary))]
        self._temporary = own
        self._scopes.pop()
        declared = f"let {', '.join(names)};\n" if names else ""
        return f"function {name}({', '.join(takes)}) {{\n{declared}{body}\nreturn null;\n}}"

    # ---- statements ----------------------------------------------------------------------------

    def _body(self, nodes: list[ast.stmt]) -> str:
        return "\n".join(filter(None, map(self._statement, nodes)))

    def _statement(self, node: ast.stmt) -> str:
        method = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        if method is None:
            self._refuse(node, type(node).__name__)
        return method(node)

    def _do_expr(self, node):
        return "" if isinstance(node.value, ast.Constant) else f"{self._expr(node.value)};"

    def _do_pass(self, node):
        return ""

    def _do_return(self, node):
        return f"return {self._expr(node.value) if node.value else 'null'};"

    def _do_assign(self, node):
        targets = " = ".join(map(self._target, node.targets))
        return f"{';' if targets[0] == '[' else ''}{targets} = {self._expr(node.value)};"

    def _do_annassign(self, node):
        return f"{self._target(node.target)} = {self._expr(node.value)};" if node.value else ""

    def _do_augassign(self, node):
        target = self._target(node.target)
        return f"{target} = {self._binary(node, node.op, target, node.value)};"

    def _target(self, node: ast.expr) -> str:
        if isinstance(node, (ast.Tuple, ast.List)):
            return f"[{', '.join(map(self._target, node.elts))}]"
        if isinstance(node, ast.Starred):
            return f"...{self._target(node.value)}"
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self._expr(node)
        return self._refuse(node, type(node).__name__)

    def _do_if(self, node):
        other = f" else {{\n{self._body(node.orelse)}\n}}" if node.orelse else ""
        return f"if ({self._test(node.test)}) {{\n{self._body(node.body)}\n}}{other}"

    def _do_while(self, node):
        return self._loop(node, f"while ({self._test(node.test)})", "")

    def _do_for(self, node):
        target, found = self._target(node.target), node.iter
        if self._builtin(found, "range") and len(found.args) < 3 and "[" not in target:
            begin, end = ([ast.Constant(0), *found.args])[-2:]
            k = self._fresh()
            head = (f"for (let {k} = {self._expr(begin)}, {k}e = {self._expr(end)}; "
                    f"{k} < {k}e; {k}++)")  # fmt: skip
            return self._loop(node, head, f"{target} = {k};\n")
        return self._loop(node, f"for ({target} of {self._iter(found)})", "")

    def _loop(self, node, head: str, first: str) -> str:
        label = f"{self._fresh()}b" if node.orelse else None
        self._blocks.append(label)
        body = f"{head} {{\n{first}{self._body(node.body)}\n}}"
        self._blocks.pop()
        return f"{label}: {{\n{body}\n{self._body(node.orelse)}\n}}" if label else body

    def _do_break(self, node):
        return f"break {self._blocks[-1]};" if self._blocks[-1] else "break;"

    def _do_continue(self, node):
        return "continue;"

    def _do_functiondef(self, node):
        return f"{self._safe(node.name)} = {self._function(node, '')};"

    def _do_raise(self, node):
        return f"throw {self._expr(node.exc)};" if node.exc else self._refuse(node, "raise")

    def _do_try(self, node):
        if len(node.handlers) != 1 or node.orelse or node.finalbody:
            self._refuse(node, "try of more than one except")
        caught = node.handlers[0]
        kind = self._global(caught.type.id) if isinstance(caught.type, ast.Name) else None
        if not inspect.isclass(kind) or not issubclass(kind, UserError | ValueError):
            self._refuse(caught, "except of another error")
        name = f"{self._safe(caught.name)} = $e;\n" if caught.name else ""
        return (f"try {{\n{self._body(node.body)}\n}} catch ($e) {{\n"
                f"if (!($e instanceof ${self._fault(kind).__name__})) throw $e;\n"
                f"{name}{self._body(caught.body)}\n}}")  # fmt: skip

    # ---- expressions ---------------------------------------------------------------------------

    def _expr(self, node: ast.expr) -> str:
        method = getattr(self, f"_on_{type(node).__name__.lower()}", None)
        if method is None:
            self._refuse(node, type(node).__name__)
        return method(node)

    def _safe(self, name: str) -> str:
        return f"{name}$" if name in _RESERVED else name

    def _local(self, name: str) -> bool:
        return any(name in scope for scope in self._scopes)

    def _global(self, name: str) -> object:
        found = inspect.getclosurevars(self._value) if self._value.__closure__ else None
        if found and name in found.nonlocals:
            return found.nonlocals[name]
        return self._value.__globals__.get(name, getattr(builtins, name, None))

    def _builtin(self, node: ast.expr, *names: str) -> bool:
        return (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                and node.func.id in names and not self._local(node.func.id))  # fmt: skip

    def _fresh(self) -> str:
        self._temporary += 1
        return f"${self._temporary - 1}"

    def _on_constant(self, node):
        if isinstance(node.value, int) and not isinstance(node.value, bool) and self._words:
            return f"{node.value}n"
        if node.value is None or isinstance(node.value, (bool, int, float, str)):
            return self._program.value(node.value)
        return self._refuse(node, repr(node.value))

    def _on_name(self, node):
        if self._local(node.id):
            return self._safe(node.id)
        return self._named(node, self._global(node.id), node.id)

    def _named(self, node: ast.expr, found: object, name: str) -> str:
        """What stands outside the function: of the runtime, translated, or a constant."""
        where = getattr(found, "__module__", None)
        if where in ("builtins", *_MODULES, "_heapq") or isinstance(found, type):
            return f"${name}" if name in _KNOWN else self._refuse(node, name)
        if found is None or isinstance(found, types.ModuleType):
            self._refuse(node, name)
        if isinstance(found, (bool, int, float, str)):
            text = self._program.value(found)
            return f"{text}n" if self._words else text
        return self._program.name(found, name)

    def _fault(self, found: type) -> type:
        return UserError if issubclass(found, UserError) else ValueError

    def _on_attribute(self, node):
        if isinstance(node.value, ast.Name) and not self._local(node.value.id):
            found = self._global(node.value.id)
            if isinstance(found, types.ModuleType):
                return self._named(node, getattr(found, node.attr), node.attr)
        return f"{self._expr(node.value)}.{node.attr}"

    def _on_subscript(self, node):
        value, place = self._expr(node.value), node.slice
        if isinstance(place, ast.Slice):
            if place.step is not None:
                self._refuse(node, "a slice with a step")
            ends = [self._expr(place.lower) if place.lower else "0"]
            ends += [self._expr(place.upper)] if place.upper else []
            return f"{value}.slice({', '.join(ends)})"
        if isinstance(place, ast.UnaryOp) and isinstance(place.op, ast.USub):
            if isinstance(node.ctx, ast.Store):
                self._refuse(node, "a place from the end that is set")
            return f"{value}.at({self._expr(place)})"
        return f"{value}[{self._expr(place)}]"

    def _on_list(self, node):
        return f"[{', '.join(map(self._expr, node.elts))}]"

    _on_tuple = _on_list

    def _on_starred(self, node):
        return f"...{self._iter(node.value)}"

    def _on_dict(self, node):
        each = (f"...{self._expr(value)}" if key is None else
                f"{self._expr(key) if isinstance(key, ast.Constant) else f'[{self._expr(key)}]'}: "
                f"{self._expr(value)}"
                for key, value in zip(node.keys, node.values, strict=True))  # fmt: skip
        return f"({{ {', '.join(each)} }})"

    def _on_ifexp(self, node):
        return f"({self._test(node.test)} ? {self._expr(node.body)} : {self._expr(node.orelse)})"

    def _on_lambda(self, node):
        self._scopes.append({each.arg for each in node.args.args})
        takes = ", ".join(self._safe(each.arg) for each in node.args.args)
        text = f"(({takes}) => {self._arrow(node.body)})"
        self._scopes.pop()
        return text

    def _arrow(self, node: ast.expr) -> str:
        return f"({self._expr(node)})"

    def _on_joinedstr(self, node):
        parts = []
        for each in node.values:
            if isinstance(each, ast.Constant):
                parts.append(json.dumps(each.value))
            elif each.conversion != -1:
                self._refuse(node, "a conversion")
            elif each.format_spec is None:
                parts.append(f"$str({self._expr(each.value)})")
            elif all(isinstance(spec, ast.Constant) for spec in each.format_spec.values):
                spec = "".join(spec.value for spec in each.format_spec.values)
                if not re.fullmatch(r"(,?(\.\d+)?[fg])|,|d|,d|s", spec):
                    self._refuse(node, f"the format {spec}")
                parts.append(f"$format({self._expr(each.value)}, {json.dumps(spec)})")
            else:
                self._refuse(node, "a format that is worked out")
        return f"({' + '.join(['""', *parts])})"

    def _on_unaryop(self, node):
        if isinstance(node.op, ast.Not):
            return f"!{self._test(node.operand)}"
        sign = {ast.USub: "-", ast.UAdd: "+"}.get(type(node.op))
        return f"({sign}{self._expr(node.operand)})" if sign else self._refuse(node, "~")

    def _on_binop(self, node):
        return self._binary(node, node.op, self._expr(node.left), node.right, node.left)

    def _binary(self, node, op, left: str, right: ast.expr, first: ast.expr | None = None) -> str:
        both = [each for each in (first, right) if each is not None]
        if any(isinstance(each, (ast.List, ast.ListComp, ast.Dict)) for each in both):
            if isinstance(op, ast.Mult) and isinstance(first, ast.List) and len(first.elts) == 1:
                return f"Array({self._expr(right)}).fill({self._expr(first.elts[0])})"
            self._refuse(node, "an operator of lists")
        other = self._expr(right)
        if isinstance(op, ast.FloorDiv):
            return f"Math.floor({left} / {other})"
        if isinstance(op, (ast.Mod, ast.Pow)):
            if any(
                isinstance(each, ast.JoinedStr | ast.Constant)
                and not isinstance(getattr(each, "value", None), (int, float))
                for each in both
            ):
                self._refuse(node, "% of a string")
            return f"${type(op).__name__.lower()}({left}, {other})"
        if type(op) not in _BINARY:
            self._refuse(node, type(op).__name__)
        return f"({left} {_BINARY[type(op)]} {other})"

    def _on_compare(self, node):
        if len(node.ops) == 1:
            return self._compared(node, node.left, node.ops[0], node.comparators[0])
        every = [node.left, *node.comparators]
        if not all(
            isinstance(each, (ast.Name, ast.Constant, ast.Attribute)) for each in every[1:-1]
        ):
            self._refuse(node, "a chain of comparisons of more than names")
        pairs = zip(every, node.ops, every[1:], strict=False)
        return f"({' && '.join(self._compared(node, *each) for each in pairs)})"

    def _compared(self, node, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        a, b = self._expr(left), self._expr(right)
        no = "!" if isinstance(op, (ast.NotEq, ast.IsNot, ast.NotIn)) else "="
        if isinstance(op, (ast.Is, ast.IsNot)):
            strict = "" if "null" in (a, b) else "="  # what is not there is None, too
            return f"({a} {no}={strict} {b})"
        if isinstance(op, (ast.Eq, ast.NotEq)):
            if any(
                isinstance(each, ast.Constant) or self._is_plain(each) for each in (left, right)
            ):
                return f"({a} {no}== {b})"
            return f"{no.strip('=')}$same({a}, {b})"
        if isinstance(op, (ast.In, ast.NotIn)):
            return f"{no.strip('=')}$in({a}, {b})"
        return f"({a} {_COMPARE[type(op)]} {b})"

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether it is surely a number, a string, a boolean or None, as far as is easily seen."""
        if isinstance(node, ast.Name):
            return node.id in self._plain and self._local(node.id)
        if isinstance(node, ast.BinOp):
            return not isinstance(node.op, (ast.Add, ast.Mult)) or any(
                map(self._is_plain, (node.left, node.right)))  # fmt: skip
        if isinstance(node, ast.BoolOp):
            return all(map(self._is_plain, node.values))
        sure = (ast.Compare, ast.Constant, ast.JoinedStr, ast.UnaryOp)
        return isinstance(node, sure) or self._builtin(node, "len", "any", "all", "int", "float")

    def _test(self, node: ast.expr) -> str:
        """Whether it holds: of lists and dicts, whether something is in them."""
        if isinstance(node, ast.BoolOp):
            join = " && " if isinstance(node.op, ast.And) else " || "
            return f"({join.join(map(self._test, node.values))})"
        return self._expr(node) if self._is_plain(node) else f"$bool({self._expr(node)})"

    def _on_boolop(self, node):
        if self._is_plain(node):
            return self._test(node)
        *first, last = node.values
        text = self._expr(last)
        for each in reversed(first):
            k = self._fresh()
            found = f"({k} = {self._expr(each)})"
            either = (k, text) if isinstance(node.op, ast.Or) else (text, k)
            text = f"($bool({found}) ? {either[0]} : {either[1]})"
        return text

    # ---- comprehensions and calls --------------------------------------------------------------

    def _iter(self, node: ast.expr) -> str:
        """What is gone through, as an array; keys of a dict."""
        known = (ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp)
        made = ("range", "sorted", "reversed", "zip", "enumerate", "list", "tuple")
        text = self._expr(node)
        return text if isinstance(node, known) or self._builtin(node, *made) else f"$iter({text})"

    def _on_listcomp(self, node, last: str = "map", element: typing.Callable | None = None):
        """`last`: what the innermost loop does of its elements, by `element`."""
        scopes = len(self._scopes)
        heads = []
        for each in node.generators:
            found = self._iter(each.iter)
            self._scopes.append(_assigned([ast.Assign([each.target], ast.Constant(0))]))
            target = self._target(each.target)
            tests = "".join(f".filter(({target}) => {self._test(test)})" for test in each.ifs)
            heads.append((found + tests, target))
        text = element(node) if element else self._arrow(node.elt)
        for k, (found, target) in enumerate(reversed(heads)):
            text = f"{found}.{last if k == 0 else 'flatMap'}(({target}) => {text})"
        del self._scopes[scopes:]
        return text

    _on_generatorexp = _on_listcomp

    def _on_dictcomp(self, node):
        def pair(node):
            return f"[{self._expr(node.key)}, {self._expr(node.value)}]"

        return f"Object.fromEntries({self._on_listcomp(node, element=pair)})"

    def _on_call(self, node):
        first = node.args[0] if node.args else None
        if isinstance(first, ast.GeneratorExp) and len(first.generators) == 1 and (
            self._builtin(node, "any", "all")):  # fmt: skip
            last = "some" if node.func.id == "any" else "every"
            return self._on_listcomp(first, last, lambda each: self._test(each.elt))
        if self._builtin(node, "min", "max") and len(node.args) > 1 and not node.keywords:
            return f"Math.{node.func.id}({', '.join(map(self._expr, node.args))})"
        found = self._callee(node.func)
        if isinstance(node.func, ast.Attribute) and found is None:
            return self._method(node)
        if found is dataclasses.replace:
            changed = (f"{each.arg}: {self._expr(each.value)}" for each in node.keywords)
            return f"({{ ...{self._expr(node.args[0])}, {', '.join(changed)} }})"
        if inspect.isclass(found) and (
            dataclasses.is_dataclass(found) or typing.is_typeddict(found)
        ):
            return self._record(node, found)
        if isinstance(node.func, ast.Name) and node.func.id == "Word":
            return f"BigInt({self._expr(node.args[0])})"
        if found is int and isinstance(node.args[0], ast.Call) and self._word(node.args[0].func):
            return f"Number({self._expr(node.args[0])})"
        args = [self._expr(each) for each in node.args]
        if node.keywords and found is not zip:
            args = self._ordered(node, found, args)
        if inspect.isclass(found) and issubclass(found, UserError | ValueError):
            return f"new ${self._fault(found).__name__}({', '.join(args)})"
        return f"{self._expr(node.func)}({', '.join(args)})"

    def _callee(self, node: ast.expr) -> object:
        """The Python object that is called, where it stands outside the function."""
        if isinstance(node, ast.Name) and not self._local(node.id):
            return self._global(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = None if self._local(node.value.id) else self._global(node.value.id)
            return getattr(module, node.attr) if isinstance(module, types.ModuleType) else None
        return None

    def _word(self, node: ast.expr) -> bool:
        found = self._callee(node)
        return getattr(found, "__annotations__", {}).get("return") == "Word"

    def _method(self, node):
        name = f"_{node.func.attr}"
        if name not in _KNOWN or (node.keywords and name != "_sort"):
            self._refuse(node, f"the method {node.func.attr}")
        args = [node.func.value, *node.args, *(each.value for each in node.keywords)]
        return f"${name}({', '.join(map(self._expr, args))})"

    def _ordered(self, node, found, args: list[str]) -> list[str]:
        """Arguments in the places of their names."""
        named = {each.arg: self._expr(each.value) for each in node.keywords}
        if found in (min, max, sorted):
            places = ["", "key", *(["reverse"] if found is sorted else ["default"])]
        elif inspect.isfunction(inspect.unwrap(found)) if callable(found) else False:
            places = list(inspect.signature(found).parameters)
        else:
            places = []
        if None in named or not set(named) <= set(places):
            self._refuse(node, "a call with such keywords")
        rest = places[len(args) :]
        while rest and rest[-1] not in named:
            rest.pop()
        return [*args, *(named.get(each, "undefined") for each in rest)]

    def _record(self, node, found: type) -> str:
        if dataclasses.is_dataclass(found):
            fields = {each.name: each.default for each in dataclasses.fields(found)}
        else:
            fields = dict.fromkeys(found.__annotations__, dataclasses.MISSING)
        given = dict(zip(fields, map(self._expr, node.args), strict=False))
        for each in node.keywords:
            if each.arg is None:
                self._refuse(node, "** in a call")
            given[each.arg] = self._expr(each.value)
        for name, default in fields.items():
            if name not in given and default is not dataclasses.MISSING:
                given[name] = self._program.value(default)
        each = (f"{name}: {given[name]}" for name in fields if name in given)
        return f"({{ {', '.join(each)} }})"


def _assigned(nodes: list[ast.stmt]) -> set[str]:
    """Names that a body assigns, functions inside it aside."""
    found: set[str] = set()
    rest: list[ast.AST] = list(nodes)
    while rest:
        node = rest.pop()
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        if not isinstance(
            node, (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.DictComp, ast.GeneratorExp)
        ):
            rest += ast.iter_child_nodes(node)
    return found
