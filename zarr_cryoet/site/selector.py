"""Have asv's graphs begin with one volume, where they would lay all over each other."""

from __future__ import annotations

from pathlib import Path

from asv.console import log
from asv.publishing import OutputPublisher

from ..core.volume import VOLUME_VARIABLE

# asv 0.6.6 begins a graph with all values of a parameter, but for the branch
_BRANCH = "if (param == 'branch') {\n                        state[param] = [values[0]];"


class OneVolume(OutputPublisher):
    """Patches the copy of asv's script in the published site; no page of its own."""

    name = "volumes"
    button_label = "Volumes"
    description = "Graphs begin with one volume"
    order = 20

    @classmethod
    def publish(cls, conf, repo, benchmarks, graphs, revisions):
        """Called by ``asv publish``."""
        script = Path(conf.html_dir) / "graphdisplay.js"
        text = script.read_text("utf-8")
        if _BRANCH not in text:
            log.warning("graphs begin with all volumes: asv's script is not the one of 0.6.6")
            return
        either = f"if (param == 'branch' || param == 'env-{VOLUME_VARIABLE}') {{"
        script.write_text(text.replace(_BRANCH.split("\n")[0], either, 1), "utf-8")
