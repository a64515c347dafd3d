"""The further configurations: what they name is there, and is theirs alone."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from asv.config import Config
from asv.repo import get_repo

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.environments import lock, packages, swap
from zarr_cryoet.site import checkout

ROOT = Path(__file__).resolve().parents[1]
MAIN = ROOT / "asv.conf.json"
CONFIGS = sorted((ROOT / "configs").glob("*.json"))
CHECKOUT = ROOT / "configs" / "zarr-checkout.json"
HISTORIES = [path for path in CONFIGS if path != CHECKOUT]
MADE = ("env_dir", "results_dir", "html_dir")


def named(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def place(path, key):
    """A path in a configuration, which asv reads from the configuration's folder."""
    return (path.parent / getattr(Config.load(str(path)), key)).resolve()


def test_every_history_has_a_configuration():
    wanted = {row.name for row in packages.PACKAGES} - {"zarr"} | {"zarr-checkout"}
    assert {path.stem for path in CONFIGS} == wanted


@named(CONFIGS)
def test_all_measure_the_same_suite_on_the_same_terms(path):
    main, conf = Config.load(str(MAIN)), Config.load(str(path))
    assert place(path, "benchmark_dir") == ROOT / "benchmarks"
    for key in ("matrix", "regressions_thresholds", "launch_method", "default_benchmark_timeout",
                "environment_type", "uninstall_command", "hash_length", "pythons"):  # fmt: skip
        assert getattr(conf, key) == getattr(main, key), key
    assert list(conf.matrix["env_nobuild"]) == ["ZARR_CRYOET_VOLUME"]


def test_what_one_makes_is_in_no_folder_of_another():
    folders = [place(path, key) for path in (MAIN, *CONFIGS) for key in MADE]
    for one, other in itertools.permutations(folders, 2):
        assert not one.is_relative_to(other)


@named(CONFIGS)
def test_what_is_made_is_not_tracked(path):
    ignored = ["git", "check-ignore", "--quiet", "--no-index"]
    for key in MADE:
        assert subprocess.run([*ignored, place(path, key) / "any"], cwd=ROOT).returncode == 0


@named(HISTORIES)
def test_a_release_configuration_walks_its_own_history(path):
    assert place(path, "repo") == ROOT / ".history" / f"{path.stem}.git"
    assert lock.read(lock.path_of(path.stem)).package == packages.find(path.stem).package


@named(CONFIGS)
def test_the_swap_that_installs_is_the_one_of_the_main_configuration(path):
    (command,) = Config.load(str(path)).install_command
    words = command.replace("{conf_dir}", str(path.parent)).split()
    assert words[:2] == ["in-dir={env_dir}", "python"]
    assert Path(words[2]).resolve() == Path(swap.__file__).resolve()


def test_a_checkout_is_measured_with_what_the_newest_release_has():
    pins = swap.read(CHECKOUT.with_suffix(".txt"))
    assert pins.pop("crc32c")  # for commits before 3.1.6
    (release,) = (r for r in lock.read(lock.path_of("zarr")).releases if r.version == "3.4.2")
    assert pins == {name: v for name, v in release.pins.items() if name != "zarr"}


# The plug-in ------------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path):
    """The package and the configurations, somewhere else."""
    folder = tmp_path / "a clone"
    for name in ("zarr_cryoet", "configs"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    return folder


def environment(home, **more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZARR_CRYOET", "XDG"))}
    return {k: v for k, v in kept.items() if k != "PYTHONPATH"} | {"HOME": str(home)} | more


LOAD = """
import sys
from asv.plugin_manager import plugin_manager
plugin_manager.import_plugin(".plugin")
import zarr_cryoet
print(zarr_cryoet.__file__, sys.path.count("."), sep="\\n")
"""


@named(CONFIGS)
def test_the_plugin_is_the_one_of_the_same_clone(path, clone, tmp_path):
    # as asv does it: from the configuration's folder
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD, "--config", f"configs/{path.name}"],
        cwd=clone / "configs", env=environment(tmp_path), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(clone / "zarr_cryoet" / "__init__.py"), "0"]
    made = [found.stem for found in (clone / ".history").glob("*.git")]
    assert made == ([path.stem] if path in HISTORIES else [])


# A checkout -------------------------------------------------------------------------------------

PROJECT = """[build-system]
requires = ["flit_core>=3.11"]
build-backend = "flit_core.buildapi"
[project]
name = "zarr"
version = "{version}"
description = "No more than its name"
dependencies = {needs}
"""


