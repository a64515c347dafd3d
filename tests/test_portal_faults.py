"""What a network, a bucket or an API may do wrong while a tomogram is fetched."""

import json
import os
import time

import pytest
from portal_servers import Object, reply, s3_error, server

from zarr_cryoet.core.errors import UserError
from zarr_cryoet.volumes.portal import api, bucket, check, client
from zarr_cryoet.volumes.portal.asked import parse
from zarr_cryoet.volumes.portal.bucket import Changed, Entry, Objects
from zarr_cryoet.volumes.portal.gather import PART, Gathering, gather

URL = "s3://some-bucket/a/b.zarr"
BODY = bytes(range(256)) * 12_000  # 3 MB: three pieces


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No settings of the machine's, and little patience."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(bucket, "_FIRST", 0.001)


@pytest.fixture
def s3(monkeypatch):
    """Serve S3 by a function; what is returned reads below `URL`."""
    opened = []

    def serve(answer):
        serving = server(answer)
        opened.append(serving)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", serving.__enter__())
        return Objects(URL, 4)

    yield serve
    for serving in opened:
        serving.__exit__(None, None, None)


@pytest.fixture
def graphql(monkeypatch):
    """Serve the API by a function."""
    opened = []

    def serve(answer):
        serving = server(answer)
        opened.append(serving)
        monkeypatch.setenv(client.VARIABLE, serving.__enter__() + "/graphql")

    yield serve
    for serving in opened:
        serving.__exit__(None, None, None)


def read(objects):
    got = bytearray()
    objects.read("0/0/0/0", 0, len(BODY), '"one"', got.extend)
    return bytes(got)


# the bucket


@pytest.mark.parametrize(
    "faults", [["503"], ["503"] * 6, ["drop"], ["cut"], ["cut", "503", "drop", "cut", "cut"]]
)
def test_what_passes_is_waited_for(s3, faults):
    served = Object(BODY, faults)
    assert read(s3(served)) == BODY
    assert len(served.asked) == len(faults) + 1


def test_what_broke_off_goes_on_where_it_was(s3):
    served = Object(BODY, ["cut"])
    assert read(s3(served)) == BODY
    (_, second) = served.asked
    assert second == (len(BODY) // 2, len(BODY))


def test_what_does_not_pass_is_given_up_and_named(s3):
    with pytest.raises(UserError, match=r"0/0/0/0: S3 answers 503 SlowDown: .* \(8 attempts\)"):
        read(s3(Object(BODY, ["503"] * 99)))
    with pytest.raises(UserError, match=r"0/0/0/0: what was sent ended .* \(8 attempts\)"):
        read(s3(Object(BODY[:99])))


def test_a_server_that_stalls_is_left_for_another_connection(s3, monkeypatch):
    monkeypatch.setattr(bucket, "_STALLED", 0.3)
    served, held = Object(BODY), []

    def answer(handler):
        if not held:
            held.append(handler)
            time.sleep(1.5)
            handler.close_connection = True
            return None
        return served(handler)

    assert read(s3(answer)) == BODY


def test_another_object_than_was_listed_is_noticed(s3):
    with pytest.raises(Changed):
        read(s3(Object(BODY, etag='"two"')))


def test_no_credentials_are_sent(s3, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "expired")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "expired")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "expired")
    served = Object(BODY)
    assert read(s3(served)) == BODY
    names = {name.lower() for headers in served.headers for name in headers}
    assert "if-match" in names
    assert not {n for n in names if "authorization" in n or "token" in n}


S3_SAYS = [
    (403, "AccessDenied", "Access Denied", r"access denied \(403\): it may not be read without"),
    (
        404,
        "NoSuchBucket",
        "",
        r"no such bucket \(404\) as some-bucket; AWS_ENDPOINT_URL_S3 says where",
    ),
    (404, "NoSuchKey", "", r"0/0/0/0: there is no such object \(404\)"),
    (301, "PermanentRedirect", "", r"in another region \(eu-west-9\); AWS_DEFAULT_REGION"),
    (400, "ExpiredToken", "The provided token has expired.", "400 ExpiredToken: .*has expired"),
    (400, "AuthorizationHeaderMalformed", "the region 'a' is wrong", "in another region"),
]


