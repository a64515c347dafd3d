"""What becomes of a read from a bucket that fails: cells, records, and the page."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core import volume as volumes
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure.clients import CLIENTS
from zarr_cryoet.environments.make import Contents
from zarr_cryoet.environments.rows import BUCKET_READERS, Row
from zarr_cryoet.studies import faults, studies
from zarr_cryoet.studies import run as frame
from zarr_cryoet.studies.faults import page, plan, records
from zarr_cryoet.studies.faults.cell import Shared, run
from zarr_cryoet.studies.faults.records import (
    DIED,
    FAILED,
    HUNG,
    RAISED,
    RIGHT,
    WRONG,
    Answer,
    Cell,
    Record,
)
from zarr_cryoet.studies.faults.stores import written
from zarr_cryoet.studies.study import Query

ROOT = Path(__file__).resolve().parents[1]
STUDY = studies()["faults"]
NOTHING = Contents("here", ())
PART = 31 * 32 * 32  # voxels of the first chunk that are read: all planes but the first


# What is asked --------------------------------------------------------------------------------


def test_rows_name_what_there_is():
    for row in BUCKET_READERS.values():
        assert row.client in CLIENTS and all("==" in pin for pin in row.contents.pins)
    assert len({row.contents.name for row in BUCKET_READERS.values()}) == 4
    for ask in plan.cells(BUCKET_READERS.values(), plan.FAULTS.values()):
        rule = ask.fault.rule("array", ask.form, ask.lasts)
        assert (rule is None) == (ask.fault.id == "overwritten")
        assert ask.form.storage.zarr_format in ask.environment.formats
        if rule:
            assert rule.first == (ask.fault.attempts if ask.lasts == plan.ONCE else None)


def test_which_object_is_struck():
    form = plan.FORMS["v3-shard-raw"]
    assert plan.FAULTS["stall"].rule("a", form, plan.ALWAYS).keys == "a/c/0/0/0"
    rule = plan.FAULTS["metadata-drop"].rule("a", plan.FORMS["v2-blosc"], plan.ONCE)
    assert (rule.keys, rule.kinds) == ("a/.zarray", ("GET", "HEAD"))


@pytest.mark.parametrize("names", ["", " , ", "flood"])
def test_names_that_are_none(names):
    with pytest.raises(UserError):
        STUDY.tasks(Query(options=faults.Cells(faults=names)))


def test_the_fused_pipeline_has_no_requests_of_its_own_to_a_bucket():
    storage = pytest.importorskip("zarr.storage")
    for name in ("FsspecStore", "ObjectStore"):
        store = getattr(storage, name, None)
        assert store is None or not hasattr(store, "get_sync")


# Cells ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory, cache):
    zarr = pytest.importorskip("zarr", reason="zarr is not installed")
    if zarr.__version__.startswith("2."):
        pytest.skip("stores are written by zarr-python 3")
    data = np.random.default_rng(7).normal(size=(64, 33, 40)).astype("f4")
    described = volumes.Volume("faulty", data.shape, "float32", None, "synthetic", None, None)
    folder = cache / "volumes"
    folder.mkdir(exist_ok=True)
    np.save(folder / "faulty.npy", data)
    (folder / "faulty.json").write_text(json.dumps(described.to_json()))
    return written("faulty", ("v2-raw", "v3-shard-raw"), tmp_path_factory.mktemp("stores"))


def asked(made, fault, form="v2-raw", client="zarr3-obstore", lasts=plan.ALWAYS, deadline=20.0):
    needs = {"zarr3-obstore": "obstore", "zarr3-fsspec": "s3fs", "tensorstore": "tensorstore"}
    pytest.importorskip(needs.get(client, "zarr"), reason=f"{client} has not what it needs")
    ask = plan.Ask(Row("here", NOTHING, client=client), plan.FAULTS[fault], plan.FORMS[form], lasts)
    return run(ask, sys.executable, made, deadline, Shared())


def test_a_fault_that_passes_is_survived_and_its_requests_are_counted(made):
    answer = asked(made, "error", lasts=plan.ONCE)
    cell, versions = answer.cell, answer.versions
    assert (cell.status, cell.requests, cell.clean_requests, cell.struck) == (RIGHT, 3, 1, 2)
    assert cell.wrong == cell.zeros == 0 and cell.error is None
    assert cell.seconds > 0 and cell.clean > 0 and cell.lost >= 0
    assert {"zarr", "obstore", "numpy"} <= set(versions)


def test_a_shard_is_struck_whatever_part_of_it_is_asked_for(made):
    cell = asked(made, "drop", "v3-shard-raw", "zarr3-fsspec", plan.ONCE).cell
    assert (cell.status, cell.struck) == (RIGHT, 2)


def test_an_error_is_named_without_its_place(made):
    cell = asked(made, "denied", client="zarr3-fsspec").cell
    assert cell.status == RAISED and cell.struck == cell.requests >= 1
    assert cell.error.startswith("PermissionError: ") and "127.0.0.1" not in cell.error


@pytest.mark.parametrize(
    ("fault", "status", "wrong", "zeros"),
    [("damaged", WRONG, 1, 0), ("missing", WRONG, PART, PART), ("overwritten", RIGHT, 0, 0),
     ("stale", WRONG, PART, 0)],
)  # fmt: skip
def test_wrong_voxels_are_counted(made, fault, status, wrong, zeros):
    cell = asked(made, fault).cell
    assert (cell.status, cell.wrong, cell.zeros) == (status, wrong, zeros)


def test_what_hangs_is_killed_at_the_deadline(made):
    cell = asked(made, "stall", client="tensorstore", deadline=0.5).cell
    assert (cell.status, cell.seconds, cell.struck, cell.error) == (HUNG, 0.5, 1, None)


def test_a_reader_that_does_not_start_fails_its_own_cell_alone(made):
    row = Row("x", NOTHING, client="no-client")
    ask = plan.Ask(row, plan.FAULTS["cut"], plan.FORMS["v2-raw"], "always")
    answer = run(ask, sys.executable, made, 1.0, Shared())
    assert (answer.cell.status, answer.cell.error) == (
        FAILED, "its process ended with exit code 1: KeyError: 'no-client'",
    )  # fmt: skip
    assert answer.versions == {}


def test_what_is_not_right_without_a_fault_says_nothing_of_it(made, tmp_path):
    np.save(tmp_path / "other.npy", np.zeros(made.shape, "f4"))
    wrong = replace(made, wanted={**made.wanted, "sound": str(tmp_path / "other.npy")})
    cell = asked(wrong, "cut").cell
    assert cell.status == FAILED and cell.error.startswith("without a fault: ")
    assert "voxels are wrong" in cell.error and cell.seconds is None


def test_what_overwrites_differs_in_every_voxel(made):
    sound, other = (np.load(made.wanted[name]).view("u4") for name in ("sound", "other"))
    assert (sound != other).all()


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty one, in which each environment is this one."""
    (tmp_path / "asv.conf.json").write_text('{"repo": "x"}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Contents, "python", lambda self: sys.executable)
    return tmp_path


def called(volume, fault, deadline=60.0, **more):
    some = faults.Cells("zarr-3.4.2-obstore", fault, deadline, 2)
    return frame.Command(volumes=volume, options=some, **more)


def test_a_run_from_the_command_line_to_the_record(made, clone, monkeypatch, capsys):
    pytest.importorskip("obstore", reason="obstore is not installed")
    described = volumes.open_volume("faulty")[0]
    monkeypatch.setattr(frame, "prepared", lambda *_: (described,))
    for fault in ("short", "denied"):
        assert frame.run(STUDY, called("faulty", fault, json=True)) == 0
        shown = json.loads(capsys.readouterr().out)
        assert {cell["fault"] for cell in shown["cells"]} == {fault}
    assert list(shown) == ["path", "faults", "about", "parties", "cells"]
    found = STUDY.load(STUDY.path(clone))
    assert STUDY.doc(clone).read_text() == STUDY.page(found)
    assert [(c.fault, c.form, c.lasts) for c in found.cells] == [
        ("short", "v2-blosc", plan.ONCE), ("short", "v3-shard-blosc", plan.ONCE),
        ("short", "v2-blosc", plan.ALWAYS), ("short", "v3-shard-blosc", plan.ALWAYS),
        ("denied", "v2-blosc", plan.ALWAYS),
    ]  # fmt: skip
    for cell in found.cells:
        # Blosc reads on behind a chunk that is too short: what comes depends on what is there
        by_chance = cell.fault == "short" and "blosc" in cell.form
        assert cell.status in ((RAISED, WRONG, DIED) if by_chance else (RAISED,))
    assert "obstore" in found.parties["zarr-3.4.2-obstore"]
    with pytest.raises(UserError, match="deadline 60.0, not 5.0"):
        frame.run(STUDY, called("faulty", "cut", 5.0))


def test_an_interrupted_run_ends_what_waits_and_goes_on(clone, volume, monkeypatch, capsys):
    described = volumes.Volume("v", volume.shape, "float32", None, "synthetic", None, None)
    monkeypatch.setattr(frame, "prepared", lambda *_: (described,))
    monkeypatch.setattr(faults, "written", lambda *_: None)
    ran, interrupts = [], [KeyboardInterrupt]

    def double(ask, python, made, deadline, shared):
        ran.append(ask.key)
        if interrupts and len(ran) == 2:
            raise interrupts.pop()
        if interrupts == [] and len(ran) == 3:
            assert shared.stop.wait(20)  # what hangs is not waited for
        return Answer(Cell(*ask.key, RIGHT), {"zarr": "3"})

    monkeypatch.setattr(faults, "run", double)
    query = called("v", "cut")
    query = replace(query, options=replace(query.options, at_once=1))
    with pytest.raises(KeyboardInterrupt):
        frame.run(STUDY, query)
    kept = [line["key"] for line in journalled(clone)[1:]]
    assert kept == [f"row {' '.join(ran[0])}"] and not STUDY.path(clone).exists()
    ran.extend([()] * 3)  # nothing waits any more
    assert frame.run(STUDY, query) == 0
    assert "goes on   1 of 4 are done" in capsys.readouterr().err
    found = STUDY.load(STUDY.path(clone))
    assert len(found.cells) == 4 and found.parties == {"zarr-3.4.2-obstore": {"zarr": "3"}}
    assert ran.count(found.cells[0].key) == 1


def journalled(clone):
    text = (clone / ".zarr-cryoet/journals/faults.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


# Records --------------------------------------------------------------------------------------


def cell(**more):
    plain = dict(
        party="tensorstore-s3", fault="cut", form="v2-blosc", lasts=plan.ALWAYS, status=RIGHT,
        seconds=1.5, clean=0.25, requests=3, clean_requests=1, struck=2, wrong=0, zeros=0,
    )  # fmt: skip
    return Cell(**(plain | more))


def record(*cells, **about):
    return Record(
        {"volume": "v", "deadline": 60.0, "measured": "2026-01-02", **about}, {}, [*cells]
    )


def test_a_record_goes_through_its_file(tmp_path):
    path = tmp_path / "it.json"
    one = record(cell(), cell(status=RAISED, error="OSError: no", fault="drop"))
    path.write_text(STUDY.text(one))
    assert STUDY.load(path) == one
    assert sum('"party"' in line for line in path.read_text().splitlines()) == 2


@pytest.mark.parametrize("text", ["", "{}", '{"faults": 0}', '{"faults": 1, "cells": [{}]}', "[]"])
def test_a_damaged_record_is_named(tmp_path, text):
    path = tmp_path / "it.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"it\.json: damaged"):
        STUDY.load(path)
    with pytest.raises(UserError, match="zarr-cryoet faults"):
        STUDY.load(tmp_path / "none")


def test_later_cells_take_the_place_of_earlier_ones():
    old, new = record(cell(), cell(fault="drop")), record(cell(status=WRONG), measured="2026-02-01")
    found = records.merged(old, new, [cell().key, cell(fault="drop").key, cell(fault="x").key])
    assert [(c.fault, c.status) for c in found.cells] == [("cut", WRONG), ("drop", RIGHT)]
    assert found.about["measured"] == "2026-02-01"


# The page -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "right +1.2 s (3/1)"),
        ({"seconds": 0.26}, "right +0 s (3/1)"),
        ({"status": RAISED}, "raises +1.2 s (3/1)"),
        ({"status": WRONG, "wrong": 1}, "**wrong**: 1 voxel +1.2 s (3/1)"),
        (
            {"status": WRONG, "wrong": 4096, "zeros": 4096},
            "**wrong**: 4,096 voxels, all as 0 +1.2 s (3/1)",
        ),
        ({"status": HUNG}, "**no end** (3/1)"),
        ({"status": DIED}, "**dies** (3/1)"),
        ({"status": FAILED, "error": "no"}, "failed: no"),
    ],
)
def test_a_cell_in_words(more, said):
    assert page.said(cell(**more)) == said


