"""Prices: their units, their sources, and what a user may give in their place."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.stores.counting import Tally
from zarr_cryoet.model import prices as money

OURS = money.load()
MINE = """\
[mine]
name = "Our bucket"
gigabyte = 1_000_000_000
free = ["deletes"]
[mine.storage]
price = 0.02
unit = "GB-month"
date = 2026-01-02
source = "https://example.org/prices"
[mine.writes]
price = 0.005
unit = "1,000 requests"
kinds = ["puts", "lists"]
date = 2026-01-02
source = "https://example.org/prices"
[mine.reads]
price = 0.04
unit = "10,000 requests"
kinds = ["gets", "ranges", "heads"]
date = 2026-01-02
source = "https://example.org/prices"
[mine.egress]
why = "the page was not found"
"""
counts = st.integers(0, 10**9)


@pytest.fixture(name="mine")
def of_mine(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(MINE)
    return path


def changed(tmp_path, old, new):
    assert old in MINE
    path = tmp_path / f"{abs(hash((old, new)))}.toml"
    path.write_text(MINE.replace(old, new, 1))
    return path


# Units --------------------------------------------------------------------------------------------


def test_prices_are_for_as_many_requests_as_they_say(mine):
    assert money.of_requests("mine", {"puts": 1000}, prices=mine) == pytest.approx(0.005)
    assert money.of_requests("mine", {"gets": 10_000}, prices=mine) == pytest.approx(0.04)
    both = {"puts": 2000, "gets": 5000, "ranges": 4000, "heads": 1000, "deletes": 10**9}
    assert money.of_requests("mine", both, prices=mine) == pytest.approx(0.01 + 0.04)


@given(counts)
def test_a_price_for_1000_is_ten_times_that_for_10000(count):
    """The same figure, quoted in the two ways."""
    both = []
    for figure, unit in ((0.004, "10,000 requests"), (0.0004, "1,000 requests")):
        reads = money.Price(figure, unit, kinds=("gets",))
        one = money.Provider("x", "x", "", 10**9, (), reads, money.Price(), reads, reads)
        both.append(money.of_requests(one, {"gets": count}))
    assert both[0] == pytest.approx(both[1])


@given(st.sampled_from(list(OURS)), counts, counts, st.integers(0, 10**13), st.integers(1, 50))
def test_money_is_linear(name, gets, puts, leaving, factor):
    one = money.of_requests(name, {"gets": gets, "puts": puts}, leaving)
    more = money.of_requests(name, {"gets": factor * gets, "puts": factor * puts}, factor * leaving)
    assert more == pytest.approx(factor * one)
    apart = [money.of_requests(name, {"gets": gets}), money.of_requests(name, {"puts": puts}),
             money.of_requests(name, {}, leaving)]  # fmt: skip
    assert one == pytest.approx(sum(apart))
    kept = money.of_storage(name, leaving)
    assert money.of_storage(name, factor * leaving) == pytest.approx(factor * kept)
    assert money.of_storage(name, leaving, factor) == pytest.approx(factor * kept)


@pytest.mark.parametrize(
    ("unit", "gigabyte", "dollars"),
    [
        ("GB-month", 10**9, 0.02 * 2**30 / 10**9),
        ("GB-month", 2**30, 0.02),
        ("GiB-month", 10**9, 0.02),
        ("GiB-hour", 10**9, 0.02 * 730),
        ("GB-hour", 10**9, 0.02 * 730 * 2**30 / 10**9),
    ],
)
def test_a_gibibyte_for_a_month(unit, gigabyte, dollars, tmp_path):
    text = MINE.replace("GB-month", unit).replace("1_000_000_000", str(gigabyte))
    path = tmp_path / "prices.toml"
    path.write_text(text)
    assert money.of_storage("mine", 2**30, prices=path) == pytest.approx(dollars)


def test_a_tally_counts_by_kind_and_not_by_bytes(mine):
    tally = Tally(gets=4000, ranges=3000, heads=3000, bytes_read=10**12, decoded=9)
    assert money.of_requests("mine", tally, prices=mine) == pytest.approx(0.04)
    with pytest.raises(UserError, match="bytes_read: no such kind of request"):
        money.of_requests("mine", {"bytes_read": 1}, prices=mine)


# What is not known --------------------------------------------------------------------------------


def test_what_has_no_source_has_no_price(mine):
    assert money.of_requests("mine", {"gets": 1}, 1, mine) is None
    assert money.of_requests("mine", {"gets": 1}, 0, mine) is not None
    assert money.dollars(None) == "no price"
    assert money.missing([money.find("mine", mine)]) == ["mine egress: the page was not found"]


def test_nothing_costs_nothing_though_there_be_no_price(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(re.sub(r"(price|unit|date|source) = .*\n", "", MINE))
    assert money.of_requests("mine", {"gets": 0}, 0, path) == 0
    assert money.of_storage("mine", 0, prices=path) == 0
    assert money.of_storage("mine", 1, prices=path) is None
    assert money.of_requests("mine", {"puts": 1}, 0, path) is None


# Our own table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_figures_has_its_source_and_its_day(name):
    for which in ("storage", "writes", "reads", "egress"):
        price = getattr(OURS[name], which)
        if price.price is None:
            assert price.why
            continue
        assert price.source.startswith("https://")
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.date)
        assert price.unit


def test_a_published_example_comes_out():
    """https://cloud.google.com/storage/pricing-examples: 50 GB, 10,000 A, 50,000 B, 1 GB out."""
    kept = money.of_storage("gcs", 50 * 2**30)
    rest = money.of_requests("gcs", {"puts": 10_000, "gets": 50_000}, 2**30)
    assert round(kept, 2) == 1.00
    assert round(kept + rest, 2) == 1.19


