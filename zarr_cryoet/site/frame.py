"""What every page of ours has in common: the shell, the navigation, the scripts.

A page is one file in ``pages``: a subclass of `Page`, found because it is there.
"""

from __future__ import annotations

import html
import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import ClassVar

from .data import SCRIPT, Data

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "assets"
VEGA = "vega.js"


class Page(ABC):
    """One page of the site.

    Attributes
    ----------
    id : str
        Its file's name, without the end.
    title : str
        In the navigation bar, and at its head.
    summary : str
        One sentence: what one finds there.
    order : int
        Its place in the navigation bar.
    charts : bool
        Whether it draws with Vega, which is 0.9 MB.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    order: ClassVar[int] = 50
    charts: ClassVar[bool] = False

    @abstractmethod
    def body(self, data: Data) -> str:
        """HTML of what stands below the title; what comes from data goes through `text`."""

    def own(self, data: Data, results: Path) -> object:
        """What the page's script needs beside the data file, as JSON; None for nothing."""
        return None

    def specs(self) -> dict[str, dict]:
        """Its charts, by name: Vega-Lite whose rows the page's script puts in."""
        return {}

    def files(self, data: Data, results: Path) -> dict[str, bytes]:
        """Further files that it shows, by name: pictures, for example."""
        return {}

    def script(self) -> str:
        """Its script: what lies beside its own file as ``<id>.js``, after ``<id>.*.js``."""
        return script_of(Path(inspect.getfile(type(self))))


def script_of(own: Path) -> str:
    """What lies beside a file as ``<its stem>.js``, after ``<its stem>.*.js``."""
    parts = [*sorted(own.parent.glob(f"{own.stem}.*.js")), own.with_suffix(".js")]
    return "\n".join(part.read_text("utf-8") for part in parts if part.is_file())


def text(value: object) -> str:
    """A value as text in HTML, never as markup."""
    return html.escape(str(value))


def table(head: Iterable[str], rows: Iterable[Iterable[object]], caption: str = "") -> str:
    """A table; columns whose name begins with ``>`` hold numbers."""
    head = list(head)
    names = "".join(f"<th scope=col{_right(h)}>{text(h.lstrip('>'))}" for h in head)
    lines = [
        "<tr>" + "".join(f"<td{_right(h)}>{text('' if c is None else c)}"
                         for h, c in zip(head, row, strict=True))
        for row in rows
    ]  # fmt: skip
    said = f"<caption>{text(caption)}</caption>" if caption else ""
    body = "\n".join(lines)
    return f"<div class=wide><table>{said}<thead><tr>{names}<tbody>\n{body}\n</table></div>"


def _right(name: str) -> str:
    return " class=n" if name.startswith(">") else ""


def as_script(value: object) -> str:
    """JSON that may stand inside a script element: nothing in it can end that element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def links(all_pages: Iterable[Page], here: str = "") -> str:
    """The navigation bar's links to our pages, and to asv's."""
    ours = [
        f'<a href="{page.id}.html"{" aria-current=page" if page.id == here else ""}>'
        f"{text(page.title)}</a>"
        for page in all_pages
    ]
    asv = [f'<a href="index.html{hash}">{name}</a>' for name, hash in _ASV.items()]
    return "\n".join([*ours, *asv])


_ASV = {"Benchmark grid": "", "Benchmark list": "#/summarylist", "Regressions": "#/regressions"}


_SPECS: dict[str, dict[str, dict]] = {}


def _specs(page: Page) -> dict[str, dict]:
    """Once in a process: they hold no figures, and Altair takes a second for them."""
    if page.id not in _SPECS:
        _SPECS[page.id] = page.specs()
    return _SPECS[page.id]


def render(page: Page, data: Data, results: Path, all_pages: list[Page]) -> str:
    """A whole page."""
    specs = _specs(page)
    own = {"page": page.id, "specs": specs, "own": page.own(data, results)}
    scripts = [*([VEGA] if page.charts and specs else []), "frame.js"]
    return _SHELL.substitute(
        title=text(page.title),
        project=text(data.project),
        summary=text(page.summary),
        made=text(data.made),
        links=links(all_pages, page.id),
        body=page.body(data),
        own=as_script(own),
        data=SCRIPT,
        scripts="\n".join(f'<script src="{name}" defer></script>' for name in scripts),
        script=f'<script src="page-{page.id}.js" defer></script>' if page.script() else "",
    )


_SHELL = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title · $project</title>
<link rel="stylesheet" href="frame.css">
<script id="own" type="application/json">$own</script>
<script src="$data" defer></script>
$scripts
$script
</head>
<body>
<a class=skip href="#main">To the content</a>
<nav aria-label="Pages">
$links
</nav>
<main id="main">
<h1>$title</h1>
<p class=summary>$summary</p>
<noscript><p class=word>This page draws its figures with its own script; yours is off. The same
figures are in <a href="data.json">data.json</a>.</p></noscript>
<div id="word" role="status" hidden></div>
$body
</main>
<footer>$project · made $made · <a href="method.html">how each figure is taken</a> ·
<a href="data.json">all figures</a></footer>
</body>
</html>
""")
