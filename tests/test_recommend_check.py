"""How far to trust the advice: regret and errors from made sweeps, the record, its page, a run."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet import project
from zarr_cryoet.core import volume as volumes
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.measure.sampler import Series
from zarr_cryoet.model.libraries import library
from zarr_cryoet.recommend.check import main, page, records, regret, run, truth
from zarr_cryoet.recommend.question import Words
from zarr_cryoet.results import sweeps

ROOT = Path(__file__).resolve().parents[1]
VOLUME = volumes.Volume("made", (64, 64, 64), "float32", None, "synthetic", None, None)
CLOSED = {"seconds_measuring": 100.0, "seconds_preparing": 50.0, "noise_floor": 0.9}


def series(layout, operation, seconds, codec="none", twin=False, side="installed:x", **more):
    backend = more.pop("backend", "zarr-python")
    store, zarr_format = more.pop("store", "local"), more.pop("zarr_format", 3)
    cell = Cell(Case.of("made", codec, layout, zarr_format, backend, store), operation, **more)
    facts = {"number": 2, "seconds": 0.5}
    return Series(side, cell, twin, facts=facts, seconds=list(seconds))


def swept(path, some, closed=CLOSED, cores=1):
    """A file of a sweep; CPU times are half the seconds."""
    head = {"volume": VOLUME.to_json(), "machine": "made", "python": "3.12.1", "cores": cores}
    writer = sweeps.Writer(path, {**head, "started": 1795358018.0})
    for each in some:
        writer.keep("prepared", each, each.facts)
        for value in each.seconds:
            writer.keep("sample", each, {"seconds": value, "cpu": value / 2, "control": 0.0})
    writer.close(closed)
    return path


BOTH = [
    series("c64", "read-full", [1.0, 1.0, 4.0]),
    series("c64", "read-plane-xy", [2.0, 2.0, 2.0]),
    series("c32", "read-full", [2.0, 2.0, 2.0]),
    series("c32", "read-plane-xy", [1.0, 1.0, 1.0]),
]
SHARE = {"full": 0.25, "plane-xy": 0.75}


# What is true ------------------------------------------------------------------------------------


def test_a_case_costs_the_weighted_medians_of_its_accesses(tmp_path):
    (found,) = truth.load(swept(tmp_path / "a.jsonl", BOTH, cores=2))
    assert found.clock == "wall"
    costs = truth.costs(found.cells["zarr-python"], SHARE)
    assert costs == {"none_c64_v3": 0.25 + 1.5, "none_c32_v3": 0.5 + 0.75}
    assert found.accesses("zarr-python") == ["full", "plane-xy"]


def test_on_one_core_and_without_a_network_the_processor_is_what_counts(tmp_path):
    (found,) = truth.load(swept(tmp_path / "a.jsonl", BOTH))
    assert found.clock == "processor"
    assert truth.costs(found.cells["zarr-python"], SHARE)["none_c32_v3"] == 0.5 * (0.5 + 0.75)
    far = [replace(s, cell=replace(s.cell, case=replace(s.cell.case, store="latency-10ms")))
           for s in BOTH]  # fmt: skip
    (found,) = truth.load(swept(tmp_path / "b.jsonl", far))
    assert (found.clock, found.store, found.latency) == ("wall", "latency-10ms", 0.01)


def test_what_others_took_of_the_core_is_left_out_where_requests_wait(tmp_path):
    """Codecs alone took twice their processor's time, so half as much again is not the read's."""
    read = series("c64", "read-full", [1.0, 2.0, 3.0], store="latency-10ms")
    still = series("c64", "read-full", [1.0] * 60, "zstd-3", side="limit:codec-alone",
                   backend="codec-alone", store="memory")  # fmt: skip
    (found,) = truth.load(swept(tmp_path / "a.jsonl", [read, still]))
    assert found.crowd == 2.0
    assert found.cells["zarr-python"]["none_c64_v3"]["full"] == [0.5, 1.0, 1.5]
    (found,) = truth.load(swept(tmp_path / "b.jsonl", [read, still], cores=2))
    assert found.cells["zarr-python"]["none_c64_v3"]["full"] == [1.0, 2.0, 3.0]


def test_short_reads_are_interrupted_as_short_codecs_are():
    still = np.array([[0.001, 1.0]] * 51 + [[0.1, 3.0]] * 51)
    made = Series("x", Cell(Case.of("made", "none", "c64", 3, "zarr-python"), "read-full"))
    made = replace(made, seconds=[0.02, 0.5, 0.2], cpu=[0.001, 0.1, 0.15])
    assert truth.alone(made, still) == pytest.approx([0.02, 0.3, 0.15])


def test_what_the_advice_could_not_choose_does_not_count(tmp_path):
    others = [
        series("c16", "read-full", [0.1], zarr_format=2),
        series("c16", "read-full", [0.1], cold=True),
        series("c16", "read-full", [0.1], side="limit:raw-file"),
        series("c16", "delete", [0.1]),
    ]
    (found,) = truth.load(swept(tmp_path / "a.jsonl", [*BOTH, *others]))
    assert set(found.cells["zarr-python"]) == {"none_c64_v3", "none_c32_v3"}


def test_a_case_that_lacks_an_access_is_no_choice():
    cells = {"a": {"full": [1.0]}, "b": {"full": [2.0], "plane-xy": [2.0]}}
    assert truth.costs(cells, SHARE) == {"b": 2.0}
    assert truth.costs(cells, {"full": 1.0, "plane-xy": 0.0}) == {"a": 1.0, "b": 2.0}


def test_a_sweeps_time_is_shared_out_among_its_backends(tmp_path):
    other = series("c64", "read-full", [1.5, 2.0, 3.0], backend="tensorstore")
    (found,) = truth.load(swept(tmp_path / "a.jsonl", [*BOTH, other], cores=2))
    ours, whole = 6 + 6 + 6 + 3, 6 + 6 + 6 + 3 + 6.5
    assert found.seconds["zarr-python"] == pytest.approx(100 * ours / whole + 50 * 4 / 5)
    assert sum(found.seconds.values()) == pytest.approx(150)


def test_the_floor_is_that_of_twins(tmp_path):
    twin = series("c64", "read-plane-xy", [2.2, 2.2, 2.2], twin=True)
    (found,) = truth.load(swept(tmp_path / "a.jsonl", [*BOTH, twin]))
    assert found.floor == pytest.approx(0.1)
    (found,) = truth.load(swept(tmp_path / "b.jsonl", BOTH))
    assert found.floor == 0.0


def test_files_that_cannot_be_used_are_named(tmp_path):
    cut = swept(tmp_path / "cut.jsonl", BOTH, closed=None)
    with pytest.raises(UserError, match=r"cut\.jsonl: cut off before the sweep ended"):
        truth.load(cut)
    damaged = swept(tmp_path / "damaged.jsonl", BOTH)
    damaged.write_text(damaged.read_text().replace('"seconds":1.0', '"seconds":"x"'))
    with pytest.raises(UserError, match=r"damaged\.jsonl: damaged"):
        truth.load(damaged)
    with pytest.raises(UserError, match=r"none\.jsonl: damaged \(.*No such file"):
        truth.load(tmp_path / "none.jsonl")
    old = swept(tmp_path / "old.jsonl", [series("c16", "read-full", [0.1], zarr_format=2)])
    with pytest.raises(UserError, match=r"old\.jsonl: holds no reads of format 3"):
        truth.load(old)


# Regret ------------------------------------------------------------------------------------------

CELLS = {
    "a": {"full": [1.0, 1.0, 1.0], "plane-xy": [1.0, 1.0, 1.0]},
    "b": {"full": [2.0, 2.0, 2.0], "plane-xy": [1.0, 1.0, 1.0]},
}


def test_regret_is_what_a_choice_costs_more_than_the_best():
    found = regret.of(CELLS, SHARE, "b", 0.0)
    assert (found.best, found.cost, found.least) == ("a", 1.25, 1.0)
    assert found.regret == found.beyond == found.low == found.high == 0.25


def test_the_best_has_none():
    found = regret.of(CELLS, SHARE, "a", 0.03)
    assert (found.regret, found.beyond, found.low, found.high) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("floor", "beyond"), [(0.0, 0.25), (0.1, 1.25 / 1.1 - 1), (0.3, 0.0)])
def test_noise_takes_its_part_of_it(floor, beyond):
    assert regret.of(CELLS, SHARE, "b", floor).beyond == pytest.approx(beyond)


def test_its_interval_is_that_of_the_samples():
    cells = {**CELLS, "c": {"full": [1.0, 3.0, 1.5], "plane-xy": [1.0, 1.2, 0.9]}}
    found = regret.of(cells, SHARE, "c", 0.0)
    assert found.regret == 0.25 * 1.5 + 0.75 * 1.0 - 1
    assert found.low < found.regret < found.high
    assert found.low >= 0.25 + 0.75 * 0.9 - 1
    assert found.high <= 0.25 * 3 + 0.75 * 1.2 - 1
    assert found == regret.of(cells, SHARE, "c", 0.0)  # the same again


def test_a_choice_that_was_not_swept_has_no_regret():
    with pytest.raises(UserError, match=r"z: not in the sweep with all of full, plane-xy"):
        regret.of(CELLS, SHARE, "z", 0.0)
    with pytest.raises(UserError, match="not in the sweep"):
        regret.of({**CELLS, "z": {"full": [0.1]}}, SHARE, "z", 0.0)


# Errors ------------------------------------------------------------------------------------------


def entry(name, seconds, waits=(), measured=False):
    codec, layout, zarr_format = name.split("_")
    part = {"local": seconds, "reads": {key: list(waits) for key in seconds}, "bytes": 1}
    part |= {
        "objects": 1,
        "held": {key: [1, 1] for key in seconds},
        "known": {},
        "sharded": True,
        "library": library("zarr-python"),
    }
    candidate = {"id": name, "codec": codec, "layout": layout, "zarr_format": int(zarr_format[1:])}
    return {"candidate": candidate, "part": part, "spread": [1, 1], "measured": measured,
            "whole": True}  # fmt: skip


def here(latency=0.0):
    store = {"id": "local", "latency": latency, "bandwidth": None, "in_flight": 10}
    return {"store": store}


def test_errors_are_foretold_over_measured():
    cells = {"a_b_v3": {"full": [2.0, 1.0, 9.0]}, "c_d_v3": {"full": [4.0], "plane-xy": [1.0]}}
    entries = [
        entry("a_b_v3", {"full": 3.0, "plane-xy": 1.0}),
        entry("c_d_v3", {"full": 1.0}),
        entry("e_f_v3", {"full": 1.0}),
    ]
    found = regret.off(cells, entries, here())
    assert found == {"full": {"a_b_v3": 0.5, "c_d_v3": -0.75}}


def test_drift_is_told_by_what_the_model_was_fitted_to():
    off = {"full": {"a": -0.5, "b": 9.0}, "plane-xy": {"a": 0.0, "b": 9.0, "c": 1.0}}
    assert regret.drift(off, {"a", "c"}) == 1.0  # of 2, 1 and 0.5
    assert regret.drift(off, {"a"}) == 1.5
    assert regret.drift(off, {"z"}) == 1.0
    made = records.Off("v", "local", "x", "full", [-0.5, 0.0], "a", 1.5)
    assert made.levelled().errors == [-0.25, 0.5]


def test_a_network_is_part_of_what_is_foretold():
    # an index, and eleven ranges of which ten are asked for at once: three round trips
    chain = {"count": 1, "first": [20], "tasks": 11, "each": [40], "bytes": 460}
    entries = [entry("a_b_v3", {"full": 0.47}, [[chain]])]
    found = regret.off({"a_b_v3": {"full": [1.0]}}, entries, here(0.01))
    assert found["full"]["a_b_v3"] == pytest.approx(-0.5)


def test_errors_of_several_are_told_together():
    def off(errors, backend="x"):
        return records.Off("v", "local", backend, "full", errors, "none_c64_v3")

    found = records.errors([off([-0.5, 0.1]), off([0.2, 0.3, 0.4])])
    assert found == records.Errors(5, 0.3, pytest.approx(0.46), 0.5)
    assert records.errors([off([-0.5])]) == records.Errors(1, 0.5, 0.5, 0.5)


# The choice --------------------------------------------------------------------------------------


def question(**more):
    made = truth.Truth("made", "latency-10ms", 1, "wall", {"zarr-python": 60.0}, 0.0, {
        "zarr-python": {"none_c64_v3": {a: [1.0] for a in ("plane-xy", "plane-xz", "plane-yz")}}
    })  # fmt: skip
    return main.question(replace(made, **more), VOLUME, Words(use="viewer", store="local"))


def test_the_baseline_is_no_choice_where_it_was_not_swept():
    wanted = {**question(store="local"), "weights": {"full": 1.0}}
    entries = [entry("a_b_v3", {"full": 2.0}), entry("base_c256_v2", {"full": 1.0}, measured=True)]
    assert main.chosen(entries, {"a_b_v3": {}}, wanted)["candidate"]["id"] == "a_b_v3"
    with pytest.raises(UserError, match="nothing that the advice knows"):
        main.chosen(entries, {"z": {}}, wanted)


def test_the_advice_is_told_of_the_network_that_was_swept():
    store = {"id": "local", "latency": 0.01, "bandwidth": None, "in_flight": 10}
    assert question()["store"] == store
    assert question(store="local")["store"] == {**store, "latency": 0.0}


def test_uses_are_those_of_which_all_was_swept():
    three = {a: [1.0] for a in ("plane-xy", "plane-xz", "plane-yz")}
    made = truth.Truth("made", "local", 1, "wall", {}, 0.0, {"zarr-python": {"none_c64_v3": three}})
    assert main.uses(made) == ["viewer"]
    more = {**three, "full": [1.0], "write": [1.0]}
    cells = {"zarr-python": {"none_c64_v3": more, "none_c32_v3": more}}
    assert main.uses(replace(made, cells=cells)) == ["viewer", "archive"]


def test_advice_gets_no_more_than_a_tenth_of_the_sweeps_time():
    made = truth.Truth("made", "local", 1, "wall", {"zarr-python": 60.0}, 0.0)
    assert main.budget(made, 8 << 20) < 6.0
    assert main.budget(replace(made, seconds={"zarr-python": 6000.0}), 8 << 20) < 60.0


# The record --------------------------------------------------------------------------------------


def row(**more):
    made = records.Row(
        "made", "local", "viewer", "none_c64_v3", "none_c32_v3", True,
        1.25, 1.0, 0.25, 0.2, 0.3, 0.02, 0.2, 10.0, 200.0,
    )  # fmt: skip
    return replace(made, **more)


ABOUT = {
    "cpu": "a processor", "processors": 2, "cores": 1, "system": "Linux", "python": "3.12",
    "measured": "2026-11-22", "versions": {"zarr": "3.4.2"}, "swept": "2026-11-22", "load": 0.25,
    "ways": {"made local": 80}, "crowd": {"made local": 1.25},
}  # fmt: skip
TIMED = {"volume": "large", "shape": [512, 512, 512], "dtype": "float32", "nbytes": 512**3 * 4,
         "wall": 50.0, "cpu": 40.0, "raced": 9, "fastest": "none_c64_v3"}  # fmt: skip


@pytest.fixture(name="made")
def a_record():
    off = [
        records.Off("made", "local", "zarr-python", "full", [-0.3, 0.1, 0.2], "none_c16_v3"),
        records.Off("made", "local", "tensorstore", "write", [0.5], "none_c16_v3"),
    ]
    return records.Record(ABOUT, [row(use=f"use {n}") for n in range(12)], off, TIMED)


def missed(record):
    return [goal for goal, reached in records.held(record).items() if not reached]


def test_goals_are_judged_on_both_sides(made):
    assert missed(made) == ["tensorstore: median error of what is foretold at most 20%"]
    rows = made.rows
    assert "at least 12" in missed(replace(made, rows=rows[1:]))[0]
    assert "worst regret" in missed(replace(made, rows=[*rows, row(beyond=0.16)]))[0]
    assert "worst regret" not in missed(replace(made, rows=[*rows, row(beyond=0.15)]))[0]
    assert "median regret" in missed(replace(made, rows=[row(beyond=0.06)] * 12))[0]
    assert "tenth" not in missed(made)[0]
    assert "10% of a sweep's" in missed(replace(made, rows=[*rows, row(seconds=20.1)]))[0]
    assert "within 60 s" in missed(replace(made, timed={**TIMED, "wall": 60.1}))[-1]
    assert len(missed(replace(made, rows=[]))) == 5  # an empty record reaches nothing


def test_a_record_is_read_as_it_was_written(made, tmp_path):
    project.write_whole(tmp_path / "advice.json", records.text(made))
    assert records.load(tmp_path / "advice.json") == made
    (tmp_path / "advice.json").write_text(records.text(made)[:-30])
    with pytest.raises(UserError, match=r"advice\.json: damaged"):
        records.load(tmp_path / "advice.json")
    with pytest.raises(UserError, match=r"no record; `zarr-cryoet recommend-check` makes it"):
        records.load(tmp_path / "none.json")


def test_the_page_says_what_the_record_holds(made):
    text = page.render(made)
    assert "Of 12 combinations the regret is 25.0% in the median and 25.0% at worst" in text
    assert "beyond the noise floor 2.0% and 2.0%" in text
    assert "| made | local | use 0 | `none c64` | `none c32` | 25.0% (20.0% to 30.0%) " in text
    assert "| zarr-python | 3 | 20% | 28% | 30% | 1.00 | 20% |" in text
    assert "**50 s** on the wall, 40 s of processors" in text
    assert "Load when it began: 0.2." in text
    assert "took 1.25\ntimes their processor's time" in text


def test_the_page_of_the_docs_is_that_of_the_record():
    text = (ROOT / main.PAGE).read_text()
    wanted = page.render(records.load(ROOT / records.PATH))
    assert text == wanted, "zarr-cryoet recommend-check --markdown > docs/advice-check.md"


def test_the_record_of_the_docs_is_of_a_whole_check():
    record = records.load(ROOT / records.PATH)
    assert len(record.rows) >= records.COMBINATIONS
    assert {each.backend for each in record.off} >= {"zarr-python"}
    assert record.timed


# A run -------------------------------------------------------------------------------------------


def cryoet(*words, cwd):
    command = [sys.executable, "-m", "zarr_cryoet", *map(str, words)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(name="place")
def a_project(tmp_path):
    shutil.copy(ROOT / "asv.conf.json", tmp_path)
    return tmp_path


def test_sweeps_that_are_there_are_not_made_again(place, monkeypatch):
    monkeypatch.setattr(run, "_command", lambda words, _: asked.append(words) or made(words))
    asked = []

    def made(words):
        Path(words[-1]).parent.mkdir(parents=True, exist_ok=True)
        Path(words[-1]).write_text("")

    found = run.sweeps(project.find(place))
    assert len(found) == len(asked) == 6
    assert all(path.is_file() for path in found)
    assert [w[w.index("--stores") + 1] for w in asked] == ["local", "latency-10ms"] * 3
    found[0].unlink()
    run.sweeps(project.find(place))
    assert len(asked) == 7


def test_a_check_of_a_small_sweep(place):
    sweep = place / "small.sweep.jsonl"
    words = ["--volume", "phantom-64", "--codecs", "zstd-3,gzip-5", "--layouts", "c32,c128x128x16"]
    words += ["--operations", "read-plane-xy,read-plane-xz,read-plane-yz", "--no-limits"]
    words += ["--backends", "zarr-python", "--formats", "3", "--output", sweep]
    done = cryoet("sweep", *words, cwd=place)
    assert done.returncode == 0, done.stderr
    out = place / "record.json"
    done = cryoet("recommend-check", "--sweep", sweep, "--large", "", "--output", out, cwd=place)
    assert done.returncode == 1, done.stderr  # two uses are no twelve
    assert "NO   at least 12 combinations" in done.stdout
    record = records.load(out)
    (found,) = record.rows
    assert (found.volume, found.store, found.use) == ("phantom-64", "local", "viewer")
    assert found.chosen in {
        f"{c}_{x}_v3" for c in ("zstd-3", "gzip-5") for x in ("c32", "c128x128x16")
    }
    assert found.regret == pytest.approx(found.cost / found.least - 1, abs=1e-3)
    assert {each.access for each in record.off} == {"plane-xy", "plane-xz", "plane-yz"}
    assert all(len(each.errors) == 3 for each in record.off)  # it was fitted to zstd-3 in c32
    done = cryoet("recommend-check", "--sweep", place / "no.jsonl", cwd=place)
    assert done.returncode == 2
    assert "no.jsonl: damaged" in done.stderr
