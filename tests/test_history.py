"""The locks, the repositories made from them, and how a lock grows."""

from __future__ import annotations

import base64
import hashlib
import json
import multiprocessing
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.environments import index, lock, packages, repository, resolve

ZARR = lock.read(lock.path_of("zarr"))
# The lock may grow, what is in it may not change: stored results hang on these hashes.
LAST, TIP = "3.4.2", "e0b298371812431f6a47b2bc728664382490d64f"
RECORDED = {
    "zarr": (20, LAST, TIP),
    "zarr-fixed": (16, "3.4.2", "0e3a7ccce48e80e3ce12a2c4a1854f059a75ea1c"),
    "zarr-cloud": (20, "3.4.2", "d592fc5afd91b0434645d5f6cf0a8df62b2379ad"),
    "tensorstore": (16, "0.1.86", "57780b967a01188c2e1a52620aee28f41d4a3772"),
    "numcodecs": (11, "0.17.1", "6ef06478f3a0c0dae2f8d66112da15b8acbc9ecd"),
}
SMALL = replace(ZARR, releases=ZARR.releases[:3])
LOCKS = {row.name: lock.read(lock.path_of(row.name)) for row in packages.PACKAGES}
ENTRIES = [
    pytest.param(packages.find(name), release, id=f"{name}-{release.version}")
    for name, held in LOCKS.items()
    for release in held.releases
]


def git(repo, *arguments):
    command = ["git", f"--git-dir={repo}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- the committed locks


def test_every_history_has_a_lock_and_every_lock_a_row():
    locks = lock.path_of("zarr").parent.glob("*.lock.json")
    assert {path.name for path in locks} == {f"{name}.lock.json" for name in LOCKS}
    assert RECORDED.keys() == LOCKS.keys()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_the_releases_in_order(name):
    held, row = LOCKS[name], packages.find(name)
    count, last, _ = RECORDED[name]
    versions = [index.Version(version) for version in held.versions]
    assert held.package == row.package
    assert held.versions[0] == row.first
    assert len(held.versions[: held.versions.index(last) + 1]) == count
    assert versions == sorted(set(versions))
    assert [r.date for r in held.releases] == sorted(r.date for r in held.releases)
    assert sorted(held.versions, key=lock.order) == list(held.versions)


@pytest.mark.parametrize(("row", "release"), ENTRIES)
def test_a_lock_pins_all_that_runs(row, release):
    pins = release.pins
    assert pins[row.package] == release.version
    assert {"zarr", "numcodecs", "numpy", "tensorstore", "ml-dtypes"} <= set(pins)
    assert set(resolve.along(row, index.Version(release.version))) <= set(release.requirements)
    numcodecs = index.Version(pins["numcodecs"])
    if pins["zarr"].startswith("2."):
        assert numcodecs < index.Version("0.16")
        assert pins["numcodecs"] not in ("0.14.0", "0.14.1")
    else:
        assert "obstore" in pins
        assert {"crc32c", "google-crc32c"} & set(pins)
    # zarrs asks for it; and pcodec in the series that numcodecs' own extra asks for
    assert ("zarrs" in pins) == (index.Version(pins["zarr"]) >= index.Version("3.1"))
    series = {"0.13": None, "0.14": None, "0.15": "0.3", "0.16": "0.3", "0.17": "1.0"}
    pcodec = pins.get("pcodec")
    assert (pcodec and pcodec.rpartition(".")[0]) == series[pins["numcodecs"].rpartition(".")[0]]


def test_with_fixed_dependencies_zarr_alone_varies():
    sets = [{**r.pins, "zarr": None} for r in LOCKS["zarr-fixed"].releases]
    bare = [{name: v for name, v in pins.items() if name != "zarrs"} for pins in sets]
    assert all(pins == bare[0] for pins in bare)
    dates = {r.version: r.date for r in ZARR.releases}
    assert all(dates[r.version] == r.date for r in LOCKS["zarr-fixed"].releases)


def test_tensorstore_alone_varies_and_numcodecs_with_what_it_needs():
    for name, more in (("tensorstore", set()), ("numcodecs", {"deprecated", "wrapt", "pcodec"})):
        sets = [r.pins for r in LOCKS[name].releases]
        varies = {
            p for pins in sets for p in pins if any(pins[p] != other.get(p) for other in sets)
        }
        assert varies == {name} | more


def test_lock_survives_writing(tmp_path):
    lock.write(ZARR, tmp_path / "zarr.lock.json")
    assert (tmp_path / "zarr.lock.json").read_bytes() == lock.path_of("zarr").read_bytes()
    assert names(tmp_path) == ["zarr.lock.json"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "3.0.0rc1"}, "not a final release"),
        ({"version": "2.18.3"}, "follows"),
        ({"date": "2020-01-01T00:00:00Z"}, "is older than"),
        ({"date": "2026-01-01"}, "not a valid lock"),
        ({"requirements": ["zarr>=3"]}, "no exact pin"),
        ({"requirements": ["zarr==3.0.0", "numpy==2.2.0"]}, "out of order"),
        ({"requirements": ["numpy==2.2.0"]}, "does not pin"),
        ({"requirements": ["a-b==1", "a.b==1", "zarr==3.0.0"]}, "twice"),
        ({"surprise": 1}, "not a valid lock"),
    ],
)
def test_faulty_lock_is_named(tmp_path, change, reason):
    path = tmp_path / "zarr.lock.json"
    lock.write(SMALL, path)
    data = json.loads(path.read_text())
    data["releases"][-1].update(change)
    path.write_text(json.dumps(data))
    with pytest.raises(UserError, match=reason) as caught:
        lock.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 2}', '{"version": 1}', "null"])
