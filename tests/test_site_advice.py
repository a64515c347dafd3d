"""The page Advice in a browser: it answers what it is asked, and says what cannot be."""

import ast
import json
import random

import numpy as np
import pytest
from advice_vectors import made_up

from zarr_cryoet import results
from zarr_cryoet.core.case import Case
from zarr_cryoet.model import geometry
from zarr_cryoet.recommend import answer, candidates
from zarr_cryoet.recommend import question as questions
from zarr_cryoet.reproduce.snippets import snippets
from zarr_cryoet.site import data, publish
from zarr_cryoet.site.snippets import filled, templates


def _published(folder, files: dict[str, str], figures: data.Data | None = None):
    """A site whose results hold such files."""
    found, site = folder / "results" / "here", folder / "html"
    found.mkdir(parents=True)
    site.mkdir()
    for name, text in files.items():
        (found / name).write_text(text)
    publish.write(site, figures or data.Data("zarr", "today"), found.parent)
    return site


def _kept(volume: str, shape=(96, 128, 128), seed: int = 5) -> str:
    """Terms as `recommend --keep` writes them."""
    terms = made_up(random.Random(seed)) | {"terms": 1, "versions": {"zarr": "3.4.2"}}
    terms["backends"]["zarr-python"]["read"] |= {"call": 2e-4, "object": 1e-4, "voxel_byte": 1e-10}
    terms["backends"]["zarr-python"]["write"] |= {"call": 1e-3}
    terms["volume"] |= {"id": volume, "shape": list(shape)}
    return json.dumps(terms) + "\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    names = {"phantom-128": "phantom-128", "odd": "<i>odd</i> & so"}
    kept = {f"{file}.terms.jsonl": _kept(name) for file, name in names.items()}
    return _published(tmp_path_factory.mktemp("site"), kept)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    damaged = {
        "phantom-128.terms.jsonl": '{"terms": 1, "volume"',
        "nan.terms.jsonl": _kept("nan").replace('"count": 1', '"count": NaN'),
        "flat.terms.jsonl": _kept("flat", shape=(64, 64)),
    }
    return _published(tmp_path_factory.mktemp("empty"), damaged)


def _opened(visit, folder, asked_for=""):
    page = visit(folder, f"advice.html#{asked_for}")
    page.wait_for_function("document.body.dataset.answered")
    return page


def _moved(page, access, value):
    """Move a slider, and wait for all that follows."""
    before = page.evaluate("document.body.dataset.answered")
    page.locator(f"#weight-{access}").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )
    page.wait_for_function("old => document.body.dataset.answered !== old", arg=before)


def _card(page, name):
    return page.locator(f"#card-{name}").inner_text()


def test_the_cards_are_what_python_chooses(visit, site):
    page = _opened(visit, site, "shape=184x630x630&use=cloud&tomograms=50&readers=vizarr")
    words = questions.Words(use="cloud", tomograms=50, readers="vizarr")
    terms = json.loads(_kept("phantom-128"))
    question = questions.parse(words, (184, 630, 630), np.dtype("float32"))
    told = answer.answer(answer.entries(terms, question), question, terms)
    for name, each in [*told["choices"].items(), ("baseline", told["baseline"])]:
        said = _card(page, name)
        assert f"\n{each['codec']}\n" in said
        assert f"\n{each['layout']}: " in said
        assert f"{each['expected']['objects']:,} each" in said
        assert "predicted" in said
        for line in each.get("what_would_change", []):
            assert line in said
    assert page.locator("#excluded li").count() == len(told["excluded"])
    for line in told["assumptions"]:
        assert line in page.locator("#reasons").inner_text()
    assert "zarr-cryoet recommend --like 184,630,630,float32,tomogram" in page.content()


