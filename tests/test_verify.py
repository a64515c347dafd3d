"""The one comparison of voxels: exact, within a bound, and what is no comparison at all."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from zarr_cryoet.core.bound import Bound
from zarr_cryoet.core.codecs import CODECS
from zarr_cryoet.core.errors import WrongResult
from zarr_cryoet.core.verify import OtherArray, Verification, verify, verify_all

EXACT = CODECS["zstd-3"]
TYPES = ("<f2", "<f4", ">f4", "<f8", "i1", "u1", "<i2", ">u2", "<i8", "<u8")
SHAPES = some.array_shapes(min_dims=3, max_dims=3, max_side=5)
FLOATS = st.sampled_from([np.dtype(t) for t in TYPES if "f" in t])


def within(**parts):
    return replace(EXACT, bound=Bound(**parts))


def rounded(data, keepbits):
    """What numcodecs' bitround makes of floats, spelled with arithmetic on their bits."""
    bits = np.finfo(data.dtype).nmant - keepbits
    raw = data.view(f"{data.dtype.byteorder}u{data.dtype.itemsize}").astype(object)
    half = (1 << (bits - 1)) - 1
    new = [(b + ((b >> bits) & 1) + half) >> bits << bits for b in raw.ravel().tolist()]
    limit = 1 << (8 * data.dtype.itemsize)
    wide = np.array([b % limit for b in new], f"u{data.dtype.itemsize}").reshape(data.shape)
    return wide.astype(wide.dtype.newbyteorder(data.dtype.byteorder)).view(data.dtype)


