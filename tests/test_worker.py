"""The one protocol of processes that answer: questions, errors, deadlines, and their end."""

import os
import signal
import subprocess
import sys
import time

import pytest

from zarr_cryoet.core.measure.worker import ROOT, Died, Environment, Late, Worker, here

SERVICE = "tests.service_that_waits:Waiting"


def gone(pid, seconds=5.0):
    """Whether a process ends within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_settings_variables_and_answers(monkeypatch):
    monkeypatch.setenv("TO_BE_REMOVED", "1")
    environment = Environment("x", sys.executable, variables={"ADDED": "2", "TO_BE_REMOVED": None})
    with Worker(environment, SERVICE, {"word": "said"}) as worker:
        answer = worker.ask("wait", seconds=0)
        assert answer["word"] == "said" and answer["variables"]["ADDED"] == "2"
        assert "TO_BE_REMOVED" not in answer["variables"]
        assert worker.ask("hello")["pid"] == worker.pid
    assert worker.pid is None


@pytest.mark.parametrize("name", ["unasked", "__init__", "word", "nothing"])
def test_only_what_is_marked_is_a_question(name):
    with Worker(here(), SERVICE, {}) as worker:
        assert worker.ask(name) == {"error": f"ValueError: {name}: no such question"}
        assert "TypeError" in worker.ask("wait", colour=1)["error"]
        assert worker.ask("hello")["pid"]  # and it goes on


def test_the_last_words_of_one_that_ends_are_told_and_the_next_question_starts_another():
    with Worker(here(), SERVICE, {}) as worker:
        with pytest.raises(Died, match="exit code 7: no room left$"):
            worker.ask("leave", words="trouble\nno room left\n")
        assert worker.ask("hello")["pid"]


def test_what_takes_too_long_or_is_not_wanted_any_more_is_killed(tmp_path):
    with Worker(here(), SERVICE, {}) as worker:
        worker.start()
        pid = worker.pid
        with pytest.raises(Late, match="took longer than 0 s"):
            worker.ask("wait", deadline=0.2, seconds=60)
        assert gone(pid)
    with Worker(here(), SERVICE, {}, cancelled=lambda: True) as worker, pytest.raises(Late):
        worker.ask("wait", deadline=60.0, seconds=60)


def test_a_service_that_is_none_says_why():
    with pytest.raises(Died, match="AttributeError"):
        Worker(here(), f"{SERVICE}s", {}).start()
    with pytest.raises(Died, match="TypeError"):
        Worker(here(), SERVICE, {"colour": 1}).start()


def test_it_ends_with_its_parent_in_the_midst_of_a_call(tmp_path):
    file = tmp_path / "pid"
    code = (
        "from zarr_cryoet.core.measure.worker import Worker, here;"
        f"Worker(here(), {SERVICE!r}, {{}}).ask('wait', seconds=600, file={str(file)!r})"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    while not (file.exists() and file.read_text()):
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(int(file.read_text()))
