"""A question is accepted, refused and worded alike by Python, the command line and the browser."""

import difflib
import json
import shlex
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.errors import UserError, unknown
from zarr_cryoet.recommend import question
from zarr_cryoet.recommend.readers import READERS
from zarr_cryoet.recommend.uses import PLACES, USES
from zarr_cryoet.site import advice

NODE = shutil.which("node")
# each example is a process: many questions in few
ONCE = settings(deadline=None, max_examples=15, phases=[Phase.explicit, Phase.generate])

ODD = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=9)
FIGURES = st.one_of(
    st.integers(-3, 10**16).map(str),
    st.floats(-1, 1e16).map(str),
    st.sampled_from(
        ["nan", "inf", "1e3", " 7 ", "1_0", "٣", "0x10", "", ".5", "5.", "-0", "1e400"]
    ),
    ODD,
)


def _either(ids):
    return st.sampled_from([*ids, *(name[:-1] for name in ids)]) | ODD


def _with(units):
    return st.builds(lambda a, b: a + b, FIGURES, st.sampled_from(units))


WEIGHTS = st.builds(lambda name, figure: f"{name}={figure}", _either([*ACCESS, "write"]), FIGURES)
WORDS = st.fixed_dictionaries(
    {
        key: st.none() | values
        for key, values in {
            "use": _either(USES),
            "access": st.lists(WEIGHTS | _either(ACCESS), max_size=4).map(",".join),
            "store": _either(PLACES),
            "latency": _with(["ms", "s", " MS", "", "µs", "m"]),
            "bandwidth": _with(["MB/s", "Gbit/s", "mib/s", "", "MB"]),
            "in_flight": FIGURES,
            "max_objects": FIGURES,
            "max_memory": _with(["MiB", "GB", "B", "", "x"]),
            "readers": st.lists(_either(READERS), max_size=3).map(",".join),
            "tomograms": FIGURES,
            "reads": FIGURES,
        }.items()
    }
    | {"backend": st.sampled_from(["zarr-python", "tensorstore", "zarrs"])}
)
SHAPES = st.lists(st.integers(0, 20000).map(str), min_size=2, max_size=4).map("x".join) | ODD
TYPES = st.sampled_from([*question.TYPES, "complex64", "f4", ""]) | ODD

IN_JAVASCRIPT = """
function said(rule, ...all) {
  try { return [rule(...all), null]; } catch (error) { return [null, error.message]; }
}
const all = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(all.map(([words, shape, dtype]) => [
  advice.read(words, [1, 2, 3], 4), said(advice.shape_of, shape), said(advice.dtype_of, dtype),
  said(advice.backend_of, dtype, ["zarrs"], "labels"), advice.with_unit(shape, "ms"),
  advice.command(advice.read(words, [1, 2, 3], 4)[0], ["iohub"], "uint8", "labels"),
])));
"""


def _said(rule, *words):
    try:
        return [rule(*words), None]
    except UserError as exc:
        return [None, str(exc)]


def _of_python(words, shape, dtype):
    read = question.read(question.Words(**words), [1, 2, 3], 4)
    told = question.command(read[0], ["iohub"], "uint8", "labels")
    return [
        read, _said(question.shape_of, shape), _said(question.dtype_of, dtype),
        _said(question.backend_of, dtype, ["zarrs"], "labels"), question.with_unit(shape, "ms"),
        told,
    ]  # fmt: skip


@ONCE
@given(st.lists(st.tuples(WORDS, SHAPES, TYPES), min_size=6, max_size=12))
def test_the_browser_accepts_refuses_and_says_as_python_does(questions):
    if NODE is None:
        pytest.skip("no node on this machine")
    script = f"{advice.model()}\n{IN_JAVASCRIPT}"
    ran = subprocess.run(
        [NODE, "-e", script], input=json.dumps(questions), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    for each, theirs in zip(questions, json.loads(ran.stdout, parse_int=float), strict=True):
        for mine, other in zip(json.loads(json.dumps(_of_python(*each))), theirs, strict=True):
            assert other == mine, each


@settings(deadline=None, max_examples=60)
@given(WORDS, st.lists(st.integers(1, question.LONGEST), min_size=3, max_size=3))
def test_the_command_asks_the_same_question(words, shape):
    wanted, _ = question.read(question.Words(**words), shape, 1)
    named = [row["id"] for row in wanted["readers"]]
    options = shlex.split(question.command(wanted, named, "uint8", "labels"))[2:]
    said = {
        key[2:].replace("-", "_"): value for key, value in zip(*[iter(options)] * 2, strict=True)
    }
    like = question.like(said.pop("like"))
    assert (list(like.shape), like.dtype, like.kind) == (shape, "uint8", "labels")
    found = question.parse(question.Words(**said), like.shape, np.dtype(like.dtype))
    for mine, theirs in ((found, wanted), (found["store"], wanted["store"])):
        for name in ("weights", "reads", "latency", "bandwidth"):  # of twelve figures
            if theirs.get(name) is not None:
                assert mine.pop(name) == pytest.approx(theirs.pop(name), rel=1e-11)
    assert found == wanted


@given(ODD | _either(READERS))
def test_ids_are_as_near_as_difflib_has_them(name):
    known = list(READERS)
    near = [n for n in known if name and n.startswith(name)][:3]
    near = near or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(known)}"
    assert str(unknown("reader", name, known)) == f"{name}: no such reader; {hint}"
