"""The advice as a calculation: geometry, seconds, limits, choices and thresholds."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.model import geometry, predict
from zarr_cryoet.model.libraries import library
from zarr_cryoet.recommend import (
    answer,
    candidates,
    change,
    choose,
    fit,
    sample,
)
from zarr_cryoet.recommend import question as questions
from zarr_cryoet.recommend.question import Words
from zarr_cryoet.recommend.readers import READERS
from zarr_cryoet.recommend.uses import PLACES, USES

SHAPE = (40, 50, 33)  # a multiple of no chunk
CUBE = (256, 256, 256)
READ = {"call": 3e-4, "object": 1e-4, "shard": 3e-4, "range": 2e-5, "inner": 6e-5, "coded": 6e-5,
        "row": 1e-8, "voxel_byte": 2e-10, "stored_byte": 2e-10, "coded_byte": 1e-10,
        "big_byte": 3e-10, "fresh_byte": 2e-10, "decode": 1.0}  # fmt: skip
WRITTEN = {"call": 3e-3, "object": 4e-4, "shard": 5e-3, "inner": 0.0, "coded": 6e-5,
           "voxel_byte": 2e-10, "gather_byte": 1e-10, "stored_byte": 2e-10,
           "encode": 1.0}  # fmt: skip
# what is slower is smaller, and padding is next to nothing
CODECS = {"none": (1.0, 0.0), "blosc-lz4-5-shuffle": (1.07, 3e-10), "zstd-3": (1.08, 1e-9),
          "blosc-zstd-5-shuffle": (1.16, 7e-10), "pcodec-8": (1.2, 5e-10)}  # fmt: skip


def terms(codecs=CODECS, cores=1):
    def rows(ratio, decode):
        return [{"chunk": [64, 64, 64], "ratio": ratio, "encode": 9 * decode, "decode": decode}]

    return {
        "cores": cores,
        "codecs": {
            name: {"blocks": rows(ratio, decode), "padding": rows(ratio**99, decode / 4)}
            for name, (ratio, decode) in codecs.items()
        },
        "backends": {
            "zarr-python": {
                "library": library("zarr-python"),
                "read": READ,
                "read_spread": 1.2,
                "write": WRITTEN,
            }
        },
    }


def question(shape=CUBE, dtype="f4", **words):
    return questions.parse(Words(**words), shape, np.dtype(dtype))


def rows_of(question, found=None):
    return choose.judged(answer.entries(found or terms(), question), question)


# Geometry -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [SHAPE, (1, 50, 1), CUBE])
@pytest.mark.parametrize("layout", ["c16", "c256", "c16x128x128", "c16-s64", "c32-swhole", "whole"])
@pytest.mark.parametrize("access", list(ACCESS))
def test_plain_loops_meet_what_numpy_meets(shape, layout, access):
    exact = ACCESS[access].geometry(shape, LAYOUTS[layout])
    row = candidates.candidate("none", layout, 3)
    chunks = geometry.resolved(row["chunks"], list(shape))
    shards = geometry.resolved(row["shards"], list(shape), chunks) if row["shards"] else None
    selections = geometry.plain(access, list(shape))
    found = [geometry.met(each, list(shape), chunks, shards) for each in selections]
    assert len(found) == exact.selections
    for key, total in (("voxels", exact.voxels), ("chunks", exact.chunks)):
        assert sum(each[key] for each in found) == total
    assert sum(each["real"] + each["padding"] for each in found) == exact.decoded
    assert sum(each["chunks"] + each["shards"] for each in found) == exact.requests


def test_all_of_a_volume_is_real_but_for_its_border():
    found = geometry.met(geometry.everything(list(SHAPE)), list(SHAPE), [16, 16, 16], None)
    assert (found["real"], found["chunks"]) == (math.prod(SHAPE), 3 * 4 * 3)
    assert found["padding"] == found["chunks"] * 16**3 - math.prod(SHAPE)
    assert found["rows"] == 40 * 50 * 3  # x is cut into three


def test_a_shard_is_whole_where_all_its_chunks_are_met():
    shape, chunks, shards = [64, 64, 64], [16, 16, 16], [32, 32, 32]
    full = geometry.met(geometry.everything(shape), shape, chunks, shards)
    assert (full["shards"], full["whole"]) == (8, 8)
    plane = geometry.met(geometry.plain("plane-xy", shape)[0], shape, chunks, shards)
    assert (plane["shards"], plane["whole"]) == (4, 0)
    # at the border a shard has places for chunks that are none, and comes in parts
    cut = geometry.met(geometry.everything([48, 64, 64]), [48, 64, 64], chunks, shards)
    assert (cut["shards"], cut["whole"]) == (8, 4)


# The sum ------------------------------------------------------------------------------------------


def test_seconds_are_the_sum_that_the_documentation_states():
    found = question(access="plane-xy", shape=(64, 64, 64))
    (entry,) = [
        e for e in answer.entries(terms(), found) if e["candidate"]["id"] == "zstd-3_c32_v3"
    ]
    chunks, raw = 4, 4 * 32**3 * 4
    expected = (READ["call"] + chunks * (READ["object"] + READ["coded"]) + 64 * 2 * READ["row"]
                + 64 * 64 * 4 * READ["voxel_byte"] + raw / 1.08 * READ["stored_byte"]
                + raw * READ["coded_byte"] + raw * 1e-9)  # fmt: skip
    assert entry["part"]["local"]["plane-xy"] == pytest.approx(expected, rel=1e-12)
    assert entry["part"]["bytes"] == pytest.approx(64**3 * 4 / 1.08 + predict.METADATA_BYTES)
    assert entry["part"]["objects"] == 8 + 1


def test_a_library_that_reads_parts_of_raw_chunks_reads_no_more():
    made = terms()
    made["backends"]["zarr-python"]["read"] = {"stored_byte": 1.0, "piece": 1e6}
    made["backends"]["zarr-python"]["library"]["parts"] = "objects"
    found = question(access="plane-yz", shape=(64, 64, 64))
    entries = answer.entries(made, found)
    local = {e["candidate"]["id"]: e["part"]["local"] for e in entries}
    assert local["none_c32_v3"]["plane-yz"] == 64 * 64 * (4 + 1e6)
    assert local["zstd-3_c32_v3"]["plane-yz"] == pytest.approx(4 * 32**3 * 4 / 1.08)


def test_threads_share_chunks_and_not_one_chunk():
    found = question(access="full")
    seconds = {}
    for cores in (1, 2):
        for entry in answer.entries(terms(cores=cores), found):
            seconds[entry["candidate"]["id"], cores] = entry["part"]["local"]["full"]
    saved = seconds["zstd-3_c64_v3", 1] - seconds["zstd-3_c64_v3", 2]
    assert saved == pytest.approx(256**3 * 4 * 1e-9 / 2)
    assert seconds["zstd-3_c256_v3", 1] == seconds["zstd-3_c256_v3", 2]


def test_an_interval_is_of_the_machine_and_takes_a_network_at_its_word():
    for place, latency in (("local", "0ms"), ("s3", "250ms")):
        found = question(store=place, latency=latency, access="plane-xy=3,full=1,boxes-64=0")
        for row in rows_of(found):
            local = row["part"]["local"]
            here = 0.75 * local["plane-xy"] + 0.25 * local["full"]
            waiting = row["expected"]["weighted"] - here
            assert row["expected"]["interval"] == pytest.approx(
                [waiting + here / 1.2, waiting + here * 1.2]
            )
            assert (waiting > 0.2) is (place == "s3")


def test_who_writes_gets_the_interval_of_writing():
    known = terms()
    known["backends"]["zarr-python"]["write_spread"] = 3.0
    for access, spread in (("full", 1.2), ("full,write=0", 1.2), ("full,write", 3.0)):
        found = answer.entries(known, question(access=access))
        assert all(each["spread"] == [1 / spread, spread] for each in found)


def test_ranges_are_joined_up_to_a_limit():
    """Chunks 0, 1 and 4 of a row of eight."""
    row = {"points": False, "axes": [[0], [0], [0, 1, 4]]}
    cut = {"shape": [1, 1, 8], "chunks": [1, 1, 1], "shards": [1, 1, 8]}
    for gap, limit, found in ((0, 99, [2, 3]), (2, 99, [1, 5]), (1.9, 99, [2, 3]),
                              (2, 4.9, [2, 3]), (0, 1, [3, 3])):  # fmt: skip
        assert geometry.runs_of_shards(row, cut, gap, limit) == [[1, 3, *found]]
        points = {"points": True, "axes": [[0] * 4, [0] * 4, [4, 0, 1, 0]]}
        assert geometry.points_of_shards(points, cut, gap, limit) == [[1, 3, *found]]


def test_money_is_the_prices_of_bytes_and_requests():
    found = question(store="s3", access="plane-xy", tomograms=10, reads=100.0)
    (entry,) = [e for e in rows_of(found) if e["candidate"]["id"] == "none_c64_v3"]
    prices = found["prices"]
    assert prices["storage"] == pytest.approx(0.023 / 2**30)
    assert prices["reads"] == pytest.approx(0.004 / 10_000)
    each = entry["part"]["bytes"] * prices["storage"] + 100 * 16 * prices["reads"]
    assert entry["expected"]["dollars"] == pytest.approx(10 * each)
    assert entry["expected"]["gb"] == pytest.approx(10 * entry["part"]["bytes"] / 1e9)


@settings(max_examples=25, deadline=None)
@given(factor=st.floats(0.001, 1000), use=st.sampled_from(list(USES)))
def test_scaling_all_weights_changes_nothing(factor, use):
    found = question(use=use)
    scaled = {**found, "weights": {a: w * factor for a, w in found["weights"].items()}}
    entries = answer.entries(terms(), found)
    first = choose.choices(choose.judged(entries, found), found)
    second = choose.choices(choose.judged(entries, scaled), scaled)
    for name in choose.CHOICES:
        assert first[name][0]["candidate"] == second[name][0]["candidate"]
        assert first[name][0]["expected"]["weighted"] == pytest.approx(
            second[name][0]["expected"]["weighted"]
        )


# Choices ------------------------------------------------------------------------------------------


figures = st.tuples(*[st.integers(1, 4)] * 4)


@settings(max_examples=200, deadline=None)
@given(st.lists(figures, min_size=1, max_size=12), st.sampled_from(choose.CHOICES))
def test_what_is_dominated_is_never_chosen(points, choice):
    rows = [
        {"expected": {"weighted": float(s), "bytes": float(b), "objects": o, "dollars": float(d)},
         "measured": False, "broken": []}
        for s, b, o, d in points
    ]  # fmt: skip
    prefer = {"seconds": 1.0, "bytes": 1.0, "objects": 0.0, "dollars": 0.0}
    found = {"tie": 0.02, "preferences": prefer}
    taken = choose.choices(rows, found)[choice][0]
    assert not any(choose.dominates(row, taken) for row in rows)
    assert any(taken is row or taken == row for row in choose.front(rows))


def test_ties_go_to_what_is_smaller():
    def row(seconds, nbytes):
        return {"expected": {"weighted": seconds, "bytes": nbytes, "objects": 1, "dollars": None}}

    rows = [row(1.0, 100.0), row(1.019, 90.0), row(1.021, 80.0)]
    assert choose.pick(rows, "fastest", {"tie": 0.02}) is rows[1]


def test_measured_and_foretold_are_not_weighed_against_each_other():
    found = question()
    rows = rows_of(found)
    slow = max(rows, key=lambda row: row["expected"]["weighted"])
    slow["measured"] = True
    chosen = choose.choices(rows, found)
    assert chosen["fastest"][0] is slow and chosen["fastest"][1] is None
    assert chosen["smallest"][0]["candidate"]["codec"] == "pcodec-8"


def test_seeds_of_the_field_and_the_baseline_are_judged_like_the_rest():
    ids = {each["id"] for each in candidates.candidates(candidates.codecs())}
    for seed in candidates.SEEDS.values():
        assert f"{seed.codec}_{seed.layout}_v3" in ids
    for formats in ((3,), (2,), (2, 3)):
        found = [each["id"] for each in candidates.candidates(candidates.codecs(), formats)]
        assert found[-1] == "blosc-lz4-5-shuffle_c256_v2" and len(set(found)) == len(found)


def test_every_family_that_no_choice_has_is_accounted_for():
    found = question(use="cloud")
    told = answer.answer(answer.entries(whole(), found), found, whole())
    families = {candidates.candidate(name, "c64", 3)["family"] for name in CODECS}
    chosen = {
        candidates.candidate(c["codec"], "c64", 3)["family"] for c in told["choices"].values()
    }
    assert {each["family"] for each in told["excluded"]} == families - chosen
    assert all("x the time of" in each["reason"] for each in told["excluded"])


def whole():
    volume = {"id": "v", "shape": list(CUBE), "dtype": "float32", "provenance": "synthetic"}
    return {**terms(), "volume": volume, "machine": "m", "measured": "2026-01-01"}


# Thresholds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", list(USES))
def test_thresholds_hold_on_both_sides(use):
    found = question(use=use)
    entries = answer.entries(terms(), found)
    changes = change.changes(entries, found, answer.accesses(found), ("fastest", "balanced"))
    assert changes
    for each in changes:
        near, far = (change.altered(found, each["what"], each[side]) for side in ("near", "far"))
        assert change.chosen(entries, near, each["choice"]) == each["now"]
        assert change.chosen(entries, far, each["choice"]) == each["then"] != each["now"]
        assert (each["far"] > each["near"]) == each["up"]
        assert each["then"].split("_")[0] in change.sentence(each)


@given(st.floats(1e-9, 1e12))
def test_two_figures_bracket_a_number(value):
    low, high = change.figures(value, False), change.figures(value, True)
    assert low <= value * (1 + 1e-9) and high >= value * (1 - 1e-9)
    assert high / low <= 1.1 + 1e-9
    assert math.isclose(high, float(f"{high:.1e}"))


# Limits -------------------------------------------------------------------------------------------


def test_limits_come_first():
    found = question(max_objects=10, readers="tensorstore,zarr-python")
    chosen = choose.choices(rows_of(found), found)
    for row, _ in chosen.values():
        assert row["expected"]["objects"] <= 10
        assert row["candidate"]["codec"] != "pcodec-8"  # tensorstore does not know it


def test_what_is_timed_has_to_read_it():
    assert [each["id"] for each in question(backend="tensorstore")["readers"]] == ["tensorstore"]
    assert question()["readers"] == []


def test_a_reader_of_format_2_gets_format_2():
    found = question(readers="zarr-python-2")
    for row, _ in choose.choices(rows_of(found), found).values():
        assert row["candidate"]["zarr_format"] == 2 and row["candidate"]["shards"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (dict(max_objects=1), "--max-objects 2 leaves something"),
        (dict(max_memory="1kB"), "--max-memory 163840B leaves something"),
        (dict(max_objects=1, max_memory="1kB"), "relax them together"),
    ],
)
def test_an_impossible_set_says_what_to_relax(words, said):
    found = question(**words)
    with pytest.raises(UserError, match=said) as raised:
        answer.check(answer.entries(terms(), found), found)
    assert "\n" not in str(raised.value)


def test_what_is_named_to_relax_is_enough():
    for limit in ("max_objects", "max_memory"):
        found = {**question(), limit: 1}
        needs = choose.to_relax(rows_of(found))["needs"]
        assert choose.allowed(rows_of({**found, limit: needs}))
        assert not choose.allowed(rows_of({**found, limit: needs - 1}))


def test_what_is_named_to_relax_is_taken_as_it_is_said():
    found = question(max_memory="1kB")
    with pytest.raises(UserError) as raised:
        answer.check(answer.entries(terms(), found), found)
    said = re.search(r"--max-memory (\S+) leaves", str(raised.value))[1]
    found = question(max_memory=said)
    answer.check(answer.entries(terms(), found), found)


def test_readers_that_share_nothing_are_named():
    found = question(max_objects=3)
    found["readers"] = [{"id": "odd", "formats": [3], "kinds": {"3": ["lzma"]}, "shards": False}]
    with pytest.raises(UserError, match="without odd leaves something"):
        answer.check(answer.entries(terms(), found), found)


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (dict(access="plane-xy=-1"), "a weight is a number from 0 on"),
        (dict(access="plane-xy=nan"), "a weight is a number from 0 on"),
        (dict(access="plane-xy=0,full=0"), "all weights are 0"),
        (dict(access=","), "names no access"),
        (dict(access=""), "names no access"),
        (dict(access="plane-xy=1e308,full=1e308"), "a weight is at most 1e.09"),
        (dict(access="plane-xy=1,plane-xy=2"), "named twice"),
        (dict(access="plane-zz=1"), "no such access; did you mean"),
        (dict(use="play"), "no such use"),
        (dict(store="floppy"), "no such store"),
        (dict(readers="emacs"), "no such reader"),
        (dict(readers=""), "names nobody"),
        (dict(store=""), "no such store"),
        (dict(latency="20"), "--latency 20: not a time; say"),
        (dict(latency=""), "--latency : not a time; say"),
        (dict(bandwidth="fast"), "--bandwidth fast: not a rate; say"),
        (dict(max_memory="much"), "no size; say"),
        (dict(max_memory=""), "no size; say"),
        (dict(max_objects=0), "a number from 1 on"),
        (dict(tomograms=0), "a number from 1 on"),
        (dict(reads=-1.0), "from 0 on"),
    ],
)
def test_wrong_words_get_one_line(words, said):
    with pytest.raises(UserError, match=said) as raised:
        question(**words)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("184,630,630,float32", "a shape, a type and a kind"),
        ("184,0,630,float32,tomogram", "voxels along z, y, x"),
        ("16385,9,9,float32,tomogram", "at most 16,384 voxels along an axis"),
        ("184,630,630,complex64,tomogram", "no type of voxels"),
        ("184,630,630,float32,cat", "no such kind of data"),
    ],
)
def test_like_is_checked(text, said):
    with pytest.raises(UserError, match=said):
        questions.like(text)


def test_like_takes_a_shape_in_two_spellings():
    assert questions.like("184x630x630,float32,tomogram") == questions.like(
        "184,630,630,float32,tomogram"
    )


def test_a_place_takes_other_figures():
    found = question(store="gcs", latency="7ms", bandwidth="1MB/s", in_flight=3)
    assert found["store"] == {"id": "gcs", "latency": 0.007, "bandwidth": 1e6, "in_flight": 3}
    assert PLACES["local"].latency == 0 and question()["prices"] is None


def test_each_reader_says_where_that_is_from():
    for reader in READERS.values():
        assert reader.source.startswith(("https://", "docs/"))
        assert set(reader.kinds) == set(reader.formats)


# Samples ------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.tuples(*[st.integers(1, 300)] * 3), st.sampled_from([16, 64, 100]))
def test_samples_are_chunks_each_once_and_from_all_parts(shape, edge):
    found = sample.boxes(list(shape), [edge] * 3, 4)
    edges = [min(edge, n) for n in shape]
    assert len({str(box) for box in found}) == len(found)
    for box in found:
        for (start, stop), size, n in zip(box, edges, shape, strict=True):
            assert stop - start == size and start % size == 0 and stop <= n
    total = math.prod(n // e for n, e in zip(shape, edges, strict=True))
    assert len(found) == max(1, min(total, 512, (16 << 20) // (4 * math.prod(edges))))


# Fitting ------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=3), st.integers(0, 1000))
def test_a_fit_finds_the_weights_that_made_the_times(true, seed):
    drawn = np.random.default_rng(seed).uniform(0.1, 1, (12, 3))
    rows = [dict(zip("abc", row, strict=True)) for row in drawn]
    found = fit.weights(rows, list(drawn @ np.asarray(true)), ("a", "b", "c"))
    assert list(found.values()) == pytest.approx(true, rel=1e-6)


def test_no_weight_is_negative():
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b = rng.normal(size=(9, 4)), rng.normal(size=9)
        x = fit.nonnegative(a, b)
        gradient = a.T @ (b - a @ x)  # the conditions of Kuhn and Tucker
        assert (x >= 0).all() and (gradient <= 1e-8).all()
        assert np.abs(gradient[x > 0]).max(initial=0) < 1e-8
