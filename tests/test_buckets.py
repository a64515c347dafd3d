"""Runs in a bucket, against moto on loopback: what they write, and what they leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet import emulators
from zarr_cryoet.buckets import faults, forecast, run
from zarr_cryoet.core import backends, exact, rng, secrets
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.operations import OPERATIONS, Job
from zarr_cryoet.core.prepare import READY, SKIPPED, prepare
from zarr_cryoet.core.stores import STORES, remote
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.core.volume import Volume
from zarr_cryoet.environments.make import of_release

pytest.importorskip("obstore")
ROOT = Path(__file__).resolve().parents[1]
LZ4 = "blosc-lz4-5-shuffle"
NAMES = ("zarr-python", "zarr-fused", "zarrs", "tensorstore")


def clean(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR")):
            monkeypatch.delenv(name)
    monkeypatch.delenv(remote.VARIABLE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def moto():
    pytest.importorskip("moto")
    with emulators.of("s3") as server:
        yield server


@pytest.fixture
def s3(moto, monkeypatch, tmp_path):
    """The bucket, empty before and after."""
    clean(monkeypatch)
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path / "cache"))
    for name, value in moto.settings.items():
        monkeypatch.setenv(name, value)
    yield moto.url
    remote.erase(remote.parse(moto.url).store())


def keys(url):
    return sorted(key for key, _ in remote.listed(remote.parse(url).files()))


def noise(shape=(20, 17, 33)):
    n = int(np.prod(shape))
    return rng.bits(1, 0, n).astype(np.float32).reshape(shape)


# What a case is in a bucket -----------------------------------------------------------------------


@pytest.mark.parametrize("store", [name for name, row in STORES.items() if row.kind[:2] == "s3"])
@pytest.mark.parametrize("backend", NAMES)
def test_a_case_in_a_bucket_is_what_it_is_on_files(backend, store, s3, tmp_path):
    data = noise()
    with run.folder(f"{s3}/prefix"):
        for layout, zarr_format in (("c16", 2), ("c16", 3), ("c16-s64", 3)):
            case = Case.of("v", LZ4, layout, zarr_format, backend, store)
            found = prepare(case, data, tmp_path)
            if reason := unsupported(case):
                assert found == {"status": SKIPPED, "reason": reason}
                continue
            assert (found["status"], found["reason"]) == (READY, None)
            files = prepare(Case.of("v", LZ4, layout, zarr_format, backend), data, tmp_path)
            assert {**found, "path": 0} == {**files, "path": 0}
            assert not (tmp_path / case.id).exists()
    assert keys(s3) == []


@pytest.mark.parametrize("backend", ["zarr-python", "tensorstore"])
def test_every_operation_does_in_a_bucket_what_it_should(backend, s3, tmp_path):
    data = noise()
    with run.folder(s3):
        case = Case.of("v", "none", "c16", 3, backend, "s3")
        path = tmp_path / case.id
        assert prepare(case, data, tmp_path)["status"] == READY
        for name, operation in OPERATIONS.items():
            if unsupported(case, operation=name):
                continue
            job = Job(case, backends.get(backend), data, path, tmp_path / name)
            operation.bring(job)
            operation.check(job, operation.run(job))
            job.close()
        assert remote.sizes(path)
    assert keys(s3) == []


def test_each_cloud_says_what_cannot_be(monkeypatch):
    clean(monkeypatch)
    versions = {**backends.installed(), "zarr": "3.4.2"}

    def reason(backend, store):
        return unsupported(Case.of("v", "none", "c16", 3, backend, store), versions)

    assert "--store s3://" in reason("zarr-python", "s3")
    assert "no driver for Azure" in reason("tensorstore", "azure")
    assert "no obstore stores" in reason("tensorstore", "s3-obstore")
    assert "fsspec" in reason("zarrs", "gcs")
    assert "synchronous" in reason("zarr-fused", "s3")
    del versions["s3fs"]
    assert reason("zarr-python", "s3") == "s3fs is not installed"


# Counted there ------------------------------------------------------------------------------------

SOME = (
    "create",
    "open",
    "write",
    "read-full",
    "read-plane-xy",
    "overwrite-box",
    "append",
    "delete",
)


@pytest.mark.parametrize(
    ("backend", "store"),
    [
        ("zarr-python", "s3"),
        ("zarr-python", "s3-obstore"),
        ("tensorstore", "s3"),
        ("zarrs", "s3-obstore"),
    ],
)
def test_what_is_asked_of_a_bucket_is_foretold(backend, store, s3, tmp_path):
    """By the same models as on files; but obstore lists what it deletes."""
    failed = []
    layouts = (("c16", 2), ("c16", 3), ("c16-s64", 3))
    cases = [Case.of("v", "none", layout, f, backend, store) for layout, f in layouts]
    with run.folder(s3):
        assert list(exact.problems(cases, SOME, noise(), tmp_path, failed)) == []
        counted = [exact.uncounted(cases[0], name) is None for name in SOME]
    assert failed == []
    assert any(counted)
    assert keys(s3) == []


_OLD = """
import json, sys
from pathlib import Path
import numpy as np
from zarr_cryoet.core import exact, rng
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.support import unsupported
from zarr_cryoet.core.operations import OPERATIONS