def test_what_is_no_lock_is_refused(tmp_path, text):
    (tmp_path / "lock").write_text(text)
    with pytest.raises(UserError):
        lock.read(tmp_path / "lock")


# --- the repository


@pytest.mark.parametrize("name", LOCKS)
def test_build_gives_the_recorded_hashes(tmp_path, name):
    held, (_, last, tip) = LOCKS[name], RECORDED[name]
    repo = repository.build(held, tmp_path / f"{name}.git")
    assert repository.commit_of(repo, last) == repository.commit_of(repo, f"v{last}") == tip
    assert repository.versions(repo) == list(held.versions)
    assert git(repo, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    for release in held.releases:
        tag = f"refs/tags/v{release.version}"
        assert git(repo, "rev-parse", tag).strip() == repository.commit_of(repo, release.version)
        dates = git(repo, "log", "-1", "--format=%at %ct %an <%ae>", tag).split(maxsplit=2)
        assert dates[:2] == [str(release.timestamp)] * 2
        assert dates[2].strip().encode() == repository.IDENTITY
        written = git(repo, "show", f"{tag}:requirements.txt").splitlines()
        assert tuple(written) == release.requirements
        assert json.loads(git(repo, "show", f"{tag}:release.json"))["version"] == release.version


def test_an_unknown_release_is_named_with_its_neighbours(tmp_path):
    repo = repository.build(ZARR, tmp_path / "zarr.git")
    with pytest.raises(UserError, match=r"3\.4\.9: no such release; did you mean 3\.4"):
        repository.commit_of(repo, "3.4.9")


def test_build_does_not_depend_on_its_surroundings(tmp_path, monkeypatch):
    config = tmp_path / "home" / ".gitconfig"
    config.parent.mkdir()
    config.write_text(
        "[user]\n name = Someone\n[init]\n defaultBranch = trunk\n defaultObjectFormat = sha256\n"
        "[commit]\n gpgSign = true\n[core]\n autocrlf = true\n hooksPath = /nowhere\n"
    )
    strange = {"GIT_AUTHOR_NAME": "Nobody", "GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z",
               "GIT_DIR": "/nowhere", "GIT_DEFAULT_HASH": "sha256", "LANG": "de_DE.UTF-8",
               "TZ": "Asia/Tokyo", "HOME": str(config.parent)}  # fmt: skip
    for name, value in strange.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    mask = os.umask(0o077)
    try:
        repo = repository.build(ZARR, tmp_path / "a folder" / "zarr.git")
    finally:
        os.umask(mask)
        monkeypatch.undo()
        time.tzset()
    assert repository.commit_of(repo, LAST) == TIP


def test_a_grown_lock_keeps_its_hashes(tmp_path):
    repo = repository.build(SMALL, tmp_path / "zarr.git")
    before = {version: repository.commit_of(repo, version) for version in SMALL.versions}
    repository.build(ZARR, repo)
    assert repository.versions(repo) == list(ZARR.versions)
    assert {version: repository.commit_of(repo, version) for version in SMALL.versions} == before


def test_what_stands_is_left_alone(tmp_path):
    repo = repository.build(ZARR, tmp_path / "zarr.git")
    marker = repo / "marker"
    marker.touch()
    begun = time.perf_counter()
    repository.build(ZARR, repo)
    assert time.perf_counter() - begun < 1
    assert marker.exists()


def _no_objects(repo):
    shutil.rmtree(repo / "objects")


def _one_object_cut(repo):
    victim = next(path for path in (repo / "objects").rglob("*") if path.is_file())
    victim.chmod(stat.S_IRUSR | stat.S_IWUSR)
    victim.write_bytes(victim.read_bytes()[:10])


def _a_tag_moved(repo):
    git(repo, "tag", "-f", "v2.18.5", "main")


def _a_branch_more(repo):
    git(repo, "branch", "other", "v2.18.5")


def _another_head(repo):
    git(repo, "symbolic-ref", "HEAD", "refs/heads/other")


def _empty(repo):
    shutil.rmtree(repo)
    repo.mkdir()


@pytest.mark.parametrize(
    "damage",
    [_no_objects, _one_object_cut, _a_tag_moved, _a_branch_more, _another_head, _empty],
)
def test_a_damaged_repository_is_made_anew(tmp_path, damage):
    repo = repository.build(SMALL, tmp_path / "zarr.git")
    (tmp_path / "zarr.git.new").mkdir()  # as a killed process leaves it
    damage(repo)
    repository.build(SMALL, repo)
    assert repository.versions(repo) == list(SMALL.versions)
    assert repository.commit_of(repo, "2.18.6") == repository.expected(SMALL)["2.18.6"]
    assert names(tmp_path) == ["zarr.git", "zarr.git.lock"]


def _ensure(root, barrier, found):
    barrier.wait()
    repo = repository.ensure("zarr", root)
    found.put(repository.commit_of(repo, LAST))


def test_many_may_ask_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier, found = context.Barrier(4), context.Queue()
    asking = [
        context.Process(target=_ensure, args=(tmp_path, barrier, found)) for _ in range(4)
    ]  # fmt: skip
    for process in asking:
        process.start()
    assert [found.get(timeout=30) for _ in asking] == [TIP] * 4
    for process in asking:
        process.join()
    assert names(tmp_path / ".history") == ["zarr.git", "zarr.git.lock"]


def test_ensure_knows_its_packages(tmp_path):
    with pytest.raises(UserError, match="zar: no such history; did you mean zarr"):
        repository.ensure("zar", tmp_path)
    (tmp_path / ".history").write_text("in the way")
    with pytest.raises(UserError, match="cannot be made"):
        repository.ensure("zarr", tmp_path)


def test_without_git_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="install git"):
        repository.build(SMALL, tmp_path / "zarr.git")


