"""From asv's files and the reasons beside them to one tidy list, and the closing table."""

import json
import math
import sys
from dataclasses import replace

import pytest

from zarr_cryoet import results
from zarr_cryoet.bench import report
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.site.data import collect
from zarr_cryoet.site.pages.cells import Cells

COMMIT = "8cf49d75" + "0" * 32
NAME = "codecs.ReadCodec.time_read"
NAN = float("nan")


def write(folder, values, intervals=(), reasons=()):
    """A folder of results as asv 0.6.6 writes it: one benchmark, two axes."""
    machine = folder / "box"
    machine.mkdir(parents=True, exist_ok=True)
    params = [["'none'", "'zstd-3'"], ["2", "3"]]
    benchmark = {
        "name": NAME, "params": params, "param_names": ["codec", "zarr_format"],
        "type": "time", "unit": "seconds", "version": "1", "code": "",
    }  # fmt: skip
    (folder / "benchmarks.json").write_text(json.dumps({NAME: benchmark, "version": 2}))
    (machine / "machine.json").write_text(json.dumps({"machine": "box", "version": 1}))
    row = {"result": values, "params": params, "version": "1"}
    if intervals:
        row["stats_ci_99_a"], row["stats_ci_99_b"] = zip(*intervals, strict=True)
    file = {
        "commit_hash": COMMIT, "env_name": "env", "date": 1, "python": "3.12", "version": 2,
        "params": {"machine": "box", "python": "3.12"}, "requirements": {},
        "env_vars": {"ZARR_CRYOET_VOLUME": "phantom-128"}, "durations": {},
        "result_columns": list(row), "results": {NAME: list(row.values())},
    }  # fmt: skip
    (machine / "8cf49d75-env.json").write_text(json.dumps(file))
    lines = [
        json.dumps({"benchmark": "codecs.ReadCodec", "params": p, "status": s, "reason": r})
        for p, s, r in reasons
    ]
    (machine / "8cf49d75-env.reasons.jsonl").write_text("\n".join([*lines, "cut sho"]))


def test_each_cell_has_a_value_or_a_reason(tmp_path):
    write(
        tmp_path,
        [0.25, NAN, None, None],
        [(0.2, None), (None, None), (None, None), (None, None)],
        [
            (["'none'", "3"], "skipped", "no format 3"),
            (["'zstd-3'", "2"], "failed", "5 voxels differ"),
        ],
    )
    good, skipped, failed, crashed = results.load(tmp_path)
    assert (good.status, good.value, good.unit) == ("ok", 0.25, "seconds")
    assert good.interval == (0.2, math.inf)
    assert good.params == {"codec": "none", "zarr_format": 2}
    assert (good.machine, good.python, good.volume, good.commit) == (
        "box", "3.12", "phantom-128", COMMIT
    )  # fmt: skip
    assert (skipped.status, skipped.reason, skipped.value) == ("skipped", "no format 3", None)
    assert (failed.status, failed.reason) == ("failed", "5 voxels differ")
    assert (crashed.status, crashed.reason) == ("failed", results.UNEXPLAINED)
    assert good.to_json()["interval"] == [0.2, None]


def test_a_cell_that_was_not_asked_for_is_no_record(tmp_path):
    write(tmp_path, [0.25, NAN, NAN, NAN])
    assert [r.value for r in results.load(tmp_path)] == [0.25]


def test_the_reason_of_a_skip_explains_no_failure(tmp_path):
    write(tmp_path, [None, NAN, NAN, NAN], reasons=[(["'none'", "2"], "skipped", "earlier")])
    assert [r.reason for r in results.load(tmp_path)] == [results.UNEXPLAINED]


def test_a_later_ready_supersedes_an_earlier_failure(tmp_path):
    lines = [(["'none'", "2"], "failed", "earlier"), (["'none'", "2"], "ready", None)]
    write(tmp_path, [None, NAN, NAN, NAN], reasons=lines)
    assert [r.reason for r in results.load(tmp_path)] == [results.UNEXPLAINED]


def test_a_reason_of_one_method_is_not_another_ones(tmp_path):
    from zarr_cryoet.core import reasons

    lines = [("A.B", "ready"), ("A.B.time_x", "failed"), ("A.B.time_y", "failed"), ("A.C", "ready")]
    path = tmp_path / "reasons"
    text = [
        json.dumps({"benchmark": b, "params": ["1"], "status": s, "reason": b}) for b, s in lines
    ]
    path.write_text("\n".join(text))
    assert {key for key, _ in reasons.load(path)} == {name for name, _ in lines}
    path.write_text("\n".join([*text, text[0]]))  # prepared again
    assert {key for key, _ in reasons.load(path)} == {"A.B", "A.C"}


def test_a_damaged_file_is_named_and_left_alone(tmp_path):
    write(tmp_path, [0.25, NAN, NAN, NAN])
    results.check(tmp_path)
    path = tmp_path / "box" / "8cf49d75-env.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(UserError, match=r"8cf49d75-env\.json: damaged; move it away"):
        results.check(tmp_path)
    assert path.stat().st_size == 50


def test_a_reason_of_before_does_not_outlive_a_success(tmp_path):
    write(tmp_path, [0.25, NAN, NAN, NAN], reasons=[(["'none'", "2"], "failed", "earlier")])
    (only,) = results.load(tmp_path)
    assert (only.status, only.reason) == ("ok", None)


