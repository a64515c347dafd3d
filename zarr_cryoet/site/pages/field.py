"""What others have published of Zarr on tomograms, and what came of it here."""

from __future__ import annotations

from ...studies.field import records
from .. import kept
from ..data import Data
from ..frame import Page, text

_HEAD = ("claim", "published", "holds where", "here", "verdict")


class Field(Page):
    """A row for each claim, and below it each pair that was measured."""

    id = "field"
    title = "Claims"
    summary = (
        "What others have published about codecs, chunks and libraries for tomograms, each "
        "measured here on several volumes, before and after side by side in one run."
    )
    order = 65

    def body(self, data: Data) -> str:
        """A table, or why there is none."""
        found, why = kept.said(lambda: records.load(kept.ROOT / records.PATH))
        if found is None:
            return f"<p class=word>{text(why)}</p>"
        head = "".join(f"<th scope=col>{name}" for name in _HEAD)
        rows = "\n".join(map(_row, found))
        return (
            f"<div class=wide><table><thead><tr>{head}<tbody>\n{rows}\n</table></div>\n"
            "<p class=quiet><em>depends</em>: it holds of some pairs and not of others; "
            "<em>undecided</em>: the noise of the run is larger than what would tell. How it was "
            f"measured, on what, and by which rule: {kept.link('field')}.</p>"
        )

    def files(self, data: Data, results) -> dict[str, bytes]:
        """The page of the docs, as a text."""
        return kept.docs("field")


def _row(row: dict) -> str:
    sources = "; ".join(map(_source, row["sources"])) or "unsourced: commonly said"
    pairs = "".join(f"<li>{text(_pair(pair))}" for pair in row["pairs"])
    verdicts = [pair["verdict"] for pair in row["pairs"]]
    held = f"{verdicts.count('holds')} of {len(verdicts)} pairs"
    return (
        f"<tr id={text(row['id'])}><td class=more>{text(row['claim'])}<td class=more>"
        f"{text(row['published'])}<br><span class=quiet>{sources}</span>"
        f"<td class=more>{text(row['holding'])}<td>{text(_figure(row['ours']))}"
        f"<td><strong>{text(row['verdict'])}</strong><br><span class=quiet>holds of {held}</span>"
        f"<details><summary>each</summary><ul>{pairs}</ul></details>"
    )


def _source(source: dict) -> str:
    """A link where the record has an address of the web, else its title alone."""
    url = str(source.get("url") or "")
    if not url.startswith("https://"):
        return text(source["title"])
    return f'<a href="{text(url)}" rel="noreferrer">{text(source["title"])}</a>'


def _pair(pair: dict) -> str:
    what = ", ".join(str(value) for value in pair["factors"].values())
    return f"{what}: {_figure(pair['ours'])}, {pair['verdict']}"


def _figure(ours: dict | None) -> str:
    """``4.14 times as fast (3.94 to 4.94)``; bounds only where they are apart."""
    if not ours or ours["figure"] is None:
        return "not measured"
    sign = "+" if ours["signed"] else ""
    value, low, high = (f"{ours[key]:{sign}.3g}" for key in ("figure", "low", "high"))
    return f"{value} {ours['unit']}" + (f" ({low} to {high})" if low != high else "")