def test_the_plugin_s_share_is_light():
    code = (
        "import sys; import zarr_cryoet.environments.repository; "
        "print({m.partition('.')[0] for m in sys.modules}"
        " - set(sys.stdlib_module_names) - set(sys.builtin_module_names))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = ("numpy", "requests", "packaging", "pypi_simple", "uv", "zarr'")
    assert not any(name in said.stdout for name in heavy)


# --- a stand-in for a package index


def wheel(name, version, requires=()):
    """Return the bytes of the smallest wheel that an installer takes."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
    files = {
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}.dist-info/RECORD": "",
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{stem}-py3-none-any.whl", buffer.getvalue()


class Index:
    """What the stand-in serves, and how it behaves."""

    def __init__(self):
        self.files = {}  # project -> list of entries
        self.bodies = {}
        self.form = "json"
        self.times = True
        self.status = 200
        self.delay = 0.0
        self.password = None

    def add(self, name, version, time, *, requires=(), yanked=False, sdist=False):
        filename, body = wheel(name, version, requires)
        if sdist:
            filename = f"{name}-{version}.tar.gz"
        self.bodies[filename] = body
        entry = {"filename": filename, "url": f"/files/{filename}", "yanked": yanked,
                 "hashes": {"sha256": hashlib.sha256(body).hexdigest()},
                 "requires-python": ">=3.11", "upload-time": time}  # fmt: skip
        self.files.setdefault(name, []).append(entry)

    def page(self, name):
        entries = [dict(entry) for entry in self.files[name]]
        if self.form == "json":
            for entry in entries if not self.times else ():
                del entry["upload-time"]
            meta = {"api-version": "1.1" if self.times else "1.0"}
            body = {"meta": meta, "name": name, "files": entries}
            if self.times:
                body["versions"] = []
                for entry in entries:
                    entry["size"] = len(self.bodies[entry["filename"]])
            return "application/vnd.pypi.simple.v1+json", json.dumps(body)
        links = []
        for entry in entries:
            marks = f' data-upload-time="{entry["upload-time"]}"' if self.times else ""
            marks += ' data-yanked="bad"' if entry["yanked"] else ""
            marks += f' data-requires-python="{entry["requires-python"].replace(">", "&gt;")}"'
            target = f"{entry['url']}#sha256={entry['hashes']['sha256']}"
            links.append(f'<a href="{target}"{marks}>{entry["filename"]}</a><br/>')
        head = '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1">'
        return "text/html", f"{head}</head><body>{''.join(links)}</body></html>"

    def answer(self, path, authorization):
        if self.password:
            given = base64.b64encode(f"someone:{self.password}".encode()).decode()
            if authorization != f"Basic {given}":
                return 401, "text/plain", b"who are you?"
        kind, _, name = path.strip("/").partition("/")
        if self.status != 200:
            return self.status, "text/plain", b"out of order"
        if kind == "simple" and name in self.files:
            form, text = self.page(name)
            return 200, form, text.encode()
        if kind == "files" and name in self.bodies:
            return 200, "application/octet-stream", self.bodies[name]
        return 404, "text/plain", b"not here"


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve an index on this machine, and point the user's settings at it."""
    contents = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(contents.delay)
            status, form, body = contents.answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Type", form)
            self.send_header("Content-Length", str(len(body)))
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic realm=index")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a client that gave up waiting is no fault here
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    contents.port = server.server_port
    contents.address = f"http://127.0.0.1:{server.server_port}/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", contents.address)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # what would spoil the pins if it were let through
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2001-01-01")
    yield contents
    server.shutdown()
    server.server_close()