@given(st.sampled_from(TYPES).flatmap(lambda t: some.arrays(t, SHAPES)), st.data())
def test_without_a_bound_one_bit_is_found_where_it_is(data, draw):
    assert verify(data.copy(), data, EXACT) == Verification(data.size)
    where = tuple(draw.draw(st.integers(0, n - 1)) for n in data.shape)
    bit = draw.draw(st.integers(0, 8 * data.dtype.itemsize - 1))
    other = data.copy()
    other.view("u1").reshape(*data.shape, -1)[where][bit // 8] ^= np.uint8(1 << bit % 8)
    found = verify(other, data, EXACT)
    assert (found.differ, found.beyond, found.where, found.holds) == (1, 1, where, False)
    a, b = other[where].item(), data[where].item()
    if math.isfinite(a) and math.isfinite(b):
        assert found.error == pytest.approx(float(abs(Fraction(a) - Fraction(b))))
    with pytest.raises(WrongResult, match=r"1 voxels of it read back differently, largest error"):
        found.require("it")


@pytest.mark.parametrize(
    ("found", "wanted", "error"),
    [
        (0.0, -0.0, 0.0), (np.nan, 1.0, math.inf), (1.0, np.inf, math.inf),
        (-np.inf, np.inf, math.inf), (3.0, 1.5, 1.5),
    ],
)  # fmt: skip
def test_without_a_bound_values_that_compare_equal_may_differ(found, wanted, error):
    found = verify(np.float32([0, found]), np.float32([0, wanted]), EXACT)
    assert (found.differ, found.beyond, found.error, found.where) == (1, 1, error, (1,))


@given(FLOATS.flatmap(lambda t: some.arrays(t, SHAPES)), st.integers(1, 9))
@example(np.float32([[[1.5e-45, -1e-40, 1.1754942e-38, 0.0, -0.0]]]), 3)  # subnormals
@example(np.float32([[[np.nan, np.inf, -np.inf, 1.0, 3.1415927]]]), 7)
def test_rounding_to_nearest_keeps_its_relative_bound_and_no_half_of_it(data, keepbits):
    keeps = ~np.isfinite(data) | (np.abs(data) < np.finfo(data.dtype).max / 2)
    data = np.where(np.isnan(data) | ~keeps, data.dtype.type(1), data)
    found = verify(rounded(data, keepbits), data, within(relative=2.0 ** -(keepbits + 1)))
    assert found.holds and found.share <= 1
    assert found.beyond == 0 and (found.where is None) == (found.differ == 0)


def test_a_bound_half_as_wide_does_not_hold():
    data = np.linspace(1, 2, 1 << 12, dtype="f4").reshape(16, 16, 16)
    wide = verify(rounded(data, 5), data, within(relative=2.0**-6))
    narrow = verify(rounded(data, 5), data, within(relative=2.0**-7))
    assert wide.holds and 0.9 < wide.share <= 1
    assert not narrow.holds and 0 < narrow.beyond < wide.differ == narrow.differ
    assert narrow.share == 2 * wide.share
    worst = np.abs(rounded(data, 5).astype("f8") - data)
    assert narrow.error == worst.max() and worst[narrow.where] == worst.max()
    with pytest.raises(WrongResult, match=r"of it not within 0\.781 % of each value, largest"):
        narrow.require("it")


@pytest.mark.parametrize("bound", [dict(absolute=1e9), dict(relative=0.9), dict(absolute=1e300)])
@pytest.mark.parametrize(
    ("found", "wanted"),
    [(0.0, np.nan), (np.nan, 0.0), (1e30, np.inf), (np.inf, 1e30), (-np.inf, np.inf)],
)
def test_no_bound_excuses_nan_and_infinity(bound, found, wanted):
    found = verify(np.float64([found, 1]), np.float64([wanted, 1]), within(**bound))
    assert (found.holds, found.beyond, found.error, found.where) == (False, 1, math.inf, (0,))


def test_within_a_bound_nan_stays_nan_and_zero_has_no_sign():
    quiet, other = np.uint32([0x7FC00000, 0xFFC00001]).view("f4")
    wanted = np.float32([quiet, np.inf, 0.0, 2.0])
    found = verify(np.float32([other, np.inf, -0.0, 2.0]), wanted, within(relative=1e-9))
    assert found.holds and found.differ == 2 and found.error == found.share == 0


@given(
    st.sampled_from([t for t in TYPES if "f" not in t]).flatmap(lambda t: some.arrays(t, 9)),
    st.integers(0, 300),
    st.data(),
)
def test_integers_are_compared_without_overflow(data, allowed, draw):
    found = draw.draw(some.arrays(data.dtype, 9))
    errors = [abs(a - b) for a, b in zip(found.tolist(), data.tolist(), strict=True)]
    result = verify(found, data, within(absolute=allowed + 0.5))
    assert result.beyond == sum(error > allowed for error in errors)
    assert result.error == float(max(errors))
    assert result.differ == sum(map(bool, errors))


def test_the_error_that_is_named_is_one_beyond_the_bound():
    wanted = np.float32([1000, 1]).reshape(1, 1, 2)
    found = verify(np.float32([1000.5, 1.25]).reshape(1, 1, 2), wanted, within(relative=1e-2))
    assert (found.error, found.where, found.beyond, found.share) == (0.25, (0, 0, 1), 1, 25.0)


def test_where_both_parts_are_given_the_larger_holds():
    bound = Bound(absolute=0.5, relative=0.1)
    assert bound.limits(np.float32([-1, 100])).tolist() == [0.5, 10.0]
    assert bound.describe() == "within 0.5 or 10 % of each value, whichever is more"
    assert Bound(relative=0.001).describe() == "within 0.1 % of each value"
    assert Bound(absolute=2.0).describe() == "within 2 of each value"


@pytest.mark.parametrize("parts", [{}, dict(absolute=-1.0), dict(relative=math.nan),
                                   dict(absolute=math.inf)])  # fmt: skip
def test_a_bound_promises_something(parts):
    with pytest.raises(ValueError, match="exact is None"):
        Bound(**parts)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (np.zeros((2, 3), "f4"), "read back as (2, 3) float32, written as (2, 3, 4) float32"),
        (np.zeros((2, 3, 4), "f8"), "float64, written as"),
        (np.zeros((2, 3, 4), ">f4"), ">f4, written as"),
    ],
)
def test_another_shape_or_type_is_another_failure(found, words):
    with pytest.raises(OtherArray) as caught:
        verify(found, np.zeros((2, 3, 4), "<f4"), within(absolute=9.0))
    assert words in str(caught.value)


@given(st.integers(0, 59), st.booleans(), st.integers(1, 5))
def test_slabs_and_blocks_give_the_same_as_one_comparison(place, bounded, depth):
    codec = within(absolute=0.25) if bounded else EXACT
    wanted = np.arange(60, dtype="f4").reshape(5, 4, 3)
    found = wanted + np.float32(0.125)
    found.flat[place] += 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zarr_cryoet.core.verify._SLAB", depth * wanted[0].nbytes)
        patch.setattr("zarr_cryoet.core.verify._BLOCK", 7)
        parts = verify_all(found.__getitem__, wanted, codec)
    assert parts == verify(found, wanted, codec)
    assert parts.where == np.unravel_index(place, wanted.shape)
    assert parts.beyond == (1 if bounded else 60) and parts.differ == parts.total == 60


@pytest.mark.parametrize("codec", [EXACT, within(relative=1e-3)])
def test_what_was_found_crosses_processes(codec):
    for found in (np.float32([1, np.nan]), np.float32([1, 2.5]), np.float32([1, 2])):
        result = verify(found, np.float32([1, 2]), codec)
        text = json.dumps(result.to_json(), allow_nan=False)
        assert Verification.from_json(json.loads(text)) == result
