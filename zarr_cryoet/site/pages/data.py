"""What the volumes are that figures were measured on: how they look, and whose they are."""

from __future__ import annotations

from pathlib import Path

from ...portraits import records
from .. import volumes
from ..data import Data
from ..frame import Page

_UNKNOWN = "not known"


class Volumes(Page):
    """A portrait of each volume, and a table of all."""

    id = "data"
    title = "Data"
    summary = (
        "The volumes that figures were measured on: what they look like, whether they are real, "
        "derived or synthetic, and how to cite them."
    )
    order = 60
    charts = True

    def body(self, data: Data) -> str:
        """Places for the page's script."""
        return _BODY

    def own(self, data: Data, results: Path) -> dict:
        """By volume: its record, what is shown beside it, and its portrait."""
        looks = records.load(results)
        return {name: _one(name, data, looks.get(name)) for name in _names(data, looks)}

    def specs(self) -> dict[str, dict]:
        """Two charts, where Altair is installed."""
        from .. import charts

        if not charts.available():
            return {}
        from ..charts import portrait

        return {
            "histogram": charts.spec(portrait.histogram()),
            "spectrum": charts.spec(portrait.spectrum()),
        }

    def files(self, data: Data, results: Path) -> dict[str, bytes]:
        """The slices, as PNG."""
        return {
            _file(name, plane): each["png"]
            for name, look in records.load(results).items()
            for plane, each in look.drawn["slices"].items()
        }


def _names(data: Data, looks: dict) -> list[str]:
    """Volumes with figures first, then those that were looked at alone."""
    return list(dict.fromkeys([*sorted(data.names["volume"]), *sorted(looks)]))


def _file(name: str, plane: str) -> str:
    return f"volume-{records.stem(name)}-{plane}.png"


def _one(name: str, data: Data, look: records.Portrait | None) -> dict:
    record = data.volumes.get(name) or (look.volume if look else None)
    found: dict = {
        "figures": name in data.names["volume"],
        "record": record,
        "from": volumes.citation(record["source"]) if record else _UNKNOWN,
        "look": None,
    }
    if look:
        slices = {
            plane: {**{k: v for k, v in each.items() if k != "png"}, "file": _file(name, plane)}
            for plane, each in look.drawn["slices"].items()
        }
        found["look"] = {**look.drawn, "slices": slices, "made": look.made}
    return found


_BODY = """
<div class=controls id=choices></div>
<div id=volume></div>
<div id=portrait hidden>
<h2>Three slices through the middle</h2>
<p class=quiet id=grey></p>
<div class=cards id=slices></div>
<h2>How its values are distributed</h2>
<figure><div id=histogram></div><figcaption id=histogram-said></figcaption></figure>
<details><summary>The same as a table</summary><div id=histogram-rows></div></details>
<h2>How its frequencies are distributed</h2>
<figure><div id=spectrum></div><figcaption id=spectrum-said></figcaption></figure>
<details><summary>The same as a table</summary><div id=spectrum-rows></div></details>
</div>
<h2>All volumes</h2>
<div id=all></div>
"""