def test_moving_a_slider_answers_and_is_kept_in_the_address(visit, site):
    page = _opened(visit, site)
    before = _card(page, "fastest")
    _moved(page, "full", 10)
    after = _card(page, "fastest")
    assert after != before
    assert "full" in after
    page.wait_for_function("location.hash.includes('full')")
    again = _opened(visit, site, page.url.partition("#")[2])
    assert _card(again, "fastest") == after
    again.select_option("#ask-use", "archive")
    assert "write" in _card(again, "balanced")
    again.locator("button[type=reset]").click()
    again.wait_for_function("location.hash.length < 2")
    again.wait_for_function("document.body.dataset.answered")
    assert _card(again, "fastest").splitlines()[:8] == before.splitlines()[:8]


def test_what_cannot_be_is_said_in_words(visit, site):
    page = _opened(visit, site, "objects=1&memory=1")
    assert "Nothing to recommend" in page.locator("#said").inner_text()
    assert page.locator("#cards article").count() == 1  # the baseline, with what it breaks
    page = _opened(visit, site, "objects=1")
    assert "leaves something" in page.locator("#said").inner_text()
    page = visit(site, "advice.html#access=plane-xy%3D0")
    assert "all weights are 0" in page.locator("#said").inner_text()
    assert not page.locator("#all").is_visible()
    page.locator("#weight-plane-xy").press("ArrowRight")  # by the keyboard, out of it again
    page.wait_for_selector("#card-fastest")


def test_nonsense_in_the_address_is_left_out_and_said(visit, site):
    wild = "shape=0x-1x%3Cb%3E&use=%3Cimg%20src%3Dx%3E&access=nobody,plane-xy%3D-3&kind=none"
    more = "&latency=soon&tomograms=1.5&readers=you&dtype=complex64&flight=0"
    page = _opened(visit, site, wild + more)
    said = page.locator("#word").inner_text()
    for key in (
        "shape",
        "use",
        "access",
        "kind",
        "latency",
        "tomograms",
        "readers",
        "dtype",
        "flight",
    ):
        assert f"{key}=" in said
    assert "<img src=x>" in said  # as text
    assert page.locator("#word img").count() == 0
    assert page.locator("#ask-z").input_value() == "96"
    assert page.locator("#cards article").count() == 4


def test_a_volume_of_an_odd_name_is_text(visit, site):
    page = _opened(visit, site, "kind=here/%3Ci%3Eodd%3C/i%3E%20%26%20so")
    assert "<i>odd</i> & so" in page.locator("#reasons").inner_text()
    assert page.locator("#reasons i").count() == 0


def test_without_terms_the_page_says_how_to_make_them(visit, empty):
    page = visit(empty, "advice.html")
    assert "zarr-cryoet recommend phantom-128 --keep" in page.locator("#said").inner_text()
    for name in ("phantom-128", "nan", "flat"):
        assert f"here/{name}.terms.jsonl: damaged" in page.locator("#word").inner_text()
    assert page.locator("#cards article").count() == 0


def test_what_was_measured_is_told_where_it_was(visit, tmp_path):
    terms = json.loads(_kept("phantom-128"))
    question = questions.parse(
        questions.Words(), tuple(terms["volume"]["shape"]), np.dtype("float32")
    )
    told = answer.answer(answer.entries(terms, question), question, terms)["choices"]["fastest"]
    names = {name: told[name] for name in ("codec", "layout", "zarr_format")}
    params = {**names, "backend": "zarr-python", "store": "local"}
    records = [
        results.Record("made up", "3.12", "phantom-128", "installed", f"sweep.read-{access}",
                       params, results.OK, 0.125, "seconds", (0.12, 0.13), None,
                       about=results.About("seconds", source=results.SWEEP),
                       case=Case.of("phantom-128", **params), operation=f"read-{access}")
        for access in question["weights"]
    ]  # fmt: skip
    figures = data.collect(records, [], "zarr")
    more = {"voxel_spacing": None, "licence": None, "source": {"kind": "phantom"}}
    figures.volumes = {"phantom-128": terms["volume"] | more}
    site = _published(tmp_path, {"a.terms.jsonl": _kept("phantom-128")}, figures)
    page = _opened(visit, site)
    assert "measured in these results: 125 ms" in _card(page, "fastest")
    assert _card(page, "fastest").count("measured 125 ms") == len(question["weights"])
    assert "predicted" in _card(page, "baseline") and "measured" not in _card(page, "baseline")
    again = _opened(visit, site, "shape=97x128x128")  # another volume: nothing was measured
    assert "125 ms" not in _card(again, "fastest")


