"""Claims and when they count; what the commands say; what a self-check keeps."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from zarr_cryoet import results
from zarr_cryoet.bench import suite
from zarr_cryoet.check import asvrun, duels, report, suites
from zarr_cryoet.check.busy import competitor
from zarr_cryoet.check.claims import Claim, counts, judge, of_duel
from zarr_cryoet.check.exacts import exact
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure import setups
from zarr_cryoet.core.measure.duel import Verdict
from zarr_cryoet.core.measure.worker import Environment, here
from zarr_cryoet.core.metrics import of_method
from zarr_cryoet.core.operations import OPERATIONS
from zarr_cryoet.core.volume import Volume
from zarr_cryoet.environments import compared, make, wheels
from zarr_cryoet.studies import selfcheck, studies
from zarr_cryoet.studies.run import Command, run
from zarr_cryoet.studies.selfcheck import counts as exact_counts
from zarr_cryoet.studies.selfcheck import noise, sensitivity
from zarr_cryoet.studies.selfcheck.records import Part
from zarr_cryoet.volumes import cache as volumes
from zarr_cryoet.volumes.resolve import resolve

STUDY = studies()["selfcheck"]
ROOT = Path(__file__).resolve().parents[1]
CELL = setups.cell("read-full", "v2-c32")
SMALL = Volume("phantom-64", (64,) * 3, "float32", None, "synthetic", None, None)


def cryoet(*words):
    command = [sys.executable, "-m", "zarr_cryoet", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


BAD = [
    (("check", "3.4.9", "3.4.2"), "3.4.9: no such release of zarr in the history; did you mean"),
    (("check", "3.4.2", "v9", "--duel"), "9: no such release of zarr"),
    (("check", "", "3.4.2"), "no release was named"),
    (("check", "3.4.2", "3.4.2", "--duel", "--cells", "nix"), "nix: no cell of the duel has that"),
    (("check", "3.4.1", "3.4.2", "--bench", "nix"), "nix: no timed or exact benchmark has that"),
    (("check", "3.4.2", "3.4.2", "--bench", "("), "(: not a regular expression"),
    (("check", "3.4.2", "3.4.2", "--factor", "1"), "--factor 1: more than 1 was expected"),
    (("check", "3.4.2", "3.4.2", "--volume", "absent.mrc"), "absent.mrc: no such file"),
    (("check", "3.4.1", "3.4.2", "--group", "everything"), "everything: no such group"),
    (("check", "main", "x", "--checkout", "absent"), "absent: no such checkout"),
    (("check", "no", "HEAD", "--checkout", str(ROOT)), "no: no such commit in"),
    (("selfcheck", "noisy"), "noisy: no such check; did you mean noise?"),
]


@pytest.mark.parametrize(("words", "line"), BAD, ids=lambda w: " ".join(w) if len(w) < 9 else "")
def test_what_cannot_be_done_takes_one_line_and_exit_code_2(words, line):
    done = cryoet(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


# Who is compared --------------------------------------------------------------------------------


def test_a_release_against_itself_has_two_names():
    a, b = compared.releases("3.4.2", " v3.4.2")
    assert (a.name, b.name) == ("3.4.2", "3.4.2 again")
    assert a.contents == b.contents
    assert a.contents.versions["zarr"] == "3.4.2"


def test_one_content_makes_two_commits_for_asv(tmp_path):
    a, b = compared.releases("3.4.2", "3.4.2")
    repo, before, after = asvrun.history(a, b, tmp_path)
    show = ["git", f"--git-dir={repo}", "show"]
    files = [
        subprocess.check_output([*show, f"{commit}:requirements.txt"], text=True)
        for commit in (before, after)
    ]
    assert before != after
    assert files[0] == files[1] == "".join(f"{r}\n" for r in a.contents.pins)


def test_a_wheel_goes_along_as_a_comment(tmp_path):
    from zarr_cryoet.environments import swap

    wheel = tmp_path / "abc" / "zarr-3.4.3.dev1-py3-none-any.whl"
    contents = make.Contents("zarr-abc", ("numpy==2.5.4",), wheel=wheel)
    side = compared.Compared("main (abc)", contents)
    assert contents.versions == {"numpy": "2.5.4", "zarr": "3.4.3.dev1"}
    repo, before, _ = asvrun.history(side, side, tmp_path)
    shown = ["git", f"--git-dir={repo}", "show", f"{before}:requirements.txt"]
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(subprocess.check_output(shown, text=True))
    assert requirements.read_text().splitlines()[-1] == f"{asvrun.WHEEL}{wheel}"
    assert swap.read(requirements) == {"numpy": "2.5.4"}
    assert swap.named(requirements) == wheel


def test_a_commit_is_built_once_and_the_checkout_left_alone(tmp_path, cache):
    project = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'
    backend = """
