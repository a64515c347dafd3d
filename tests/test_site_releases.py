"""What the pages of releases, interoperability, costs and method say, on made records."""

import gzip
import json

import pytest

from zarr_cryoet.environments import lock as locks
from zarr_cryoet.environments import repository
from zarr_cryoet.results import About, Record
from zarr_cryoet.site import changes, costing, frame, kept, publish
from zarr_cryoet.site.data import Data, collect, swept
from zarr_cryoet.site.pages import all_pages
from zarr_cryoet.site.pages.costs import Costs
from zarr_cryoet.site.pages.interoperability import Interoperability, packed
from zarr_cryoet.site.pages.method import Method
from zarr_cryoet.site.pages.releases import Releases
from zarr_cryoet.studies.interop.records import Record as Exchanged

LOCK = locks.read(locks.path_of("zarr"))
COMMITS = repository.expected(LOCK)
REQUESTS = "requests.ReadRequests.track_requests"
BITS = "exact.StoredByLayout.track_bits_per_voxel"
RATIO = "ratio.AgainstReference.track_time_ratio"
SECONDS = "chunks.ReadChunks.time_read"
ABOUT = {
    REQUESTS: {"unit": "requests", "metric": "requests", "exact": True, "question": "How many?"},
    BITS: {"unit": "bits", "metric": "bits_per_voxel", "exact": True, "question": "How large?"},
    RATIO: {"unit": "times", "metric": "time_ratio", "exact": False, "question": "How long?"},
    SECONDS: {"unit": "seconds", "metric": "seconds", "exact": False, "question": "How fast?"},
}
for name, about in ABOUT.items():
    about["title"] = name.split(".")[1]
ODD = "<img src=x onerror=alert(1)>"


def releases(*names):
    dates = {r.version: r.date[:10] for r in LOCK.releases}
    return [
        {"name": n, "commit": COMMITS[n], "date": dates[n], "notes": f"https://example.org/{n}"}
        for n in names
    ]


def made(names, *cells, gaps=(), reasons=()):
    """Data of some releases; a cell is its benchmark, its layout, values, and what else it is."""
    data = Data(project="test", made="today", releases=releases(*names))
    for benchmark, layout, values, *more in cells:
        about = {"machine": "m", "python": "3.12", "volume": "phantom-64", "benchmark": benchmark,
                 "layout": layout, "backend": "zarr-python"}  # fmt: skip
        about |= more[0] if more else {}
        low, high = about.pop("low", None), about.pop("high", None)
        for column, places in data.cells.items():
            value = about.get(column, "")
            if value not in data.names[column]:
                data.names[column].append(value)
            places.append(data.names[column].index(value))
        data.values.append(list(values))
        data.low.append(low)
        data.high.append(high)
        data.benchmarks[benchmark] = ABOUT[benchmark]
    data.gaps, data.reasons = [list(gap) for gap in gaps], list(reasons)
    return data


def found(data):
    groups, changed = changes.compared(data, changes.history(data))
    return groups, [(c.cell, c.release, c.before, c.what) for c in changed]


def test_any_change_of_an_exact_figure_counts_and_lower_is_better():
    data = made(
        ["3.1.6", "3.2.0", "3.2.1"],
        (REQUESTS, "c32", (16, 16, 15)),
        (REQUESTS, "c64", (4, 5, 5)),
        (REQUESTS, "c128", (0, 1, 0)),
    )
    groups, changed = found(data)
    assert changed == [
        (1, 1, 0, "worse"), (2, 1, 0, "worse"), (0, 2, 1, "better"), (2, 2, 1, "better"),
    ]  # fmt: skip
    assert [g.counts for g in groups] == [{"same": 1, "worse": 2}, {"better": 2, "same": 1}]
    assert groups[0].low == 1 and groups[0].high == 1.25  # 0 has no ratio


def test_a_byte_more_of_an_exact_figure_is_not_rounded_away():
    records = [
        Record("m", "3.12", "phantom-256", commit, BITS, {"layout": "c64"}, "ok", value, "", None,
               None, about=About("bits_per_voxel", exact=True))
        for commit, value in (("a", 32.0009), ("b", 32.0009 + 8 / 256**3))
    ]  # fmt: skip
    listed = [{"name": c, "commit": c, "date": "2026-01-01", "notes": None} for c in "ab"]
    data = collect(records, listed, "test")
    assert [c[3] for c in found(data)[1]] == ["worse"]