@pytest.fixture
def demo(served):
    """A project with everything that a history leaves out."""
    served.add("demo-dep", "1.0", "2024-01-01T00:00:00Z")
    served.add("demo-dep", "1.1", "2024-03-02T00:00:00.123456Z")
    served.add("demo-dep", "2.0", "2024-09-01T00:00:00Z")
    served.add("control", "7.0", "2025-01-01T00:00:00Z")
    add, needs = served.add, ["demo-dep"]
    add("demo", "0.9.0", "2024-01-02T00:00:00Z", requires=needs)
    add("demo", "1.0.0", "2024-02-01T10:00:00.642Z", requires=needs)
    add("demo", "1.0.0", "2024-02-01T09:59:59.999Z", sdist=True)  # came first
    add("demo", "1.10.0", "2024-03-01T12:00:00Z", requires=needs)
    add("demo", "1.11.0rc1", "2024-03-05T00:00:00Z", requires=needs)
    add("demo", "1.11.0", "2024-03-06T00:00:00Z", requires=needs, yanked="broken")
    add("demo", "1.12.0", "2024-03-07T00:00:00Z", sdist=True)
    add("demo", "2.0.0", "2024-10-01T00:00:00Z", requires=needs)
    add("demo", "1.10.1", "2024-11-01T00:00:00Z", requires=needs)  # back-port
    return served


