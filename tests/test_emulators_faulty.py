"""The bucket that fails: each fault as a client of plain HTTP sees it, and real clients of S3."""

import http.client
import socket
import xml.etree.ElementTree as ET
import zlib
from base64 import b64encode
from hashlib import md5

import pytest

from zarr_cryoet.emulators import s3rules
from zarr_cryoet.emulators.faulty import FAULTS, Faulty, Rule
from zarr_cryoet.emulators.s3rules import Judge

BODY = bytes(range(256)) * 8
KEY = "a/0/0/0"


@pytest.fixture
def folder(tmp_path):
    for key, body in ((KEY, BODY), ("a/.zarray", b"{}"), ("b/1", b"1"), ("b/2", b"22")):
        path = tmp_path / "bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return tmp_path / "bucket"


@pytest.fixture
def server(folder):
    with Faulty(folder) as found:
        yield found


def ask(server, path=KEY, method="GET", body=None, timeout=5, **headers):
    """Status, headers and body; or whatever goes wrong."""
    line = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=timeout)
    try:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, f"/{server.bucket}/{path}", body, headers)
        answer = line.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        line.close()


def code(body):
    return ET.fromstring(body).findtext("Code")


# Rules ----------------------------------------------------------------------------------------


def test_attempts_are_counted_for_each_question_or_for_an_object():
    judge = Judge([Rule("error", "a", first=2)])
    told = [judge.attempt("GET", "a", part) for part in ("1", "1", "1", "2", None)]
    assert [(n, bool(rule)) for n, rule in told] == [
        (1, True), (2, True), (3, False), (1, True), (1, True),
    ]  # fmt: skip
    judge = Judge([Rule("error", "a", first=2, per="object")])
    told = [judge.attempt("GET", "a", part) for part in ("1", "2", "3")]
    assert [bool(rule) for _, rule in told] == [True, True, False]


def test_the_first_rule_that_fits_counts():
    rules = [Rule("stall", "*/0", first=1), Rule("cut", "*", kinds=("GET", "HEAD"))]
    judge = Judge(rules)
    told = [judge.attempt(*each, None)[1] for each in (("GET", "a/0"), ("GET", "a/0"),
            ("HEAD", "a/0"), ("PUT", "a/0"))]  # fmt: skip
    assert told == [rules[0], rules[1], rules[1], None]


@pytest.mark.parametrize(
    "wrong", [{"fault": "flood"}, {"fault": "cut", "kinds": ("COPY",)},
              {"fault": "cut", "per": "day"}]
)  # fmt: skip
def test_what_is_no_rule(wrong):
    with pytest.raises(ValueError):
        Rule(**wrong)


def test_a_rule_goes_through_json():
    rule = Rule("pause", "*/1", 3, ("GET", "HEAD"), "object", 0.5)
    assert s3rules.Rule.from_json(rule.to_json()) == rule


# A sound bucket -------------------------------------------------------------------------------


def test_objects_as_s3_serves_them(server):
    status, headers, body = ask(server)
    etag = f'"{md5(BODY, usedforsecurity=False).hexdigest()}"'
    assert (status, body, headers["ETag"]) == (200, BODY, etag)
    assert "x-amz-checksum-crc32" not in headers
    status, headers, body = ask(server, method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, "2048", b"")
    assert ask(server, If_Match=etag)[0] == 200
    assert ask(server, If_Match='"other"')[0] == 412
    assert ask(server, If_None_Match=etag)[0] == 304
    assert code(ask(server, "nowhere")[2]) == "NoSuchKey"
    assert code(ask(server, "../../etc/hostname")[2]) == "NoSuchKey"


@pytest.mark.parametrize(
    ("part", "begin", "end"),
    [("0-9", 0, 10), ("2000-9999", 2000, 2048), ("2040-", 2040, 2048), ("-48", 2000, 2048)],
)
def test_parts(server, part, begin, end):
    status, headers, body = ask(server, Range=f"bytes={part}", x_amz_checksum_mode="ENABLED")
    assert (status, body) == (206, BODY[begin:end])
    assert headers["Content-Range"] == f"bytes {begin}-{end - 1}/2048"
    assert "x-amz-checksum-crc32" not in headers  # which is one of the whole


def test_a_part_behind_the_end(server):
    status, _, body = ask(server, Range="bytes=2048-")
    assert (status, code(body)) == (416, "InvalidRange")


def test_listings_in_pieces(server):
    names = {"s3": "http://s3.amazonaws.com/doc/2006-03-01/"}

    def listed(query):
        status, _, body = ask(server, f"?list-type=2&{query}")
        assert status == 200
        tree = ET.fromstring(body)
        keys = [e.text for e in tree.findall("s3:Contents/s3:Key", names)]
        common = [e.text for e in tree.findall("s3:CommonPrefixes/s3:Prefix", names)]
        return keys, common, tree.findtext("s3:NextContinuationToken", None, names)

    assert listed("") == (["a/.zarray", KEY, "b/1", "b/2"], [], None)
    assert listed("delimiter=/") == ([], ["a/", "b/"], None)
    assert listed("delimiter=/&prefix=a/") == (["a/.zarray"], ["a/0/"], None)
    assert listed("delimiter=/&max-keys=1") == ([], ["a/"], "a/.zarray")
    assert listed("max-keys=2") == (["a/.zarray", KEY], [], KEY)
    assert listed(f"max-keys=2&continuation-token={KEY}") == (["b/1", "b/2"], [], None)