def test_a_release_is_compared_with_the_one_before_it_that_was_measured_in_the_same_place():
    other = {"volume": "labels-128"}
    data = made(
        ["3.1.6", "3.2.0", "3.2.1"],
        (REQUESTS, "c32", (16, None, 15)),
        (REQUESTS, "c32", (16, 16, None), other),
    )
    groups, changed = found(data)
    assert changed == [(0, 2, 0, "better")]
    assert [(g.volume, g.release, g.before) for g in groups] == [
        ("phantom-64", 2, 0), ("labels-128", 1, 0),
    ]  # fmt: skip


def test_a_sweep_is_no_release():
    data = made(["3.2.0", "3.2.1"], (REQUESTS, "c32", (16, 15)))
    data.releases[1] |= {"date": None, "name": "installed"}
    assert found(data) == ([], [])


def test_what_fails_now_is_worse_and_what_is_skipped_is_counted_alone():
    data = made(
        ["3.2.0", "3.2.1"],
        (REQUESTS, "c32", (16, None)),
        (REQUESTS, "c64", (4, None)),
        (REQUESTS, "c128", (None, 2)),
        (REQUESTS, "c256", (None, 2)),
        (REQUESTS, "c16", (5, None)),
        gaps=[(0, 1, "failed", 0), (1, 1, "skipped", 1), (2, 0, "failed", 0)],
        reasons=["it broke", "no format 3"],
    )
    (group,), changed = found(data)
    assert changed == [(0, 1, 0, "broke"), (2, 1, 0, "mended")]
    assert group.counts == {"broke": 1, "gone": 1, "mended": 1, "new": 1}  # c16: not asked again


def test_a_ratio_counts_beyond_the_noise_of_the_reference_against_itself():
    data = made(
        ["3.1.6", "3.2.0", "3.2.1"],
        (RATIO, "c32", (1.08, 1.0, 1.15)),
        (RATIO, "c64", (0.99, 1.0, 1.18)),
        (RATIO, "c128", (1.0, 1.2, 1.0)),
    )
    assert changes.floors(data) == {"m": 1.08}
    assert changes.step_floor(1.08) == pytest.approx(1.1664)
    assert found(data)[1] == [(2, 1, 0, "worse"), (1, 2, 1, "worse"), (2, 2, 1, "better")]


def test_without_the_reference_the_noise_is_that_of_the_selfcheck_on_record():
    data = made(["3.2.0", "3.2.1"], (RATIO, "c32", (1.0, 1.2)))
    (duel,) = kept.parts("noise-duel")
    assert changes.floors(data) == {"m": 1 + duel["largest_deviation"]}
    assert changes.measured_floors(data) == {"m": None}


def test_seconds_count_from_the_gate_on_where_intervals_are_apart():
    def cell(layout, values, low, high, **more):
        return SECONDS, layout, values, {"low": low, "high": high, **more}

    data = made(
        ["3.2.0", "3.2.1"],
        cell("c16", (1.0, 1.24), [0.9, 1.2], [1.1, 1.3]),
        cell("c32", (1.0, 1.3), [0.9, 1.2], [1.1, 1.4]),
        cell("c64", (1.0, 1.3), [0.9, 1.0], [1.1, 1.6]),
        cell("c128", (1.0, 1.3), [0.9, None], [1.1, None]),
        cell("c256", (1.0, 0.5), [0.9, 0.4], [1.1, 0.6], backend="tensorstore"),
    )
    groups, changed = found(data)
    assert changed == [(1, 1, 0, "worse"), (4, 1, 0, "better")]
    assert [(g.backend, g.control, g.counts) for g in groups] == [
        ("zarr-python", False, {"same": 1, "worse": 1, "unsure": 2}),
        ("tensorstore", True, {"better": 1}),
    ]


def test_the_lock_tells_what_else_changed():
    data = made(["3.1.4", "3.1.5", "3.1.6"], (REQUESTS, "c32", (1, 1, 1)))
    of = changes.history(data)
    assert of.package == "zarr" and of.differs(0, 1) == []
    pins = {r.version: r.pins for r in LOCK.releases}
    assert ("numpy", pins["3.1.5"]["numpy"], pins["3.1.6"]["numpy"]) in of.differs(1, 2)
    data.releases[0]["commit"] = data.releases[1]["commit"] = data.releases[2]["commit"] = "f" * 40
    assert changes.history(data) == changes.History(None, {})


