"""Rows: ids that can be said, groups, what the ids promise, and the one skip rule."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr_cryoet.core import backends
from zarr_cryoet.core.access import ACCESS, Orthogonal, Points
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.layouts import BASELINE, LAYOUTS, WHOLE, layout
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.registry import Registry
from zarr_cryoet.core.storage import FORMATS, Storage
from zarr_cryoet.core.stores import STORES
from zarr_cryoet.core.support import unsupported

REGISTRIES = {r.kind: r for r in (CODECS, LAYOUTS, ACCESS, STORES, OPERATIONS)}
PACKAGES = {cls.id: cls.package for cls in backends.classes()}
CODECS_OF = {codec.package for codec in CODECS.values() if codec.package}
VERSIONS = dict.fromkeys([*PACKAGES.values(), *CODECS_OF], "99.0")
VERSIONS |= {"zarr": "2.18.7", "tensorstore": "0.1.86"}
every_registry = pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
every_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
every_layout = pytest.mark.parametrize("row", LAYOUTS.values(), ids=LAYOUTS)


def cases(volume="phantom-128"):
    parts = itertools.product(CODECS, LAYOUTS, FORMATS, backends.ids())
    return [Case.of(volume, *part) for part in parts]


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
def test_a_group_called_like_a_row_is_that_row(registry):
    for name in set(registry.groups) & set(registry):
        assert registry.select(name) == (name,)


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
        (lambda: unsupported(Case.of("v", "gzip-7", "c16", 2, "tensorstore"), VERSIONS), "gzip-5"),
        (
            lambda: unsupported(Case.of("v", "none", "c16", 2, "zarr-python", "locla"), VERSIONS),
            "local",
        ),
        (lambda: OPERATIONS["overwrite-bix"], "overwrite-box"),
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


def spelled(*stored):
    """The id that stored spellings amount to, one after the other."""
    words = [_one(s["name"], s.get("configuration", {})) for s in stored]
    return "-".join(words) or "none"


def _one(name, settings):
    if name == "blosc":
        shuffles = {0: "noshuffle", 1: "shuffle", 2: "bitshuffle"}
        shuffle = shuffles.get(settings["shuffle"], settings["shuffle"])
        return f"blosc-{settings['cname']}-{settings['clevel']}-{shuffle}"
    level = settings.get("level", settings.get("preset"))
    name = name.removeprefix("numcodecs.")
    return name if level is None else f"{name}-{level}".replace("--", "-neg")


def spelled_as_in_3(stored):
    """An entry of format 2, parted as format 3 does."""
    return {"name": stored["id"], "configuration": stored}


@every_codec
def test_a_codec_id_spells_what_format_2_stores(codec):
    if 2 in codec.formats:
        stored = [*codec.filters2, *([codec.v2] if codec.v2 else [])]
        assert spelled(*map(spelled_as_in_3, stored)) == codec.id


@every_codec
def test_a_codec_id_spells_what_format_3_stores(codec):
    if 3 in codec.formats:
        serializer = [codec.serializer3] if codec.serializer3 else []
        assert spelled(*codec.filters3, *serializer, *codec.v3) == codec.id


@every_codec
def test_a_codec_row_says_what_its_id_says(codec):
    assert codec.id.startswith(codec.family)
    level = None if codec.level is None else str(codec.level).replace("-", "neg")
    said = codec.id.split("-")
    for part in (codec.cname, level, codec.shuffle):
        assert part is None or part in said
    assert codec.family in codec.groups
    assert codec.lossless
    assert set() < set(codec.formats) <= set(FORMATS)


@every_codec
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_nothing_is_left_open_in_what_is_stored(codec, dtype):
    for zarr_format in codec.formats:
        chain = codec.chain(zarr_format, np.dtype(dtype))
        assert "{" not in "".join(strings(vars(chain)))
        assert zarr_format == 3 or (chain.serializer is None and len(chain.compressors) <= 1)


def strings(value):
    """Every text in what is stored."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


def test_what_depends_on_the_voxels_is_filled_in():
    for dtype, size in (("uint8", 1), ("int16", 2), ("float32", 4)):
        (two,) = CODECS["shuffle-zstd-3"].chain(2, np.dtype(dtype)).filters
        assert two == {"id": "shuffle", "elementsize": size}
        three = CODECS["shuffle-zstd-3"].chain(3, np.dtype(dtype)).compressors[0]
        assert three == {"name": "numcodecs.shuffle", "configuration": {"elementsize": size}}
        (delta,) = CODECS["delta-zstd-3"].chain(2, np.dtype(dtype)).filters
        assert np.dtype(delta["dtype"]) == np.dtype(f"i{size}") == np.dtype(delta["astype"])