# Another table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"1,000 requests"', '"1,000"', "mine: writes.unit is 1,000; say 1,000 requests"),
        ('"1,000 requests"', '"0 requests"', "mine: writes.unit is 0 requests"),
        ('"GB-month"', '"TB-month"', "mine: storage.unit is TB-month; say GB-month"),
        ("price = 0.02", "price = -1", "mine: storage.price is -1; a number from 0 on"),
        ("price = 0.02", 'price = "0.02"', "mine: storage.price is 0.02; a number from 0 on"),
        ("price = 0.02", "price = nan", "mine: storage.price is nan"),
        ('source = "https://example.org/prices"', "", "mine: storage.source: a price needs"),
        ("date = 2026-01-02", 'date = "soon"', "mine: storage.date is soon; say YYYY-MM-DD"),
        ('"puts", "lists"', '"puts"', "mine: lists is to be in one of free, writes.kinds"),
        ('"puts", "lists"', '"puts", "lists", "gets"', "mine: gets is to be in one of"),
        ('"puts", "lists"', '"puts", "list"', "mine: kinds are gets"),
        ("1_000_000_000", "1000", "mine: gigabyte is 1000; say 1000000000 or 1073741824"),
        ("[mine.egress]", "[mine.exit]", "mine: exit means nothing here; known are egress"),
        ("why =", "because =", "mine: egress.because means nothing; known are date"),
        ("[mine]", "[mine", "no table of prices"),
    ],
)
def test_a_table_that_cannot_be_is_refused_in_one_line(old, new, said, tmp_path):
    path = changed(tmp_path, old, new)
    with pytest.raises(UserError, match=re.escape(said)) as found:
        money.load(path)
    assert str(found.value).startswith(f"{path}: ")
    assert "\n" not in str(found.value)


