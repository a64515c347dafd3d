"""The advice as a command: a real run on a small volume, stored terms, and what is bad input."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet.core import volume as prepared
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.prepare import READY, prepare
from zarr_cryoet.recommend import calibrate, main, records, report, sample
from zarr_cryoet.recommend.asking import Measurer
from zarr_cryoet.recommend.clock import Clock
from zarr_cryoet.recommend.question import Words

ROOT = Path(__file__).resolve().parents[1]


def cryoet(*words, cwd=ROOT):
    command = [sys.executable, "-m", "zarr_cryoet", *map(str, words)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A project of its own, whose results are nobody else's."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "asv.conf.json", folder)
    return folder


@pytest.fixture(scope="module")
def told(place):
    """One run, for all that is said of it."""
    page = place / "advice.html"
    words = ["--budget", "4s", "--keep", "--page", page, "--json", "--access", "plane-xy=3,full=1"]
    done = cryoet("recommend", "phantom-64", *words, cwd=place)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_answer_has_what_machines_look_for(told):
    assert set(told["choices"]) == {"fastest", "smallest", "balanced"}
    for each in (*told["choices"].values(), told["baseline"]):
        assert {"codec", "layout", "zarr_format", "expected", "basis", "snippets"} <= set(each)
        libraries = {"zarr-python-2", "zarr-python-3", "tensorstore", "iohub", "ome-zarr-py"}
        assert set(each["snippets"]) == libraries and all(each["snippets"].values())
        low, high = each["expected"]["interval"]
        assert 0 < low <= high
        assert each["basis"] in ("measured", "predicted")
        assert each["expected"]["dollars"] is None  # nobody asked for a cloud
        total = 3 * each["expected"]["seconds"]["plane-xy"] + each["expected"]["seconds"]["full"]
        assert each["expected"]["weighted"] == pytest.approx(total / 4)
    assert told["baseline"]["layout"] == "c256" and told["baseline"]["zarr_format"] == 2
    assert told["choices"]["fastest"]["basis"] == "measured"
    assert told["seconds"]["total"] > 0


def test_what_is_foretold_of_bytes_and_objects_is_what_is_stored(told, tmp_path):
    data = prepared.open_volume("phantom-64")[1]
    for each in told["choices"].values():
        case = Case.from_json({**each, "volume": "phantom-64", "backend": "zarr-python"})
        done = prepare(case, data, tmp_path)
        assert done["status"] == READY, done
        stored = done["bits_per_voxel"] * data.size / 8
        assert each["expected"]["bytes"] == pytest.approx(stored, rel=0.02)
        assert each["expected"]["objects"] == done["objects"]


def test_the_smallest_is_no_larger_than_the_others(told):
    sizes = {name: each["expected"]["bytes"] for name, each in told["choices"].items()}
    assert sizes["smallest"] <= min(sizes.values()) * 1.005  # which samples cannot tell apart


class Seen(HTMLParser):
    """What a page asks for elsewhere, and which elements it has."""

    def __init__(self):
        super().__init__()
        self.tags, self.elsewhere = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.elsewhere += [value for key, value in attrs if key in ("src", "href")]


def test_the_page_needs_nothing_beside_it(told, place):
    seen = Seen()
    text = (place / "advice.html").read_text()
    seen.feed(text)
    assert not seen.elsewhere and {"table", "svg", "main"} <= set(seen.tags)
    assert told["choices"]["smallest"]["codec"] in text
    for each in told["choices"].values():
        assert report.runner_up(each["runner_up"]) in text
        for snippet in each["snippets"].values():
            assert html.escape(snippet) in text
    assert seen.tags.count("details") == 4 and text.count("<td>full</td>") == 1


def test_terms_that_were_kept_answer_for_another_volume(told, place):
    (path,) = (place / "results").glob("*/phantom-64.terms.jsonl")
    terms = records.load(path)
    assert terms["volume"]["shape"] == [64, 64, 64] and "zarr-python" in terms["backends"]
    target = path.with_name("phantom-128.terms.jsonl")
    shutil.copy(path, target)
    words = ["--like", "200,300,300,float32,tomogram", "--store", "s3", "--tomograms", 50]
    done = cryoet("recommend", *words, "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    like = json.loads(done.stdout)
    for each in like["choices"].values():
        assert each["basis"] == "predicted" and each["expected"]["dollars"] > 0
        assert each["expected"]["gb"] == pytest.approx(50 * each["expected"]["bytes"] / 1e9)
    shown = cryoet("recommend", *words, cwd=place)
    assert shown.returncode == 0
    assert "like phantom-64: 200 x 300 x 300 float32" in shown.stdout
    table = shown.stdout.split("\n\n")[1]
    assert all(len(line) <= 80 for line in table.splitlines())
    before_code = shown.stdout.split("balanced, with zarr-python 3")[0]
    assert all(len(s) <= 80 for s in before_code.splitlines() if "https://" not in s)
    assert "fastest: " in before_code and ", format 3; predicted, " in before_code


@pytest.mark.parametrize(
    "damage",
    [b"", b"[]", b"{", b'{"terms": 2}', b"\xff", None],
    ids=["empty", "list", "cut", "version", "bytes", "no-ratio"],
)
def test_damaged_terms_are_named(told, place, tmp_path, damage):
    (source,) = (place / "results").glob("*/phantom-64.terms.jsonl")
    if damage is None:
        found = json.loads(source.read_text())
        found["codecs"]["none"]["blocks"][0]["ratio"] = 0
        damage = json.dumps(found).encode()
    path = tmp_path / "x.terms.jsonl"
    path.write_bytes(damage)
    with pytest.raises(UserError, match="damaged terms") as raised:
        records.load(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("place_of", "value"),
    [
        (("codecs", "none", "blocks"), []),
        (("codecs", "none", "padding"), []),
        (("codecs", "none", "blocks", 0, "decode"), float("nan")),
        (("codecs", "none", "blocks", 0, "chunk"), [0, 0, 0]),
        (("codecs",), {"unheard-of": {"blocks": [], "padding": []}}),
        (("backends", "zarr-python", "read_spread"), 0),
        (("backends", "zarr-python", "read", "call"), "x"),
        (("volume",), {}),
        (("volume", "dtype"), "zz"),
    ],
    ids=lambda each: "-".join(map(str, each)) if isinstance(each, tuple) else "",
)
def test_terms_that_nobody_could_have_measured_are_damaged(told, place, tmp_path, place_of, value):
    (source,) = (place / "results").glob("*/phantom-64.terms.jsonl")
    found = json.loads(source.read_text())
    *outer, last = place_of
    inner = found
    for key in outer:
        inner = inner[key]
    inner[last] = value
    path = tmp_path / "x.terms.jsonl"
    path.write_text(json.dumps(found))
    with pytest.raises(UserError, match="damaged terms"):
        records.load(path)


def saved(path, data):
    np.save(path, data)
    return path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["absent.mrc"], "no such file"),
        (["phantom-65"], "did you mean"),
        ([], "one of the two"),
        (["phantom-64", "--like", "1,1,1,uint8,labels"], "one of the two"),
        (["phantom-64", "--budget", "0"], "no time"),
        (["phantom-64", "--budget", ""], "no time"),
        (["phantom-64", "--page", ""], "it is a folder"),
        (["phantom-64", "--page", "asv.conf.json/x.html"], "Not a directory"),
        (["phantom-64", "--access", "plane-xy=-1"], "a weight is a number"),
        (["phantom-64", "--backend", "npy"], "stores no Zarr"),
        (["--like", "64,64,64,uint8,labels"], "recommend labels-128 --keep"),
        (["--like", "64,64,64,uint8,labels", "--budget", "5s"], "measures nothing"),
    ],
)
def test_bad_input_gets_one_line(words, said, tmp_path):
    shutil.copy(ROOT / "asv.conf.json", tmp_path)
    done = cryoet("recommend", *words, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and not done.stdout


def test_what_would_fail_at_the_end_fails_before_all_work(tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(main, "resolve", begun.append)
    monkeypatch.chdir(tmp_path)  # which is no clone
    for options, said in (
        (main.Options("phantom-64", page=tmp_path), "it is a folder"),
        (main.Options("phantom-64", keep=True), "run this inside a clone"),
    ):
        with pytest.raises(UserError, match=said):
            main.recommend(Words(), options)
    monkeypatch.setenv("ZARR_CRYOET_CORES", "x")
    with pytest.raises(UserError, match="a number of cores"):
        main.recommend(Words(), main.Options("phantom-64"))
    assert not begun and not list(tmp_path.iterdir())


def test_a_constant_volume_is_refused(tmp_path):
    path = saved(tmp_path / "flat.npy", np.full((20, 20, 20), 3, "f4"))
    done = cryoet("recommend", path)
    assert done.returncode == 2 and "every voxel is 3" in done.stderr


def test_odd_shapes_and_single_voxels_along_an_axis_are_measured(volume, tmp_path, cache):
    """Each codec and a few stores, without the command around them."""
    from zarr_cryoet.volumes import cache as kept
    from zarr_cryoet.volumes.resolve import resolve

    for data in (volume, (volume[:1] * 999).astype("int16")):
        path = saved(tmp_path / "odd.npy", data)
        found, file = kept.prepare(resolve(str(path)))
        with Measurer(file, tmp_path / "stores") as measurer:
            sample.not_constant(measurer, found)
            codecs = sample.codecs(measurer, found, Clock(0.0), lambda _: None)
            terms = {"codecs": codecs, "cores": 1}
            told = calibrate.backend(
                measurer, found, terms, "zarr-python", [], Clock(0.0), lambda _: None
            )
        assert codecs["none"]["blocks"][0]["ratio"] == 1
        assert all(weight >= 0 for weight in told["read"].values())
        assert told["read_spread"] >= 1


def test_the_process_that_measures_ends_with_whoever_asks(tmp_path, volume):
    path = saved(tmp_path / "v.npy", volume)
    with Measurer(path, tmp_path / "stores") as measurer:
        pid = measurer.worker.pid
        assert measurer.ask("drop", key="none") == {}
        os.kill(pid, 0)  # it is there
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
