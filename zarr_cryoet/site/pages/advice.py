"""What should I use for my tomograms, the way I read them, where I keep them?"""

from __future__ import annotations

from pathlib import Path

from ...recommend import candidates, question
from .. import advice, snippets
from ..charts import spec
from ..data import Data
from ..frame import Page

_BODY = """
<div class="beside">
<form id="ask" aria-label="What is asked for" hidden></form>
<section aria-labelledby="answer-title">
<h2 id="answer-title">What to use</h2>
<p id="said" class="quiet"></p>
<p id="told" class="said" role="status"></p>
<div id="cards" class="cards"></div>
<div id="beside"></div>
</section>
</div>
<section id="all" hidden>
<h2>All ways of storing</h2>
<p class="quiet">Each point is a codec in a layout. Towards the lower left is better. On the front
are those that no other beats in seconds, bytes, objects and money at once.</p>
<figure><div id="chart"></div></figure>
<details><summary>The same as a table</summary><div id="table"></div></details>
</section>
<section id="code" hidden>
<h2>Code to paste</h2>
<div class="controls" id="code-controls"></div>
<pre id="snippet" tabindex="0" aria-label="Code that stores a tomogram so"></pre>
</section>
<section id="why" hidden>
<h2>What this rests on</h2>
<div id="reasons" class="long"></div>
</section>
"""


class Advice(Page):
    """The model of `zarr-cryoet recommend` in the browser; everything chosen is in the address."""

    id = "advice"
    title = "Advice"
    summary = (
        "What should I use for my tomograms, the way I read them, where I keep them, and what "
        "will it cost? Describe them; the answer follows as you move a slider."
    )
    order = 1
    charts = True

    def body(self, data: Data) -> str:
        """Places that the script fills."""
        return _BODY.strip()

    def script(self) -> str:
        """The model, then the page."""
        return "\n".join([advice.model(), super().script()])

    def specs(self) -> dict[str, dict]:
        """One chart."""
        from ..charts import available

        if not available():
            return {}
        from ..charts.advice import pareto

        return {"pareto": spec(pareto())}

    def own(self, data: Data, results: Path) -> dict:
        """Rows, terms on record and what is wrong with others, and code by library."""
        kinds, faults = advice.kinds(results)
        code = snippets.templates(tuple(candidates.codecs()), tuple(question.TYPES))
        return {**advice.rows(), "kinds": kinds, "faults": faults, "snippets": code}