def test_the_page_tells_parties_faults_and_errors():
    shown = STUDY.page(
        record(
            cell(status=WRONG, wrong=5),
            cell(form="v3-shard-blosc"),
            cell(party="zarrs-obstore", status=RAISED, error="OSError: a | b"),
        )
    )
    assert "| `cut` | always | `v2-blosc` | raises | **wrong** |" in shown
    assert "| `cut` | always | `v3-shard-blosc` | – | right |" in shown
    assert "| `tensorstore-s3` | `cut` | always | `v2-blosc` | 5 | no |" in shown
    assert "| `v3-shard-blosc` | always | – | right +1.2 s (3/1) |" in shown
    assert "| `zarrs-obstore` | `cut` | OSError: a / b |" in shown
    assert "60 s" in shown


def test_the_page_in_the_docs_is_that_of_the_record():
    found = STUDY.load(STUDY.path(ROOT))
    assert STUDY.doc(ROOT).read_text() == STUDY.page(found)


def test_the_record_is_of_every_cell_and_none_failed():
    found = STUDY.load(STUDY.path(ROOT))
    asks = plan.cells(BUCKET_READERS.values(), plan.FAULTS.values())
    assert [c.key for c in found.cells] == [
        (a.environment.id, a.fault.id, a.form.id, a.lasts) for a in asks
    ]
    assert {c.party for c in found.cells} == set(found.parties)
    for each in found.cells:
        assert each.status in records.STATUSES and each.status != FAILED
        assert (each.error is not None) == (each.status in (RAISED, DIED))
        assert (each.wrong or 0) == 0 or each.status == WRONG
        assert "127.0.0.1" not in (each.error or "") and str(Path.home()) not in (each.error or "")