@pytest.mark.parametrize("names", [[], ["3.4.2"], ["3.4.1", "3.4.2"]])
def test_nothing_to_compare_is_said_in_words(names):
    body = Releases().body(made(names, *([(REQUESTS, "c32", (1, *[None] * (len(names) - 1)))]
                                         if names else [])))  # fmt: skip
    said = {0: "results of no release", 1: "one release only, 3.4.2", 2: "of two releases"}
    assert said[len(names)] in body and 'id="heat"' not in body


# Records ------------------------------------------------------------------------------------------


def exchange(reader, status, reason=None, **more):
    terms = {"writer": "zarr-3.1.6", "codec": "zstd-3", "layout": "c32", "zarr_format": 2,
             "fault": None, **more}  # fmt: skip
    return Exchanged("phantom-64", reader=reader, status=status, reason=reason, measured=0, **terms)


def keep_interop(root, *records):
    path = root / "docs" / "records" / "interop.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(r.to_json()) + "\n" for r in records)
    path.write_bytes(gzip.compress(lines.encode()))


def test_a_matrix_has_every_cell_of_its_record_and_what_came_of_damage():
    some = [
        exchange("tensorstore", "unreadable", ODD),
        exchange("zarr-3.1.6", "exact"),
        exchange("zarr-3.1.6", "differs", "9 voxels came as 0", fault="cut"),
    ]
    plain = packed(some)
    names, columns = plain["names"], plain["columns"]
    assert names["reader"] == ["zarr-3.1.6", "tensorstore"]  # as in the registry
    assert [names["status"][n] for n in columns["status"]] == ["unreadable", "exact", "differs"]
    assert [names["reason"][n] for n in columns["reason"]] == [ODD, "", "9 voxels came as 0"]
    assert plain["hurt"] == {2: "zeros"} and set(plain["faults"]) == {"cut"}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A project whose records are others, and few shapes to work out."""
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    monkeypatch.setattr(costing, "SHAPES", {"64,64,64": "a small one"})
    (tmp_path / "docs" / "records").mkdir(parents=True)
    return tmp_path


def pages_of(data, where):
    pages = all_pages()
    return {p.id: frame.render(p, data, where, pages) for p in pages
            if isinstance(p, Releases | Interoperability | Costs | Method)}  # fmt: skip


def test_without_records_each_page_says_so(elsewhere):
    texts = pages_of(Data(), elsewhere)
    assert "`zarr-cryoet interop` makes it" in texts["interoperability"]
    assert "`zarr-cryoet costs check` makes it" in texts["costs"]
    assert "`zarr-cryoet faults` makes it" in texts["costs"]
    assert "`zarr-cryoet selfcheck` makes it" in texts["method"]
    assert not any(str(elsewhere) in each for each in texts.values())


def test_damaged_records_and_those_of_another_version_are_sentences(elsewhere):
    records = elsewhere / "docs" / "records"
    (records / "interop.jsonl.gz").write_bytes(gzip.compress(b'{"interop": 99}\n'))
    (records / "latency.json").write_text('{"latency": 99}')
    (records / "faults.json").write_text('{"faults": 1, "cells": 3}')
    (records / "selfcheck.json").write_text('{"parts": [{"part": "noise-duel"}]}')
    texts = pages_of(Data(), elsewhere)
    assert "damaged (line 1: version 99, where 1 is known)" in texts["interoperability"]
    assert "latency.json: damaged (version 1 is known alone)" in texts["costs"]
    assert "faults.json: damaged" in texts["costs"]
    assert "not one that this page knows" in texts["method"]
    (records / "interop.jsonl.gz").write_bytes(b"no gzip")
    assert "damaged" in pages_of(Data(), elsewhere)["interoperability"]


def test_rows_of_the_calculator_are_those_of_the_command(monkeypatch):
    from zarr_cryoet.costs.page import REFERENCE
    from zarr_cryoet.model import prices as money

    record, why = kept.latency()
    assert not why
    monkeypatch.setattr(costing, "SHAPES", {REFERENCE: "the reference"})
    monkeypatch.setattr(costing, "LAYERS", ("c256", "c128"))
    monkeypatch.setattr(costing, "ACCESS", ("open", "full", "plane-xy"))
    rows = [dict(zip(costing.FIELDS, row, strict=True)) for row in costing.table(record)[0]]
    assert {row["backend"] for row in rows} == {"zarr-python", "tensorstore", "zarrs", "zarrista"}
    kept_rows = {(r["backend"], r["layout"], r["access"]): r for r in record.reference}
    ways = list(costing.WAYS)
    for row in rows:
        held = kept_rows[row["backend"], row["layout"], row["access"]]
        for name in ("gets", "ranges", "heads", "bytes", "objects", "stored"):
            assert row[name] == held[name]
        for name, seconds in held["seconds"].items():
            got = row["seconds"][ways.index(f"{name}, 50 MB/s")]
            assert got == pytest.approx(seconds, rel=1e-3, abs=1e-4)
    (s3,) = [p for p in costing.prices(money.load()) if p["id"] == "s3"]
    whole = money.of_requests("s3", {"gets": 3, "heads": 2}, 1e9)
    assert 3 * s3["each"]["gets"] + 2 * s3["each"]["heads"] + 1e9 * s3["egress"] == pytest.approx(
        whole
    )


def test_method_tells_noise_of_sweeps_and_leaves_out_what_was_cut_off(tmp_path):
    folder = tmp_path / "m"
    folder.mkdir()
    head = {"sweep": 1, "machine": "m", "python": "3.12.1", "volume": {"id": ODD}}
    closed = {"event": "closed", "noise_floor": 0.041, "cores_used": 1.0}
    lines = [json.dumps(head), json.dumps(closed)]
    (folder / "a.sweep.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "b.sweep.jsonl").write_text(lines[0] + "\n")
    (folder / "c.sweep.jsonl").write_text('{"swe')
    data = made(["3.2.0", "3.2.1"], (REQUESTS, "c32", (16, 15)))
    data.sweeps = swept(tmp_path)
    assert [s["name"] for s in data.sweeps] == ["a"]
    body = Method().body(data)
    assert "4.1%" in body and ODD not in body and frame.text(ODD) in body
    assert "How many?" in body and "exact: the same on every machine" in body


# In a browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A site of three releases, made records, and names that look like markup."""
    root = tmp_path_factory.mktemp("project")
    whole = kept.ROOT
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "ROOT", root)
        patch.setattr(costing, "SHAPES", {"64,64,64": "a small one", "32,32,32": "a smaller"})
        keep_interop(
            root,
            exchange("zarr-3.1.6", "exact"),
            exchange("tensorstore", "unreadable", ODD),
            exchange("tensorstore", "differs", "2 voxels differ", codec="gzip-5", max_error=0.5),
            exchange("iohub-0.2.3", "skipped", "no format 3", zarr_format=3),
            exchange("zarr-3.1.6", "unreadable", "raises", fault="cut"),
        )
        for name in ("faults", "latency", "selfcheck"):
            text = (whole / "docs" / "records" / f"{name}.json").read_text()
            (root / "docs" / "records" / f"{name}.json").write_text(text)
        data = made(
            ["3.1.6", "3.2.0", "3.2.1"],
            (REQUESTS, "c32", (16, 16, 8)),
            (REQUESTS, "c64", (4, 4, None), {"more": ODD}),
            (RATIO, "c32", (1.02, 1.0, 1.3)),
            (SECONDS, "c32", (1.0, None, 2.0), {"low": [0.9, None, 1.9], "high": [1.1, None, 2.1]}),
            (REQUESTS, "c16", (16, 17, 18), {"volume": ODD}),
            (BITS, "c16", (32.00011, 32.00011, 32.00012), {"volume": ODD}),
            gaps=[(1, 2, "failed", 0)],
            reasons=[ODD],
        )
        place = tmp_path_factory.mktemp("site")
        publish.write(place, data, root)
    return place


