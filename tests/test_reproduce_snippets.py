"""Snippets: each is run as it is printed, in an environment of its own, and what it wrote read."""

from __future__ import annotations

import ast
import itertools
import json
import shlex
import subprocess
from functools import cache
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import zarr

from zarr_cryoet.core import backends, metadata, rng
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.environments.make import Contents
from zarr_cryoet.reproduce.libraries import libraries
from zarr_cryoet.reproduce.libraries.base import Choice
from zarr_cryoet.reproduce.literal import WIDTH, Call, Expression, literal
from zarr_cryoet.reproduce.snippets import snippets

SHAPE = (40, 50, 33)  # a multiple of no chunk
SPACING = (10.012, 10.0, 9.5)
LIBRARIES = [library.id for library in libraries()]
# iohub has a codec of its own in format 3
CHOSEN = [*CODECS.select("default"), "blosc-zstd-1-bitshuffle"]
PLACES = [("c64", 2), ("c32-s128", 3), ("c256", 2), ("c64", 3), ("c256", 3)]


def choices() -> list[dict]:
    """Every codec in two of the places, each place with both types of voxels."""
    found = []
    for k, codec in enumerate(CHOSEN):
        for shift in (0, 2):
            layout, zarr_format = PLACES[(k + shift) % len(PLACES)]
            dtype = ("float32", "uint8")[(k + shift // 2) % 2]
            found.append(dict(codec=codec, layout=layout, zarr_format=zarr_format, dtype=dtype))
    more = [("c32-s128", 3, "float32"), ("c64", 2, "uint8"), ("whole", 3, "int16")]
    keys = ("layout", "zarr_format", "dtype")
    found += [{"codec": CHOSEN[-1], **dict(zip(keys, each, strict=True))} for each in more]
    return [each | {"shape": SHAPE, "voxel_spacing": SPACING} for each in found]


def voxels(dtype: str) -> np.ndarray:
    """Noise that uses all bits of a voxel."""
    words = rng.bits(3, 0, int(np.prod(SHAPE))).astype(np.uint64)
    if dtype == "float32":
        return ((words >> np.uint64(40)).astype(np.float32) / 2**24).reshape(SHAPE)
    return words.astype(np.dtype(dtype)).reshape(SHAPE)


# What a snippet says -----------------------------------------------------------------------------


@cache
def every() -> list[tuple[Choice, str, str]]:
    """All codecs in some layouts, and some in all: choice, library, and text."""
    rows = {(codec, layout) for codec in CODECS for layout in ("c64", "c32-s128", "whole")}
    some = (*CHOSEN, "pcodec-8", "shuffle-zstd-3", "delta-zstd-3", "crc32c", "lzma-1")
    rows |= {(codec, layout) for codec in some for layout in LAYOUTS}
    found = []
    for (codec, layout), zarr_format in itertools.product(sorted(rows), (2, 3)):
        choice = dict(codec=codec, layout=layout, zarr_format=zarr_format)
        choice |= dict(shape=(184, 630, 630), dtype="float32", voxel_spacing=10.012)
        found += [(Choice.of(choice), *each) for each in snippets(choice).items()]
    return found


def test_all_that_are_one_are_short_programs_and_the_rest_say_why():
    for choice, library, text in every():
        lines = text.splitlines()
        if len(lines) == 1:
            assert text.startswith("# ") and ": " in text, (choice, library)
            continue
        compile(text, library, "exec")
        assert len(lines) <= (33 if choice.layout_row.middle else 30), (choice, library, text)
        assert max(map(len, lines)) <= WIDTH + 3, (choice, library, text)
        assert lines[0].startswith("# pip install ")


def test_what_a_backend_cannot_write_its_snippet_does_not_promise():
    """A snippet is there exactly where the rule for skipping lets a case be."""
    here = {"zarr-python-3": "zarr-python", "tensorstore": "tensorstore"}
    for choice, library, text in every():
        if library in here:
            found = backends.find(here[library], backends.installed())
            reason = choice.why_not() or found.supports(choice, backends.installed())
            assert (len(text.splitlines()) == 1) == bool(reason), (choice, library)


@pytest.mark.parametrize(
    ("library", "choice", "why"),
    [
        ("zarr-python-2", ("none", "c64", 3), "it has no format 3"),
        ("zarr-python-2", ("none", "c32-s128", 3), "no shards"),
        ("tensorstore", ("pcodec-8", "c64", 3), "no pcodec"),
        ("iohub", ("zstd-3", "c64", 2), "it has no zstd"),
        ("iohub", ("blosc-zstd-5-shuffle", "c64", 3), "blosc-zstd-1-bitshuffle alone"),
        ("ome-zarr-py", ("none", "c32-s128-start", 3), "plain shards alone"),
        ("ome-zarr-py", ("delta-zstd-3", "c64", 3), "format 3 cannot hold delta-zstd-3"),
        ("zarr-python-3", ("none", "c32-s128", 2), "format 2 has no shards"),
    ],
)
def test_a_library_that_cannot_says_why(library, choice, why):
    asked = dict(zip(("codec", "layout", "zarr_format"), choice, strict=True))
    text = snippets(asked | {"shape": SHAPE, "dtype": "float32"})[library]
    assert why in text and text.startswith("#") and text.count("\n") == 1


def test_a_type_that_a_codec_does_not_take_is_said():
    choice = dict(codec="pcodec-8", layout="c64", zarr_format=3, shape=SHAPE, dtype="uint8")
    assert all("pcodec takes no uint8" in text for text in snippets(choice).values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"codec": "blosc-9"},
        {"layout": "c0"},
        {"zarr_format": 4},
        {"shape": (1, 2)},
        {"shape": "abc"},
        {"dtype": "float33"},
    ],
)
def test_what_makes_no_sense_is_said_in_words(wrong):
    choice = dict(codec="none", layout="c64", zarr_format=3, shape=SHAPE, dtype="float32")
    with pytest.raises(UserError):
        snippets(choice | wrong)