ROW = packages.Package(name="demo", first="1.0.0")


@pytest.mark.parametrize("form", ["json", "html"])
def test_update_appends_only(demo, tmp_path, form):
    demo.form, path, told = form, tmp_path / "demo.lock.json", []
    added = resolve.update(ROW, path, progress=lambda *what: told.append(what))
    assert [r.version for r in added] == ["1.0.0", "1.10.0", "2.0.0"]
    assert [r.date for r in added] == [
        "2024-02-01T09:59:59Z", "2024-03-01T12:00:00Z", "2024-10-01T00:00:00Z"
    ]  # fmt: skip
    assert [r.requirements for r in added] == [
        ("demo-dep==1.0", "demo==1.0.0"),
        ("demo-dep==1.1", "demo==1.10.0"),  # of the day after, within the margin
        ("demo-dep==2.0", "demo==2.0.0"),
    ]
    assert added[0].requires_python == ">=3.11"
    assert told == [("1.0.0", 1, 3), ("1.10.0", 2, 3), ("2.0.0", 3, 3)]
    before = path.read_text()
    assert resolve.update(ROW, path) == []
    assert path.read_text() == before

    demo.add("demo", "2.0.1", "2025-01-01T00:00:00Z", requires=["demo-dep<2"])
    demo.add("demo", "1.10.2", "2025-01-02T00:00:00Z")
    demo.add("demo-dep", "1.0.9", "2024-01-01T00:00:00Z")  # history rewritten under our feet
    shutil.rmtree(tmp_path / "uv")
    assert [r.version for r in resolve.update(ROW, path)] == ["2.0.1"]
    assert path.read_text().startswith(before.removesuffix("\n  ]\n}\n"))
    assert lock.read(path).releases[-1].requirements == ("demo-dep==1.1", "demo==2.0.1")


def test_update_takes_fixed_packages_of_any_day(demo, tmp_path):
    row = replace(ROW, first="2.0.0", fixed=("control==7.0",))
    added = resolve.update(row, tmp_path / "demo.lock.json")
    assert added[0].requirements == ("control==7.0", "demo-dep==2.0", "demo==2.0.0")


def test_update_takes_a_package_from_the_release_on_that_it_serves(demo, tmp_path):
    demo.add("control", "8.0", "2025-02-01T00:00:00Z")
    demo.add("beside", "3.0", "2025-02-01T00:00:00Z", requires=["demo-dep>=1.1"])
    later = (("2.0.0", "control==8.0"), ("1.0.0", "control==7.0"), ("1.10.0", "beside==3.0"))
    added = resolve.update(replace(ROW, later=later), tmp_path / "demo.lock.json")
    assert [r.requirements for r in added] == [
        ("control==7.0", "demo-dep==1.0", "demo==1.0.0"),
        ("beside==3.0", "control==7.0", "demo-dep==1.1", "demo==1.10.0"),
        ("beside==3.0", "control==8.0", "demo-dep==2.0", "demo==2.0.0"),
    ]


def test_a_history_may_have_another_name_than_its_package(demo, tmp_path):
    row = replace(ROW, name="demo-fixed", of="demo", first="2.0.0", fixed=("demo-dep==1.1",))
    resolve.update(row, tmp_path / "demo-fixed.lock.json")
    held = lock.read(tmp_path / "demo-fixed.lock.json")
    assert held.package == "demo"
    assert held.releases[0].requirements == ("demo-dep==1.1", "demo==2.0.0")


def test_update_gets_through_with_a_password(demo, tmp_path, monkeypatch):
    demo.password = "hush"
    address = f"http://someone:hush@127.0.0.1:{demo.port}/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"inhouse={address}")
    row = replace(ROW, first="2.0.0")
    assert len(resolve.update(row, tmp_path / "demo.lock.json")) == 1