def test_the_grid_is_the_one_that_was_asked_for():
    cnames = ("zstd", "lz4", "lz4hc", "zlib", "blosclz")
    shuffles = ("noshuffle", "shuffle", "bitshuffle")
    blosc = itertools.product(cnames, (1, 3, 5, 7, 9), shuffles)
    wanted = {f"blosc-{cname}-{level}-{shuffle}" for cname, level, shuffle in blosc}
    wanted |= {"zstd-neg5", *(f"zstd-{level}" for level in range(1, 20))}
    wanted |= {f"gzip-{level}" for level in (1, 3, 5, 6, 9)} | {"none", "crc32c"}
    assert wanted <= set(CODECS)
    families = {codec.family for codec in CODECS.values()}
    assert {"lz4", "bz2", "lzma", "zlib", "pcodec", "shuffle", "delta"} <= families


# Layouts --------------------------------------------------------------------------------------


def test_layouts_hold_what_was_asked_for():
    assert {"c16", "c32", "c64", "c128", "c256", "c16x128x128", "c32-s128", "c16-s64"} <= set(
        LAYOUTS
    )


ID = re.compile(
    r"(?:c(?P<chunk>[\dx]+)|whole)"
    r"(?:-s(?P<middle>[\dx]+)(?=-s[\dw]))?(?:-s(?P<shard>[\dx]+|whole))?(?P<start>-start)?"
)


def extent(spelling):
    if spelling in (None, "whole"):
        return WHOLE
    edges = tuple(map(int, spelling.split("x")))
    return edges * 3 if len(edges) == 1 else edges


@every_layout
def test_a_layout_is_what_its_id_spells(row):
    assert layout(row.id, *row.groups) == row
    parts = ID.fullmatch(row.id)
    assert row.chunks == extent(parts["chunk"])
    assert row.shards == (extent(parts["shard"]) if parts["shard"] else None)
    assert row.middle == (extent(parts["middle"]) if parts["middle"] else None)
    assert row.index == ("start" if parts["start"] else "end")
    assert row.stored == (row.shards or row.chunks)


def extents(high):
    return st.tuples(*[st.integers(1, high)] * 3)


def spell(edges):
    return str(edges[0]) if len(set(edges)) == 1 else "x".join(map(str, edges))


@given(st.lists(extents(9), min_size=1, max_size=3), st.booleans(), st.booleans())
def test_any_layout_has_an_id_that_spells_it(factors, whole, start):
    extents = [factors[0]]
    for times in factors[1:]:
        extents.append(tuple(e * t for e, t in zip(extents[-1], times, strict=True)))
    if whole and len(extents) > 1:
        extents[-1] = WHOLE
    name = "c" + "-s".join("whole" if e == WHOLE else spell(e) for e in extents)
    name += "-start" if start and len(extents) > 1 else ""
    found = layout(name)
    assert found.id == name
    assert [e for e in (found.chunks, found.middle, found.shards) if e is not None] == extents
    assert found.index == ("start" if name.endswith("-start") else "end")


@every_layout
@given(shape=extents(300))
def test_shards_hold_whole_chunks_of_any_volume(row, shape):
    found = row.of(shape)
    levels = [e for e in (found.chunks, found.middle, found.shards) if e is not None]
    assert all(edge > 0 for e in levels for edge in e)
    for inner, outer in itertools.pairwise(levels):
        assert all(o % i == 0 for o, i in zip(outer, inner, strict=True))
    assert found.of(shape) == found
    assert (found.id, found.index, found.middle) == (row.id, row.index, row.middle)
    if WHOLE not in (row.chunks, row.shards):
        assert found == row


@given(shape=extents(300))
def test_whole_is_as_large_as_the_volume(shape):
    assert LAYOUTS["whole"].of(shape).chunks == shape
    for row in (row for row in LAYOUTS.values() if row.shards == WHOLE):
        inner = row.middle or row.chunks
        for n, outer, edge in zip(shape, row.of(shape).shards, inner, strict=True):
            assert n <= outer < n + edge


def test_at_least_five_layouts_are_not_cubic():
    assert sum(len(set(row.chunks)) > 1 for row in LAYOUTS.values()) >= 5


def test_the_grid_of_chunks_and_shards_is_whole():
    grid = {f"c{c}-s{s}" for c in (16, 32, 64) for s in (64, 128, 256, "whole")}
    assert grid <= set(LAYOUTS)
    assert any(row.middle for row in LAYOUTS.values())
    assert any(row.index == "start" for row in LAYOUTS.values())


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
        "c16x16x16",
        "cwhole",
        "whole-s64",
        "c16-s32-s48",
        "c16-s32-s64-s128",
        "c16-start",
        "c16-swhole-s64",
    ],
)
def test_a_layout_that_cannot_be_is_refused(name):
    with pytest.raises(ValueError):
        layout(name)


# Access ---------------------------------------------------------------------------------------


def test_access_patterns_hold_what_was_asked_for():
    wanted = "full plane-xy plane-xz plane-yz slabs ortho-view boxes-64 patches-96 strided"
    assert {*wanted.split(), "orthogonal", "points", "part-shard", "parts-shards"} <= set(ACCESS)
    assert all(row.meaning for row in ACCESS.values())


# Cases ----------------------------------------------------------------------------------------


