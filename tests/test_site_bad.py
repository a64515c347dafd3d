"""What is not as it should be is said in words, on every page, and shown as text."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zarr_cryoet import results
from zarr_cryoet.core.errors import UserError
from zarr_cryoet.core.volume import Volume
from zarr_cryoet.portraits import drawn
from zarr_cryoet.portraits import records as portraits
from zarr_cryoet.results import sweeps
from zarr_cryoet.site import publish
from zarr_cryoet.site.data import collect
from zarr_cryoet.site.pages import all_pages

ROOT = Path(__file__).resolve().parents[1]
PAGES = [page.id for page in all_pages()]
MARKUP = '<img src=x onerror="window.hit=1">'
ODD = (MARKUP, "</script><script>window.hit=2</script>", 'it\'s "quoted"', "Größe/µm ☃", "../up")
CODECS = ("blosc-lz4-5-shuffle", "blosc-zstd-5-shuffle", "none")


def records(volumes, releases):
    """Figures, a skip and a failure of each volume and release."""
    for volume in volumes:
        for place, release in enumerate(releases):
            for number, codec in enumerate(CODECS):
                params = {"codec": codec, "zarr_format": 2, "backend": "zarr-python"}
                told = ("machine", "3.12", volume, release)
                value = 0.01 * (1 + place + number)
                yield results.Record(
                    *told, "codecs.ReadCodec.time_read", params, results.OK, value, "seconds",
                    (0.9 * value, 1.1 * value), None,
                )  # fmt: skip
                bits = params | {"backend": "tensorstore"}
                yield results.Record(
                    *told, "exact.StoredByCodec.track_bits_per_voxel", bits, results.OK,
                    30 + value, "bits per voxel", None, None,
                )  # fmt: skip
            for status in (results.SKIPPED, results.FAILED):
                params = {"codec": f"zstd-{3 + len(status)}", "zarr_format": 3, "backend": status}
                yield results.Record(
                    *told, "codecs.ReadCodec.time_read", params, status, None, "seconds", None,
                    f"{status}, as {MARKUP} says",
                )  # fmt: skip


def site(folder, found, releases, volumes=()):
    """Our pages, from records and portraits."""
    kept = folder / "results" / "machine"
    kept.mkdir(parents=True)
    voxels = np.arange(6 * 7 * 8, dtype=np.float32).reshape(6, 7, 8)
    for name in volumes:
        about = Volume(name, voxels.shape, "float32", (10.0,) * 3, "real", MARKUP, None,
                       {"kind": "file", "name": MARKUP})  # fmt: skip
        look = portraits.Portrait(portraits.public(about), "2026-01-01",
                                  drawn.portrait(voxels, about.voxel_spacing))  # fmt: skip
        portraits.write(portraits.path(kept, name), look)
    told = [{"name": r, "commit": r, "date": "2026-01-01", "notes": None} for r in releases]
    data = collect(map(results.Suite(ROOT).joined, found), told, f"zarr {MARKUP}")
    data.machines = {"machine": {"machine": "machine", "cpu": MARKUP}}
    html = folder / "html"
    html.mkdir()
    publish.write(html, data, kept.parent)
    return html


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    return site(tmp_path_factory.mktemp("empty"), [], [])


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return site(tmp_path_factory.mktemp("one"), records(["mine"], ["3.4.2"]), ["3.4.2"])


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    there = ["3.4.0", "3.4.2", MARKUP]
    return site(tmp_path_factory.mktemp("odd"), records(ODD, there), there, ODD)


def settled(page):
    """Wait until the page changes no more."""
    page.evaluate("""async () => {
      let last = performance.now();
      new MutationObserver(() => { last = performance.now(); })
        .observe(document.body, {subtree: true, childList: true, attributes: true});
      const begun = last;
      while (performance.now() - last < 150 && performance.now() - begun < 5000)
        await new Promise((done) => setTimeout(done, 20));
    }""")
    return page


# Text that cannot be read: its words, and the contrast by WCAG 2.2 against what is behind it.
PALE = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255);
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v <= 0.04045 ? v / 12.92
    : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const found = rgba(getComputedStyle(e).backgroundColor);
      if (found[3] > 0.99) return found;
    }
    return [1, 1, 1, 1];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({visibilityProperty: true}))
      continue;
    if (element.closest("script, style, option, .said, .skip, .vega-actions, [disabled]")) continue;
    const style = getComputedStyle(element);
    const svg = element.namespaceURI.endsWith("svg");
    if (svg && element.closest(".role-mark")) continue;  // stands on marks, not on the ground
    const colour = rgba(svg ? style.fill : style.color);
    if (colour[3] < 0.5) continue;
    const [a, b] = [light(colour), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24
      || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) found.push(
      `${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)} (${element.tagName})`);
  }
  return found;
}"""
CONTROLS = "main select, main input, main textarea, main button, main a[href], main summary"


@pytest.mark.parametrize("name", PAGES)
def test_no_results_at_all_are_said(name, empty, visit):
    page = settled(visit(empty, f"{name}.html"))
    assert "There are no results yet" in page.locator("#word").inner_text()
    assert page.locator("h1").inner_text()
    for figure in page.locator("figure:visible").all():
        assert figure.inner_text().strip() or figure.locator("svg, img").count()


@pytest.mark.parametrize("name", PAGES)
def test_one_release_is_enough(name, one, visit):
    page = settled(visit(one, f"{name}.html"))
    assert "There are no results yet" not in page.locator("#word").inner_text()
    assert page.evaluate("window.hit") is None
    assert page.evaluate(PALE) == []


