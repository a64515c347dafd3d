"""Functions in JavaScript do as they do in Python, and what has no translation is refused."""

import dataclasses
import functools
import json
import math
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TypedDict

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.site import translate

NODE = shutil.which("node")
WORDS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=12)
# each example is a process: many values in few
ONCE = settings(deadline=None, max_examples=2, phases=[Phase.explicit, Phase.generate])
TABLE = {"a": (1, 2.5), "b": (), "c": None}


def in_javascript(function, calls):
    """What a function returns in node for each list of arguments."""
    if NODE is None:
        pytest.skip("no node on this machine")
    script = (
        f"const {{ f }} = {translate.javascript(f=function)};\n"
        f"console.log(JSON.stringify({json.dumps(calls)}.map((each) => f(...each))));\n"
    )
    ran = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def held(function, calls):
    """Both answer the same."""
    ours = [json.loads(json.dumps(function(*each))) for each in calls]
    assert in_javascript(function, calls) == ours


@dataclass(frozen=True)
class Row:
    id: str
    edges: tuple
    more: int = 3


class Touch(TypedDict):
    chunks: int
    bytes: float


def _scaled(factor, value, offset=0):
    return factor * value + offset


ROWS = {"x": Row("x", (1, 2)), "y": Row("y", (0, 7), 9)}
WAYS = {"twice": functools.partial(_scaled, 2), "once": _scaled}


def _statements(n, words):
    cells = real = 0
    best, rest = None, []
    for i in range(n):
        if i % 3 == 1:
            continue
        for word in words:
            if word == "stop" and i > 4:
                break
        else:
            cells += 1
        real += i // 2
        rest.append((i, cells))
    while real > 3:
        real -= 2
        if real == 5:
            break
    first, *others = rest or [(0, 0)]
    if others and not best:
        best = others[-1]
    return [cells, real, best, first, others[:2], others[1:], [0] * 3, i if n else None]


def _expressions(a, b, words):
    pairs = {word: len(word) for word in words}
    row = dataclasses.replace(ROWS["x"], id="z", more=a)
    touch = Touch(chunks=a, bytes=b)
    found = {**pairs, "a": TABLE["a"], words[0]: row.edges, **touch}
    nested = [[x, y] for x in range(a) if x != 1 for y in range(x)]
    picked = {k: v for k, v in pairs.items() if v > 1}
    both = words and a
    either = [] or pairs or a
    return [
        list(found), found, nested, picked, both, either, row.more, a % 5, -a % 7, -a // 3,
        any(word == "b" for word in words), all(v for v in pairs.values()), 0 < a <= 9,
        "b" in pairs, "zz" not in words, [1, [2, a]] == [1, [2, a]], {"k": a} == {"k": b}, a == 1,
        sorted(words, key=len), sorted(pairs.items(), key=lambda each: (-each[1], each[0])),
        min(words, key=len), max([a, 3, b]), max(a, 7), sum(v for v in pairs.values()),
        sum([b, 1e100, 1.0, -1e100]),
        [x for x, _ in zip(words, range(2), strict=False)], list(enumerate(words, 1)),
        WAYS["twice"](a), _scaled(offset=1, factor=a, value=b), a.bit_length(), 10.0**3, 10.0**-2,
        math.sqrt(a), math.ceil(b), (a >> 1) & 3, list(reversed(words)), pairs.get("no", 4),
        pairs.get("no"), touch["bytes"], Row("q", words).more, TABLE["c"] is None,
    ]  # fmt: skip


def _texts(word):
    name, given, number = word.partition("=")
    found = re.fullmatch(r"([0-9]+)(\.[0-9]+)?", number)
    return [
        name, given, word.split(","), word.rsplit("_", 2), word.strip(" "), word.rstrip("0"),
        found[1] if found else None, found[2] if found else None, f"<{word}>{len(word)}",
        ", ".join([word, "x"]), word.startswith("ab"), word.endswith("_"), word.replace("a", "$&"),
    ]  # fmt: skip


def _numbers(x):
    return [f"{x:.2f}", f"{x:.0f}", f"{x:.1f}", f"{x:g}", f"{x:,g}", f"{x:.3g}", f"{x:,.2f}"]


def _faults(x):
    def checked(value):
        if value < 0:
            raise UserError(f"{value}: too small")
        return value

    try:
        return checked(x)
    except UserError as exc:
        return str(exc)


def test_statements_do_the_same():
    held(_statements, [[0, []], [5, ["a"]], [9, ["a", "stop"]], [30, []]])


def test_expressions_do_the_same():
    held(_expressions, [[3, 2.5, ["b", "aa", "c"]], [9, 1.0, ["only"]], [1, -3.5, ["a", "b"]]])


def test_faults_are_caught():
    held(_faults, [[3], [-3]])


@ONCE
@given(st.lists(WORDS, min_size=80, max_size=200))
def test_words_do_the_same(words):
    held(_texts, [[word] for word in words] + [["abc=12.5"], ["a_b_c_v3"], ["abc=7"]])


@ONCE
@given(st.lists(st.floats(-1e15, 1e15) | st.floats(-9, 9), min_size=200, max_size=400))
def test_numbers_are_written_the_same(values):
    ties = [0.125, 0.5, 1.5, 2.5, 1234565.0, 1234575.0, 0.0, 1e-5, 999999.5, 12.5, 1e16, 2.675]
    held(_numbers, [[x] for x in [*values, *ties]])


def _refused_set(x):
    return {x, 1}


def _refused_method(x):
    return x.title()


def _refused_name(x):
    return id(x)


def _refused_lists(x):
    return x + [1]  # noqa: RUF005


def _refused_import(x):
    import math

    return math.pi * x


@pytest.mark.parametrize(
    "function", [_refused_set, _refused_method, _refused_name, _refused_lists, _refused_import]
)
def test_what_has_no_translation_is_refused_with_its_place(function):
    line = function.__code__.co_firstlineno + 1
    with pytest.raises(TypeError, match=rf"test_translate\.py:{line}: .* has no translation"):
        translate.javascript(f=function)
