"""Access patterns: geometry as counted voxel by voxel, selections inside any shape."""

from __future__ import annotations

import itertools
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core.access import (
    ACCESS,
    Geometry,
    Orthogonal,
    Points,
    _boxes,
    asked,
    cells,
    take,
    touched,
)
from zarr_cryoet.core.layouts import LAYOUTS, WHOLE, Layout

every_pattern = pytest.mark.parametrize("pattern", ACCESS.values(), ids=ACCESS)
ONE = st.just(1)


def extents(high):
    return st.tuples(*[st.integers(1, high)] * 3)


@st.composite
def layouts(draw):
    chunks = draw(extents(20))
    if not draw(st.booleans()):
        return Layout("odd", chunks)
    return Layout(
        "odd", chunks, tuple(c * n for c, n in zip(chunks, draw(extents(4)), strict=True))
    )


@st.composite
def boxes(draw, shape, steps=ONE):
    starts = [draw(st.integers(0, n - 1)) for n in shape]
    return tuple(
        slice(start, draw(st.integers(start + 1, n)), draw(steps))
        for start, n in zip(starts, shape, strict=True)
    )


@st.composite
def orthogonals(draw, shape):
    """Any indices along each axis: unsorted, and some more than once."""
    axes = [draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=9)) for n in shape]
    return Orthogonal(map(np.array, axes))


@st.composite
def points(draw, shape):
    """Any voxels, some more than once."""
    one = st.tuples(*[st.integers(0, n - 1) for n in shape])
    return Points(map(np.array, zip(*draw(st.lists(one, min_size=1, max_size=30)), strict=True)))


def selections(shape):
    return st.one_of(
        boxes(shape), boxes(shape, st.integers(1, 9)), orthogonals(shape), points(shape)
    )


def one_by_one(selection):
    """The coordinates of every voxel of a selection, in the order in which they are read."""
    if isinstance(selection, Points):
        return list(zip(*(axis.tolist() for axis in selection), strict=True))
    axes = [
        list(range(s.start, s.stop, s.step or 1)) if isinstance(s, slice) else s.tolist()
        for s in selection
    ]
    return list(itertools.product(*axes))