def _gone(demo):
    del demo.files["demo"]


def _no_times(demo):
    demo.times = False


def _no_times_in_html(demo):
    demo.times, demo.form = False, "html"


def _broken(demo):
    demo.status = 503


def _login_page(demo):
    demo.files["demo"], demo.form = [], "html"


def _no_dependency(demo):
    demo.files["demo-dep"] = demo.files["demo-dep"][:2]
    demo.add("demo", "2.1.0", "2025-01-01T00:00:00Z", requires=["demo-dep>=3"])


def _refused(demo):
    os.environ["UV_DEFAULT_INDEX"] = "http://someone:hush@127.0.0.1:9/simple"


def _wrong_password(demo):
    demo.password = "other"
    os.environ["UV_DEFAULT_INDEX"] = f"http://someone:hush@127.0.0.1:{demo.port}/simple"


def _no_address(demo):
    os.environ["UV_DEFAULT_INDEX"] = "somewhere"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (_gone, "does not know demo"),
        (_no_times, "does not say when demo .* was uploaded"),
        (_no_times_in_html, "does not say when demo .* was uploaded"),
        (_broken, "answered 503"),
        (_login_page, "lists no file of demo"),
        (_no_dependency, r"demo 2\.1\.0 on Python 3\.12: uv found no pins: .*demo-dep"),
        (_refused, "cannot be reached: ConnectionError"),
        (_wrong_password, "answered 401"),
        (_no_address, "cannot be reached"),
    ],
)
def test_a_failed_update_leaves_the_lock(demo, tmp_path, fault, reason):
    path = tmp_path / "demo.lock.json"
    first = lock.Release("1.0.0", "2024-02-01T09:59:59Z", "", ("demo-dep==1.0", "demo==1.0.0"))
    lock.write(lock.Lock("demo", (first,)), path)
    before = path.read_bytes()
    fault(demo)
    with pytest.raises(UserError, match=reason) as caught:
        resolve.update(ROW, path)
    assert path.read_bytes() == before
    assert [name for name in names(tmp_path) if "lock" in name] == [path.name]
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_slow_index_is_given_up(demo, tmp_path, monkeypatch):
    monkeypatch.setattr(index, "TIMEOUT", 0.2)
    demo.delay = 0.5
    with pytest.raises(UserError, match="did not answer"):
        resolve.update(ROW, tmp_path / "demo.lock.json")
    monkeypatch.setattr(index, "TIMEOUT", 30)
    monkeypatch.setattr(resolve, "TIMEOUT", 0.2)
    with pytest.raises(UserError, match=r"found no pins in 0\.2 s"):
        resolve.update(ROW, tmp_path / "demo.lock.json")
    assert not (tmp_path / "demo.lock.json").exists()


def test_without_uv_it_says_so(demo, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    with pytest.raises(UserError, match=r"uv is not installed; pip install"):
        resolve.update(ROW, tmp_path / "demo.lock.json")


def test_update_refuses_another_packages_lock(served, tmp_path):
    lock.write(SMALL, tmp_path / "lock.json")
    with pytest.raises(UserError, match="lock of zarr, not of demo"):
        resolve.update(ROW, tmp_path / "lock.json")
    with pytest.raises(UserError, match="zar: no such package; did you mean zarr"):
        resolve.update("zar", tmp_path / "lock.json")


def test_the_users_own_index_is_asked(tmp_path, monkeypatch):
    for variable in (*index.VARIABLES, "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    config = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    config.write_text("[install]\nindex-url = https://pip.example/simple\n")
    assert index.configured() == "https://pip.example/simple"
    for variable in reversed(index.VARIABLES):
        monkeypatch.setenv(variable, f"https://{variable}.example/simple")
        assert index.configured() == f"https://{variable}.example/simple"
    assert (
        index.hidden("at https://me:s3c@ret@x.example/simple") == "at https://***@x.example/simple"
    )
    assert Path(index.PYPI).name == "simple"
