"""Writes our pages into the site that asv publishes."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

from asv.console import log
from asv.publishing import OutputPublisher

from .. import results
from ..core.errors import UserError
from ..environments import packages
from ..portraits import records as portraits
from ..reproduce.parts import parts
from ..reproduce.pins import by_release
from . import frame
from .charts import bundle
from .data import FILE, SCRIPT, collect, machines, swept
from .pages import all_pages

_PARTS = "reproduce-parts.js"  # what scripts of cells are put together from, on the first click
_NAVIGATION = '<li id="nav-li-regressions">'


class Pages(OutputPublisher):
    """Writes every page of ``pages``, the data file, and links in asv's navigation bar."""

    name = "pages"
    button_label = "Pages"
    description = "What to use, what each release did, and why something did not run"
    order = 10

    @classmethod
    def publish(cls, conf, repo, benchmarks, graphs, revisions):
        """Called by ``asv publish``."""
        folder, found = Path(conf.html_dir), Path(conf.results_dir)
        try:
            root = Path(conf.benchmark_dir).absolute().parent
            records = list(results.table(found, root))
            portraits.load(found)  # a damaged one is told before anything is written
        except UserError as exc:  # asv would show a trace
            print(f"zarr-cryoet: {exc}", file=sys.stderr)
            sys.exit(2)
        releases = _releases(repo, revisions, Path(conf.repo).stem)
        data = collect(records, releases, conf.project)
        data.machines, data.sweeps = machines(found), swept(found)
        write(folder, data, found)
        _link(folder / "index.html")


def write(folder: Path, data, results: Path) -> None:
    """All pages and what they need, into a folder.

    Parameters
    ----------
    folder
        Of the site.
    data : Data
        What they show.
    results
        Where records lie that a page reads itself.
    """
    for name, look in portraits.load(results).items():  # of what the cache here may lack
        if name in data.names["volume"]:
            data.volumes.setdefault(name, look.volume)
    written = data.text()
    (folder / FILE).write_text(written, "utf-8")
    (folder / SCRIPT).write_text(f"window.zarrCryoet={written};", "utf-8")
    for asset in sorted(frame.ASSETS.iterdir()):
        (folder / asset.name).write_bytes(asset.read_bytes())
    scripts = frame.as_script(parts(by_release()))
    (folder / _PARTS).write_text(f"window.zarrCryoetParts={scripts};", "utf-8")
    pages = all_pages()
    if any(page.charts for page in pages):
        script = bundle()
        if script is None:
            log.warning("pages have tables alone: charts need the extra `site` of zarr-cryoet")
        else:
            (folder / frame.VEGA).write_text(script, "utf-8")
    for page in pages:
        (folder / f"{page.id}.html").write_text(frame.render(page, data, results, pages), "utf-8")
        if script := page.script():
            (folder / f"page-{page.id}.js").write_text(script, "utf-8")
        for name, content in page.files(data, results).items():
            (folder / name).write_bytes(content)


def _releases(repo, revisions: dict[str, int], history: str) -> list[dict]:
    """The commits that asv publishes, by the names that tags give them."""
    names = {commit: tag for tag, commit in repo.get_tags().items()}
    found = [package.notes for package in packages.PACKAGES if package.name == history]
    ordered = sorted(revisions, key=revisions.get)
    return [_release(repo, commit, names.get(commit), *found) for commit in ordered]


def _release(repo, commit: str, tag: str | None, notes: str | None = None) -> dict:
    """One of them; `notes` is where its makers tell what is new, with ``{}`` for the release."""
    day = datetime.datetime.fromtimestamp(repo.get_date(commit) / 1000, datetime.UTC)
    name = tag.removeprefix("v") if tag else commit[:8]
    return {
        "name": name,
        "commit": commit,
        "date": day.strftime("%Y-%m-%d"),
        "notes": notes.format(name) if notes and tag else None,
    }


def _link(index: Path) -> None:
    """Our pages beside asv's own, in its navigation bar."""
    found = index.read_text("utf-8")
    more = "".join(
        f'<li><a href="{page.id}.html">{frame.text(page.title)}</a></li>\n        '
        for page in all_pages()
    )
    if _NAVIGATION not in found:
        log.warning("our pages are not linked: asv's index.html is not the one of 0.6.6")
        return
    index.write_text(found.replace(_NAVIGATION, more + _NAVIGATION, 1), "utf-8")