@pytest.mark.parametrize(("status", "code", "message", "line"), S3_SAYS, ids=lambda v: str(v)[:20])
def test_what_s3_refuses_takes_one_line(s3, status, code, message, line):
    more = {"x_amz_bucket_region": "eu-west-9"} if status == 301 else {}
    objects = s3(lambda handler: s3_error(handler, status, code, message, **more))
    with pytest.raises(UserError, match=line) as caught:
        read(objects)
    assert "\n" not in str(caught.value)


def test_a_bucket_that_is_not_there_takes_one_line(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"refuses the connection \(4 attempts\)"):
        read(Objects(URL))
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://no-such-host.invalid")
    with pytest.raises(UserError, match=r"its name is not known here \(DNS, or no network\)"):
        read(Objects(URL))
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:9")
    with pytest.raises(UserError, match="the proxy does not answer") as caught:
        read(Objects(URL))
    assert "secret" not in str(caught.value)
    with pytest.raises(UserError, match="is not a place in S3"):
        Objects("https://somewhere/else")


# gathering


class Many:
    """Several objects."""

    def __init__(self, **bodies):
        self.of = {key: Object(body) for key, body in bodies.items()}

    def __call__(self, handler):
        self.of[handler.path.partition("b.zarr/")[2].partition("?")[0]](handler)

    @property
    def entries(self):
        return {key: Entry(len(one.body), one.etag) for key, one in self.of.items()}


def gathered(objects, folder, entries):
    gathering = Gathering(folder, URL, entries)
    return sorted(gather(objects, gathering)), gathering


def test_objects_are_gathered_in_parts(s3, tmp_path):
    large = os.urandom(2 * PART + 5)
    many = Many(large=large, small=b"abc", empty=b"")
    keys, gathering = gathered(s3(many), tmp_path, many.entries)
    assert keys == ["empty", "large", "small"]
    assert gathering.path("large").read_bytes() == large
    assert gathering.path("empty").read_bytes() == b""
    assert sorted(many.of["large"].asked) == [
        (0, PART), (PART, 2 * PART), (2 * PART, 2 * PART + 5),
    ]  # fmt: skip


def test_what_is_here_is_not_fetched_again(s3, tmp_path):
    many = Many(a=BODY, b=BODY[::-1])
    objects = s3(many)
    sitting = gather(objects, Gathering(tmp_path, URL, {"a": many.entries["a"]}))
    assert next(sitting) == "a"
    sitting.close()
    keys, gathering = gathered(objects, tmp_path, many.entries)
    assert keys == ["a", "b"]
    assert len(many.of["a"].asked) == 1
    assert gathering.nbytes == 2 * len(BODY)


def test_only_the_gaps_of_an_object_are_fetched(s3, tmp_path):
    many = Many(a=BODY)
    before = Gathering(tmp_path, URL, many.entries)
    before.begin("a")
    for begin, end in [(0, 1000), (2000, 3000)]:
        with before.partial("a").open("r+b") as file:
            file.seek(begin)
            file.write(BODY[begin:end])
        assert not before.wrote(("a", begin, end))
    with (tmp_path / "pieces.log").open("a") as log:
        log.write("3000 99999")  # torn by a kill
    keys, gathering = gathered(s3(many), tmp_path, many.entries)
    assert keys == ["a"]
    assert sorted(many.of["a"].asked) == [(1000, 2000), (3000, len(BODY))]
    assert gathering.path("a").read_bytes() == BODY


def test_what_changed_between_sittings_is_fetched_anew(s3, tmp_path):
    many = Many(a=BODY, b=BODY[::-1])
    objects = s3(many)
    gathered(objects, tmp_path, many.entries)
    many.of["b"].etag = '"two"'
    many.of["b"].body = BODY[:77]
    keys, gathering = gathered(objects, tmp_path, many.entries)
    assert (keys, len(many.of["a"].asked)) == (["a", "b"], 1)
    assert gathering.path("b").read_bytes() == BODY[:77]


