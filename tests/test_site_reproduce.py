"""The button beside a cell: the script that the terminal gives as well, or what measures it."""

from __future__ import annotations

import json
import shlex

import made_site
import pytest
from made_site import OTHER, VOLUME
from typer.testing import CliRunner

from zarr_cryoet import cli
from zarr_cryoet.core.case import Case
from zarr_cryoet.core.measure.cell import Cell
from zarr_cryoet.core.volume import Volume
from zarr_cryoet.reproduce.parts import parts
from zarr_cryoet.reproduce.pins import by_release
from zarr_cryoet.reproduce.script import described, render
from zarr_cryoet.site import costing, publish

pytest.importorskip("altair", reason="charts need the extra `site`")

NEWEST = list(by_release())[-1]
OF = """rows => rows.map(([cell, release]) =>
  reproducing.of(Object.assign(site.cell(cell), {release})))"""


@pytest.fixture(scope="module", name="data")
def made():
    return made_site.data()


@pytest.fixture(scope="module", name="folder")
def site(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costing, "SHAPES", {"64,64,64": "a small one"})
        publish.write(folder, data, folder)
    return folder


def opened(visit, folder, path, name="script for"):
    """A page with all tables unfolded, and the dialog of its first such button."""
    page = visit(folder, path)
    click(page, name)
    return page


def click(page, name="script for"):
    page.evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true; })")
    page.get_by_role("button", name=name).first.click()
    page.locator("dialog pre").first.wait_for()


def wanted(data, number, release):
    """What Python makes of a cell of the site."""
    row, about = data.cell(number), data.volumes[VOLUME]
    metric = data.benchmarks[row["benchmark"]]["metric"]
    case = Case.of(row["volume"], row["codec"], row["layout"], int(row["format"]), row["backend"],
                row["store"])  # fmt: skip
    volume = Volume.from_json(about)
    cell = Cell(case, row["operation"] or "read-full", row["cache"] == "cold")
    return render(parts(by_release()), described(cell, metric, volume) | {"release": release})


def test_page_and_terminal_give_the_same_script_for_each_cell(visit, folder, data):
    page = opened(visit, folder, "explore.html")
    asked = [
        (number, place)
        for number, values in enumerate(data.values)
        for place, value in enumerate(values)
        if value is not None and data.cell(number)["volume"] == VOLUME
    ]
    names = [release["name"] for release in data.releases]
    found = page.evaluate(OF, [(number, names[place]) for number, place in asked])
    made = 0
    for (number, place), each in zip(asked, found, strict=True):
        release = names[place] if data.releases[place]["date"] else NEWEST
        want = wanted(data, number, release) if data.cell(number)["format"] != "0" else None
        if want is None:  # a limit, which stores no Zarr
            assert each["refused"] and not each["text"]
            continue
        assert {key: each[key] for key in ("text", "refused")} == want
        made += want["text"] is not None
    assert made > 300