def test_results_of_another_machine_or_interpreter_are_not_mixed_in(tmp_path, monkeypatch):
    from asv.machine import Machine

    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, [0.25, NAN, NAN, NAN])
    path = tmp_path / "box" / "8cf49d75-env.json"
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    stored = json.loads(path.read_text())
    for name, python in (("mine", here), ("theirs", "2.7")):
        changed = {**stored, "params": {**stored["params"], "python": python}, "env_name": name}
        path.with_name(f"8cf49d75-{name}.json").write_text(json.dumps(changed))
    path.unlink()
    assert len(list(results.load(tmp_path))) == 2
    monkeypatch.setattr(Machine, "get_unique_machine_name", lambda: "box")
    assert [r.python for r in results.mine(tmp_path, "phantom-128")] == [here]
    monkeypatch.setattr(Machine, "get_unique_machine_name", lambda: "other")
    assert results.mine(tmp_path, "phantom-128") == []


def test_an_empty_folder_has_no_records(tmp_path):
    assert list(results.load(tmp_path)) == []


def record(commit, codec, value, backend="zarr-python", interval=None, status="ok"):
    params = {"codec": codec, "zarr_format": 2, "backend": backend}
    reason = None if status == "ok" else "why"
    case = Case.of("v", codec, "c64", 2, backend)
    return results.Record(
        "box", "3.12", "v", commit, NAME, params, status, value, "seconds", interval, reason,
        about=results.About("seconds"), case=case, operation="read-full",
    )  # fmt: skip


@pytest.fixture
def summary():
    wide, narrow = (1.5, 3.5), (2.5, 3.0)
    records = [
        record("a", "none", 1.0),
        record("a", "none", 2.0, backend="tensorstore"),
        record("a", "zstd-3", 4.0),
        record("a", "zstd-3", 4.0, backend="tensorstore"),
        record("b", "none", 2.0, interval=wide),
        record("b", "none", 2.5, backend="tensorstore", interval=(3.6, 4.0)),
        record("b", "zstd-3", 16.0, interval=(15.0, 17.0)),
        record("b", "zstd-3", 4.0, backend="tensorstore", interval=narrow),
        record("b", "gzip-5", 9.0, interval=(8.0, 10.0)),
        record("b", "lzma", None, status="failed"),
    ]

    class Part:
        def __init__(self, commit):
            self.commit = commit
            names = [r for r in records if r.commit == commit]
            self.cells = [type("Cell", (), {"name": r.name}) for r in names]

    return report.summarise(records, {"a": "1.0", "b": "2.0"}, [Part("a"), Part("b")], 12.0)


def test_the_best_counts_those_that_tie_with_it(summary):
    (best,) = summary["best"]
    assert best["what"] == "fastest read"
    assert (best["value"], best["cell"]["codec"]) == (2.0, "none")
    assert [(t["codec"], t["backend"]) for t in best["ties"]] == [("zstd-3", "tensorstore")]


def test_a_time_is_compared_over_that_of_tensorstore_beside_it(summary):
    row = next(row for row in summary["compared"] if row["what"] == "read")
    found = row["releases"]["2.0"]
    assert row["cells"] == 2  # gzip-5 and lzma have no past
    assert found["low"] == pytest.approx((2.0 / 2.5) / (1.0 / 2.0))
    assert found["high"] == pytest.approx((16.0 / 4.0) / (4.0 / 4.0))
    assert found["ratio"] == pytest.approx(math.sqrt(1.6 * 4.0))
    assert found["verdict"] == "slower"
    alone = next(row for row in summary["compared"] if row["what"] == "tensorstore alone")
    assert alone["releases"]["2.0"]["high"] == pytest.approx(1.25)
    assert alone["releases"]["2.0"]["verdict"] == "no difference shown"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((1, 1), (1.3, 1.3), "slower"),
        ((1, 1), (1.2, 1.2), "no difference shown"),
        ((1, 1), (0.99, 3.0), "no difference shown"),
        ((2, 2), (1, 1.5), "faster"),
        ((2, 2), (1.9, 1.9), "no difference shown"),
    ],
)
def test_a_difference_is_shown_where_it_is_large_and_all_cells_agree(before, after, verdict):
    cells = [{"a": x, "b": y} for x, y in zip(before, after, strict=True)]
    assert report._ratios(cells, ["a", "b"])["releases"]["b"]["verdict"] == verdict


def test_what_did_not_run_is_counted_with_its_reason(summary):
    assert (summary["run"], summary["skipped"], summary["failed"]) == (9, 0, 1)
    assert summary["reasons"] == [{"status": "failed", "reason": "why", "cells": 1}]


def test_the_closing_table_fits_80_columns(summary, tmp_path, capsys):
    report.say(summary, tmp_path, json=False)
    out = capsys.readouterr().out
    body = [line for line in out.splitlines() if not line.startswith("site:")]
    assert max(map(len, body)) <= 80
    assert "failed 1: why" in out
    assert "9 cells run, 0 skipped, 1 failed, in 12 s" in out


def page_of_cells(*records):
    told = [{"name": "v1", "commit": "a", "date": None, "notes": None}]
    return Cells().body(collect(records, told, "zarr"))


def test_the_page_of_cells_escapes_and_counts():
    failed = replace(record("a", "<b>", None, status="failed"), reason="<i>")
    page = page_of_cells(record("a", "none", 1.0), failed)
    assert "<td>failed: &lt;i&gt;<td>" in page
    assert "<td class=n>1<td>&lt;b&gt; " in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<td class=n>1<td class=n>0<td class=n>1" in page


def test_the_page_says_so_when_all_is_well():
    page = page_of_cells(record("a", "none", 1.0))
    assert "Every cell that was asked for ran." in page