@pytest.mark.parametrize("name", PAGES)
def test_odd_names_are_text_on_a_narrow_page(name, odd, visit):
    page = settled(visit(odd, f"{name}.html", viewport={"width": 400, "height": 800}))
    assert page.evaluate("window.hit") is None
    assert page.locator('img[src="x"]').count() == 0
    assert MARKUP in page.locator("footer").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("name", PAGES)
def test_a_dark_page_can_be_read_and_walked_by_keyboard(name, odd, visit):
    page = settled(visit(odd, f"{name}.html", color_scheme="dark"))
    assert page.evaluate(PALE) == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    first = page.locator(CONTROLS).locator("visible=true").first
    if first.count():
        page.keyboard.press("Tab")
        assert first.evaluate("e => e === document.activeElement || e.tabIndex < 0")


@pytest.mark.parametrize("volume", ODD)
def test_a_volume_with_an_odd_name_has_its_portrait(volume, odd, visit):
    from urllib.parse import quote

    page = settled(visit(odd, f"data.html#volume={quote(volume, safe='')}"))
    assert page.locator("#choice-volume").input_value() == volume
    wide = "images => images.map((image) => image.naturalWidth)"
    assert page.locator("#slices img").evaluate_all(wide) == [8, 8, 7]
    assert page.locator("#volume dd", has_text=MARKUP).count() == 2  # licence and source
    assert page.evaluate("window.hit") is None


def test_gaps_are_named_with_their_reasons_as_text(odd, visit):
    page = visit(odd, "cells.html")
    for status in ("skipped", "failed"):
        assert page.get_by_text(f"{status}: {status}, as {MARKUP} says").count() == len(ODD)


def test_a_sweep_of_an_earlier_version_is_named(tmp_path):
    (tmp_path / "machine").mkdir()
    place = tmp_path / "machine" / f"x{sweeps.SUFFIX}"
    place.write_text(json.dumps({"sweep": 0, "machine": "machine"}) + "\n")
    with pytest.raises(UserError, match=r"x\.sweep\.jsonl: damaged \(version 0, where 1 is known"):
        list(results.table(tmp_path))


def test_a_volume_without_a_portrait_is_missed_in_words(one, visit):
    words = visit(one, "data.html").locator("#volume").inner_text()
    assert "Of mine nothing is known here but its figures" in words
    assert "`zarr-cryoet volumes portrait mine` makes it" in words


def test_a_portrait_of_an_earlier_version_is_as_none(tmp_path):
    place = portraits.path(tmp_path / "machine", "mine")
    place.parent.mkdir()
    place.write_text('{"portrait": 0}\n')
    told = [{"name": "3.4.2", "commit": "3.4.2", "date": None, "notes": None}]
    data = collect(records(["mine"], ["3.4.2"]), told, "zarr")
    (page,) = [page for page in all_pages() if page.id == "data"]
    assert page.own(data, tmp_path)["mine"]["look"] is None
    assert page.files(data, tmp_path) == {}


# ---- the whole of `asv publish` -------------------------------------------------------------


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone with few made-up results, on volumes with odd names."""
    folder = tmp_path_factory.mktemp("clone")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith(("results/", "docs/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'tools'}"}
    code = ("import madeup, pathlib; madeup.write(pathlib.Path(), pathlib.Path('results'), 40, 2, "
            f"[{MARKUP!r}], 'exact.StoredByCodec')")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, check=True)
    return folder


@pytest.fixture(scope="module")
def asv(clone, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")

    def run():
        env = {**os.environ, "HOME": str(home), "PYTHONPATH": str(clone)}
        return subprocess.run([sys.executable, "-m", "asv", "publish"], cwd=clone, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)  # fmt: skip

    return run


@pytest.fixture(scope="module")
def published(asv, clone):
    done = asv()
    assert done.returncode == 0, done.stdout + done.stderr
    return clone / "html", done.stdout + done.stderr


def test_asvs_grid_needs_no_network(published, visit):
    html, said = published
    if not (html / "vendored").is_dir():
        assert "asv's own pages need a network: " in said
        pytest.skip("npm gave no scripts: " + said.partition("need a network: ")[2].split("\n")[0])
    page = visit(html, "index.html")  # which lets no request leave this machine
    page.locator("#summarygrid-display .benchmark-plot, #summarygrid-display a").first.wait_for()
    assert "exact" in page.locator("#summarygrid-display").inner_text()
    page.goto(page.url.partition("#")[0] + "#exact.StoredByCodec.track_objects")
    page.locator("#graph-display canvas").first.wait_for()
    assert page.evaluate("window.hit") is None


def _sweep(folder):
    place = folder / f"x{sweeps.SUFFIX}"
    place.write_text('{"sweep": 1}\n{"event": "sample", "n": 4}\n')
    return place


def _asvs(folder):
    place = folder / "12345678-virtualenv-py3.12.json"
    place.write_text('{"commit_hash": ')
    return place


@pytest.mark.parametrize("damage", [_sweep, _asvs])
def test_a_damaged_file_is_named_in_a_line(damage, published, asv, clone):
    place = damage(clone / "results" / "made-up")
    try:
        done = asv()
    finally:
        place.unlink()
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.strip()]
    assert line.startswith("zarr-cryoet: ")
    assert place.name in line
    assert "damaged" in line
    assert "Traceback" not in done.stdout
