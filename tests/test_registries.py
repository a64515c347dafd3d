"""Rows: ids that can be said, groups, what the ids promise, and the one skip rule."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from math import prod

import pytest

from zarr_cryoet.core import backends
from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.case import FORMATS, Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.layouts import BASELINE, LAYOUTS, layout
from zarr_cryoet.core.registry import Registry

REGISTRIES = {r.kind: r for r in (CODECS, LAYOUTS, ACCESS)}
PACKAGES = {cls.id: cls.package for cls in backends.classes()}
VERSIONS = {"zarr": "2.18.7", "tensorstore": "0.1.86"}
every_registry = pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
every_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
every_layout = pytest.mark.parametrize("row", LAYOUTS.values(), ids=LAYOUTS)


def cases(volume="phantom-128"):
    parts = itertools.product(CODECS, LAYOUTS, FORMATS, backends.ids())
    return [Case(volume, *part) for part in parts]


# Registries -----------------------------------------------------------------------------------


@every_registry
def test_ids_can_be_said(registry):
    for name in [*registry, *registry.groups, *backends.ids()]:
        assert re.fullmatch("[a-z0-9-]+", name)


@every_registry
def test_rows_stand_under_their_own_ids(registry):
    assert [row.id for row in registry.values()] == list(registry)


def test_two_rows_of_one_id_are_refused():
    with pytest.raises(ValueError, match="c16"):
        Registry("layout", [layout("c16"), layout("c16")])


@every_registry
def test_no_group_is_called_like_a_row(registry):
    assert not set(registry.groups) & set(registry)


@every_registry
def test_a_group_selects_its_rows_in_order(registry):
    for group in registry.groups[:-1]:
        wanted = tuple(name for name, row in registry.items() if group in row.groups)
        assert registry.select(group) == wanted
    assert registry.select("all") == tuple(registry)
    assert {"smoke", "default", "all"} <= set(registry.groups)
    assert set(registry.select("smoke")) <= set(registry.select("default"))


def test_ids_select_themselves():
    assert CODECS.select("none") == ("none",)
    assert CODECS.select(["zstd-3", "none"]) == ("zstd-3", "none")


def test_the_portal_is_one_codec_and_one_layout():
    assert CODECS.select("portal") == ("blosc-lz4-5-shuffle",)
    assert LAYOUTS.select("portal") == (BASELINE,) == ("c256",)


@pytest.mark.parametrize(
    ("look_up", "near"),
    [
        (lambda: CODECS["blosc-zstd-6-shuffle"], "blosc-zstd-5-shuffle"),
        (lambda: CODECS.select("defualt"), "default"),
        (lambda: CODECS.select(["ztsd-3"]), "zstd-3"),
        (lambda: LAYOUTS["c265"], "c256"),
        (lambda: ACCESS["plane-zy"], "plane-yz"),
        (lambda: backends.find("zar-python", VERSIONS), "zarr-python"),
        (lambda: Case("v", "gzip-6", "c16", 2, "tensorstore").supports(VERSIONS), "gzip-5"),
    ],
)
def test_an_unknown_id_is_told_its_neighbours(look_up, near):
    with pytest.raises(UserError, match=f"did you mean .*{near}") as caught:
        look_up()
    assert "\n" not in str(caught.value)


def test_an_id_like_no_other_is_told_them_all():
    with pytest.raises(UserError, match=r"known are .*c1x256x256"):
        LAYOUTS["???"]


# Codecs ---------------------------------------------------------------------------------------


def test_codecs_hold_what_was_asked_for():
    blosc = "lz4-5-shuffle zstd-1-shuffle zstd-5-shuffle zstd-5-bitshuffle zlib-5-shuffle"
    assert {"none", "zstd-3", "gzip-5", *(f"blosc-{b}" for b in blosc.split())} <= set(CODECS)


def spelled(family, configuration, shuffle):
    """The id that a stored spelling amounts to."""
    if family != "blosc":
        return f"{family}-{configuration['level']}"
    return f"blosc-{configuration['cname']}-{configuration['clevel']}-{shuffle}"


@every_codec
def test_a_codec_id_spells_what_format_2_stores(codec):
    if codec.v2 is None:
        assert codec.id == codec.family == "none"
    else:
        shuffles = {0: "noshuffle", 1: "shuffle", 2: "bitshuffle", None: None}
        shuffle = shuffles[codec.v2.get("shuffle")]
        assert spelled(codec.v2["id"], codec.v2, shuffle) == codec.id


@every_codec
def test_a_codec_id_spells_what_format_3_stores(codec):
    if not codec.v3:
        assert codec.id == codec.family == "none"
    else:
        (stored,) = codec.v3
        shuffle = stored["configuration"].get("shuffle")
        assert spelled(stored["name"], stored["configuration"], shuffle) == codec.id


@every_codec
def test_a_codec_row_says_what_its_id_says(codec):
    parts = [codec.family, codec.cname, codec.level, codec.shuffle]
    assert "-".join(str(part) for part in parts if part is not None) == codec.id
    assert codec.lossless
    assert set(codec.formats) <= set(FORMATS)


# Layouts --------------------------------------------------------------------------------------


def test_layouts_hold_what_was_asked_for():
    assert {"c16", "c32", "c64", "c128", "c256", "c16x128x128", "c32-s128", "c16-s64"} <= set(
        LAYOUTS
    )


@every_layout
def test_a_layout_is_what_its_id_spells(row):
    again = layout(row.id, *row.groups)
    assert again == row
    edges = [re.findall(r"\d+", part) for part in row.id.split("-s")]
    cubes = [tuple(int(n) for n in (e * 3 if len(e) == 1 else e)) for e in edges]
    assert cubes == [row.chunks, row.shards][: len(cubes)]
    assert row.stored == cubes[-1]


@every_layout
def test_shards_hold_whole_chunks(row):
    shards = row.shards or row.chunks
    assert all(s % c == 0 and s >= c > 0 for s, c in zip(shards, row.chunks, strict=True))
    assert row.shards is None or prod(row.shards) > prod(row.chunks)


def test_at_least_three_layouts_are_not_cubic():
    assert sum(len(set(row.chunks)) > 1 for row in LAYOUTS.values()) >= 3


@pytest.mark.parametrize(
    "name",
    [
        "c",
        "cube",
        "c0",
        "c16x16",
        "c16-s8",
        "c16-s24",
        "c16-s64x64",
        "c16-s0",
        "c16-s-16",
        "c16-s0x64x64",
    ],
)
def test_a_layout_that_cannot_be_is_refused(name):
    with pytest.raises(ValueError):
        layout(name)


# Access ---------------------------------------------------------------------------------------


def test_access_patterns_hold_what_was_asked_for():
    assert {"full", "plane-xy", "plane-xz", "plane-yz", "boxes-64"} <= set(ACCESS)
    assert all(row.meaning for row in ACCESS.values())


# Cases ----------------------------------------------------------------------------------------


def test_case_ids_are_unique_and_fit_for_file_names():
    ids = [case.id for case in cases()]
    assert len(set(ids)) == len(ids) == len(CODECS) * len(LAYOUTS) * 2 * len(backends.ids())
    assert all(re.fullmatch("[a-z0-9_-]{1,120}", name) for name in ids)
    assert all(name.count("_") == 5 for name in ids)


@pytest.mark.parametrize("codec", CODECS)
def test_format_3_of_zarr_2_is_skipped_by_release(codec):
    reason = Case("v", codec, "c16", 3, "zarr-python").supports(VERSIONS)
    assert "2.18.7" in reason
    assert "format 3" in reason


def test_what_is_not_installed_is_skipped_by_name():
    for case in cases():
        absent = f"{PACKAGES[case.backend]} is not installed"
        assert case.supports({}) in (absent, "format 2 has no shards")


def test_a_release_that_no_class_serves_is_skipped_by_name():
    reason = Case("v", "none", "c16", 2, "zarr-python").supports({"zarr": "1.0"})
    assert "zarr 1.0" in reason


@pytest.mark.parametrize("versions", [VERSIONS, VERSIONS | {"zarr": "3.4.2"}])
def test_all_but_shards_of_format_2_and_zarr_2_can_be(versions):
    for case in (c for c in cases() if PACKAGES[c.backend] in versions):
        reason = case.supports(versions)
        sharded = case.zarr_format == 2 and case.layout_row.shards
        old = case.zarr_format == 3 and versions[PACKAGES[case.backend]] == "2.18.7"
        assert bool(reason) == bool(sharded or old), case.id
        if sharded:
            assert reason == "format 2 has no shards"


def test_asking_what_is_supported_imports_no_library():
    code = """
import json, sys
from zarr_cryoet.core.case import Case
reason = Case("v", "none", "c16", 3, "tensorstore").supports()
reason = reason or Case("v", "none", "c16", 2, "zarr-python").supports()
print(json.dumps(sorted({"zarr", "tensorstore", "numcodecs"} & set(sys.modules))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
