"""The page Explore: its charts, its rows and, in a real browser, what one can do with them."""

from __future__ import annotations

import csv
import json
import re
import runpy
from pathlib import Path

import made_site
import pytest
from made_site import BITS, LAYOUT, OTHER, REASON, SHAPE, VOLUME, seconds

from zarr_cryoet.core.access import ACCESS
from zarr_cryoet.core.layouts import LAYOUTS
from zarr_cryoet.site import charts, pictures, publish
from zarr_cryoet.site.charts import explore as drawn
from zarr_cryoet.site.data import collect
from zarr_cryoet.site.pages.explore import Explore

pytest.importorskip("altair", reason="charts need the extra `site`")
pytest.importorskip("vl_convert", reason="charts need the extra `site`")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module", name="data")
def made():
    return made_site.data()


@pytest.fixture(scope="module", name="folder")
def site(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    publish.write(folder, data, folder)
    return folder


# ---- without a browser ------------------------------------------------------------------------


def test_each_chart_is_valid_and_waits_for_its_rows():
    specs = Explore().specs()
    assert set(specs) == {"scatter", "heat", "compression", "chunking"}
    for made in specs.values():
        assert "datasets" not in made and '"rows"' in json.dumps(made)


def test_the_front_is_what_no_other_beats(data):
    rows = [
        r for r in pictures.scatter(data, VOLUME, "bits_per_voxel", "seconds.read-full") if r["x"]
    ]
    assert len(rows) == 4 * 4 * 4 - 4 * 2  # shards are of format 3 alone
    for row in rows:
        beaten = any(o["x"] <= row["x"] and o["y"] <= row["y"]
                     and (o["x"], o["y"]) != (row["x"], row["y"]) for o in rows)  # fmt: skip
        assert row["front"] is not beaten
    assert {r["cell"].split()[1] for r in rows if r["kind"] == drawn.BASELINE} == {"c256"}


def test_geometry_is_the_one_of_the_access_patterns(data):
    found = Explore().own(data, Path())["geometry"]
    assert set(found) == {VOLUME}  # no shape is known of the other
    for name in LAYOUT:
        said = ACCESS["plane-xz"].geometry(SHAPE, LAYOUTS[name])
        figures = [said.requests, 4 * said.decoded, said.voxels / said.decoded]
        assert found[VOLUME][name]["read-plane-xz"] == figures


def test_pictures_hold_their_marks_and_no_ground(data):
    made = charts.spec(drawn.scatter())
    rows = pictures.scatter(data, VOLUME, "bits_per_voxel", "seconds.read-full")
    picture = pictures.draw({**made, "width": 500}, rows).decode()
    points = sum(1 for row in rows if row["x"])
    assert len(re.findall(r'aria-roledescription="point"', picture)) == points
    assert picture.count('stroke-dasharray="5,4"') == 2  # limits
    assert "raw-file" in picture
    assert re.search(r'fill="(white|#fff)', picture) is None
    png = charts.picture(made, rows[:5])
    assert png.startswith(b"\x89PNG") and len(png) > 2000


def test_the_tool_draws_from_results_or_says_what_is_missing(data, tmp_path, monkeypatch):
    tool = runpy.run_path(str(ROOT / "tools" / "charts.py"))
    found = tool["drawn"](data, VOLUME)
    assert set(found) == {"pareto", "compression", "chunking"}
    for picture in found.values():
        assert 10_000 < len(picture) < tool["MOST"]
    assert tool["drawn"](data, OTHER)["pareto"] == b""
    with pytest.raises(Exception, match="no results"):
        tool["main"](tmp_path)


# ---- in a browser -----------------------------------------------------------------------------


def opened(visit, folder, hash="", **options):
    page = visit(folder, f"explore.html#{hash}", **options)
    page.wait_for_function("document.querySelector('#scatter canvas, #scatter .word')")
    return page


def table(page, name="scatter"):
    """Rows of a table as texts, after it is unfolded."""
    there = page.locator(f"#{name}-table")
    if not there.locator("table").count():
        page.locator("details", has=there).locator("summary").click()
        there.locator("table").wait_for()
    more = there.locator(".tools button", has_text=re.compile(r"^all \d+$"))
    if more.is_visible():
        more.click()
    return there.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def test_it_shows_what_the_data_hold(visit, folder, data):
    page = opened(visit, folder, "x=bits_per_voxel&y=seconds.read-full")
    rows = table(page)
    ran = [row for row in rows if row[8] not in ("skipped", "failed")]
    want = pictures.scatter(data, VOLUME, "bits_per_voxel", "seconds.read-full")
    assert len(ran) == sum(1 for row in want if row["x"])
    fronts = {f"{r[1]} {r[2]} v{r[3]} {r[4]}" for r in ran if r[8] == "Pareto front"}
    assert fronts == {r["cell"] for r in want if r["kind"] == drawn.FRONT}
    left = [row for row in rows if row[8] == "skipped"]
    assert len(left) == 8 and left[0][9] == REASON  # as text
    assert "56 ways of storing phantom-64" in page.locator("#scatter-said").inner_text()


def test_filters_redraw_and_stand_in_the_address(visit, folder):
    page = opened(visit, folder)
    page.select_option("#choice-format", "3")
    page.select_option("#choice-backend", "tensorstore")
    assert page.url.endswith("#format=3&backend=tensorstore")
    assert {(row[3], row[4]) for row in table(page) if row[8] != "the portal's layout"} == {
        ("3", "tensorstore")
    }
    said = page.locator("#scatter-said").inner_text()
    assert said.startswith("17 ways")  # with the baseline, which is of format 2
    again = opened(visit, folder, "format=3&backend=tensorstore")  # a link to it
    assert again.locator("#choice-backend").input_value() == "tensorstore"
    assert again.locator("#scatter-said").inner_text() == said


def test_the_portals_layout_and_limits_are_marked(visit, folder):
    page = opened(visit, folder, "x=objects&y=seconds.read-full")
    assert (
        "The portal's layout: blosc-lz4-5-shuffle c256 v2"
        in page.locator("#scatter-said").inner_text()
    )
    assert {row[8] for row in table(page)} >= {"the portal's layout", "Pareto front", "the rest"}


def test_a_table_is_sorted_by_the_keyboard_alone(visit, folder):
    page = opened(visit, folder)
    table(page)
    head = page.locator("#scatter-table th button", has_text="time: read full")
    head.focus()
    page.keyboard.press("Enter")
    head.focus()
    page.keyboard.press("Enter")
    assert page.locator("#scatter-table th[aria-sort=descending]").count() == 1
    times = [row[7] for row in table(page) if row[7] != "–"]
    number = [float(t.split()[0]) * {"ms": 1, "s": 1000, "µs": 0.001}[t.split()[1]] for t in times]
    assert number == sorted(number, reverse=True)
    assert "sort-scatter-table=seconds.read-full.down" in page.url


def test_points_are_pinned_by_a_click_and_by_a_button(visit, folder):
    page = opened(visit, folder)
    table(page)
    first = page.locator("#scatter-table tbody tr button").first
    name = first.get_attribute("aria-label")
    first.press("Enter")
    assert page.locator("#pins tbody tr").count() == 1
    assert page.locator("#pins button[aria-pressed=true]").get_attribute("aria-label") == name
    link = page.url.partition("#")[2]
    assert "pins=" in link
    assert opened(visit, folder, link).locator("#pins tbody tr").count() == 1
    canvas = page.locator("#scatter canvas")
    canvas.scroll_into_view_if_needed()
    box, at = canvas.bounding_box(), canvas.evaluate(BLUE)
    page.mouse.move(box["x"] + at[0], box["y"] + at[1])
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "Pareto front" in page.locator("#vg-tooltip-element").inner_text()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    page.wait_for_function("document.querySelectorAll('#pins tbody tr').length === 2")


# the middle of a run of the front's colour, below the legend
BLUE = """canvas => {
  const scale = canvas.width / canvas.clientWidth, wide = canvas.width;
  const { data } = canvas.getContext('2d').getImageData(0, 0, wide, canvas.height);
  const blue = (x, y) => { const i = 4 * (y * wide + x);
    return data[i] === 47 && data[i + 1] === 129 && data[i + 2] === 216 && data[i + 3] === 255 };
  for (let y = Math.round(70 * scale); y < canvas.height; y++) for (let x = 5; x < wide - 8; x++)
    if ([0, 1, 2, 3, 4, 5].every(k => blue(x + k, y))) return [(x + 3) / scale, (y + 2) / scale];
}"""


def test_csv_and_json_are_the_data(visit, folder, data):
    page = opened(visit, folder, "x=bits_per_voxel&y=seconds.read-plane-xy&format=3")
    table(page)
    with page.expect_download() as kept:
        page.locator("#scatter-table .tools button", has_text="CSV").click()
    with Path(kept.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert kept.value.suggested_filename == "explore.csv"
    of_format = [row for row in rows if row["format"] == "3"]
    assert len(of_format) == 4 * 4 * 2
    for row in of_format:
        told = seconds(row["codec"], row["layout"], "read-plane-xy", row["backend"])
        assert float(row["seconds.read-plane-xy"]) == told
        assert float(row["bits_per_voxel"]) == BITS[row["codec"]]
    with page.expect_download() as kept:
        page.locator("#scatter-table .tools button", has_text="JSON").click()
    assert len(json.loads(Path(kept.value.path()).read_text())) == len(rows)


def test_an_empty_selection_says_what_is_missing(visit, folder):
    page = opened(visit, folder, "source=asv&release=3.0.8&backend=tensorstore&y=seconds.read-full")
    said = page.locator("#scatter .word").inner_text()
    assert "Nothing to draw" in said and "Set backend and store to “all”" in said
    page.select_option("#choice-backend", "all")
    page.wait_for_selector("#scatter canvas")
    assert page.locator("#choice-release").input_value() == "3.0.8"
    assert "500 ms" in str(table(page))
    page.select_option("#choice-release", "3.4.2")
    assert "750 ms" in str(table(page))


def test_sides_of_a_sweep_stand_apart_or_beside_each_other(visit, folder):
    page = opened(visit, folder, "x=seconds.read-full&y=decoded.read-plane-xy")
    assert page.locator("#choice-release").input_value() == "installed"
    assert "iohub" not in str(table(page))
    page.select_option("#choice-release", "iohub-0.3.11")
    assert {row[4] for row in table(page)} == {"iohub"}
    page.select_option("#choice-release", "any of the sweep")
    assert {row[4] for row in table(page)} == {"iohub", "tensorstore", "zarr-python"}


def test_without_results_it_says_so(visit, tmp_path):
    publish.write(tmp_path, collect([], [], "empty"), tmp_path)
    page = visit(tmp_path, "explore.html")
    assert "There are no results yet" in page.locator("#word").inner_text()
    assert not page.locator("figure").first.is_visible()


def test_markup_in_names_is_text(visit, folder):
    page = opened(visit, folder)
    page.select_option("#choice-volume", OTHER)
    assert page.locator("main img").count() == 0
    assert OTHER in page.locator("#choice-volume").inner_text()
    assert "no shape is on record" in page.locator("#source").inner_text()
    assert page.evaluate("new URLSearchParams(location.hash.slice(1)).get('volume')") == OTHER


@pytest.mark.parametrize("kind, row, column", [
    ("access", "c16-s64", "plane-xz"), ("shard", "c16", "s64"),
    ("level", "blosc-zstd-shuffle", "5"),
])  # fmt: skip
def test_heat_maps_print_values_and_name_what_was_skipped(visit, folder, kind, row, column):
    page = opened(visit, folder, f"heat={kind}&format=2")
    page.locator("#heat-said").scroll_into_view_if_needed()
    page.wait_for_selector("#heat svg .mark-rect")
    rows = {(r[0], r[1]): r for r in table(page, "heat")}
    if kind == "level":
        assert rows[row, column][4] == "ok" and float(rows[row, column][2]) == 1.16
    else:
        assert rows[row, column][4:6] == ["skipped", REASON]
        assert "hatched" in page.locator("#heat-said").inner_text()
        assert "skipped" in page.locator("#heat svg.marks").text_content()


def test_the_summaries_have_their_panels(visit, folder):
    page = opened(visit, folder)
    for name, panels in (("compression", drawn.COMPRESSION), ("chunking", drawn.CHUNKING)):
        page.locator(f"#{name}-said").scroll_into_view_if_needed()
        page.wait_for_selector(f"#{name} svg .mark-symbol")
        assert {row[0] for row in table(page, name)} == set(panels.values())
        # each panel has its axis
        text = page.locator(f"#{name} svg.marks").text_content()
        assert all(title.split(":")[0] in text for title in panels.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_usable_at_400_pixels(visit, folder, scheme):
    page = opened(visit, folder, color_scheme=scheme, viewport={"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    named = page.evaluate("[...document.querySelectorAll('figure')].map(f => f.ariaLabel)")
    assert named[0].startswith("56 ways of storing")