def met(selection, cell):
    """Cells that a selection meets, found voxel by voxel."""
    return {
        tuple(k // edge for k, edge in zip(v, cell, strict=True)) for v in one_by_one(selection)
    }


def brute_force(selections, layout):
    voxels = chunks = shards = 0
    for selection in selections:
        voxels += len(one_by_one(selection))
        chunks += len(met(selection, layout.chunks))
        shards += len(met(selection, layout.shards)) if layout.shards else 0
    decoded = chunks * prod(layout.chunks)
    return Geometry(len(selections), voxels, chunks, decoded, chunks + shards)


@every_pattern
@settings(max_examples=20, deadline=None)
@given(shape=extents(16), layout=layouts())
def test_geometry_is_what_counting_voxels_finds(pattern, shape, layout):
    found = pattern.geometry(shape, layout)
    assert found == brute_force(pattern.select(shape), layout)


@settings(deadline=None)
@given(data=st.data(), shape=extents(14), cell=extents(10))
def test_any_selection_meets_the_cells_that_its_voxels_lie_in(data, shape, cell):
    selection = data.draw(selections(shape))
    found = cells(selection, cell)
    assert found.tolist() == sorted(map(list, met(selection, cell)))
    assert touched(selection, cell) == len(found)
    assert asked(selection) == len(one_by_one(selection))


@settings(deadline=None)
@given(data=st.data(), shape=extents(14))
def test_what_is_taken_are_the_voxels_in_their_order(data, shape):
    selection = data.draw(selections(shape))
    volume = np.arange(prod(shape)).reshape(shape)
    found = take(volume, selection)
    assert found.ravel().tolist() == [int(volume[v]) for v in one_by_one(selection)]
    assert found.ndim == (1 if isinstance(selection, Points) else 3)


@every_pattern
@given(shape=extents(300), layout=layouts())
def test_what_is_decoded_covers_what_is_asked_for(pattern, shape, layout):
    found = pattern.geometry(shape, layout)
    distinct = pattern.id != "points"  # which may name a voxel twice
    assert found.amplification >= 1 or not distinct
    assert found.requests >= found.chunks >= found.selections >= 1


@every_pattern
@settings(deadline=None)
@given(shape=extents(300))
def test_selections_lie_inside_and_hold_something(pattern, shape):
    selections = pattern.select(shape)
    assert selections
    for selection in selections:
        assert len(selection) == 3
        assert asked(selection) >= 1
        for s, n in zip(selection, shape, strict=True):
            if isinstance(s, slice):
                assert 0 <= s.start < s.stop <= n
                assert s.step is None or s.step > 1
                assert type(s.start) is type(s.stop) is int
            else:
                assert np.issubdtype(s.dtype, np.integer)
                assert 0 <= s.min() <= s.max() < n


@every_pattern
@settings(deadline=None)
@given(shape=extents(300))
def test_selections_are_the_same_each_time(pattern, shape):
    first, second = pattern.select(shape), pattern.select(shape)
    assert [type(s) for s in first] == [type(s) for s in second]
    assert repr(first) == repr(second)


@given(shape=extents(300))
def test_orthogonal_indices_ascend_and_are_about_a_quarter(shape):
    (selection,) = ACCESS["orthogonal"].select(shape)
    for axis, n in zip(selection, shape, strict=True):
        assert np.all(np.diff(axis) > 0)
        assert 1 <= len(axis) <= max(1, n // 4)


@given(shape=extents(300))
def test_slabs_are_the_volume_once(shape):
    found = [s[0] for s in ACCESS["slabs"].select(shape)]
    assert found[0].start == 0
    assert found[-1].stop == shape[0]
    assert all(a.stop == b.start for a, b in itertools.pairwise(found))


def test_part_of_a_shard_lies_in_one_and_parts_of_shards_in_several():
    shape, shard = (128, 128, 128), LAYOUTS["c16-s64"].shards
    (part,), (parts,) = (ACCESS[name].select(shape) for name in ("part-shard", "parts-shards"))
    assert touched(part, shard) == 1
    assert touched(parts, shard) > 1


@given(shape=extents(300))
def test_full_asks_for_every_voxel_once(shape):
    found = ACCESS["full"].geometry(shape, LAYOUTS["c16"])
    assert (found.selections, found.voxels) == (1, prod(shape))


@pytest.mark.parametrize(("name", "axis"), [("plane-xy", 0), ("plane-xz", 1), ("plane-yz", 2)])
@given(shape=extents(300))
def test_a_plane_is_one_voxel_thick_across_its_axis(name, axis, shape):
    (selection,) = ACCESS[name].select(shape)
    assert [s.stop - s.start for s in selection] == [
        1 if i == axis else n for i, n in enumerate(shape)
    ]


@given(shape=extents(300))
def test_boxes_are_smaller_only_where_the_volume_is(shape):
    selections = ACCESS["boxes-64"].select(shape)
    assert len(selections) == 8
    for selection in selections:
        assert [s.stop - s.start for s in selection] == [min(64, n) for n in shape]


def test_boxes_are_spread_and_cross_chunks():
    selections = ACCESS["boxes-64"].select((512, 512, 512))
    starts = np.array([[s.start for s in selection] for selection in selections])
    assert np.all(np.ptp(starts, axis=0) > 200)
    assert any(touched(selection, (64, 64, 64)) == 8 for selection in selections)


def test_boxes_of_two_seeds_differ():
    assert _boxes(8, 4, 1, [99, 99, 99]) != _boxes(8, 4, 2, [99, 99, 99])


def test_one_plane_of_the_portals_layout():
    found = ACCESS["plane-xy"].geometry((184, 630, 630), LAYOUTS["c256"])
    assert found == Geometry(1, 630 * 630, 9, 9 * 256**3, 9)


def test_a_shard_costs_one_request_for_its_index():
    found = {
        name: ACCESS["plane-xy"].geometry((128, 128, 128), LAYOUTS[name])
        for name in ("c32", "c32-s128")
    }
    assert found["c32"].requests == found["c32"].chunks == 16
    assert found["c32-s128"].requests == 17


@pytest.mark.parametrize("row", LAYOUTS.values(), ids=LAYOUTS)
def test_padding_is_counted_as_decoded(row):
    if row.chunks == WHOLE:
        assert ACCESS["full"].geometry((5, 6, 7), row).decoded == 5 * 6 * 7
        return
    shape = tuple(edge + 1 for edge in row.chunks)
    assert ACCESS["full"].geometry(shape, row).decoded == 2**3 * prod(row.chunks)