data = rng.bits(1, 0, 20 * 17 * 33).astype(np.float32).reshape(20, 17, 33)
case, failed = Case.of("v", "none", "c16", 2, "zarr-python", "s3"), []
wrong = list(exact.problems([case], OPERATIONS, data, Path(sys.argv[1]), failed))
can = [name for name in OPERATIONS if not unsupported(case, operation=name)]
counted = [name for name in can if not exact.uncounted(case, name)]
print(json.dumps([wrong + failed, can, counted]))
"""


@pytest.mark.environment
def test_what_zarr_2_asks_of_a_bucket_is_foretold(s3, tmp_path):
    """In every operation that it can do; and its groups leave no object without a name."""
    python = of_release("2.18.7", "zarr-cloud").python()
    with run.folder(s3):
        done = subprocess.run(
            [python, "-c", _OLD, tmp_path / "old"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    wrong, can, counted = json.loads(done.stdout)
    assert wrong == []
    assert counted == can
    assert {"open-consolidated", "append", "write-zeros-no-empty", "read-points"} <= set(can)
    assert keys(s3) == []


# The folder of a run ------------------------------------------------------------------------------


def test_a_run_touches_nothing_but_its_own_folder(s3):
    store = remote.parse(s3).store()
    store.put("others/data", b"theirs")
    with run.folder(s3) as made:
        assert remote.here() == made
        assert keys(s3) == ["others/data", f"{made.prefix}/{run.MARKER}"]
        made.store().put("x/y", b"ours")
    assert keys(s3) == ["others/data"]
    assert remote.here() is None


def test_a_prefix_that_is_not_empty_is_refused(s3):
    remote.parse(s3).store().put("full/data", b"theirs")
    with pytest.raises(UserError, match="not empty"), run.folder(f"{s3}/full"):
        raise AssertionError("unreachable")
    assert keys(s3) == ["full/data"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_what_goes_wrong_leaves_nothing(fault, s3):
    with pytest.raises(fault), run.folder(f"{s3}/a") as made:
        made.store().put("x", b"ours")
        raise fault
    assert keys(s3) == []


_KILLED = """
import os, sys, time
from zarr_cryoet.buckets import run
with run.folder(sys.argv[1]) as made:
    made.store().put("x", b"left")
    print("there", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_goes_with_the_next(s3, capsys):
    child = subprocess.Popen([sys.executable, "-c", _KILLED, s3], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "there\n"
    with run.folder(s3):
        assert len(keys(s3)) == 3, "one that is alive is left alone"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert len(keys(s3)) == 2
    with run.folder(s3):
        assert len(keys(s3)) == 1
    assert keys(s3) == []
    assert "interrupted run left" in capsys.readouterr().err


def test_folders_of_other_machines_are_left_alone(s3):
    key = f"zarr-cryoet-20260101T000000Z-0123456789ab/{run.MARKER}"
    remote.parse(s3).store().put(key, b"")
    with run.folder(s3):
        pass
    assert keys(s3) == [key]


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://id:secret@bucket/x", "a URL with a user"),
        ("s3://bucket/x?X-Amz-Signature=secret", "a URL with a user"),
        ("ftp://bucket", "no URL of an object store"),
        ("/a/folder", "no URL of an object store"),
        ("s3://", "no bucket"),
        ("s3://bucket/../x", "no bucket"),
    ],
)
def test_urls_are_checked_and_keys_in_them_not_repeated(url, said):
    with pytest.raises(UserError, match=said) as caught:
        remote.parse(url)
    assert "secret" not in str(caught.value)


