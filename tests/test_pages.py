"""Pages of the docs that were generated are what their records render to."""

import gzip
import runpy
from pathlib import Path

import pytest

from zarr_cryoet.interop import records, table

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def test_the_page_of_figures_is_what_its_records_render_to():
    figures = runpy.run_path(str(ROOT / "tools" / "figures.py"))
    assert (DOCS / "figures.md").read_text() == figures["page"]()


def test_the_page_of_interoperability_is_what_its_record_renders_to(tmp_path):
    path = tmp_path / "interop.jsonl"
    path.write_bytes(gzip.decompress((DOCS / "records" / "interop.jsonl.gz").read_bytes()))
    assert (DOCS / "interoperability.md").read_text() == table.render(records.load(path))


@pytest.mark.parametrize("page", ["figures", "interoperability", "claims", "method"])
def test_pages_link_to_pages_that_are_there(page):
    import re

    for name in re.findall(r"\]\(([\w./-]+\.md)\)", (DOCS / f"{page}.md").read_text()):
        assert (DOCS / name).is_file(), name
