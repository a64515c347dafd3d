"""Errors of volumes: exact on what is known, and the same on any scale."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("skimage", reason="scikit-image is not installed: the extra `quality`")
from skimage import metrics

from zarr_cryoet import quality
from zarr_cryoet.core.errors import UserError


@pytest.fixture
def pair(volume):
    other = volume.copy()
    other[::2] += np.float32(0.0625)
    return volume, other


def test_what_is_the_same_has_no_error(volume):
    assert quality.compare(volume, volume.copy()) == quality.Similarity(0.0, 0.0, math.inf, 1.0)


def test_known_errors():
    original = np.arange(8.0, dtype="f4").reshape(2, 2, 2)  # a range of 7
    other = original.copy()
    other[0, 0, 1] += 2
    found = quality.compare(original, other)
    assert (found.max_error, found.mse) == (2.0, 0.5)
    assert found.psnr == pytest.approx(10 * math.log10(49 / 0.5))
    assert math.isnan(found.ssim)  # no window fits


def test_psnr_and_ssim_are_those_of_scikit_image(pair):
    a, b = (x.astype("f8") for x in pair)
    found = quality.compare(*pair)
    span = float(np.ptp(a))
    assert found.mse == pytest.approx(metrics.mean_squared_error(a, b))
    assert found.psnr == pytest.approx(metrics.peak_signal_noise_ratio(a, b, data_range=span))
    a, b = a - a.mean(), b - a.mean()
    assert found.ssim == pytest.approx(metrics.structural_similarity(a, b, data_range=span))
    assert 0 < found.ssim < 1


@settings(max_examples=20, deadline=None)
@given(
    a=st.floats(0.01, 100).flatmap(lambda a: st.sampled_from([a, -a])),
    b=st.floats(-1000, 1000),
)
def test_the_verdict_does_not_depend_on_scale_offset_or_contrast(a, b):
    rng = np.random.default_rng(3)
    original = rng.standard_normal((12, 10, 11))
    other = original + 0.1 * rng.standard_normal(original.shape)
    plain, scaled = (
        quality.compare(*pair) for pair in ((original, other), (a * original + b, a * other + b))
    )
    assert scaled.psnr == pytest.approx(plain.psnr, rel=1e-6)
    assert scaled.ssim == pytest.approx(plain.ssim, rel=1e-6)
    assert scaled.max_error == pytest.approx(abs(a) * plain.max_error, rel=1e-6)
    assert scaled.mse == pytest.approx(a * a * plain.mse, rel=1e-6)


def test_a_worse_copy_is_told_from_a_better_one(volume):
    noise = np.random.default_rng(1).standard_normal(volume.shape)
    better, worse = (quality.compare(volume, volume + s * noise) for s in (0.05, 0.2))
    assert better.max_error < worse.max_error and better.mse < worse.mse
    assert better.psnr > worse.psnr and better.ssim > worse.ssim


@pytest.mark.parametrize("value", [0.0, -3.5, np.nan])
def test_constant_volumes(value):
    flat = np.full((8, 8, 8), value, "f4")
    assert quality.compare(flat, flat.copy()) == quality.Similarity(0.0, 0.0, math.inf, 1.0)
    if not math.isnan(value):
        found = quality.compare(flat, flat + np.float32(0.5))
        assert (found.max_error, found.mse, found.psnr) == (0.5, 0.25, -math.inf)
        assert math.isnan(found.ssim)


def test_nan_and_infinity_on_both_sides_are_no_error(pair):
    original, other = pair
    found = [x.copy() for x in pair]
    for x in found:
        x[3, 4, 5], x[7, 8, 9] = np.nan, -np.inf
    here, there = quality.compare(*found), quality.compare(original, other)
    assert here.max_error == there.max_error
    assert here.psnr == pytest.approx(there.psnr, abs=0.01)
    assert here.ssim == pytest.approx(there.ssim, abs=0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_nan_and_infinity_on_one_side_are_an_infinite_error(pair, value, side):
    found = [x.copy() for x in pair]
    found[side][1, 2, 3] = value
    told = quality.compare(*found)
    assert (told.max_error, told.mse, told.psnr) == (math.inf, math.inf, -math.inf)
    assert math.isnan(told.ssim)


@pytest.mark.parametrize("value", [3e38, 1e300])
def test_garbage_is_a_large_error_without_a_warning(value, recwarn):
    original = np.random.default_rng(2).standard_normal((8, 8, 8))
    other = original.copy()
    other[0, 0, 0] = value
    found = quality.compare(original, other)
    assert found.max_error == pytest.approx(value)
    assert found.psnr < -500
    assert not recwarn.list


def test_integers_do_not_wrap_round():
    original = np.zeros((4, 4, 4), "u1")
    other = original.copy()
    original[0, 0, 0], other[0, 0, 1] = 255, 255
    assert quality.compare(original, other).max_error == 255
    assert quality.compare(original, other).mse == 2 * 255**2 / 64


@pytest.mark.parametrize("shape", [(4, 4, 5), (0, 4, 4)])
def test_shapes_that_cannot_be_compared(shape):
    with pytest.raises(ValueError, match="cannot be compared"):
        quality.compare(np.zeros((4, 4, 4) if shape[0] else shape), np.zeros(shape))


def test_an_absent_library_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skimage.metrics", None)
    with pytest.raises(UserError, match=r"pip install 'zarr-cryoet\[quality\]'"):
        quality.require()