def test_urls_of_all_clouds_are_known():
    assert remote.parse("gs://b/c/d/").url == "gs://b/c/d"
    assert remote.parse("abfs://c").url == "az://c"
    assert remote.parse("s3://b").below("x").path == "b/x"


class Answers(BaseHTTPRequestHandler):
    status, body = 403, b""

    def _answer(self):
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_PUT = do_POST = do_DELETE = _answer

    def log_message(self, *_):
        pass


def error(code):
    return f"<Error><Code>{code}</Code><Message>said</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "AccessDenied", "access is denied"),
        (403, "InvalidAccessKeyId", "not known there"),
        (400, "ExpiredToken", "have expired"),
        (404, "NoSuchBucket", "there is no such bucket"),
        (301, "PermanentRedirect", "another region than eu-west-1"),
    ],
)
def test_what_a_bucket_answers_is_one_line(status, code, said, monkeypatch, tmp_path):
    clean(monkeypatch)
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path))
    handler = type("Handler", (Answers,), {"status": status, "body": error(code)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "some-id-of-theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-key-to-hide")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    try:
        with pytest.raises(UserError, match=said) as caught, run.folder("s3://b"):
            raise AssertionError("unreachable")
    finally:
        server.shutdown()
        server.server_close()
    assert "some-id-of-theirs" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [("http://127.0.0.1:1", "no connection"), ("http://no-such-host.invalid", "not known to DNS")],
)
def test_no_network_is_one_line(endpoint, said, monkeypatch, tmp_path):
    clean(monkeypatch)
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match=said), run.folder("s3://b"):
        raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("proxy", "said"), [(None, "no connection"), ("http://p:1", "the proxy does not let it")]
)
def test_a_proxy_is_named_where_there_is_one(proxy, said):
    """Of aiohttp's faults, by which gcsfs, s3fs and adlfs tell theirs."""
    aiohttp = pytest.importorskip("aiohttp")
    url = proxy and aiohttp.client.URL(proxy)
    key = aiohttp.client_reqrep.ConnectionKey("127.0.0.1", 1, False, True, url, None, None)
    fault = aiohttp.ClientConnectorError(key, OSError(111, "Connect call failed"))
    assert said in faults.in_words(fault, remote.parse("gs://b"))


def test_a_bucket_that_is_not_there_is_one_line(s3):
    with pytest.raises(UserError, match="no such bucket"), run.folder("s3://not-there"):
        raise AssertionError("unreachable")


@pytest.mark.parametrize("verb", ["sweep", "bench"])
@pytest.mark.parametrize(
    ("url", "endpoint", "said"),
    [
        ("s3://not-there", None, "there is no such bucket"),
        ("s3://b", "http://127.0.0.1:1", "no connection"),
        ("s3://id:secret@b/x", None, "a URL with a user"),
        ("http://host/x", None, "no URL of an object store"),
    ],
)
def test_a_bucket_that_cannot_be_used_ends_a_command(verb, url, endpoint, said, s3, tmp_path):
    """By exit code 2 and one line; nothing is left where it was started."""
    output = tmp_path / "swept.jsonl"
    more = ["--output", str(output)] if verb == "sweep" else ["--releases", "3.4.2"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "zarr_cryoet",
            verb,
            "--volume",
            "phantom-64",
            "--store",
            url,
            *more,
        ],
        env={**os.environ, **({"AWS_ENDPOINT_URL_S3": endpoint} if endpoint else {})},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if line.startswith("zarr-cryoet:")]
    assert done.returncode == 2, done.stderr
    assert len(ours) == 1
    assert said in ours[0]
    assert done.stderr.splitlines()[-1] == ours[0]
    assert "secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not output.exists()
    assert keys(s3) == []