def test_no_table_and_no_provider_are_named(tmp_path):
    with pytest.raises(UserError, match=r"absent.toml: no table of prices \(No such file"):
        money.load(tmp_path / "absent.toml")
    (tmp_path / "empty.toml").write_text("")
    with pytest.raises(UserError, match="it names no provider"):
        money.load(tmp_path / "empty.toml")
    with pytest.raises(UserError, match="s4: no such provider; did you mean s3"):
        money.find("s4")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0.00"), (1234.5, "$1,234.50"), (0.01, "$0.01"), (0.00123, "$0.0012"),
     (0.0000005, "$0.00000050")],
)  # fmt: skip
def test_dollars_are_read_by_people(value, text):
    assert money.dollars(value) == text


# The command --------------------------------------------------------------------------------------


def run(*words):
    from typer.testing import CliRunner

    from zarr_cryoet.cli import app

    return CliRunner().invoke(app, ["costs", *words])


def test_the_command_says_what_the_tomogram_takes():
    done = run("--layouts", "c256,c32-s128", "--access", "open,plane-xy")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.output.splitlines())) <= 80
    assert re.search(r"c256 +plane-xy +9 +0 +0 +576.0 MiB", done.output)
    assert re.search(r"c32-s128 +plane-xy +0 +125 +0", done.output)
    assert "20ms, 50MB/s for each connection" in done.output


@pytest.mark.parametrize("backend", ["zarr-python", "zarrs"])
def test_wide_rows_fit_80_columns(backend):
    done = run("--shape", "600,3000,3000", "--layouts", "c16x128x128", "--backend", backend,
               "--access", "parts-shards,boxes-64,points")  # fmt: skip
    assert done.exit_code == 0, done.output
    apart = ("network", "left out", "prices")
    lines = [line for line in done.output.splitlines() if not line.startswith(apart)]
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith("c16x128x128  parts-shards")]


def test_json_has_all_of_it(mine):
    done = run("--shape", "40,50,33", "--layouts", "c16", "--access", "full", "--backend", "all",
               "--provider", "mine", "--prices", str(mine), "--json",
               "--in-flight", "4")  # fmt: skip
    found = json.loads(done.output)
    assert [each["backend"] for each in found["costs"]] == [
        "zarr-python", "tensorstore", "zarrs", "zarrista",
    ]  # fmt: skip
    first = found["costs"][0]
    assert first["requests"]["gets"] == 3 * 4 * 3
    assert first["stored"]["objects"] == 37
    assert first["dollars_for_1000_views"] is None  # its egress has no price
    assert first["dollars_to_put_once"] == pytest.approx(37 * 0.005 / 1000)
    assert first["seconds"] == pytest.approx(9 * (0.02 + 16384 / 50e6))


def test_a_codec_takes_a_volume():
    done = run("--volume", "phantom-64", "--codec", "blosc-zstd-5-shuffle", "--layouts", "c32",
               "--access", "full", "--json")  # fmt: skip
    (found,) = json.loads(done.output)["costs"]
    assert found["requests"]["gets"] == 8
    assert found["requests"]["bytes_read"] < 64**3 * 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shape", "1,2"], "--shape 1,2: say voxels along z, y, x"),
        (["--shape", "0,2,3"], "--shape 0,2,3: say voxels along z, y, x"),
        (["--shape", "9,9,9", "--volume", "phantom-64"], "--shape and --volume: say one"),
        (["--codec", "blosc-lz4-5-shuffle"], "how well it compresses takes a --volume"),
        (["--codec", "blosc"], "no such codec"),
        (["--backend", "zarr-fused"], "no such backend whose requests to a network are foretold"),
        (["--layouts", "c1"], "no such layout"),
        (["--latency", "20"], "20: not a time; say 20ms"),
        (["--bandwidth", "fast"], "fast: not a rate"),
        (["--provider", "aws"], "aws: no such provider"),
        (["--dtype", "float"], None),
        (["--dtype", "voxel"], "--dtype voxel: no type of voxels"),
        (["--dtype", "object"], "--dtype object: no type of voxels"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(words, said):
    done = run(*words)
    if said is None:
        assert done.exit_code == 0
        return
    assert isinstance(done.exception, UserError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)