def test_the_dialog_copies_and_keeps_what_it_shows(visit, folder, data):
    page = opened(visit, folder, "explore.html#x=bits_per_voxel&y=seconds.read-full")
    shown = page.locator("dialog pre").nth(1).text_content()
    assert shown.startswith("# /// script") and "seconds" in shown
    run = page.locator("dialog pre").first.text_content()
    with page.expect_download() as kept:
        page.get_by_role("button", name="download").click()
    assert kept.value.suggested_filename == run.split()[2]
    assert kept.value.path().read_text() == shown
    assert run.endswith(f" {VOLUME}.npy")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("dialog .tools button", has_text="copy").click()
    page.locator("dialog button", has_text="copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.locator("dialog select").select_option(index=1)  # the other figure
    assert "8 * sum(sizes) / data.size" in page.locator("dialog pre").nth(1).text_content()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent") == "script"  # where one was


def test_a_step_has_the_scripts_of_both_releases(visit, folder):
    page = opened(visit, folder, "releases.html#release=3.4.2")
    assert '"zarr==3.4.2"' in page.locator("dialog pre").nth(1).text_content()
    page.locator("dialog select").select_option(index=1)
    assert '"zarr==3.0.8"' in page.locator("dialog pre").nth(1).text_content()


def test_it_works_from_files_and_is_loaded_on_the_first_click(chromium, folder):
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto((folder / "explore.html").as_uri(), wait_until="load")
    assert "frame.js" in asked and "reproduce-parts.js" not in asked
    click(page)
    assert page.locator("dialog pre").count() == 2
    assert "reproduce-parts.js" in asked
    page.close()


def test_what_has_no_script_says_why_and_what_measures_it(visit, folder, data):
    page = opened(visit, folder, "explore.html")
    rows = [n for n in range(len(data.values)) if data.cell(n)["volume"] == OTHER]
    (other,) = page.evaluate(OF, [(rows[0], "installed")])
    assert other["refused"] == f"shape and type of {OTHER} were not known where this site was made"
    ask = "([cell, more]) => reproducing.of(Object.assign(site.cell(cell), more))"
    for more, why in (
        ({"more": "threads 2"}, "a script does not take what else is set there: threads 2"),
        ({"codec": ""}, "it is not one operation on one array"),
        ({"codec": "snappy-9"}, "the codec snappy-9 is no longer known"),
        ({"layout": "c7"}, "the layout c7 is no longer known"),
        ({"cache": "cold"}, "a cold read must"),
        ({"release": "1.0", "metric": "peak_bytes"}, "peak_bytes is not measured"),
        ({"backend": "iohub"}, "iohub is not one of the libraries"),
    ):
        found = page.evaluate(ask, [0, {"release": "3.4.2", **more}])
        assert found["text"] is None and found["refused"].startswith(why)
    page.keyboard.press("Escape")
    odd = {"release": "installed", "backend": "iohub", "benchmark": "sweep.read-full",
           "volume": OTHER, "operation": "read-full", "store": "local"}  # fmt: skip
    page.evaluate("([n, more]) => site.reproduce(Object.assign(site.cell(n), more))", [0, odd])
    page.locator("dialog pre").wait_for()
    words = shlex.split(page.locator("dialog pre").text_content())
    assert words[:4] == ["zarr-cryoet", "sweep", "--volume", OTHER]  # safe in a shell
    assert page.locator("dialog img").count() == 0


def test_a_ratio_becomes_the_seconds_of_one_side(visit, folder):
    page = opened(visit, folder, "explore.html")
    ask = """more => reproducing.of(Object.assign(site.cell(0), more))"""
    found = page.evaluate(ask, {"metric": "time_ratio", "release": "3.4.2"})
    assert "takes two environments" in found["notes"][0] and "statistics.median" in found["text"]


def test_the_commands_of_costs_run_and_give_the_rows_figures(visit, folder):
    page = opened(visit, folder, "costs.html", "command for")
    command = shlex.split(page.locator("dialog pre").text_content())
    assert command[:2] == ["zarr-cryoet", "costs"]
    done = CliRunner().invoke(cli.app, [*command[1:], "--json"])
    assert done.exit_code == 0, done.output
    row = page.locator("#reads tbody tr").first.locator("td").all_text_contents()
    (line,) = json.loads(done.stdout)["costs"]
    assert [line["layout"], line["access"]] == row[:2]
    assert [line["requests"][kind] for kind in ("gets", "ranges", "heads")] == list(
        map(int, row[2:5])
    )


def test_options_spell_each_network():
    assert costing.options()[-1] == [
        "--bandwidth", "50MB/s", "--latency", "40ms", "--link", "12.5MB/s",
    ]  # fmt: skip
    assert len(costing.options()) == len(costing.WAYS)


def test_rows_of_costs_are_kept_until_something_they_follow_from_changes(cache, monkeypatch):
    monkeypatch.setattr(costing, "SHAPES", {"32,32,32": "a small one"})
    first = costing.table(None)
    monkeypatch.setattr(costing, "_foretold", lambda: pytest.fail("they are on record"))
    assert costing.table(None) == first
    monkeypatch.undo()
    monkeypatch.setattr(costing, "SHAPES", {"48,48,48": "another"})
    assert costing.table(None) != first
