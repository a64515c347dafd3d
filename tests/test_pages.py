"""Pages of the docs that were generated are what their records render to."""

import json
import runpy
from pathlib import Path

import pytest

from zarr_cryoet.costs import page
from zarr_cryoet.costs import records as latency
from zarr_cryoet.model import prices as money
from zarr_cryoet.studies import studies

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def test_the_page_of_figures_is_what_its_records_render_to():
    figures = runpy.run_path(str(ROOT / "tools" / "figures.py"))
    assert (DOCS / "figures.md").read_text() == figures["page"]()


def test_the_page_of_interoperability_is_what_its_record_renders_to():
    study = studies()["interop"]
    record = study.load(DOCS / "records" / "interop.jsonl.gz")
    assert (DOCS / "interoperability.md").read_text() == study.page(record)


def test_the_page_of_fetching_is_what_its_record_renders_to():
    study = studies()["fetching"]
    record = study.load(study.path(ROOT))  # which has no version
    assert (DOCS / "fetching.md").read_text() == study.page(record)
    assert study.format.parsed(json.loads(study.text(record))) == record and study.holds(record)


def test_the_page_of_costs_is_what_its_record_and_the_prices_render_to():
    record = latency.load(DOCS / "records" / "latency.json")
    assert (DOCS / "costs.md").read_text() == page.render(record, money.load())


def test_the_record_of_the_check_has_enough_to_say_something():
    record = latency.load(DOCS / "records" / "latency.json")
    assert len(record.rows) >= 40
    assert len({row.backend for row in record.rows}) >= 3
    assert {0.005, 0.020, 0.080} <= {row.latency for row in record.rows}


@pytest.mark.parametrize(
    "name", ["figures", "interoperability", "claims", "method", "costs", "portal", "fetching"]
)
def test_pages_link_to_pages_that_are_there(name):
    import re

    for linked in re.findall(r"\]\(([\w./-]+\.md)\)", (DOCS / f"{name}.md").read_text()):
        assert (DOCS / linked).is_file(), linked