def test_secrets_are_taken_out_of_what_is_said(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abcdefgh12345")
    text = "key abcdefgh12345 of https://u:p@host/b?sig=XYZ&x=1 AccountKey=QQ==;y"
    assert secrets.hidden(text) == "key *** of https://***@host/b?sig=***&x=1 AccountKey=***;y"


# What it will cause -------------------------------------------------------------------------------


def test_what_is_foretold_is_an_upper_bound(tmp_path):
    """Of what is counted on files, by the backend that asks most."""
    data = noise((64, 64, 64))
    volume = Volume("v", data.shape, "float32", (1.0, 1.0, 1.0), "synthetic", None, None)
    case = Case.of("v", "none", "c32", 2, "zarr-python")
    assert prepare(case, data, tmp_path)["status"] == READY
    for name in ("read-full", "read-plane-xy", "write", "write-slabs-off", "open", "append"):
        tally = exact.count(case, name, data, tmp_path / case.id, tmp_path / name).tally
        most = forecast.of_cells([Cell(case, name)], volume, 1)[1]
        assert tally.requests <= most.requests, name
        assert tally.bytes_written <= most.bytes_written + 4096, name
        assert tally.bytes_read <= most.bytes_read + 4096, name  # metadata


# The whole way ------------------------------------------------------------------------------------


def sweep(url, folder, layouts, backends, formats="2"):
    command = [sys.executable, "-m", "zarr_cryoet", "sweep", "--volume", "phantom-64"]
    command += ["--codecs", "none", "--layouts", layouts, "--operations", "write,read-plane-xy"]
    command += ["--formats", formats, "--backends", backends, "--samples", "2", "--no-limits"]
    command += ["--json", "--store", url, "--output", str(folder / "swept.jsonl")]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_sweep_in_a_bucket_leaves_nothing_there(s3, tmp_path):
    remote.parse(s3).store().put("others/data", b"theirs")
    done = sweep(s3, tmp_path, "c32", "zarr-python,tensorstore")
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    assert {cell["store"] for cell in cells} == {"s3"}
    assert {cell["status"] for cell in cells} == {"ready"}
    assert "requests  at most" in done.stderr
    assert keys(s3) == ["others/data"]
    said = done.stdout + done.stderr + (tmp_path / "swept.jsonl").read_text()
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in said
    assert not [p for p in tmp_path.rglob("*.lock") if "buckets" in p.parts]


def test_a_sweep_in_googles_cloud(monkeypatch, tmp_path):
    """With dozens of requests in flight, and from the forked process in which it prepares."""
    for package in ("gcsfs", "gcp_storage_emulator"):
        pytest.importorskip(package)
    clean(monkeypatch)
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path / "cache"))
    with emulators.of("gcs") as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(name, value)
        done = sweep(server.url, tmp_path, "c16,c16-s64", "zarr-python,tensorstore", "3")
        assert done.returncode == 0, done.stderr
        cells = json.loads(done.stdout)["cells"]
        assert keys(server.url) == []
    assert {cell["store"] for cell in cells} == {"gcs"}
    assert len(cells) == 8
    assert {cell["status"] for cell in cells} == {"ready"}, [c["reason"] for c in cells]


@pytest.mark.parametrize("kind", ["azure"])
def test_azure_is_written_and_read_alike_and_counted(kind, monkeypatch, tmp_path):
    """Where azurite is there; else it is said what is missing."""
    import shutil

    pytest.importorskip("adlfs")
    if not shutil.which("azurite"):
        pytest.skip("azurite is not installed: npm install --global azurite")
    clean(monkeypatch)
    monkeypatch.setenv("ZARR_CRYOET_CACHE", str(tmp_path / "cache"))
    with emulators.of(kind) as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(name, value)
        cases = [Case.of("v", LZ4, "c16", f, "zarr-python", "azure") for f in (2, 3)]
        for layout in ("c16", "c16-s64"):  # azurite sends adlfs no ends of objects
            cases.append(Case.of("v", LZ4, layout, 3, "zarr-python", "azure-obstore"))
        failed = []
        with run.folder(server.url):
            assert list(exact.problems(cases, SOME, noise(), tmp_path, failed)) == []
        assert failed == []
        assert keys(server.url) == []


def test_what_an_emulator_needs_is_said(monkeypatch):
    with pytest.raises(UserError, match="no such emulator"):
        emulators.of("ftp")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="npm install --global azurite"):
        emulators.of("azure")


def test_an_emulator_ends_with_its_starter():
    with emulators.of("s3") as server:
        process = server._process
        assert server.alive()
    assert process.returncode is not None
