"""Access patterns: geometry as counted voxel by voxel, selections inside any shape."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core.access import ACCESS, Geometry, _boxes, touched
from zarr_cryoet.core.layouts import LAYOUTS, Layout

every_pattern = pytest.mark.parametrize("pattern", ACCESS.values(), ids=ACCESS)


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
def boxes(draw, shape):
    starts = [draw(st.integers(0, n - 1)) for n in shape]
    return tuple(
        slice(start, draw(st.integers(start + 1, n)))
        for start, n in zip(starts, shape, strict=True)
    )


def met(selection, shape, cell):
    """Cells that a selection meets, found by marking every voxel with its cell."""
    owner = [np.arange(n) // edge for n, edge in zip(shape, cell, strict=True)]
    grid = np.stack(np.meshgrid(*owner, indexing="ij"), axis=-1)[selection]
    return {tuple(index) for index in grid.reshape(-1, 3).tolist()}


def brute_force(selections, shape, layout):
    voxels = chunks = shards = 0
    for selection in selections:
        voxels += np.empty(shape, bool)[selection].size
        chunks += len(met(selection, shape, layout.chunks))
        shards += len(met(selection, shape, layout.shards)) if layout.shards else 0
    decoded = chunks * prod(layout.chunks)
    return Geometry(len(selections), voxels, chunks, decoded, chunks + shards)


@every_pattern
@settings(max_examples=40, deadline=None)
@given(shape=extents(40), layout=layouts())
def test_geometry_is_what_marking_voxels_finds(pattern, shape, layout):
    found = pattern.geometry(shape, layout)
    assert found == brute_force(pattern.select(shape), shape, layout)


@settings(deadline=None)
@given(data=st.data(), shape=extents(30), cell=extents(20))
def test_any_box_touches_the_cells_that_marking_finds(data, shape, cell):
    selection = data.draw(boxes(shape))
    assert touched(selection, cell) == len(met(selection, shape, cell))


@every_pattern
@given(shape=extents(300), layout=layouts())
def test_what_is_decoded_covers_what_is_asked_for(pattern, shape, layout):
    found = pattern.geometry(shape, layout)
    assert found.amplification >= 1
    assert found.requests >= found.chunks >= found.selections >= 1


@every_pattern
@given(shape=extents(300))
def test_selections_lie_inside_and_hold_something(pattern, shape):
    selections = pattern.select(shape)
    assert selections
    for selection in selections:
        assert len(selection) == 3
        for s, n in zip(selection, shape, strict=True):
            assert s.step is None
            assert 0 <= s.start < s.stop <= n
            assert type(s.start) is type(s.stop) is int


@every_pattern
@given(shape=extents(300))
def test_selections_are_the_same_each_time(pattern, shape):
    assert pattern.select(shape) == pattern.select(shape)


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
    assert _boxes(8, 4, seed=1)((99, 99, 99)) != _boxes(8, 4, seed=2)((99, 99, 99))


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
    shape = tuple(edge + 1 for edge in row.chunks)
    assert ACCESS["full"].geometry(shape, row).decoded == 2**3 * prod(row.chunks)
