"""Quantities with units: parsed as people write them, shown, and parsed again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr_cryoet import units
from zarr_cryoet.core.errors import UserError

PARSERS = {
    units.parse_duration: ("20", "-1ms", "nan s", "inf s", "1_0s", "٣s", "", "s", "5m"),
    units.parse_rate: ("50", "0MB/s", "50MB", "MB/s", "fast", "1e999 MB/s"),
    units.parse_size: ("much", "", "512", "0B", "0.5B", "-1MB", "1e400MB", "5MX"),
    units.parse_budget: ("", "soon", "-5m", "0", "5 days", "nan"),
}


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (units.parse_duration, "20ms", 0.02),
        (units.parse_duration, "0.1 s", 0.1),
        (units.parse_duration, "0ms", 0),
        (units.parse_duration, "1e-3S", 1e-3),
        (units.parse_duration, ".5 µs", 5e-7),
        (units.parse_rate, "50MB/s", 50e6),
        (units.parse_rate, "1 Gbit/s", 125e6),
        (units.parse_rate, "2mib/s", 2**21),
        (units.parse_size, "512MiB", 2**29),
        (units.parse_size, "1.5TB", 1_500_000_000_000),
        (units.parse_size, "2 TiB", 2 << 40),
        (units.parse_size, "163840B", 163840),
        (units.parse_size, "2 gb", 2_000_000_000),
        (units.parse_budget, "90", 90),
        (units.parse_budget, "90s", 90),
        (units.parse_budget, "5m", 300),
        (units.parse_budget, "1.5h", 5400),
    ],
)
def test_what_people_write_is_parsed(parse, text, value):
    assert parse(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("parse", "text"), [(parse, text) for parse, bad in PARSERS.items() for text in bad]
)
def test_what_has_no_such_value_is_refused_with_an_example(parse, text):
    with pytest.raises(UserError, match="say |for example "):
        parse(text)


def test_an_error_names_the_option():
    with pytest.raises(UserError, match=r"^--link 5: not a rate; say 50MB/s"):
        units.of_option("--link", units.parse_rate, "5")


@given(st.sampled_from(list(PARSERS)), st.text())
def test_any_text_gives_a_finite_value_or_one_line(parse, text):
    try:
        assert math.isfinite(parse(text))
    except UserError as exc:
        assert str(exc).startswith(text)


positive = st.floats(1e-9, 1e12)


@given(positive)
def test_times_come_back_to_three_digits(value):
    assert units.parse_duration(units.format_seconds(value)) == pytest.approx(value, rel=5e-3)


@given(st.floats(1, 1e7))
def test_rough_times_come_back_to_half_a_unit(value):
    found = units.parse_budget(units.format_budget(value))
    assert abs(found - value) <= (0.5 if value < 90 else 30)


@given(st.floats(1, 1e15))
def test_sizes_come_back(value):
    assert units.parse_size(units.format_size(value)) == pytest.approx(value, rel=0.5, abs=1)
    if value >= 1e4:
        found = units.parse_size(units.format_decimal_size(value))
        assert found == pytest.approx(value, rel=5e-3)


@given(st.floats(1, 1e12), st.floats(1e-6, 1e3))
def test_rates_and_latencies_come_back_to_six_digits(rate, latency):
    assert units.parse_rate(units.format_rate(rate)) == pytest.approx(rate, rel=1e-5)
    assert units.parse_duration(units.format_latency(latency)) == pytest.approx(latency, rel=1e-5)


@pytest.mark.parametrize(
    ("nbytes", "shown"),
    [(5e5, "0.5 MB"), (1.5e9, "1.5 GB"), (2e12, "2 TB"), (1.37e15, "1.37 PB")],
)
def test_sizes_have_the_unit_that_leaves_few_digits(nbytes, shown):
    assert units.format_decimal_size(nbytes) == shown


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("angstrom", 1), ("Angstrom", 1), ("ångström", 1), ("Å", 1), ("\u212b", 1), ("A", 1),
        ("nanometer", 10), ("nm", 10), ("micrometer", 1e4), ("\u00b5m", 1e4), ("\u03bcm", 1e4),
        ("microns", 1e4), ("millimeter", 1e7), ("mm", 1e7), ("cm", 1e8), ("meter", 1e10),
        ("picometre", 1e-2), ("inch", 2.54e8), ("kilometer", 1e13),
        ("pixel", None), ("", None), (None, None), (3, None), ("Mm", None), ("second", None),
    ],
)  # fmt: skip
def test_lengths_are_told_in_angstrom(unit, expected):
    assert units.to_angstrom(unit) == expected