import zipfile
NAME = "zarr-9.9-py3-none-any.whl"
def build_wheel(folder, *_):
    with zipfile.ZipFile(f"{folder}/{NAME}", "w") as wheel:
        wheel.writestr("zarr.py", "")
        for name, text in (
            ("METADATA", "Metadata-Version: 2.1\\nName: zarr\\nVersion: 9.9\\n"),
            ("WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"),
        ):
            wheel.writestr(f"zarr-9.9.dist-info/{name}", text)
        wheel.writestr("zarr-9.9.dist-info/RECORD", "")
    return NAME
"""
    (tmp_path / "pyproject.toml").write_text(project)
    (tmp_path / "b.py").write_text(backend)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e"]
    git += ["-c", "commit.gpgSign=false"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "1"]):
        subprocess.check_call([*git, *words])
    (tmp_path / "b.py").write_text("not committed")
    repository = wheels.repository(ROOT, str(tmp_path))
    digest = wheels.commit(repository, "main")
    made = wheels.build(repository, digest)
    assert made == cache / "wheels" / digest / "zarr-9.9-py3-none-any.whl"
    begun = made.stat().st_mtime_ns
    assert wheels.build(repository, digest).stat().st_mtime_ns == begun
    assert (tmp_path / "b.py").read_text() == "not committed"
    assert {path.name for path in tmp_path.iterdir()} == {".git", "b.py", "pyproject.toml"}


# When a claim counts ----------------------------------------------------------------------------


JUDGED = [
    ([1.3, 1.2, 1.25, 1.22], "slower"),
    ([1.3, 1.01, 1.25, 1.22], "slower"),
    ([1.3, 0.99, 1.25, 1.22], None),  # a restart says otherwise
    ([1.05, 1.06, 1.08, 1.09], None),  # less than the factor
    ([0.7, 0.8, 0.9, 0.85], "faster"),
    ([0.7, 1.01, 0.9, 0.85], None),
    ([1.3, 1.05, *[1.2] * 4], "slower"),
    ([1.3, 0.99, *[1.2] * 4], None),  # of six as well
    ([], None),
]


@pytest.mark.parametrize(("medians", "wanted"), JUDGED)
def test_a_step_is_the_factor_and_its_interval_leaves_out_1(medians, wanted):
    assert judge(Verdict(CELL, medians=medians), 1.1) == wanted


def bout(tmp_path, second, factor=1.1):
    """A bout whose duels have known ends."""

    class Known(duels.Bout):
        def fight(self, cells, text, *, restarts=duels.RESTARTS, seed=1):
            rows = first if seed == 1 else second
            return [rows[cell.id] for cell in cells]

    first = {}
    made = Known(here("before"), here("after"), tmp_path, factor)
    return made, first


def verdict(cell, *medians, status="ready", reason=None):
    return Verdict(cell, status, reason, list(medians), (1.0, 1.0))


CONFIRMED = [
    ((1.2, 1.2), (1.3, 1.2), "slower"),
    ((1.2, 1.2), (1.02, 1.0), "not confirmed"),
    ((1.2, 1.2), (0.8, 0.8), "not confirmed"),  # now the other way
    ((0.8, 0.7), (0.8, 0.8), "faster"),
    ((1.02, 1.0), None, "same"),
]


@pytest.mark.parametrize(("one", "two", "wanted"), CONFIRMED)
def test_what_is_flagged_is_looked_at_again(one, two, wanted, tmp_path):
    second = {CELL.id: verdict(CELL, *two)} if two else {}
    made, first = bout(tmp_path, second)
    first[CELL.id] = verdict(CELL, *one)
    (claim,) = made.settle([CELL])
    assert claim.verdict == wanted
    assert (claim.benchmark, claim.cell) == ("read-full", "blosc-lz4-5-shuffle c32 v2 zarr-python")
    assert (claim.low, claim.high) == (min(two or one), max(two or one))


FAILURES = [
    ("after: it hangs", "failed", "after: it hangs", "newly failed"),
    ("before: it hangs", None, None, "failed"),
    ("after: it hangs", "ready", None, "not confirmed"),
    ("after: it hangs", "failed", "before: it hangs", "failed"),
]


@pytest.mark.parametrize(("one", "status", "two", "wanted"), FAILURES)
def test_what_fails_in_the_new_one_alone_fails_twice(one, status, two, wanted, tmp_path):
    again = (
        verdict(CELL, 1.0, 1.0) if status == "ready" else verdict(CELL, status=status, reason=two)
    )
    made, first = bout(tmp_path, {CELL.id: again})
    first[CELL.id] = verdict(CELL, status="failed", reason=one)
    assert [claim.verdict for claim in made.settle([CELL])] == [wanted]


def test_an_environment_that_does_not_start_is_named(tmp_path):
    volumes.prepare(resolve(setups.VOLUME))
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no numpy >&2\nexit 1\n")
    broken.chmod(0o755)
    made = duels.Bout(here("before"), Environment("after", str(broken)), tmp_path / "x", 1.1)
    with pytest.raises(UserError, match="before or after does not start: .* exit code 1: no numpy"):
        made.settle([CELL])


def test_exact_figures_of_one_environment_do_not_change(tmp_path):
    volumes.prepare(resolve(setups.VOLUME))
    made, _ = bout(tmp_path, {})
    found = exact(made, [CELL, setups.cell("write", "v3-c16-s32")])
    assert {claim.verdict for claim in found} == {"same"}
    stored = {(c.benchmark, c.cell): c.before for c in found}
    key = "blosc-lz4-5-shuffle c32 v2 zarr-python"
    assert stored["objects", key] == 8 + 2  # 8 chunks, .zarray, .zattrs
    assert stored["decoded", f"read-full {key}"] == 8
    assert not list(tmp_path.iterdir())


# asv --------------------------------------------------------------------------------------------


def record(value, status="ok", reason=None):
    return results.Record("m", "3.12", "v", "c", "b.C.time_read", {}, status, value, "seconds",
                          None, reason)  # fmt: skip


def chosen(benchmark="b.C.time_read", duel=None):
    return suites.Chosen(
        suite.Cell(
            f"{benchmark}(1)",
            benchmark,
            "b",
            (1,),
            of_method(benchmark.rpartition(".")[2]),
            None,
            True,
            "track_" in benchmark,
            1.0,
            None,
        ),
        duel,
    )


FIRST = [
    ("b.C.time_read", 1.0, 1.3, True, "not confirmed"),
    ("b.C.time_read", 1.0, 1.3, False, "same"),  # asv's test does not tell them apart
    ("b.C.time_read", 1.0, 1.2, True, "same"),
    ("b.C.time_read", 1.3, 1.0, True, "not confirmed"),
    ("b.C.track_objects", 10, 10, True, "same"),
    ("b.C.track_objects", 1000000, 1000001, True, "not confirmed"),
    ("b.C.track_objects", 0, 1, True, "not confirmed"),
]


@pytest.mark.parametrize(("benchmark", "before", "after", "different", "wanted"), FIRST)
def test_times_flag_at_the_factor_and_exact_figures_at_any_change(
    benchmark, before, after, different, wanted
):
    outcome = asvrun.Outcome(record(before), record(after), different)
    assert suites.first(chosen(benchmark), outcome, 1.25).verdict == wanted


def test_what_asv_did_not_measure_on_both_sides_has_its_reason():
    ok, bad = record(1.0), record(None, "failed", "it hangs")
    skip = record(None, "skipped", "no format 3")
    broken = suites.first(chosen(), asvrun.Outcome(ok, bad, True), 1.25)
    assert (broken.verdict, broken.reason) == ("not confirmed", "after: it hangs")
    mended = suites.first(chosen(), asvrun.Outcome(bad, ok, True), 1.25)
    assert (mended.verdict, mended.reason) == ("failed", "before: it hangs")
    new = suites.first(chosen(), asvrun.Outcome(skip, ok, True), 1.25)
    assert (new.verdict, new.reason) == ("skipped", "before: no format 3")
    assert suites.first(chosen(), None, 1.25).verdict == "failed"


class Known:
    """asv with known results: the second ones for what is asked a second time."""

    def __init__(self, *runs):
        self.runs = list(runs)

    def compare(self, patterns, name, tick, timed):
        return self.runs.pop(0)


SECOND = [
    ("b.C.track_objects", (10, 11), (10, 11), "exact change"),
    ("b.C.track_objects", (10, 11), (10, 12), "not confirmed"),
    ("b.C.track_objects", (10, 11), (10, 10), "not confirmed"),
    ("b.C.time_read", (1.0, 1.5), (1.0, 1.4), "slower"),
    ("b.C.time_read", (1.0, 1.5), (1.4, 1.0), "not confirmed"),
    ("b.C.time_read", (1.0, 1.5), (1.0, 1.1), "not confirmed"),
]


@pytest.mark.parametrize(("benchmark", "one", "two", "wanted"), SECOND)
def test_what_no_duel_knows_runs_in_asv_again(benchmark, one, two, wanted, tmp_path):
    cell = chosen(benchmark)
    runs = [{cell.cell.name: asvrun.Outcome(*map(record, pair), True)} for pair in (one, two)]
    made, _ = bout(tmp_path, {}, 1.25)
    (claim,) = suites.settle(Known(*runs), [cell], made, lambda *_: None)
    assert claim.verdict == wanted


@pytest.mark.parametrize(("medians", "wanted"), [((1.3, 1.4), "slower"), ((1.0, 1.1), None)])
def test_what_a_duel_knows_is_confirmed_by_it(medians, wanted, tmp_path):
    cell = chosen(duel=CELL)
    runs = {cell.cell.name: asvrun.Outcome(record(1.0), record(1.5), True)}
    made, _ = bout(tmp_path, {CELL.id: verdict(CELL, *medians)}, 1.25)
    (claim,) = suites.settle(Known(runs), [cell], made, lambda *_: None)
    assert claim.verdict == (wanted or "not confirmed")
    assert claim.benchmark == "b.C.time_read"
    assert claim.low == medians[0]


def test_cells_of_the_suite_are_cells_of_a_duel():
    two = compared.releases("2.18.7", "3.4.2")
    found = suites.chosen(ROOT, SMALL, two, re.compile(""), "all")
    assert not [c for c in found if ".track_time" in c.cell.name or ".peakmem_" in c.cell.name]
    timed = [c for c in found if not c.exact]
    # a store in memory is gone when a duel starts its processes anew
    without = {c.cell.benchmark for c in timed if not c.duel and "memory" not in c.cell.params}
    assert without == {"control.Control.time_memcpy", "volumes.Open.time_open",
                       "volumes.Generate.time_generate"}  # fmt: skip
    one = next(c for c in timed if c.cell.name == (
        "chunks.ReadChunks.time_read('c64', 'plane-xz', 'tensorstore')"))  # fmt: skip
    assert one.duel.operation == "read-plane-xz"
    assert (one.duel.case.layout, one.duel.case.backend) == ("c64", "tensorstore")
    assert len({c.duel.case.volume for c in timed if c.duel}) == 1
    run = {c.duel.operation for c in timed if c.cell.benchmark == "operate.Operate.time_run"}
    assert run == set(OPERATIONS)
    quick = suites.chosen(ROOT, SMALL, two, re.compile(""), "smoke")
    assert 0 < len(quick) < len(found)


# What people see --------------------------------------------------------------------------------


ABOUT = {"base": "3.3.0", "head": "3.4.2", "volume": "phantom-64", "factor": 1.1, "seconds": 9.0}
CLAIMS = [
    Claim("read-full", "blosc-zstd-5-bitshuffle c64-s128 v3 zarr-python latency-10ms", "slower",
          0.0123456, 0.0234567, 1.9, 1.8, 2.04),
    Claim("exact.StoredByLayout.track_bits_per_voxel", "c64 2 zarr-python", "exact change",
          27.30001, 27.30002, 1.0000003, unit="bits per voxel"),
    Claim("write", "none c32 v2 zarr-python", "skipped", reason="before: " + "word " * 40),
    Claim("open", "none c32 v2 zarr-python", "same", 1.0, 1.0, 1.0, 1.0, 1.0),
]  # fmt: skip


def test_the_table_fits_80_columns_and_names_each_reason(capsys):
    assert report.say(CLAIMS, ABOUT, json=False) == 1
    said = capsys.readouterr().out
    table = said.split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= 80
    assert "1.80-2.04" in said
    assert "skipped 1: before: word" in said
    assert "4 compared in 9 s: 1 slower, 1 exact change, 1 same, 1 skipped" in said


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (("same",), 0), (("same", "faster"), 0), (("same", "not confirmed"), 0),
        (("same", "failed", "skipped"), 0), (("same", "slower"), 1),
        (("same", "exact change"), 1), (("same", "newly failed"), 1),
    ],
)  # fmt: skip
def test_only_what_is_confirmed_and_unwanted_is_exit_code_1(verdicts, code, capsys):
    claims = [Claim("b", str(i), verdict) for i, verdict in enumerate(verdicts)]
    assert report.say(claims, ABOUT, json=True) == code
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == counts(claims)
    assert [claim["verdict"] for claim in said["claims"]] == list(verdicts)


def test_nothing_compared_is_exit_code_2_with_the_reason():
    bad = [of_duel(verdict(CELL, status="failed", reason="a: no zarr here"), "failed")]
    with pytest.raises(UserError, match="none of 1 cells was compared: a: no zarr here"):
        report.say(bad, ABOUT, json=False)


# The self-check ---------------------------------------------------------------------------------


@pytest.fixture
def parts_are_quick(tmp_path, monkeypatch):
    """A self-check of two parts that find how often they were asked."""
    (tmp_path / "asv.conf.json").write_text('{"repo": "x"}')
    monkeypatch.chdir(tmp_path)
    calls = []

    def parts(arena, quick):
        for name in ("noise-asv-idle-1", "noise-duel"):
            yield name, lambda: calls.append(1) or {"figure": len(calls)}

    check = SimpleNamespace(
        __name__="x.noise", parts=parts, COLUMNS=("n",), WHAT="well",
        summary=lambda found, quick: ([(p["figures"]["figure"],) for p in found.values()], True),
    )  # fmt: skip
    monkeypatch.setattr(selfcheck, "checks", lambda name=None: {"noise": check})
    monkeypatch.setattr("zarr_cryoet.studies.selfcheck.arena.arena", lambda context: None)
    return lambda **more: run(STUDY, Command(**more))


def figures_of():
    return [
        part.figures["figure"] for part in STUDY.load(Path(".zarr-cryoet/selfcheck.json")).parts
    ]


def test_a_part_that_is_done_is_not_done_again(parts_are_quick, capsys):
    quick = selfcheck.Size(quick=True)
    assert parts_are_quick(options=quick) == 0
    assert parts_are_quick(options=quick) == 0 and figures_of() == [1, 2]
    assert "2 of 2 are done" in capsys.readouterr().err
    assert parts_are_quick() == 0 and figures_of() == [3, 4]  # which is kept apart
    assert parts_are_quick(options=quick) == 0 and figures_of() == [1, 2]
    assert parts_are_quick(restart=True) == 0 and figures_of() == [5, 6]
    Path("zarr_cryoet/core").mkdir(parents=True)
    Path("zarr_cryoet/core/new.py").touch()  # other code, other figures
    assert parts_are_quick() == 0 and figures_of() == [7, 8]
    Path(".zarr-cryoet/journals/selfcheck.jsonl").write_text("{\n")
    capsys.readouterr()
    assert parts_are_quick(json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"path", "version", "quick", "holds", "parts"}
    assert set(found["parts"][0]) == {
        "part", "code", "machine", "quick", "load_before", "seconds", "figures"
    }  # fmt: skip


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc")
def test_a_competitor_runs_on_the_core_that_is_measured_on_and_ends():
    def children():
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        return set(map(int, listed))

    before = children()
    with competitor():
        (child,) = children() - before
        for _ in range(200):
            if len(os.sched_getaffinity(child)) == 1:
                break
            time.sleep(0.05)
        assert os.sched_getaffinity(child) == {max(os.sched_getaffinity(0))}
    assert children() == before
    with competitor(False):
        assert children() == before


def part(name, **figures):
    return {"part": name, "seconds": 60.0, "figures": figures}


def noise_parts(confirmed=0, each=25):
    names = [f"noise-asv-{kind}-{n}" for kind in ("idle", "busy") for n in (1, 2, 3, 4)]
    figures = dict(compared=each, flagged=1, confirmed=confirmed, largest_deviation=0.3)
    return {name: part(name, **figures) for name in (*names, "noise-duel")}


def test_noise_holds_when_nothing_is_confirmed_in_enough_comparisons():
    rows, good = noise.summary(noise_parts(), quick=False)
    assert good
    assert rows[0] == ("asv, idle", 100, 4, "4.0%", 0, "1.30")
    assert not noise.summary(noise_parts(confirmed=1), quick=False)[1]
    assert not noise.summary(noise_parts(each=24), quick=False)[1]


def steps(found=9, others=0, rate=25.0):
    figures = dict(slowed=10, found=found, others=others, cells_a_minute=rate)
    curve = {"found": {"1.1": 2, "2": 6}, "of": {"1.1": 6, "2": 6}, "others": 0, "untouched": 30}
    return {
        "sensitivity-idle": part("sensitivity-idle", **figures),
        "sensitivity-busy": part("sensitivity-busy", **figures),
        "curve-duel": part("curve-duel", duel=curve, factor=1.1),
        "curve-asv": part("curve-asv", **{"asv at 1.25": curve}),
    }


def test_sensitivity_holds_at_nine_of_ten_and_nothing_else():
    holds = sensitivity.summary
    assert holds(steps(), False)[1]
    for worse in (steps(found=8), steps(others=1), steps(rate=19.0)):
        assert not holds(worse, False)[1]


def test_counts_hold_when_all_are_as_foretold():
    figures = dict(counted=9, skipped=1, failed=0, problems=[])
    good = {"counts-3.4.2": part("counts-3.4.2", **figures)}
    assert exact_counts.summary(good, False) == ([("3.4.2", 9, 1, 0, 0)], True)
    bad = {"counts-3.4.2": part("counts-3.4.2", **{**figures, "problems": ["x"]})}
    assert not exact_counts.summary(bad, False)[1]
    none = {"counts-3.4.2": part("counts-3.4.2", **{**figures, "counted": 0})}
    assert not exact_counts.summary(none, False)[1]


def record_of(*parts):
    about = {"code": {}, "machine": {}, "quick": False, "load_before": 0.1}
    made = [Part(**about, **each) for some in parts for each in some.values()]
    return selfcheck.record(made, False)


def test_figures_come_out_for_machines_people_and_the_docs(capsys):
    made = record_of(steps(found=8), noise_parts())
    assert not STUDY.holds(made)
    assert STUDY.json(made)["holds"] == {"sensitivity": False, "noise": True}
    text = STUDY.page(made)
    assert "| asv, idle | 100 | 4 | 4.0% | 0 | 1.30 |" in text
    assert "| 1.2x, idle | 8 of 10 | 0 | 25 cells/min |" in text
    assert text.count("Does not hold: ") == text.count("Holds: ") == 1
    good = record_of(noise_parts())
    STUDY.table(good)
    assert STUDY.holds(good)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
