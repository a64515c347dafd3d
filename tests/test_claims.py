"""The claims of the release notes: rows, verdicts, the record and its page."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet import project
from zarr_cryoet.core import rng
from zarr_cryoet.core import volume as volumes
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.measure.duel import Verdict, duel
from zarr_cryoet.core.measure.worker import Died, Environment, here
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.environments import lock
from zarr_cryoet.studies import studies
from zarr_cryoet.studies.claims import records, timeline
from zarr_cryoet.studies.claims.measure import (
    LEAST,
    UNITS,
    Measuring,
    environment,
    of_equals,
    of_peaks,
    seconds,
)
from zarr_cryoet.studies.claims.rows import CLAIMS, CORRECT, MEMORY, TIME
from zarr_cryoet.studies.run import markdown
from zarr_cryoet.studies.study import Query, same_terms
from zarr_cryoet.studies.verdict import (
    EXACT,
    FAILS,
    GATE,
    HOLDS,
    LESS,
    MORE,
    SAME,
    UNDECIDED,
    UNMEASURED,
    UNSEEN,
    judge,
    judge_right,
)

ROOT = Path(__file__).resolve().parents[1]
STUDY = studies()["claims"]
MEASURED = [claim for claim in CLAIMS.values() if claim.measured]
MIB = 1 << 20
VOLUME = volumes.Volume("phantom-128", (128,) * 3, "float32", None, "synthetic", None, None)


@pytest.fixture(scope="module")
def pinned():
    """Versions of packages by release, as the lock has them."""
    return {r.version: r.pins for r in lock.read(lock.path_of("zarr")).releases}


@pytest.fixture(scope="module")
def record():
    return STUDY.load(STUDY.path(ROOT))


@pytest.fixture
def cube(cache):
    """As large as a shard."""
    described = volumes.Volume("cube", (128, 128, 128), "uint8", None, "synthetic", None, None)
    folder = cache / "volumes"
    folder.mkdir(exist_ok=True)
    words = rng.bits(7, 0, 128**3) >> np.uint64(56)
    np.save(folder / "cube.npy", words.astype(np.uint8).reshape(described.shape))
    (folder / "cube.json").write_text(json.dumps(described.to_json()))
    return "cube"


def ids(claims):
    return [claim.id for claim in claims]


# Rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=ids(CLAIMS.values()))
def test_a_claim_says_where_it_is_from_and_why_nothing_shows_it(claim, pinned):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", claim.id)
    assert claim.says.endswith(".") and "\n" not in claim.says and "  " not in claim.says
    assert claim.source and claim.figure in UNITS
    assert bool(claim.why) != claim.measured
    order = list(pinned)
    assert order.index(claim.release) >= 0
    if claim.before:
        assert order.index(claim.before) == order.index(claim.release) - 1


@pytest.mark.parametrize("claim", MEASURED, ids=ids(MEASURED))
def test_what_a_claim_names_is_there_and_can_be_on_both_sides(claim, pinned):
    for release, cell in zip(claim.releases, claim.cells("phantom-128"), strict=True):
        reason = unsupported(cell.case, pinned[release], cell.operation)  # raises for unknown ids
        assert reason is None
    assert (claim.kind == CORRECT) != (claim.expected in (LESS, MORE, SAME))
    assert not claim.grows or claim.expected == LESS


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=ids(CLAIMS.values()))
def test_every_setup_names_rows_of_the_registries(claim):
    row = claim.setup
    case = Case.of("v", row["codec"], row["layout"], row["format"], row["backend"], row["store"])
    assert case.codec_row and case.layout_row and case.store_row
    everything = {"zarr": "3.4.2", "numcodecs": "0.17.1", "pcodec": "1"}
    if row["format"] == 2:
        everything["zarr"] = "2.18.7"
    assert unsupported(case, everything) is None


def test_sides_are_two_releases_or_two_backends_of_one():
    claim = CLAIMS["fused-local-read"]
    before, after = claim.cells("v")
    assert claim.releases == ("3.3.0", "3.3.0")
    assert (before.case.backend, after.case.backend) == ("zarr-python", "zarr-fused")
    claim = CLAIMS["blosc-typesize"]
    before, after = claim.cells("v")
    assert claim.releases == ("2.18.7", "3.0.8")
    assert (before.case.zarr_format, after.case.zarr_format) == (2, 3)


# Verdicts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "low", "high", "verdict"),
    [
        (LESS, 0.5, 0.9, HOLDS),
        (LESS, 0.5, 1 / GATE, HOLDS),
        (LESS, 0.5, 0.96, UNDECIDED),
        (LESS, 0.9, 1.2, UNDECIDED),
        (LESS, 0.97, 1.04, FAILS),
        (LESS, 0.97, 1.4, FAILS),
        (LESS, 1.2, 1.4, FAILS),
        (MORE, 1.1, 1.4, HOLDS),
        (MORE, 1.01, 1.4, UNDECIDED),
        (MORE, 0.97, 1.04, FAILS),
        (MORE, 0.5, 0.9, FAILS),
        (SAME, 0.97, 1.04, HOLDS),
        (SAME, 0.97, 1.1, UNDECIDED),
        (SAME, 1.06, 1.1, FAILS),
        (SAME, 0.8, 0.9, FAILS),
    ],
)
def test_a_time_has_to_be_beyond_the_gate_in_every_restart(expected, low, high, verdict):
    assert judge(expected, low, high, GATE) == verdict


@pytest.mark.parametrize(
    ("expected", "ratio", "verdict"),
    [
        (LESS, 0.999, HOLDS), (LESS, 1.0, FAILS), (LESS, 1.001, FAILS),
        (MORE, 1.001, HOLDS), (MORE, 1.0, FAILS), (MORE, 0.999, FAILS),
        (SAME, 1.0, HOLDS), (SAME, 0.999, FAILS), (SAME, 1.001, FAILS),
    ],
)  # fmt: skip
def test_any_change_of_an_exact_figure_counts(expected, ratio, verdict):
    assert judge(expected, ratio, ratio, EXACT) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.97, 1.04, UNSEEN), (0.9, 1.2, UNSEEN), (0.5, 0.9, HOLDS), (1.06, 1.2, FAILS)],
)
def test_what_grows_with_size_may_be_too_small_to_see(low, high, verdict):
    assert judge(LESS, low, high, GATE, grows=True) == verdict


def test_an_unknown_expectation_is_an_error():
    with pytest.raises(ValueError, match="other"):
        judge("other", 1, 1, GATE)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(0, 5, HOLDS), (4, 5, HOLDS), (5, 5, UNDECIDED), (0, 4, FAILS), (5, 0, FAILS)],
)
def test_what_was_mended_goes_wrong_before_and_never_after(before, after, verdict):
    assert judge_right(before, after, 5) == verdict


def test_memory_is_compared_beyond_what_the_system_tells_apart():
    claim = CLAIMS["shrink-bounded"]
    small = of_peaks(claim, [0, 4096], [8192, LEAST - 1])
    assert (small.verdict, small.ratio, bool(small.note)) == (UNSEEN, None, True)
    assert of_peaks(replace(claim, grows=""), [0], [0]).verdict == UNDECIDED
    found = of_peaks(claim, [10 * MIB, 9 * MIB, 12 * MIB], [0, 0, 3 * MIB])
    assert (found.verdict, found.runs) == (HOLDS, 3)
    assert (found.before, found.after) == (10 * MIB, 0)
    assert (found.ratio, found.low, found.high) == (0.1, 1 / 12, 1 / 3)
    assert of_peaks(claim, [2 * MIB], [4 * MIB]).verdict == FAILS
    assert of_peaks(claim, [2 * MIB], [2 * MIB]).verdict == UNSEEN


def verdict_of(*medians, status="ready"):
    return Verdict(Cell(Case.of("v", "none", "c32", 3, "zarr-python"), "write"), status, None,
                   list(medians))  # fmt: skip


def test_the_noise_floor_is_what_equals_differ_by():
    found = of_equals("3", [verdict_of(0.9, 0.9), verdict_of(1.02), verdict_of(status="failed")])
    assert (found["cells"], found["flagged"]) == (2, 1)
    assert found["largest"] == pytest.approx(1 / 0.9 - 1)
    assert found["median"] == pytest.approx((0.02 + 1 / 0.9 - 1) / 2)
    assert of_equals("3", [])["largest"] is None


# Measuring, with answers made up ----------------------------------------------------------------


class Told(Measuring):
    """Answers from a list, by release; no process is started."""

    answers: dict

    def _once(self, side, cell, do):
        found = self.answers[side.name]
        return found.pop(0) if isinstance(found, list) else found


def told(tmp_path, before, after, **more):
    made = Told(
        "v", tmp_path, sides=lambda release: Environment(release, "none"), processes=2, **more
    )
    made.answers = {"3.1.6": before, "3.2.0": after}
    return made


def ready(**more):
    return {"status": "ready", "reason": None, **more}


def test_counts_come_from_both_sides(tmp_path):
    claim = CLAIMS["full-shard-requests"]
    found = told(tmp_path, ready(requests=2), ready(requests=1)).counts(claim)
    assert (found.verdict, found.before, found.after, found.ratio) == (HOLDS, 2, 1, 0.5)
    wrong = {"status": "failed", "reason": "no"}
    found = told(tmp_path, ready(requests=2), wrong).counts(claim)
    assert (found.verdict, found.note, found.before) == (UNMEASURED, "3.2.0: no", None)
    found = told(tmp_path, ready(requests=0), ready(requests=1)).counts(claim)
    assert found.verdict == UNMEASURED


def test_a_fault_that_comes_and_goes_is_seen_once(tmp_path):
    claim = replace(CLAIMS["full-shard-requests"], direction="correct")
    wrong = {"status": "failed", "reason": "a race"}
    found = told(tmp_path, [ready(), wrong], ready()).right(claim)
    assert (found.verdict, found.before, found.after) == (HOLDS, 1, 2)
    assert found.note == "3.1.6: a race"
    found = told(tmp_path, wrong, [ready(), {**wrong, "reason": "still"}]).right(claim)
    assert (found.verdict, found.note) == (FAILS, "3.2.0: still")
    assert "did not show" in told(tmp_path, ready(), ready()).right(claim).note
    skipped = {"status": "skipped", "reason": "no shards"}
    assert told(tmp_path, skipped, ready()).right(claim).verdict == UNMEASURED


def test_memory_of_what_fails_is_none(tmp_path):
    claim = CLAIMS["full-shard-requests"]
    found = told(tmp_path, ready(peak_bytes=None), ready(peak_bytes=1)).memory(claim)
    assert (found.verdict, found.note) == (
        UNMEASURED, "3.1.6: this system keeps no mark of peak memory"
    )  # fmt: skip


def test_a_process_that_dies_is_an_answer(tmp_path, monkeypatch):
    def die(*_, **__):
        raise Died("killed by SIGKILL")

    monkeypatch.setattr("zarr_cryoet.core.measure.worker.Worker.ask", die)
    measuring = Measuring("v", tmp_path, sides=lambda release: here(release))
    found = measuring.counts(CLAIMS["full-shard-requests"])
    assert (found.verdict, found.note) == (UNMEASURED, "3.1.6: killed by SIGKILL")


def test_claims_of_one_pair_share_a_duel(tmp_path, monkeypatch):
    fought = []

    def duel(a, b, cells, place, *, others, tick, **_):
        fought.append((a.name, b.name, len(cells)))
        assert len({cell.id for cell in cells}) == len(cells) == len(others)
        tick(0.5)
        return [replace_cell(verdict_of(0.5), cell) for cell in cells]

    def replace_cell(verdict, cell):
        verdict.cell, verdict.seconds = cell, (2.0, 1.0)
        return verdict

    monkeypatch.setattr("zarr_cryoet.studies.claims.measure.duel", duel)
    shares = []
    measuring = told(tmp_path, ready(requests=2), ready(requests=1))
    measuring.tick = lambda done, text: shares.append(done)
    chosen = [c for c in MEASURED if c.release == "3.2.0"]
    found = {each.id: each for each in measuring.all(chosen)}
    assert set(found) == {c.id for c in chosen}
    assert fought == [("3.1.6", "3.2.0", 2)]
    assert shares == sorted(shares) and shares[-1] < 1
    assert found["full-shard-time"].ratio == 0.5
    fought.clear()
    list(measuring.all([c for c in MEASURED if c.release == "3.3.0" and c.kind == TIME]))
    assert [pair[:2] for pair in fought] == [("3.2.1", "3.3.0"), ("3.3.0", "3.3.0")]


def test_times_that_are_undecided_are_measured_again_and_that_counts(tmp_path, monkeypatch):
    fought = []

    def fight(a, b, cells, place, *, pairs, **_):
        fought.append((pairs, [cell.operation for cell in cells]))
        high = {8: 1.2, 24: 0.8}[pairs]
        verdicts = [verdict_of(0.5, 0.9 if c.operation == "write" else high) for c in cells]
        for verdict, cell in zip(verdicts, cells, strict=True):
            verdict.cell = cell
        return verdicts

    monkeypatch.setattr("zarr_cryoet.studies.claims.measure.duel", fight)
    measuring = told(tmp_path, None, None)
    write, read = measuring.all([CLAIMS["full-shard-time"], CLAIMS["orthogonal-indexing"]])
    assert fought == [(8, ["write", "read-orthogonal"]), (24, ["read-orthogonal"])]
    assert (write.verdict, write.note) == (HOLDS, None)
    assert (read.verdict, read.high) == (HOLDS, 0.8)
    assert read.note == "measured again, with 24 pairs"


def test_the_estimate_grows_with_the_claims():
    assert 0 < seconds(MEASURED[:3]) < seconds(MEASURED) < 3600


# The record and its page ------------------------------------------------------------------------


def test_the_page_is_what_the_record_renders_to(record, monkeypatch, capsys):
    monkeypatch.setenv(volumes.VOLUME_VARIABLE, record.about["volume"])
    monkeypatch.chdir(ROOT)
    markdown(STUDY)
    text = STUDY.doc(ROOT).read_text("utf-8")
    assert text == capsys.readouterr().out, "zarr-cryoet claims --markdown > docs/claims.md"


def test_the_record_holds_every_claim_that_can_be_measured(record):
    assert [each.id for each in record.found] == ids(MEASURED)
    needed = {release for claim in MEASURED for release in claim.releases}
    assert set(record.releases) == needed
    for release, versions in record.releases.items():
        assert versions["zarr"] == release


def test_verdicts_on_record_follow_from_its_figures(record):
    for each in record.found:
        claim = CLAIMS[each.id]
        assert each.unit == UNITS[claim.kind]
        if each.verdict == UNMEASURED:
            assert each.note
        elif claim.kind == CORRECT:
            assert each.verdict == judge_right(each.before, each.after, each.runs)
        elif each.ratio is None:
            assert claim.kind == MEMORY and max(each.before, each.after) < LEAST and each.note
        else:
            gate = GATE if claim.kind in (TIME, MEMORY) else EXACT
            verdict = judge(claim.expected, each.low, each.high, gate, bool(claim.grows))
            assert each.verdict == verdict


def made_up(**verdicts):
    about = STUDY.about(Query(None, (VOLUME,)))
    found = [records.Found(name, verdict, "s", 2.0, 1.0, 0.5, 0.4, 0.6, 4, "why so")
             for name, verdict in verdicts.items()]  # fmt: skip
    return records.Record(about, {"3.4.2": {"zarr": "3.4.2", "numcodecs": "0.17.1"}}, None, found)


def test_the_page_has_a_table_for_each_verdict_but_the_good_one(monkeypatch):
    names = ["large-shard-writes", "morton-reads", "coalesced-latency", "chunk-spec-cache"]
    made = made_up(**dict(zip(names, (HOLDS, FAILS, UNSEEN, UNMEASURED), strict=True)))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(timeline, "nearest", lambda claim, suite: None)
    text = STUDY.page(made)
    heads = re.findall(r"^##+ (.*)$", text, re.M)
    assert "3.1.4, after 3.1.3" in heads and "Claims that do not hold" in heads
    assert "Claims that are undecided" not in heads
    assert "Of 4 claims that an operation can show: holds 1, does not hold 1" in text
    assert "2 s → 1 s" in text and "0.50 (0.40 to 0.60)" in text
    assert "No release was compared with itself" in text
    for claim in CLAIMS.values():
        assert (claim.says in text) == (claim.id in names or not claim.measured)


def test_a_claim_is_shown_by_the_benchmark_that_is_most_like_it(monkeypatch):
    monkeypatch.setenv(volumes.VOLUME_VARIABLE, "phantom-128")
    suite = timeline.cells(ROOT, "phantom-128")
    shown = timeline.nearest(CLAIMS["coalesced-plane"], suite)
    assert shown.name.startswith("requests.ReadRequests.track_requests(")
    assert shown.differences(CLAIMS["coalesced-plane"]) == ()
    shown = timeline.nearest(CLAIMS["atomic-local-writes"], suite)
    assert shown.name == "ratio.AgainstReference.track_time_ratio('overwrite-box', 'v2-c16-raw')"
    assert shown.differences(CLAIMS["atomic-local-writes"]) == ("v2",)
    for claim in MEASURED:
        shown = timeline.nearest(claim, suite)
        assert not shown or shown.operation == claim.operation


def test_a_record_comes_back_as_it_was(tmp_path):
    made = made_up(**{"morton-reads": HOLDS})
    project.write_whole(tmp_path / "a" / "b.json", STUDY.text(made))
    assert STUDY.load(tmp_path / "a" / "b.json") == made
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "b.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"claims": 0}', '{"claims": 1, "found": [{}]}'])
def test_a_damaged_record_is_named_and_left_alone(tmp_path, text):
    path = tmp_path / "claims.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"claims\.json: damaged"):
        STUDY.load(path)
    assert path.read_text() == text


def test_some_claims_are_laid_over_a_record_that_was_made_in_the_same_way():
    old = made_up(**{"morton-reads": FAILS, "grow-no-deletions": HOLDS})
    new = made_up(**{"morton-reads": HOLDS, "morton-writes": HOLDS})
    both = STUDY.merged(old, new)
    assert [(each.id, each.verdict) for each in both.found] == [
        ("morton-writes", HOLDS), ("morton-reads", HOLDS), ("grow-no-deletions", HOLDS)
    ]  # fmt: skip
    with pytest.raises(UserError, match="volume phantom-128, not w"):
        same_terms(STUDY, old, {**new.about, "volume": "w"})


def test_claims_are_chosen_by_id_and_by_release():
    assert ids(STUDY.select("morton-reads, 3.4.2")) == [
        "morton-reads", "shrink-bounded", "grow-no-deletions"
    ]  # fmt: skip
    assert ids(STUDY.select(None)) == ids(MEASURED)
    with pytest.raises(UserError, match="no such claim or release"):
        STUDY.select("morton-read")
    with pytest.raises(UserError, match="nothing can show it: Ours are opened again"):
        STUDY.select("zip-reuse")


# For real ---------------------------------------------------------------------------------------


def test_a_duel_takes_another_cell_on_the_other_side(cube, tmp_path):
    full, plane = (
        Cell(Case.of(cube, "none", "whole", 0, "npy"), f"read-{what}")
        for what in ("full", "plane-xy")
    )
    how = dict(restarts=1, pairs=4)
    (found,) = duel(here("a"), here("b"), [full], tmp_path / "d", others=[plane], **how)
    assert (found.status, found.reason, found.cell) == ("ready", None, full)
    assert found.ratio < 0.5  # 128 planes against one
    with pytest.raises(ValueError, match="zip"):
        duel(here("a"), here("b"), [full], tmp_path / "d", others=[plane, full])


def test_two_cells_of_a_case_in_memory_share_what_is_prepared(cube, tmp_path):
    case = Case.of(cube, "none", "c32", 3, "zarr-python", "memory")
    if reason := unsupported(case):
        pytest.skip(reason)
    cells = [Cell(case, name) for name in ("write", "read-full")]
    found = duel(here("a"), here("b"), cells, tmp_path / "d", restarts=2, pairs=1)
    assert [(v.status, v.reason, len(v.medians)) for v in found] == [("ready", None, 2)] * 2


@pytest.mark.environment
def test_claims_between_two_environments(cube, tmp_path):
    measuring = Measuring(cube, tmp_path / "place", restarts=1, pairs=2, sides=environment)
    chosen = [CLAIMS["full-shard-requests"], CLAIMS["full-shard-time"]]
    requests, time = measuring.all(chosen)
    assert (requests.verdict, requests.before, requests.after) == (HOLDS, 2, 1)
    assert time.before > 0 and time.after > 0 and time.ratio > 0
    assert time.verdict != UNMEASURED
    assert measuring.versions("3.2.0")["zarr"] == "3.2.0"
    assert not list((tmp_path / "place").glob("*/*"))