def test_case_ids_are_unique_and_fit_for_file_names():
    ids = [case.id for case in cases()]
    assert len(set(ids)) == len(ids) == len(CODECS) * len(LAYOUTS) * 2 * len(backends.ids())
    assert all(re.fullmatch("[a-z0-9_-]{1,120}", name) for name in ids)
    assert all(name.count("_") == 5 for name in ids)


@pytest.mark.parametrize("codec", CODECS)
def test_format_3_of_zarr_2_is_skipped_by_release(codec):
    reason = unsupported(Case.of("v", codec, "c16", 3, "zarr-python"), VERSIONS)
    if 3 in CODECS[codec].formats:
        assert reason == "zarr-python 2.18.7 has no format 3"
    else:
        assert reason == f"format 3 cannot hold {codec}"


def unheld(case):
    """Why no library at all can do a case."""
    if case.zarr_format not in case.codec_row.formats:
        return f"format {case.zarr_format} cannot hold {case.codec}"
    if case.zarr_format == 2 and case.layout_row.shards:
        return "format 2 has no shards"
    return None


def test_what_no_format_holds_is_told_before_anything_else():
    for case in cases():
        absent = f"{PACKAGES[case.backend]} is not installed"
        assert unsupported(case, {}) == (unheld(case) or absent)


def test_a_release_that_no_class_serves_is_skipped_by_name():
    reason = unsupported(Case.of("v", "none", "c16", 2, "zarr-python"), {"zarr": "1.0"})
    assert "zarr 1.0" in reason


def test_zarr_python_3_does_all_that_the_formats_hold():
    for case in (c for c in cases() if c.backend == "zarr-python"):
        assert unsupported(case, VERSIONS | {"zarr": "3.4.2"}) == unheld(case)


def test_zarr_python_2_does_all_of_format_2():
    for case in (c for c in cases() if (c.backend, c.zarr_format) == ("zarr-python", 2)):
        assert unsupported(case, VERSIONS) == unheld(case)


def test_a_codec_whose_package_is_absent_is_skipped_by_name():
    for codec in (codec for codec in CODECS.values() if codec.package):
        without = {name: v for name, v in VERSIONS.items() if name != codec.package}
        reason = unsupported(Case.of("v", codec.id, "c16", 2, "zarr-python"), without)
        assert reason == f"{codec.package} is not installed"


@pytest.mark.parametrize("zarr", ["2.18.7", "3.0.8", "3.4.2"])
def test_every_reason_can_be_published(zarr):
    versions = VERSIONS | {"zarr": zarr}
    parts = itertools.product(("none", "zstd-3"), ("c16", "c16-s64"), FORMATS, backends.ids())
    for part, store, operation in itertools.product(parts, STORES, OPERATIONS):
        reason = unsupported(Case.of("v", *part, store), versions, operation)
        assert reason is None or (0 < len(reason) < 100 and "\n" not in reason)


def test_each_access_pattern_is_read_and_all_that_is_done_is_said():
    assert [row.access.id for row in OPERATIONS.values() if row.id.startswith("read-")] == [*ACCESS]
    assert all(row.meaning and row.groups for row in OPERATIONS.values())
    assert {row.kind for row in STORES.values()} >= {"local", "memory", "zip", "latency"}


@pytest.mark.parametrize("pattern", ACCESS.values(), ids=lambda row: row.id)
@pytest.mark.parametrize("shape", [(4, 5, 3), (128, 128, 128)])
def test_what_an_access_pattern_needs_holds_for_all_its_selections(pattern, shape):
    for selection in pattern.select(shape):
        fancy = isinstance(selection, (Orthogonal, Points))
        steps = not fancy and any(axis.step for axis in selection)
        wanted = "fancy indexing" if fancy else "steps" if steps else None
        assert pattern.needs == wanted


def test_asking_what_is_supported_imports_no_library():
    code = """
import json, sys
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.support import unsupported
reason = unsupported(Case.of("v", "none", "c16", 3, "tensorstore"))
reason = reason or unsupported(Case.of("v", "none", "c16", 2, "zarr-python"))
print(json.dumps(sorted({"zarr", "tensorstore", "numcodecs"} & set(sys.modules))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_storage_configuration_is_found_by_its_id():
    for parts in itertools.product(CODECS, ("c64", "c32-s128-start"), (0, 2, 3)):
        storage = Storage(*parts)
        assert storage.id == "{}_{}_v{}".format(*parts)
        assert Storage.parse(storage.id) == storage
    for wrong in ("zstd-3_c64", "zstd-3_c64_3", "zstd-3_c64_vx", "v_zstd-3_c64_v3"):
        with pytest.raises(ValueError):
            Storage.parse(wrong)


def test_a_case_crosses_as_one_flat_record():
    case = Case("v_1", Storage("none", "c16", 3), "zarrs", "zip")
    assert case.id == "v_1_none_c16_v3_zarrs_zip"
    assert list(case.to_json().items()) == [
        ("volume", "v_1"), ("codec", "none"), ("layout", "c16"), ("zarr_format", 3),
        ("backend", "zarrs"), ("store", "zip"),
    ]  # fmt: skip
    assert Case.from_json({**case.to_json(), "operation": "write"}) == case