def test_what_was_written_before_the_machine_was_started_is_not_trusted(s3, tmp_path, monkeypatch):
    many = Many(a=BODY)
    objects = s3(many)
    gathered(objects, tmp_path, many.entries)
    monkeypatch.setattr("zarr_cryoet.volumes.portal.gather._boot", lambda: "another")
    gathered(objects, tmp_path, many.entries)
    assert len(many.of["a"].asked) == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"objects": 3}'])
def test_a_damaged_head_begins_anew(s3, tmp_path, text):
    many = Many(a=BODY)
    objects = s3(many)
    gathered(objects, tmp_path, many.entries)
    (tmp_path / "head.json").write_text(text)
    assert gathered(objects, tmp_path, many.entries)[0] == ["a"]
    assert len(many.of["a"].asked) == 2


def test_a_full_disk_ends_it(s3, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zarr_cryoet.volumes.portal.gather._write", full)
    many = Many(a=BODY)
    with pytest.raises(OSError, match="No space"):
        gathered(s3(many), tmp_path, many.entries)


# the API


def json_reply(value):
    return lambda handler: reply(handler, 200, json.dumps(value).encode())


API_SAYS = [
    (lambda h: reply(h, 500, b"oops"), "HTTP 500"),
    (lambda h: reply(h, 403, b"no"), "HTTP 403"),
    (lambda h: reply(h, 200, b"<html>"), "its answer is not the portal's"),
    (json_reply({"data": {}}), "its answer is not the portal's"),
    (json_reply({"data": {"runs": [{}]}}), r"its answer has no Run\.id"),
    (json_reply({"data": {"runs": [{"id": 1}]}}), r"its answer has no Run\.name"),
    (json_reply({"data": {"runs": [7]}}), "its answer is not the portal's"),
    (json_reply({"errors": [{"message": "no field 'x'"}]}), "refuses the question: no field 'x'"),
]


@pytest.mark.parametrize(("answer", "line"), API_SAYS, ids=[line for _, line in API_SAYS])
def test_an_api_that_answers_otherwise_takes_one_line(graphql, answer, line):
    graphql(answer)
    with pytest.raises(UserError, match=line) as caught:
        api.find(parse("10445/TS_100_3"))
    assert "\n" not in str(caught.value)
    assert "portal API at 127.0.0.1:" in str(caught.value)


def test_a_tomogram_without_its_fields_takes_one_line(graphql):
    def answer(handler):
        answers = iter([{"runs": [{"id": 1, "name": "TS_100_3"}]}, {"tomograms": [{"id": 2}]}])
        asked.append(handler.path)
        value = list(answers)[min(len(asked), 2) - 1]
        reply(handler, 200, json.dumps({"data": value}).encode())

    asked = []
    graphql(answer)
    with pytest.raises(UserError, match=r"its answer has no Tomogram\.size_z"):
        api.find(parse("10445/TS_100_3"))


def test_an_api_that_is_not_there_takes_one_line(monkeypatch):
    lines = {
        "http://user:secret@127.0.0.1:9/graphql": "127.0.0.1:9: refuses the connection",
        "http://no-such-host.invalid/graphql": "its name is not known here",
        "nonsense": "that is no URL",
    }
    for url, line in lines.items():
        monkeypatch.setenv(client.VARIABLE, url)
        with pytest.raises(UserError, match=line) as caught:
            api.datasets()
        assert "secret" not in str(caught.value)
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv(client.VARIABLE, "http://127.0.0.2:9/graphql")
    with pytest.raises(UserError, match="the proxy does not answer") as caught:
        api.datasets()
    assert "secret" not in str(caught.value)


def test_check_does_not_wait_for_what_never_answers(graphql, s3, monkeypatch):
    monkeypatch.setattr(check, "_ASKING", 0.5)
    monkeypatch.setattr(check, "_READING", 0.5)
    graphql(lambda _: time.sleep(3))
    s3(lambda _: time.sleep(3))
    started = time.monotonic()
    found = check.check(parse("10445/TS_100_3"))
    assert time.monotonic() - started < 30
    assert "no answer within" in found[0].fault
    assert "no answer within" in found[1].fault
    assert found[2].fault == "not tried: the API tells its address"
