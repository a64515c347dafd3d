"""Have asv's grid begin with what is exact, and the same on every machine."""

from __future__ import annotations

from pathlib import Path

from asv.console import log
from asv.publishing import OutputPublisher

FIRST = ("exact", "requests", "interoperability", "ratio")
_GROUPS = "var groups = {};"  # asv 0.6.6 fills it in the order of names


class ExactFirst(OutputPublisher):
    """Patches the copy of asv's script in the published site; no page of its own."""

    name = "grid"
    button_label = "Grid"
    description = "Exact figures first"
    order = 30

    @classmethod
    def publish(cls, conf, repo, benchmarks, graphs, revisions):
        """Called by ``asv publish``."""
        script = Path(conf.html_dir) / "summarygrid.js"
        text = script.read_text("utf-8")
        if text.count(_GROUPS) != 1:
            log.warning("the grid is in the order of names: asv's script is not that of 0.6.6")
            return
        there = {name.partition(".")[0] for name in benchmarks}
        begun = ", ".join(f'"{name}": []' for name in FIRST if name in there)
        script.write_text(text.replace(_GROUPS, f"var groups = {{{begun}}};"), "utf-8")