def click_last(page):
    """The field furthest to the right on the map of the counts that has a colour."""
    place = page.evaluate("""() => {
      const canvas = document.querySelector("#heat canvas"), { width, height } = canvas;
      const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
      let found = null;
      for (let y = 0; y < height * 0.65; y++) for (let x = 0; x < width; x++) {  // above the legend
        const [r, g, b, a] = data.slice(4 * (y * width + x), 4 * (y * width + x) + 4);
        const tone = Math.max(r, g, b) - Math.min(r, g, b) > 50;
        if (tone && a > 60 && (!found || x >= found.x)) found = {x, y};
      }
      const scale = canvas.clientWidth / width;
      return {x: found.x * scale - 6, y: found.y * scale - 6};
    }""")
    page.locator("#heat canvas").click(position=place)


def test_releases_in_a_browser(visit, folder):
    page = visit(folder, "releases.html")
    section = page.locator("#release")
    assert section.locator("h2").inner_text() == "zarr 3.2.1"
    said = section.locator("li").first.inner_text()
    assert said.startswith("requests of ReadRequests: 1 of 2 cells fewer, none more, 1 fail")
    assert "16 → 8" in said and ODD in section.inner_text()
    assert "1.30x" in section.inner_text() and "2.00x" in section.inner_text()
    page.wait_for_selector("#heat canvas")
    assert "better" in page.locator("#heat canvas").get_attribute("aria-label")
    section.get_by_role("button", name="history of ReadRequests c32").first.click()
    page.wait_for_selector("#one-chart svg.marks")
    assert "3.2.1 8" in page.locator("#one-chart svg.marks").get_attribute("aria-label")
    assert "cell=m" in page.url and page.locator("#one-table tbody tr").count() == 3
    page.locator("#choice-release").select_option("3.2.0")
    assert "2 figures compared, 0 changed" in section.inner_text()
    assert "release=3.2.0" in page.url
    click_last(page)
    assert section.locator("h2").inner_text() == "zarr 3.2.1"
    page.locator("#choice-volume").select_option(ODD)
    assert "17 → 18" in section.inner_text()
    assert "32.00011 → 32.00012" in section.inner_text()  # with the digits that it takes
    shared = visit(folder, "releases.html" + page.url.partition(".html")[2])
    assert "17 → 18" in shared.locator("#release").inner_text()