class Repository:
    """A repository of a package that is called like zarr."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words):
        fixed = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgSign=false"]
        command = ["git", *fixed, *words]
        return subprocess.check_output(command, cwd=self.folder, text=True).strip()

    def commit(self, version, size, needs=()):
        project = PROJECT.format(version=version, needs=json.dumps(list(needs)))
        (self.folder / "pyproject.toml").write_text(project)
        (self.folder / "zarr.py").write_text(f"SIZE = {size}\n")
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", version)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path / "zarr-python")
    made.commit("3.4.3.dev1", 1)
    return made


@pytest.fixture
def conf(monkeypatch):
    monkeypatch.chdir(CHECKOUT.parent)
    monkeypatch.delenv(checkout.VARIABLE, raising=False)
    return Config.load(CHECKOUT.name)


def test_a_checkout_of_ones_own_is_measured_where_it_is(repository, conf, monkeypatch):
    monkeypatch.setenv(checkout.VARIABLE, str(repository.folder))
    head = repository.git("rev-parse", "HEAD")
    repository.git("switch", "--quiet", "-c", "mybranch")
    found = get_repo(conf)
    assert isinstance(found, checkout.Checkout)
    assert found.get_hash_from_name("mybranch") == head
    assert [found.get_branch_name(branch) for branch in conf.branches] == ["main", "HEAD"]


def test_a_relative_checkout_is_seen_from_the_clone(repository, monkeypatch):
    (repository.folder.parent / "clone").mkdir()
    monkeypatch.setattr(checkout, "ROOT", repository.folder.parent / "clone")
    monkeypatch.setenv(checkout.VARIABLE, "../zarr-python")
    assert checkout.own().resolve() == repository.folder


def test_without_one_the_address_is_copied_once(repository, conf, monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    head = repository.git("rev-parse", "HEAD")
    conf.repo = repository.folder.as_uri()
    for _ in range(2):
        assert get_repo(conf).get_hash_from_name("main") == head
    assert [path.name for path in (tmp_path / ".history").iterdir()] == ["zarr-python"]


def test_what_is_no_checkout_is_said_in_one_line(conf, monkeypatch, tmp_path):
    monkeypatch.setenv(checkout.VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(UserError, match="gone: no git repository; change ZARR_CRYOET_CHECKOUT"):
        get_repo(conf)


def test_changed_pins_do_not_go_on_with_what_was_installed(tmp_path):
    pins, held = tmp_path / "pins.txt", tmp_path / "env" / "abc" / "zarr-cryoet.json"
    held.parent.mkdir(parents=True)
    pins.write_text("numpy==2.5.4\n")
    checkout.check_pins(pins, tmp_path / "env")
    held.write_text('{"numpy": "2.5.4", "zarr": "3.4.2"}')
    checkout.check_pins(pins, tmp_path / "env")
    pins.write_text("numpy==2.5.3\n")
    with pytest.raises(UserError, match="numpy has changed; delete .*, or undo that"):
        checkout.check_pins(pins, tmp_path / "env")


def test_pins_may_have_comments(tmp_path):
    (tmp_path / "pins.txt").write_text("# why\na==1\n\nb==2.0  # and why\n")
    assert swap.read(tmp_path / "pins.txt") == {"a": "1", "b": "2.0"}


def test_a_wheel_says_what_it_is():
    made = Path("cache") / "zarr-3.4.3.dev12+g1183d6db0-py3-none-any.whl"
    assert swap.built(made) == {"zarr": "3.4.3.dev12+g1183d6db0"}


@pytest.mark.environment
def test_commits_of_a_checkout_are_built_measured_and_refused(clone, repository, tmp_path):
    (clone / "benchmarks").mkdir()
    (clone / "benchmarks" / "__init__.py").touch()
    benchmark = "def track_size():\n    import zarr\n    return zarr.SIZE\n"
    (clone / "benchmarks" / "of_a_module.py").write_text(benchmark)
    (clone / "configs" / "zarr-checkout.txt").write_text("# nothing beside it\n")
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("3.4.3.dev1", 2)  # it calls itself as the one before
    third = repository.commit("3.4.3.dev3", 3, needs=["tensorstore==0.1.86"])
    env = environment(tmp_path / "home", ZARR_CRYOET_CHECKOUT=str(repository.folder))

    def asv(*words):
        return subprocess.run(
            [sys.executable, "-m", "asv", *words, "--config", "configs/zarr-checkout.json"],
            cwd=clone, env=env, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    (tmp_path / "home").mkdir()
    for commit in (first, second):
        done = asv("run", f"{commit}^!")
        assert done.returncode == 0, done.stdout
    refused = asv("run", f"{third}^!").stdout
    assert "zarr 3.4.3.dev3 requires tensorstore, which is not installed" in refused
    assert "zarr-checkout.txt" in refused
    assert asv("publish").returncode == 0
    runs = clone / "runs" / "zarr-checkout"
    found = {}
    for path in runs.glob("results/*/*.json"):
        stored = json.loads(path.read_text())
        for result in stored.get("results", {}).values():
            found[stored["commit_hash"]] = result[0]
    assert {commit: found[commit] for commit in (first, second)} == {first: [1], second: [2]}
    assert found.get(third) in (None, [None])
    assert (runs / "html" / "data.json").is_file()
    assert sorted(path.name for path in (clone / "runs").iterdir()) == ["zarr-checkout"]