def test_the_log_says_what_came(server):
    server.rules([Rule("error", "b/*", first=1)])
    for path in ("b/1", "b/1", KEY):
        ask(server, path, Range="bytes=0-0")
    told = [(e.kind, e.key, e.part, e.attempt, e.fault, e.status, e.sent) for e in server.log()]
    assert told[1:] == [
        ("GET", "b/1", "bytes=0-0", 2, None, 206, 1), ("GET", KEY, "bytes=0-0", 1, None, 206, 1),
    ]  # fmt: skip
    assert told[0][:6] == ("GET", "b/1", "bytes=0-0", 1, "error", 500)
    server.rules([])
    assert server.log() == []


def test_the_process_ends_with_its_starter(folder):
    with Faulty(folder, [Rule("stall-before")]) as server:
        line = socket.create_connection(("127.0.0.1", int(server.endpoint.rpartition(":")[2])))
        line.sendall(f"GET /bucket/{KEY} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        process = server._process
    assert process.returncode == 0  # though somebody still waits
    line.close()


# Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [("slowdown", 503, "SlowDown"), ("error", 500, "InternalError"),
     ("denied", 403, "AccessDenied"), ("missing", 404, "NoSuchKey")],
)  # fmt: skip
def test_errors_pass_where_they_are_not_to_stay(server, fault, status, name):
    server.rules([Rule(fault, KEY, first=2, seconds=3)])
    told = [ask(server) for _ in range(3)]
    assert [each[0] for each in told] == [status, status, 200]
    assert code(told[0][2]) == name and told[2][2] == BODY
    assert told[0][1].get("Retry-After") == ("3" if fault == "slowdown" else None)
    assert ask(server, "b/1")[2] == b"1"


def test_a_connection_that_is_reset_before_and_in_the_midst(server):
    server.rules([Rule("drop-before", KEY), Rule("drop", "b/2")])
    with pytest.raises(ConnectionResetError):
        ask(server)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        ask(server, "b/2")
    assert [(e.status, e.sent) for e in server.log()] == [(None, 0), (200, 1)]


def test_a_body_that_is_cut_under_the_length_of_the_whole(server):
    server.rules([Rule("cut")])
    with pytest.raises(http.client.IncompleteRead) as raised:
        ask(server)
    assert raised.value.partial == BODY[:1024]


def test_a_body_that_is_cut_under_its_own_length(server):
    server.rules([Rule("short")])
    status, headers, body = ask(server, Range="bytes=0-99")
    assert (status, headers["Content-Length"], body) == (206, "50", BODY[:50])
    assert headers["Content-Range"] == "bytes 0-99/2048"


@pytest.mark.parametrize(("fault", "status"), [("stall-before", None), ("stall", 200)])
def test_a_connection_on_which_nothing_comes(server, fault, status):
    server.rules([Rule(fault)])
    with pytest.raises(TimeoutError):
        ask(server, timeout=0.3)
    assert [(e.status, e.sent) for e in server.log()] == [(status, 1024 if status else 0)]


def test_a_pause_ends(server):
    server.rules([Rule("pause", seconds=0.1)])
    assert ask(server)[2] == BODY


@pytest.mark.parametrize("fault", ["damaged", "damaged-summed"])
def test_one_bit_is_another_and_the_length_is_right(server, fault):
    server.rules([Rule(fault)])
    _, headers, body = ask(server, x_amz_checksum_mode="ENABLED")
    wrong = [(a ^ b).bit_count() for a, b in zip(BODY, body, strict=True)]
    assert sum(wrong) == 1
    at = wrong.index(1)
    assert ask(server, Range=f"bytes={at}-{at}")[2] == body[at : at + 1]
    crc = b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
    assert headers.get("x-amz-checksum-crc32") == (None if fault == "damaged" else crc)


def test_an_old_version_after_an_overwrite(server, folder, tmp_path):
    assert ask(server, method="PUT", body=b"new")[0] == 200
    assert ask(server)[2] == b"new"
    server.rules([Rule("stale", first=1)])
    assert [ask(server)[2] for _ in range(2)] == [BODY, b"new"]
    assert (folder / KEY).read_bytes() == BODY
    (tmp_path / "more/b").mkdir(parents=True)
    (tmp_path / "more/b/1").write_bytes(b"one")
    assert server.put(tmp_path / "more") == 1
    server.rules([])
    assert ask(server, "b/1")[2] == b"one"


def test_each_fault_is_tried_here():
    assert set(FAULTS) == {
        "slowdown", "error", "denied", "missing", "drop-before", "drop", "stall-before", "stall",
        "pause", "cut", "short", "damaged", "damaged-summed", "stale",
    }  # fmt: skip


# Clients --------------------------------------------------------------------------------------


@pytest.fixture
def boto(server, monkeypatch):
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: the extra `portal`")
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, proxies={})
    return boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1", config=config,
        aws_access_key_id="none", aws_secret_access_key="none",
    )  # fmt: skip


def test_boto3_lists_reads_and_overwrites(server, boto, tmp_path):
    listed = boto.list_objects_v2(Bucket="bucket", Prefix="b/")
    assert [(e["Key"], e["Size"]) for e in listed["Contents"]] == [("b/1", 1), ("b/2", 2)]
    boto.put_object(Bucket="bucket", Key="b/1", Body=b"another")
    boto.download_file("bucket", "b/1", str(tmp_path / "it"))
    assert (tmp_path / "it").read_bytes() == b"another"


def test_boto3_sees_the_checksum_and_what_is_missing(server, boto):
    from botocore.exceptions import ClientError, FlexibleChecksumError

    assert boto.get_object(Bucket="bucket", Key=KEY)["Body"].read() == BODY
    with pytest.raises(ClientError, match="NoSuchKey"):
        boto.get_object(Bucket="bucket", Key="none")
    server.rules([Rule("damaged-summed")])
    with pytest.raises(FlexibleChecksumError):
        boto.get_object(Bucket="bucket", Key=KEY)["Body"].read()