def test_interoperability_in_a_browser(visit, folder):
    page = visit(folder, "interoperability.html")
    fields = page.locator("#codecs td")
    assert fields.all_inner_texts() == ["1/1", "0/1", "–", "–", "0/1 ≠ 1", "–"]
    assert page.locator("#damaged td").all_inner_texts()[0] == "raises"
    page.locator("#codecs td button", has_text="0/1").first.click()
    assert ODD in page.locator("#cells").inner_text()
    assert "show=codec~zstd-3~tensorstore" in page.url.replace("%7E", "~")
    page.locator("#choice-codec").select_option("gzip-5")
    assert page.locator("#failures tbody tr").count() == 1
    page.locator("#choice-format").select_option("3")
    assert "No cell has all that is chosen" in page.locator("#empty").inner_text()


def test_costs_in_a_browser(visit, folder):
    page = visit(folder, "costs.html#show=requests")
    page.wait_for_selector("#heat canvas")
    assert "requests of one view" in page.locator("#heat canvas").get_attribute("aria-label")
    before = page.locator("#reads tbody tr").first.inner_text()
    page.locator("#choice-readers").select_option("region")
    page.locator("#count-views").fill("1000000")
    assert page.locator("#reads tbody tr").first.inner_text() != before
    assert "readers=region" in page.url and "views=1000000" in page.url
    page.locator("#count-tomograms").fill("-1")
    assert "whole numbers from 1 on" in page.locator("#empty").inner_text()
    page.locator("#choice-backend").select_option("zarrs")
    assert "zarr-cryoet costs --backend zarrs" in page.locator("#empty").inner_text()
    page.locator("#faults td button").first.click()
    assert "zarr-2.18.7-fsstore, slowdown" in page.locator("#fault").inner_text()
    with page.expect_download() as got:
        page.locator("#stored").get_by_role("button", name="CSV").click()
    assert got.value.suggested_filename == "stored.csv"


@pytest.mark.parametrize("name", ["releases", "interoperability", "costs", "method"])
def test_pages_fit_a_narrow_screen_in_the_dark(visit, folder, name):
    options = {"viewport": {"width": 400, "height": 800}, "color_scheme": "dark"}
    page = visit(folder, f"{name}.html", **options)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.evaluate("document.querySelectorAll('main img').length") == 0  # nor markup of ours
