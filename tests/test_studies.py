"""The frame of all studies: selection, journal, lock, record, verb, maps."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import made_study
import pytest
from made_study import Found, Record, Shifted, Sums

from zarr_cryoet import lock, templates
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.studies import mapping, studies
from zarr_cryoet.studies.journal import Journal
from zarr_cryoet.studies.record import Format, build
from zarr_cryoet.studies.run import Command, markdown, run
from zarr_cryoet.studies.study import Query

STUDY = Sums()
WHOLE = "- one: 1\n- three: 3\n- six: 6\n"


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """An empty one, in which commands act."""
    (tmp_path / "asv.conf.json").write_text('{"repo": "x"}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MADE_STUDY", raising=False)
    made_study.STEPS.clear()
    return tmp_path


def sums(clone, *words, **variables):
    """The verb, in a process of its own."""
    command = [sys.executable, str(Path(made_study.__file__)), "sums", *words]
    env = {**os.environ, **variables}
    return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, timeout=120)


def journal(clone):
    return clone / ".zarr-cryoet" / "journals" / "sums.jsonl"


def steps():
    found = list(made_study.STEPS)
    made_study.STEPS.clear()
    return found


# A run ------------------------------------------------------------------------------------------


def test_a_run_keeps_a_record_and_a_page_and_no_journal(clone, capsys):
    assert run(STUDY, Command()) == 0
    assert (clone / "docs" / "sums.md").read_text() == WHOLE
    record = STUDY.load(clone / "docs" / "records" / "sums.json")
    assert record == Record({"shift": 0, "measured": "today"},
                            [Found("one", 1), Found("three", 3), Found("six", 6)])  # fmt: skip
    assert not journal(clone).exists() and not list(Path(clone).glob(".zarr-cryoet/scratch"))
    said = capsys.readouterr()
    assert "sums      3\ntime      about 6 s" in said.err
    assert "2/3 three: comes to 3" in said.err
    assert said.out.split() == ["sum", "total", "one", "1", "three", "3", "six", "6", "record:",
                                str(clone / "docs" / "records" / "sums.json")]  # fmt: skip
    markdown(STUDY)
    assert capsys.readouterr().out == WHOLE


def test_some_rows_are_laid_over_the_record_of_the_same_terms(clone):
    run(STUDY, Command())
    path = STUDY.path(clone)
    path.write_text(path.read_text().replace('"total": 3', '"total": 4'))
    assert run(STUDY, Command(only="six")) == 0
    assert [each.total for each in STUDY.load(path).found] == [1, 4, 6]
    assert run(STUDY, Command(only="odd, six")) == 0
    assert [each.total for each in STUDY.load(path).found] == [1, 3, 6]
    steps()
    with pytest.raises(UserError, match="shift 0, not 1; --output names another file"):
        run(STUDY, Command(only="six", options=Shifted(1)))
    assert steps() == []


def test_another_file_is_written_without_a_page(clone, capsys):
    assert run(STUDY, Command(output=Path("a/b.json"), json=True)) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["path"], said["sums"], len(said["found"])) == ("a/b.json", 2, 3)
    assert not (clone / "docs").exists()


@pytest.mark.parametrize(("shift", "code"), [(0, 0), (7, 1), (-1, 1)])
def test_the_exit_code_tells_of_failed_rows_and_of_what_does_not_hold(clone, shift, code):
    assert run(STUDY, Command(options=Shifted(shift))) == code


def test_what_cannot_be_done_is_said_before_anything_is_done(clone, monkeypatch):
    for command, words in (
        (Command(only="seven"), "seven: no such sum or group"),
        (Command(only=","), "--only: an empty list of names"),
        (Command(map="wide"), "wide: no such map"),
        (Command(output=Path()), "it is a folder"),
    ):
        with pytest.raises(UserError, match=words):
            run(STUDY, command)
    monkeypatch.setattr(Sums, "merges", False)
    with pytest.raises(UserError, match="the record of the docs is of all rows; --output names"):
        run(STUDY, Command(only="six"))
    assert run(STUDY, Command(only="six", output=Path("six.json"))) == 0
    assert steps() == ["six", "once", "assemble"]


# Interrupted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "first", "then"),
    [
        ("one", ["one"], ["one", "three", "six", "once", "assemble"]),
        ("six", ["one", "three", "six"], ["six", "once", "assemble"]),
        ("assemble", ["one", "three", "six", "once", "assemble"], ["assemble"]),
    ],
)
def test_the_same_command_goes_on_where_it_was(clone, monkeypatch, capsys, where, first, then):
    monkeypatch.setenv("MADE_STUDY", f"{where}=raise")
    with pytest.raises(KeyboardInterrupt):
        run(STUDY, Command())
    assert steps() == first and not (clone / "docs").exists()
    monkeypatch.delenv("MADE_STUDY")
    capsys.readouterr()
    assert run(STUDY, Command()) == 0
    assert steps() == then
    assert STUDY.doc(clone).read_text() == WHOLE and not journal(clone).exists()
    done = 3 - sum(name in ("one", "three", "six") for name in then)
    assert (f"goes on   {done} of 3 are done" in capsys.readouterr().err) == bool(done)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("where", ["one", "assemble"])
def test_a_process_that_ends_in_its_first_or_last_moment_loses_nothing(clone, where, name):
    done = sums(clone, MADE_STUDY=f"{where}={name}")
    if name == "SIGKILL":
        assert done.returncode == -signal.SIGKILL
    else:
        assert (done.returncode, done.stdout) == (130, "")
        assert done.stderr.endswith("interrupted; the same command goes on from here\n")
    assert not (clone / "docs").exists()
    done = sums(clone)
    assert (done.returncode, "3 of 3 are done" in done.stderr) == (0, where == "assemble")
    assert STUDY.doc(clone).read_text() == WHOLE and not journal(clone).exists()


def begun(clone, monkeypatch, command=None):
    """With a journal of two rows."""
    monkeypatch.setenv("MADE_STUDY", "six=raise")
    with pytest.raises(KeyboardInterrupt):
        run(STUDY, command or Command())
    monkeypatch.delenv("MADE_STUDY")
    steps()


def test_restart_measures_all_again(clone, monkeypatch):
    begun(clone, monkeypatch)
    assert run(STUDY, Command(restart=True)) == 0
    assert steps()[:3] == ["one", "three", "six"]


def test_a_line_cut_short_was_not_done(clone, monkeypatch):
    begun(clone, monkeypatch)
    text = journal(clone).read_text()
    journal(clone).write_text(text[:-3])
    begun(clone, monkeypatch)  # which adds to it, and does not glue two lines together
    assert journal(clone).read_text() == text
    journal(clone).write_text(text[:20])  # not even a head
    assert run(STUDY, Command()) == 0
    assert steps()[:3] == ["one", "three", "six"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('"journal": 1', '"journal": 0'), "is of version 0, where 1 is"),
        (lambda text: text.replace('"study": "sums"', '"study": "x"'), "is of another one (study"),
        (lambda text: text.replace('"shift": 0', '"shift": 9'), "(options: {'shift': 9}, not"),
        (lambda text: text.replace('"record": 2', '"record": 1'), "(record: 1, not 2)"),
        (lambda text: text.replace('{"key": "row one"', "{{"), "is damaged"),
        (lambda text: text.replace('"total": 3', '"total": "three"'), "is damaged"),
        (lambda text: "[]\n", "is damaged"),
        (lambda text: "\0\0\n", "is damaged"),
    ],
)
def test_a_journal_of_something_else_is_set_aside(clone, monkeypatch, capsys, change, words):
    begun(clone, monkeypatch)
    changed = change(journal(clone).read_text())
    journal(clone).write_text(changed)
    capsys.readouterr()
    assert run(STUDY, Command()) == 0
    assert steps()[:3] == ["one", "three", "six"]
    said = " ".join(capsys.readouterr().err.split())
    assert words in said and "set aside as sums.old.jsonl" in said
    assert journal(clone).with_name("sums.old.jsonl").read_text() == changed


def test_another_selection_is_another_run(clone, monkeypatch, capsys):
    begun(clone, monkeypatch)
    assert run(STUDY, Command(only="one")) == 0
    assert "(only: None, not one)" in capsys.readouterr().err


def test_two_at_once_are_refused_and_told_which_one_holds_the_lock(clone, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["zarr-cryoet", "bench", "--volume", "a b.mrc"])
    with lock.alone(clone / lock.FOLDER):
        done = sums(clone)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("zarr-cryoet: ")]
    assert f"begun by process {os.getpid()} (zarr-cryoet bench --volume 'a b.mrc')" in line
    assert "wait until it has ended" in line
    assert sums(clone).returncode == 0


def test_a_full_disk_is_named_and_what_was_kept_is_of_use(clone):
    code = """