def test_values_are_spelled_so_that_they_read_back():
    value = {"a": [1, "b", None, (2.5,)], "c": {"d": 'e"\n', "f": [{"g": "h" * 60}] * 3}}
    assert ast.literal_eval(literal(value)) == value
    assert max(map(len, literal(value).splitlines())) <= WIDTH
    assert literal(Call("f", (Expression("x"),), {"y": 1})) == "f(x, y=1)"
    assert literal(Call("f", (1,), {"y": 2}, tall=True)) == "f(\n    1,\n    y=2,\n)"


def test_the_docs_show_a_real_one():
    choice = dict(codec="blosc-zstd-1-bitshuffle", layout="c32-s128", zarr_format=3)
    choice |= dict(shape=(184, 630, 630), dtype="float32", voxel_spacing=10.012)
    page = (Path(__file__).resolve().parents[1] / "docs" / "reproduce.md").read_text()
    assert f"```python\n{snippets(choice)['iohub']}```" in page


# What it does ------------------------------------------------------------------------------------

# One process runs all snippets of a library, each in its own folder, as it is printed.
RUNNER = """
import os, pathlib, runpy, sys
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    os.chdir(folder)
    runpy.run_path("snippet.py", run_name="__main__")
"""


@pytest.mark.environment
@pytest.mark.parametrize("name", LIBRARIES)
def test_snippets_write_what_they_promise(name, tmp_path):
    wanted = []
    for choice in choices():
        text = snippets(choice)[name]
        if text.count("\n") == 1:
            continue
        folder = tmp_path / "all" / f"{len(wanted):03}"
        folder.mkdir(parents=True)
        (folder / "snippet.py").write_text(text)
        # MRC holds 8 bits without a sign as 16
        data = voxels(choice["dtype"])
        mrcfile.write(folder / "tomogram.mrc", data, voxel_size=SPACING[::-1])
        wanted.append((choice, folder, text, data))
    assert len(wanted) >= 4
    installs = {tuple(shlex.split(text.splitlines()[0])[3:]) for _, _, text, _ in wanted}
    (packages,) = installs
    python = Contents(f"snippet-{name}", tuple(packages), whole=False).python()
    done = subprocess.run(
        [python, "-c", RUNNER, tmp_path / "all"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == ""
    for choice, folder, text, data in wanted:
        check(name, choice, folder / "tomogram.zarr", data, text)


def check(name, choice, store, data, text):
    """Voxels bit for bit, metadata as asked for, and the axes where the library is one for them."""
    inside = {"iohub": "0", "ome-zarr-py": "s0"}.get(name, "")
    array = zarr.open_array(store / inside, mode="r", zarr_format=choice["zarr_format"])
    found = array[...]
    assert found.dtype == data.dtype and found.tobytes() == data.tobytes(), text
    chosen = Choice.of(choice)
    assert metadata.problems(chosen, lambda k: (store / inside / k).read_bytes(), data) == [], text
    if choice["zarr_format"] == 3:
        said = json.loads((store / inside / "zarr.json").read_text())
        assert said["dimension_names"] == ["z", "y", "x"]
    if inside:
        image(store, choice["zarr_format"], inside)


def image(store, zarr_format, inside):
    """OME-Zarr: axes z, y, x in ångström."""
    if zarr_format == 2:
        (said,) = json.loads((store / ".zattrs").read_text())["multiscales"]
    else:
        (said,) = json.loads((store / "zarr.json").read_text())["attributes"]["ome"]["multiscales"]
    assert [(axis["name"], axis["type"], axis["unit"]) for axis in said["axes"]] == [
        (axis, "space", "angstrom") for axis in "zyx"
    ]
    (dataset,) = said["datasets"]
    assert dataset["path"] == inside
    scale = next(t for t in dataset["coordinateTransformations"] if t["type"] == "scale")
    assert scale["scale"] == list(SPACING)
