"""Random integers: the same everywhere, in pieces or whole, and random enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr_cryoet.core import rng

seeds = st.integers(0, 2**64 - 1)
MASK = 2**64 - 1


def splitmix64(state, count):
    """The published algorithm, in Python's own integers."""
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def test_bits_of_a_seed_never_change():
    assert rng.bits(0, 0, 3).tolist() == [
        6485714047263802941,
        9464800283270986282,
        15677915239723054371,
    ]
    assert rng.bits(2026, 10**12, 2).tolist() == [10028966479675070621, 17817863447895743866]


def test_below_of_a_seed_never_changes():
    assert rng.below(3, 8, 100) == [84, 81, 43, 20, 42, 76, 26, 43]


@given(seeds)
def test_bits_are_splitmix64(seed):
    assert rng.bits(seed, 0, 5).tolist() == list(splitmix64(int(rng._key(seed)), 5))


@given(seeds, st.integers(0, 2**62), st.integers(0, 50), st.integers(0, 50))
def test_pieces_are_the_whole(seed, start, first, second):
    whole = rng.bits(seed, start, first + second)
    pieces = rng.bits(seed, start, first), rng.bits(seed, start + first, second)
    assert whole.dtype == np.uint64
    assert whole.tolist() == np.concatenate(pieces).tolist()


@given(seeds, st.integers(0, 100), st.integers(1, 2**32))
def test_below_is_in_range(seed, count, high):
    found = rng.below(seed, count, high)
    words = (rng.bits(seed, 0, count) >> np.uint64(32)).tolist()
    assert found == [word * high >> 32 for word in words]
    assert all(0 <= n < high for n in found)


def test_below_reaches_every_value_about_as_often():
    counts = np.bincount(rng.below(11, 100_000, 10), minlength=10)
    assert counts.min() > 9_500
    assert counts.max() < 10_500


def test_every_bit_is_set_half_of_the_time():
    words = rng.bits(5, 0, 20_000)
    for place in range(64):
        share = np.mean(words >> np.uint64(place) & np.uint64(1))
        assert share == pytest.approx(0.5, abs=0.02), f"bit {place}"


def test_neighbouring_seeds_share_no_words():
    words = np.concatenate([rng.bits(seed, 0, 1000) for seed in range(20)])
    assert len(np.unique(words)) == words.size


def test_neighbouring_words_do_not_follow_each_other():
    words = rng.bits(1, 0, 20_000) / 2.0**64
    assert abs(np.corrcoef(words[:-1], words[1:])[0, 1]) < 0.03
