"""Fetching as a study: its order, an interrupt, and what comes of doubles."""

import random
from contextlib import contextmanager
from dataclasses import replace

import pytest

from zarr_cryoet.studies import run as frame
from zarr_cryoet.studies import studies
from zarr_cryoet.studies.fetching import Often, measure, records
from zarr_cryoet.studies.fetching.child import WAYS
from zarr_cryoet.studies.study import Query

STUDY = studies()["fetching"]


class Double:
    """In place of the portal: the client takes 4 s, the others 2; the second kill interrupts."""

    def __init__(self):
        self.asked, self.moments, self.interrupts = [], [], 1

    def crop(self):
        self.asked.append("crop")
        return records.Crop("0:1,0:1,0:1", ["0/0/0/0"])

    def once(self, network, way):
        self.asked.append((network, way))
        seconds, digest = (4.0 if way == "client" else 2.0), "ab" if way == "prepare" else None
        return records.Fetched(network, way, seconds, 1.0, 100.0, 0.5, digest)

    def killed(self, moment):
        if self.moments and self.interrupts:
            self.interrupts -= 1
            raise KeyboardInterrupt
        self.moments.append(moment)
        return records.Killed(0.5, 0, "ab")


def test_each_way_begins_a_round_as_often_as_the_others():
    tasks = STUDY.tasks(Query(options=Often(rounds=4, kills=1)))
    assert len(tasks) == len({STUDY.key(task) for task in tasks}) == 1 + 2 * 4 * 4 + 1
    assert {tasks[1 + 4 * number].way for number in range(4)} == {*WAYS}


def test_an_interrupted_run_goes_on_with_the_same_moments(tmp_path, monkeypatch, capsys):
    (tmp_path / "asv.conf.json").write_text('{"repo": "x"}')
    monkeypatch.chdir(tmp_path)
    double = Double()

    @contextmanager
    def networks(place):
        yield double

    monkeypatch.setattr(measure, "networks", networks)
    query = frame.Command(options=Often(rounds=1, kills=2))
    with pytest.raises(KeyboardInterrupt):
        frame.run(STUDY, query)
    assert not STUDY.path(tmp_path).exists()
    assert frame.run(STUDY, query) == 0
    assert "goes on   10 of 11 are done" in capsys.readouterr().err
    assert len(double.asked) == 9
    chance = random.Random(4)
    assert double.moments == [chance.uniform(0, 0.8 * 2.0) for _ in range(2)]
    found = STUDY.load(STUDY.path(tmp_path))
    assert found.kills == records.Kills(2, 1, 0, [0.5, 0.5], "ab")
    assert found.slow.ways["gather"].speeds_of_client == [2.0]
    assert STUDY.doc(tmp_path).read_text() == STUDY.page(found)
    for hurt in (
        replace(found.kills, sha256s=2),
        replace(found.kills, requests_for_what_was_here=1),
    ):
        assert not STUDY.holds(replace(found, kills=hurt))
