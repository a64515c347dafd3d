"""What the field says: rows, verdicts, what a claim depends on, the record and its page."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet import project
from zarr_cryoet.core import rng
from zarr_cryoet.core import volume as volumes
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure.sampler import Series
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.studies import studies
from zarr_cryoet.studies.field import records
from zarr_cryoet.studies.field.answers import SHOWN, answers, ours
from zarr_cryoet.studies.field.measure import Measuring, by_cpu, of_counts, of_times
from zarr_cryoet.studies.field.page import figure, words
from zarr_cryoet.studies.field.records import DEPENDS
from zarr_cryoet.studies.field.rows import CLAIMS, COUNTED, TIME, VOLUME, Claim, starred
from zarr_cryoet.studies.field.verdict import (
    EXPECTED,
    NOT_MORE,
    of_claim,
    of_pair,
    split,
    telling,
)
from zarr_cryoet.studies.run import Command, run
from zarr_cryoet.studies.study import Query
from zarr_cryoet.studies.verdict import FAILS, HOLDS, LESS, MORE, SAME, UNDECIDED, UNMEASURED

STUDY = studies()["field"]
ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = {"zarr": "3.4.2", "numcodecs": "0.17.1", "tensorstore": "0.1.86", "zarrs": "0.2.3"}
LARGE = volumes.Volume("large", (128, 128, 128), "float32", None, "synthetic", None, None)
SMALL = replace(LARGE, id="small", shape=(20, 20, 20))


@pytest.fixture(scope="module")
def record():
    return STUDY.load(STUDY.path(ROOT))


@pytest.fixture
def cube(cache):
    """Noise of 128³ bytes."""
    described = volumes.Volume("cube-field", (128,) * 3, "uint8", None, "synthetic", None, None)
    folder = cache / "volumes"
    folder.mkdir(exist_ok=True)
    words = rng.bits(7, 0, 128**3) >> np.uint64(56)
    np.save(folder / "cube-field.npy", words.astype(np.uint8).reshape(described.shape))
    (folder / "cube-field.json").write_text(json.dumps(described.to_json()))
    return described


def ids(claims):
    return [claim.id for claim in claims]


# Rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=ids(CLAIMS.values()))
def test_a_claim_says_what_where_and_when_it_holds(claim):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim.id)
    assert claim.says.endswith(".") and claim.published and claim.holding
    for source in claim.sources:
        assert set(source) == {"title", "url"} and source["url"].startswith("https://")
    assert claim.figure in {*COUNTED, TIME}
    assert claim.expect in EXPECTED and claim.by >= 1 and claim.show in SHOWN


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=ids(CLAIMS.values()))
def test_what_a_claim_compares_can_be_and_differs(claim):
    pairs = claim.pairs(LARGE)
    assert len(pairs) == np.prod([len(values) for values in claim.axes.values()] or [1])
    assert len({tuple(pair.factors.items()) for pair in pairs}) == len(pairs)
    for pair in pairs:
        assert pair.before != pair.after
        assert list(pair.factors) == [*claim.axes, VOLUME]
        for cell in pair.cells:  # an unknown id raises
            assert unsupported(cell.case, EVERYTHING, cell.operation) is None
        different = {k for k, v in pair.before.to_json().items() if v != pair.after.to_json()[k]}
        assert len(different) == 1  # else nobody knows what did it


def test_small_volumes_are_left_out_of_what_they_cannot_tell():
    assert [c.id for c in CLAIMS.values() if c.pairs(SMALL)] == [
        "fewer-files",
        "tensorstore-faster",
    ]
    claim = CLAIMS["level-reading"]
    assert claim.leaves_out((99, 100, 100)) and not claim.leaves_out((100, 100, 100))


def test_a_value_of_an_axis_may_hold_what_differs():
    pair = CLAIMS["level-reading"].pairs(LARGE)[0]
    assert [cell.case.codec for cell in pair.cells] == [
        "blosc-zstd-1-shuffle", "blosc-zstd-9-shuffle"
    ]  # fmt: skip
    assert pair.factors == {"codec": "blosc-zstd-*-shuffle", "volume": "large"}
    assert starred("{a}-{b}") == "*-*"


# Verdicts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expect", "by", "low", "high", "floor", "verdict"),
    [
        (LESS, 1.05, 0.5, 0.95, 0.0, HOLDS),
        (LESS, 1.05, 0.5, 0.95, 0.10, UNDECIDED),  # within the noise
        (LESS, 1.05, 0.93, 0.97, 0.10, UNDECIDED),
        (LESS, 1.05, 0.96, 1.2, 0.10, FAILS),
        (LESS, 3.5, 0.2, 0.28, 0.05, HOLDS),
        (LESS, 3.5, 0.4, 0.5, 0.05, FAILS),
        (LESS, 3.5, 0.25, 0.4, 0.05, UNDECIDED),
        (SAME, 1.1, 0.95, 1.05, 0.05, HOLDS),
        (SAME, 1.1, 0.95, 1.12, 0.05, UNDECIDED),
        (SAME, 1.1, 1.12, 1.15, 0.05, FAILS),
        (SAME, 1.1, 1.12, 1.15, 0.20, UNDECIDED),  # the floor alone would call it the same
        (MORE, 2.0, 2.1, 2.5, 0.05, HOLDS),
        (MORE, 2.0, 1.1, 1.5, 0.05, FAILS),
        (NOT_MORE, 1.1, 0.5, 1.05, 0.05, HOLDS),
        (NOT_MORE, 1.1, 1.2, 1.5, 0.05, FAILS),
        (NOT_MORE, 1.1, 1.0, 1.5, 0.05, UNDECIDED),
        (NOT_MORE, 1.1, 1.0, 1.12, 0.3, UNDECIDED),
    ],
)
def test_a_pair_is_judged_by_what_counts_and_by_the_noise(expect, by, low, high, floor, verdict):
    assert of_pair(expect, by, low, high, floor) == verdict


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([HOLDS, FAILS, UNDECIDED], DEPENDS),
        ([FAILS, UNDECIDED], FAILS),
        ([HOLDS, UNDECIDED], UNDECIDED),
        ([HOLDS, UNMEASURED], HOLDS),
        ([UNMEASURED], UNMEASURED),
        ([], UNMEASURED),
    ],
)
def test_a_claim_is_made_for_all_its_pairs(verdicts, verdict):
    assert of_claim(verdicts) == verdict


def told(rule):
    """Verdicts by three factors of two values each."""
    product = itertools.product(("a", "b"), ("c", "d"), ("e", "f"))
    return [({"x": x, "y": y, "z": z}, HOLDS if rule(x, y, z) else FAILS) for x, y, z in product]


def test_what_a_claim_depends_on_is_the_fewest_factors_that_tell():
    found = split(told(lambda x, y, z: y == "c"))
    assert (found.factors, found.holds, found.fails) == (("y",), (("c",),), (("d",),))
    found = split(told(lambda x, y, z: x == "a" and z == "e"))
    assert (found.factors, found.holds) == (("x", "z"), (("a", "e"),))
    assert len(found.fails) == 3
    everything = told(lambda x, y, z: (x, y, z) == ("a", "c", "e"))
    assert split(everything).factors == ()
    assert telling(everything) == ("x", {"a": [1, 4], "b": [0, 4]})
    undecided = [(factors, UNDECIDED if f == HOLDS else f) for factors, f in everything]
    assert split(undecided).holds == ()


# Figures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("show", "ratio", "figure", "unit"),
    [
        ("fewer", 0.25, 75.0, "% fewer"),
        ("faster", 0.25, 4.0, "times as fast"),
        ("longer", 4.0, 4.0, "times as long"),
        ("denser", 0.8, 25.0, "% compression ratio"),
        ("change", 1.25, 25.0, "% time"),
    ],
)
def test_a_ratio_is_told_as_the_claim_is(show, ratio, figure, unit):
    claim = replace(CLAIMS["fewer-files"], show=show)
    found = ours(claim, [records.Found("c", HOLDS, {}, 1, 1, ratio, ratio, ratio)])
    assert (found["figure"], found["unit"]) == (pytest.approx(figure), unit)
    assert found["low"] == found["high"] == found["figure"]


def test_our_figure_is_of_the_median_pair_and_its_interval_of_all():
    claim = CLAIMS["slices-thin"]
    pairs = [records.Found(claim.id, HOLDS, {}, 1, 1, r, r / 2, r * 2) for r in (0.25, 0.5, 1.0)]
    none = records.Found(claim.id, UNMEASURED, {}, note="no")
    found = ours(claim, [*pairs, none])
    assert (found["figure"], found["low"], found["high"]) == (2.0, 0.5, 8.0)
    assert figure(found) == "2 times as fast (0.5 to 8)"
    assert ours(claim, [none]) is None and figure(None) == "–"
    signed = {"figure": 8.25, "low": -120.0, "high": 8.25, "unit": "% time", "signed": True}
    assert figure(signed) == "+8.25 % time (-120 to +8.25)"


def test_counts_are_exact():
    claim = CLAIMS["fewer-files"]
    pair = claim.pairs(LARGE)[0]
    counts = {pair.before.case: {"objects": 513}, pair.after.case: {"objects": 2}}
    found = of_counts(claim, pair, counts)
    assert (found.verdict, found.before, found.after) == (HOLDS, 513, 2)
    assert found.ratio == found.low == found.high == pytest.approx(2 / 513, rel=1e-4)
    counts[pair.after.case] = {"objects": 3}
    assert of_counts(claim, pair, counts).verdict == FAILS
    counts[pair.after.case] = {"status": "failed", "reason": "wrong"}
    found = of_counts(claim, pair, counts)
    assert found.verdict == UNMEASURED and found.note.endswith("c128: wrong")


def series_of(pair, before, after):
    sides = zip(pair.cells, (before, after), strict=True)
    return {
        cell: Series("s", cell, seconds=[9.0 * t for t in taken], cpu=list(taken))
        for cell, taken in sides
    }


def test_times_are_of_the_cpu():
    claim = CLAIMS["tensorstore-faster"]
    pair = claim.pairs(LARGE)[0]
    series = series_of(pair, [2.0, 2.0, 2.0], [1.0, 1.0])
    found = of_times(claim, pair, series, 0.02)
    assert (found.verdict, found.before, found.after, found.samples) == (HOLDS, 2.0, 1.0, 2)
    assert found.ratio == found.low == found.high == found.wall == 0.5
    assert of_times(claim, pair, series, None).verdict == HOLDS
    assert of_times(claim, pair, series, 1.5).verdict == UNDECIDED
    series[pair.after].status, series[pair.after].reason = "skipped", "not installed"
    found = of_times(claim, pair, series, 0.02)
    assert found.verdict == UNMEASURED and found.note.endswith("not installed")


def test_the_noise_floor_is_of_cpu_times():
    cell = CLAIMS["tensorstore-faster"].pairs(LARGE)[0].before
    one = Series("s", cell, seconds=[1.0], cpu=[1.0])
    twin = Series("s", cell, True, seconds=[5.0], cpu=[1.1])
    assert by_cpu([one, twin]) == pytest.approx(0.1)
    assert by_cpu([one]) is None


# For real ---------------------------------------------------------------------------------------


def test_files_are_counted_in_a_process_of_its_own(cube, tmp_path):
    found = Measuring(cube, tmp_path).all([CLAIMS["fewer-files"]])
    assert [(each.before, each.after, each.verdict) for each in found] == [(513, 2, HOLDS)] * 2
    assert [each.factors["chunks"] for each in found] == ["c128", "c16-s128"]
    assert not list(tmp_path.iterdir())


def test_times_and_counts_of_one_run(cube, tmp_path):
    setup = {**CLAIMS["slices-thin"].setup, "codec": "none", "operation": "read-plane-xy"}
    timed = replace(CLAIMS["slices-thin"], setup=setup, axes={"cube": ["c128"]})
    counted = replace(timed, id="counted", figure="objects", expect=MORE, by=1.0, show="change")
    shares = []
    measuring = Measuring(
        cube, tmp_path, 0.0, lambda done, text: shares.append(done), samples=5, again=1
    )
    times, counts = measuring.all([timed, counted])
    assert 0 < times.low <= times.ratio <= times.high and times.samples >= 5
    assert times.before > 0 and times.wall > 0 and measuring.floor >= 0
    # zarr-python 3 writes .zattrs beside .zarray, even where there are none
    assert (counts.before, counts.after, counts.verdict) == (1 + 2, 8 + 2, HOLDS)
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] < 1
    assert not list(tmp_path.iterdir())


def test_what_is_undecided_is_measured_again_while_there_is_time(cube, tmp_path, monkeypatch):
    monkeypatch.setattr("zarr_cryoet.studies.field.measure.of_pair", lambda *_: UNDECIDED)
    claim = replace(CLAIMS["level-reading"], axes={"codec": ["gzip-{level}"]})
    how = dict(samples=2, again=3)
    (found,) = Measuring(cube, tmp_path / "a", 600.0, **how).all([claim])
    assert (found.verdict, found.samples) == (UNDECIDED, 2 + 3)
    (found,) = Measuring(cube, tmp_path / "b", 0.0, **how).all([claim])
    assert found.samples == 2


# The record and its page ------------------------------------------------------------------------


def test_the_page_is_what_the_record_renders_to(record):
    text = STUDY.doc(ROOT).read_text("utf-8")
    assert text == STUDY.page(record), "zarr-cryoet field --markdown > docs/field.md"
    for linked in re.findall(r"\]\(([\w./-]+\.md)\)", text):
        assert (ROOT / "docs" / linked).is_file(), linked
    for name in re.findall(r"\]\(#([\w-]+)\)", text):
        assert f'<a id="{name}"></a>' in text


def test_the_record_holds_every_pair_on_each_of_its_volumes(record):
    assert {"phantom-128", "phantom-128-u8", "labels-128"} <= {v["id"] for v in record.volumes}
    wanted = [
        (claim.id, {**pair.factors})
        for kept in record.volumes
        for claim in CLAIMS.values()
        for pair in claim.pairs(replace(LARGE, id=kept["id"], shape=tuple(kept["shape"])))
    ]
    assert [(each.claim, each.factors) for each in record.found] == wanted


def test_verdicts_on_record_follow_from_its_figures(record):
    floors = {volume["id"]: volume["floor"] for volume in record.volumes}
    for each in record.found:
        claim = CLAIMS[each.claim]
        if each.verdict == UNMEASURED:
            assert each.note and each.ratio is None
            continue
        floor = floors[each.factors[VOLUME]] if claim.figure == TIME else 0.0
        assert each.verdict == of_pair(claim.expect, claim.by, each.low, each.high, floor or 0.0)
        assert each.low <= each.ratio <= each.high


def test_exact_figures_on_record_are_what_shapes_say(record):
    shapes = {volume["id"]: volume["shape"] for volume in record.volumes}
    for each in record.of("fewer-files"):
        before = 1 + np.prod([-(-n // 16) for n in shapes[each.factors[VOLUME]]])
        after = 1 + np.prod([-(-n // 128) for n in shapes[each.factors[VOLUME]]])
        assert (each.before, each.after) == (before, after)


def test_rows_for_the_site_have_claim_source_figure_and_verdict():
    found = answers(STUDY.load(STUDY.path(ROOT)))
    assert [row["id"] for row in found] == list(CLAIMS)
    json.dumps(found, allow_nan=False)
    for row in found:
        assert row["claim"] and row["verdict"] and isinstance(row["sources"], list)
        assert {"figure", "low", "high", "unit"} <= set(row["ours"])
        assert row["pairs"] and (row["depends"] is not None) == (row["verdict"] == DEPENDS)


def made_up():
    claim = CLAIMS["level-reading"]
    ends = (0.99, 1.01), (1.2, 1.3), (1.05, 1.15), (1.3, 1.4), (0.98, 1.0), (1.0, 1.02)
    found = [
        records.Found(
            claim.id, of_pair(claim.expect, claim.by, low, high), dict(pair.factors),
            1.0, 1.0, (low + high) / 2, low, high, 1.0, 5,
        )
        for pair, (low, high) in zip(claim.pairs(LARGE), ends, strict=True)
    ]  # fmt: skip
    kept = {"id": "large", "shape": [128] * 3, "dtype": "float32", "provenance": "synthetic"}
    small = {**kept, "id": "small", "shape": [20] * 3, "floor": None}
    return records.Record(
        STUDY.about(Query()), {"zarr": "3"}, [{**kept, "floor": 0.02}, small], found
    )


def test_the_page_says_on_what_a_claim_depends():
    text = STUDY.page(made_up())
    assert "Of 1 claims: depends 1." in text
    assert "Of each side of a timed pair there are 5 samples." in text
    assert (
        "It depends on the codec: it does not hold for `blosc-lz4-*-shuffle`, "
        "`blosc-zlib-*-shuffle`; it holds for `blosc-zstd-*-shuffle`, `zstd-*`, `gzip-*`. "
        "Where it holds: +0 % time (-2 to +2); where it does not: +30 % time (+20 to +40)." in text
    )
    assert "| `blosc-lz4hc-*-shuffle` | ? +10 (+5 to +15) |" in text
    assert "*Left out*, as too small: `small`" in text
    assert "[HEFTIE final report](https://github.com/HEFTIEProject/project-report)" in text


def test_a_claim_without_a_source_is_said_to_be_commonly_said():
    claim = replace(CLAIMS["level-reading"], sources=[])
    ((_, bullets, *_),) = words(made_up(), {claim.id: claim})["claims"]
    assert dict(bullets)["Published"].endswith(". Unsourced: commonly said")


def test_a_record_comes_back_as_it_was(tmp_path):
    made = made_up()
    project.write_whole(tmp_path / "field.json", STUDY.text(made))
    assert STUDY.load(tmp_path / "field.json") == made
    assert len((tmp_path / "field.json").read_text().splitlines()) < 60


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"field": 0}', '{"field": 1, "found": [{}]}'])
def test_a_damaged_record_is_named_and_left_alone(tmp_path, text):
    path = tmp_path / "field.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"field\.json: damaged"):
        STUDY.load(path)
    assert path.read_text() == text


def test_claims_are_chosen_by_id_and_by_figure():
    assert ids(STUDY.select("level-reading, objects")) == ["fewer-files", "level-reading"]
    assert ids(STUDY.select(None)) == list(CLAIMS)
    assert all(isinstance(claim, Claim) for claim in STUDY.select("time"))
    with pytest.raises(UserError, match="no such claim or figure"):
        STUDY.select("level-readin")
    with pytest.raises(UserError, match="an empty list"):
        STUDY.select(",")


def test_some_claims_do_not_take_the_place_of_all(monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError, match="--output names another"):
        run(STUDY, Command("objects", "phantom-64"))
    with pytest.raises(UserError, match="an empty list"):
        run(STUDY, Command(volumes=" ,"))


def test_a_run_writes_its_record_and_no_page(volume, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    np.save(tmp_path / "own.npy", volume)
    path = tmp_path / "some.json"
    before = STUDY.doc(ROOT).read_bytes()
    command = Command("fewer-files", str(tmp_path / "own.npy"), path, json=True)
    assert run(STUDY, command) == 0
    assert STUDY.doc(ROOT).read_bytes() == before
    told = json.loads(capsys.readouterr().out)
    assert told["claims"] == answers(STUDY.load(path))
    (row,) = told["claims"]
    assert (row["id"], row["verdict"]) == ("fewer-files", FAILS)
    assert row["ours"]["figure"] == pytest.approx(100 * (1 - 2 / (3 * 4 * 3 + 1)), rel=1e-4)
    assert told["volumes"][0]["shape"] == [40, 50, 33] and told["volumes"][0]["floor"] is None
    assert str(tmp_path) not in path.read_text()


def test_a_run_that_is_killed_goes_on_with_the_next_volume(volume, tmp_path, monkeypatch, capsys):
    (tmp_path / "asv.conf.json").write_text('{"repo": "x"}')
    monkeypatch.chdir(tmp_path)
    for name in ("first", "second"):
        np.save(tmp_path / f"{name}.npy", volume if name == "first" else -volume)
    asked = Command("fewer-files", "first.npy,second.npy", Path("some.json"))
    done = Measuring.all

    def interrupted(self, claims):
        if self.volume.id.startswith("second"):
            raise KeyboardInterrupt
        return done(self, claims)

    monkeypatch.setattr(Measuring, "all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(STUDY, asked)
    assert not Path("some.json").exists()
    measured = []
    monkeypatch.setattr(Measuring, "all", lambda self, c: measured.append(self) or done(self, c))
    assert run(STUDY, asked) == 0
    assert [each.volume.id.partition("-")[0] for each in measured] == ["second"]
    record = STUDY.load(Path("some.json"))
    assert [each["id"].partition("-")[0] for each in record.volumes] == ["first", "second"]
    assert [(each.before, each.after) for each in record.found] == [(37, 2)] * 4
    assert "goes on   1 of 2 are done" in capsys.readouterr().err