def test_the_chart_has_a_table_that_sorts_and_saves(visit, site):
    page = _opened(visit, site, "use=training")
    page.wait_for_selector("#chart svg.marks")
    assert "Seconds of one access" in page.locator("#chart svg.marks").get_attribute("aria-label")
    page.locator("#all > details > summary").click()
    page.locator("#table th button", has_text="stored, GB").click()
    sizes = page.locator("#table tbody tr td:nth-child(5)").all_inner_texts()
    assert [float(size) for size in sizes] == sorted(map(float, sizes))
    with page.expect_download() as saved:
        page.locator("#table button", has_text="JSON").click()
    rows = json.loads(saved.value.path().read_text())
    assert len(rows) == len(sizes)
    assert {row["state"] for row in rows} <= {"on the front", "behind the front", "breaks a limit"}


@pytest.mark.parametrize("width", [400, 1300])
def test_nothing_is_wider_than_the_window(visit, site, width):
    page = visit(
        site, "advice.html#use=cloud", viewport={"width": width, "height": 800}, color_scheme="dark"
    )
    page.wait_for_selector("#chart svg.marks")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# ---- code to paste ------------------------------------------------------------------------------


def _plans(codec: str):
    for layout, zarr_format in (("c64", 2), ("c64", 3), ("c64-swhole", 3), ("c16x128x128", 3)):
        for dtype in ("float32", "uint8"):
            yield {"codec": codec, "layout": layout, "zarr_format": zarr_format,
                   "shape": (184, 630, 630), "dtype": dtype}  # fmt: skip


@pytest.mark.parametrize("codec", candidates.codecs())
def test_the_code_is_what_python_writes(codec):
    found = templates(tuple(candidates.codecs()), tuple(questions.TYPES))
    for choice in _plans(codec):
        candidate = candidates.candidate(codec, choice["layout"], choice["zarr_format"])
        chunks = geometry.resolved(candidate["chunks"], list(choice["shape"]))
        shards = candidate["shards"]
        shards = shards and geometry.resolved(shards, list(choice["shape"]), chunks)
        texts = filled(found, choice, chunks, shards)
        for library, text in snippets(choice).items():
            assert "{" not in text or "{c" not in texts[library]
            same = ast.dump(ast.parse(texts[library])) == ast.dump(ast.parse(text))
            assert same, texts[library]  # but for where lines are broken
            if text.startswith("#"):
                assert texts[library].splitlines()[0] == text.splitlines()[0]


def test_the_page_shows_that_code(visit, site):
    chosen = "shape=100x200x300&code=baseline&library=tensorstore&dtype=int16"
    page = _opened(visit, site, chosen)
    codec, layout, zarr_format = candidates.PORTAL
    theirs = snippets({"codec": codec, "layout": layout, "zarr_format": zarr_format,
                      "shape": (100, 200, 300), "dtype": "int16"})  # fmt: skip
    shown = page.locator("#snippet").inner_text()
    assert ast.dump(ast.parse(shown)) == ast.dump(ast.parse(theirs["tensorstore"]))
    page.select_option("#code-library", "zarr-python-2")
    assert "zarr<3" in page.locator("#snippet").inner_text()
    assert len(json.dumps(templates(tuple(candidates.codecs()), tuple(questions.TYPES)))) < 300_000