import resource, runpy, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (280, 280))
sys.argv = ["x", "sums"]
runpy.run_path(sys.argv.pop(0) and {path!r}, run_name="__main__")
"""
    path = str(Path(made_study.__file__))
    command = [sys.executable, "-c", code.replace("{path!r}", repr(path))]
    command[2] = command[2].replace('["x", "sums"]', '["x", "zarr-cryoet", "sums"]')
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "sums.jsonl: cannot be written (File too large)" in done.stderr
    assert "Traceback" not in done.stderr
    done = sums(clone)
    assert (done.returncode, "of 3 are done" in done.stderr) == (0, True)
    assert STUDY.doc(clone).read_text() == WHOLE


# The verb ---------------------------------------------------------------------------------------


def test_a_study_has_the_verb_and_options_of_its_own(clone):
    said = sums(clone, "--help", COLUMNS="100").stdout
    assert "What sums come to." in said and "More than the first line" not in said
    for option in ("--shift", "--only", "--map", "--workers", "--output", "--restart", "--json"):
        assert option in said
    assert "--volume" not in said
    assert sums(clone, "--shift", "2", "--only", "one", "--output", "a.json").returncode == 0
    assert STUDY.load(clone / "a.json").found == [Found("one", 3)]
    assert sums(clone, "--markdown").returncode == 2


@pytest.mark.parametrize("study", studies().values(), ids=list(studies()))
def test_every_study_has_a_verb_a_record_and_a_page(study):
    from zarr_cryoet.cli import app

    word, *more = study.name.split()
    if more:
        (group,) = [each for each in app.registered_groups if each.name == word]
        assert more[0] in {each.name for each in group.typer_instance.registered_commands}
    else:
        assert word in {each.name for each in app.registered_commands}
    assert study.help().endswith(".")
    assert (study.folder / "page.md").is_file()


# Maps -------------------------------------------------------------------------------------------


def double(number):
    return 2 * number


@pytest.mark.parametrize("name", mapping.MAPS)
def test_tasks_are_spread_as_one_asks(name):
    if name == mapping.DASK:
        pytest.importorskip("distributed")
    found = dict(mapping.MAPS[name](double, [1, 2, 3], 2))
    assert found == {1: 2, 2: 4, 3: 6}


def test_threads_wait_side_by_side_and_stop_at_an_error():
    import threading

    barrier = threading.Barrier(3, timeout=30)
    assert len(list(mapping.threads(lambda _: barrier.wait(), [1, 2, 3], 3))) == 3
    with pytest.raises(ZeroDivisionError):
        list(mapping.threads(lambda n: 1 // n, [1, 0, 2], 1))


def test_without_dask_one_line_names_the_extra(clone, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"--map dask: .* pip install zarr-cryoet\[dask\]"):
        run(STUDY, Command(map="dask"))
    monkeypatch.setattr(Sums, "timed", True)  # then it is not even looked for
    assert run(STUDY, Command(map="dask")) == 0


def test_rows_stand_in_the_order_of_tasks_whatever_comes_first(clone, monkeypatch):
    def backwards(self, tasks, context):
        return ((task, self.ask(task, context.query)) for task in reversed(tasks))

    monkeypatch.setattr(Sums, "measure", backwards)
    assert run(STUDY, Command()) == 0
    assert STUDY.doc(clone).read_text() == WHOLE


# Records ----------------------------------------------------------------------------------------


def test_a_record_of_an_older_version_is_read(tmp_path):
    path = tmp_path / "old.json"
    path.write_text('{"sums": 1, "about": {}, "found": [{"id": "one", "total": 1}]}')
    assert STUDY.load(path) == Record({}, [Found("one", 1)])


@pytest.mark.parametrize("text", [
    "", "[]", "{}", "1", '{"sums": 0}', '{"sums": 3, "about": {}}', '{"sums": 2, "found": []}',
    '{"sums": 2, "about": {}, "found": [{}]}', '{"sums": 2, "about": {}, "more": 1}',
    '{"sums": 2, "about": {}, "found": [{"id": "one", "total": "1"}]}', "\xff",
])  # fmt: skip
def test_a_damaged_record_is_named_and_left_alone(tmp_path, text):
    path = tmp_path / "sums.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=r"sums\.json: damaged \(.*\); move it away"):
        STUDY.load(path)
    assert path.read_bytes() == text.encode("latin-1")


def test_no_record_names_the_verb_that_makes_it(tmp_path):
    with pytest.raises(UserError, match="no record; `zarr-cryoet sums` makes it"):
        STUDY.load(tmp_path / "none.json")


class Plain(TypedDict):
    x: int


@dataclass(frozen=True)
class All:
    number: float
    pair: tuple[int, str]
    many: tuple[int, ...]
    rows: dict[str, list[Found]]
    either: Found | Plain | None
    plain: Plain


def test_values_come_back_as_they_were(tmp_path):
    made = All(1, (1, "a"), (1, 2), {"a": [Found("x", None)]}, None, {"x": 1})
    form = Format(All, "all", digits=2, lines=("many",))
    (tmp_path / "all.json").write_text(form.text(made))
    assert form.load(tmp_path / "all.json") == made
    assert build(Found | Plain | None, {"x": 1}) == {"x": 1}
    assert build(Found | Plain | None, {"id": "x", "total": 1}) == Found("x", 1)
    for hint, value in (
        (int, "1"),
        (tuple[int, str], [1]),
        (Found | None, {"x": 1}),
        (list[int], 1),
    ):
        with pytest.raises((TypeError, ValueError)):
            build(hint, value)


def test_figures_are_rounded_where_lines_are_wanted():
    form = Format(Record, "sums", lines=("found",), digits=3)
    text = form.text(Record({"a": 1.23456}, [Found("x", 1.23456)]))
    assert '"total": 1.23,' in text and json.loads(text)["about"] == {"a": 1.23456}
    assert len(text.splitlines()) == 10


def test_a_value_is_worked_out_once(tmp_path):
    made = Journal(tmp_path / "j.jsonl", "s", {})
    assert [made.once("a", lambda: (1, 2)), made.once("a", lambda: 1 / 0)] == [[1, 2], [1, 2]]
    assert Journal(tmp_path / "j.jsonl", "s", {}).once("a", lambda: 1 / 0) == [1, 2]


# Templates --------------------------------------------------------------------------------------


def test_templates_escape_html_and_cells_of_tables(tmp_path):
    (tmp_path / "a.html").write_text("<b>{{ word }}</b>\n")
    (tmp_path / "a.md").write_text(
        '{% from "tables.md" import table %}\n{{ word }}\n\n{{ table(["a", "b"], rows) }}\n'
    )
    assert templates.render(tmp_path, "a.html", word="<&>") == "<b>&lt;&amp;&gt;</b>\n"
    rows = [("x|y", 1), ("<", None)]
    assert templates.render(tmp_path, "a.md", word="<&|>", rows=rows) == (
        "<&|>\n\n| a | b |\n| --- | --- |\n| x/y | 1 |\n| < | None |\n"
    )
    with pytest.raises(Exception, match="'word' is undefined"):
        templates.render(tmp_path, "a.html")


def test_what_is_asked_knows_whether_it_is_all():
    assert Query().whole and not Query("a").whole
