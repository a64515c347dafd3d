"""What each release made better and worse, against the release before it."""

from __future__ import annotations

from pathlib import Path

from .. import changes, charts
from ..data import Data
from ..frame import Page, text


class Releases(Page):
    """Counts by release and metric; each release's changes; each cell's history."""

    id = "releases"
    title = "Releases"
    summary = (
        "What did each release make better or worse, against the release before it? Exact figures "
        "come first: they are the same on every machine, and any change of theirs is real. Lower "
        "is better in every figure."
    )
    order = 30
    charts = True

    def own(self, data: Data, results: Path) -> object:
        """What changed, worked out where the site is made."""
        return changes.plain(data)

    def specs(self) -> dict[str, dict]:
        """The two charts; none where Altair is not installed."""
        if not charts.available():
            return {}
        from ..charts import releases

        return {name: charts.spec(getattr(releases, name)()) for name in ("heat", "history")}

    def body(self, data: Data) -> str:
        """The places that its script fills."""
        dated = [release for release in data.releases if release["date"]]
        if len(dated) == 1:
            name = text(dated[0]["name"])
            return (
                f"<p class=word>There are results of one release only, {name}: nothing to compare. "
                "<code>zarr-cryoet bench --releases all</code> measures the others.</p>"
            )
        if not dated:
            return (
                "<p class=word>There are results of no release. "
                "<code>zarr-cryoet bench</code> measures three.</p>"
            )
        if not changes.comparable(data):
            return (
                "<p class=word>No benchmark has figures of two releases in the same place: nothing "
                "to compare. <code>zarr-cryoet bench --releases all</code> measures more.</p>"
            )
        return _BODY


_BODY = """<div id=controls class=controls></div>
<h2>Which release changed what?</h2>
<p class=quiet>Cells that are lower (↓, better) and higher (↑, worse) than in the release before;
· none of those that were compared; empty: not measured, or nothing before it to compare with. A
click shows the release.</p>
<figure><div id=heat></div></figure>
<details><summary>The same as a table</summary><div id=counts></div></details>
<p id=told class=said role=status></p>
<section id=release></section>
<section id=one hidden>
<h2 id=one-title tabindex=-1>One cell over the releases</h2>
<p id=one-words></p>
<figure><div id=one-chart></div></figure>
<div id=one-table></div>
</section>
"""
