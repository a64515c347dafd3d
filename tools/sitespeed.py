"""How fast the site is at a size that it has not reached yet, in a real browser.

    python tools/sitespeed.py [CELLS [RELEASES]]   measure, and keep docs/records/sitespeed.json
    python tools/sitespeed.py show FILE            a record as a table

Makes up results (tools/madeup.py) in a copy of the clone, publishes them, and opens each of our
pages in headless Chromium: first paint, what was drawn when, each move of each control, and what
was loaded, compressed. Needs the extra `dev`, and Chromium.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from zarr_cryoet import console

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "docs" / "records" / "sitespeed.json"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
#: What the site is to keep to: seconds to publish, to first paint, for a move; bytes, gzip -6.
GOALS = {"publish": 60.0, "first_paint": 1.5, "move": 0.1, "bytes": 3 * 1024**2}
_OPENED = 5  # times, of which the median counts
_MOVES = 3  # of each control, to different values
_QUIET = 200  # ms without a change after which a page is settled
_LONGEST = 10_000

# Counts until the last change that a move made to the page; the frame after it is not in it.
_MOVE = (
    """async ({n, place}) => {
  const seen = (e) => e.offsetParent !== null && !e.disabled;
  const found = [...document.querySelectorAll(
    "main select, main input[type=checkbox], main input[type=range]")].filter(seen);
  const control = found[n];
  if (!control) return null;
  const before = control.type === "checkbox" ? control.checked : control.value;
  let last = 0;
  const watch = new MutationObserver(() => { last = performance.now(); });
  watch.observe(document.body,
    {subtree: true, childList: true, attributes: true, characterData: true});
  const name = control.id || control.name || control.closest("label")?.textContent || control.type;
  const begun = performance.now();
  if (control.type === "checkbox") control.click();
  else {
    if (control.type === "range") {
      const [low, high] = [Number(control.min || 0), Number(control.max || 100)];
      control.value = String(low + (high - low) * (place + 1) / (MOVES + 1));
    } else control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
    control.dispatchEvent(new Event("input", {bubbles: true}));
    control.dispatchEvent(new Event("change", {bubbles: true}));
  }
  const handled = performance.now();
  const after = control.type === "checkbox" ? control.checked : control.value;
  while (performance.now() - Math.max(last, handled) < QUIET && performance.now() - begun < LONGEST)
    await new Promise((done) => setTimeout(done, 20));
  watch.disconnect();
  return {name: name.trim().slice(0, 40), moved: before !== after,
    seconds: (Math.max(last, handled) - begun) / 1e3};
}""".replace("MOVES", str(_MOVES))
    .replace("QUIET", str(_QUIET))
    .replace("LONGEST", str(_LONGEST))
)

_WATCH = """(() => { window.__last = 0;
  new MutationObserver(() => { window.__last = performance.now(); })
    .observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
})()"""

_SETTLED = f"""async () => {{
  while (performance.now() - window.__last < {_QUIET} && performance.now() < {_LONGEST})
    await new Promise((done) => setTimeout(done, 20));
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {{paint: paint ? paint.startTime / 1e3 : null, drawn: window.__last / 1e3,
    loaded: performance.getEntriesByType("resource").map((each) => each.name)}};
}}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder: Path):
    """The URL of a folder on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def copy(place: Path) -> None:
    """What git tracks or would track, without results."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith("results/"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


def published(place: Path, cells: int, releases: int) -> dict:
    """Publish made-up results there: seconds in all, and in what is ours."""
    import madeup  # beside this file

    from zarr_cryoet import results
    from zarr_cryoet.site import publish
    from zarr_cryoet.site.data import collect, machines

    found = place / "results"
    count = madeup.write(place, found, cells, releases)
    volumes = {r.volume for r in results.table(found)}
    for number, name in enumerate(sorted(volumes)):
        madeup.portrait(found, name, number)
    env = {**os.environ, "PYTHONPATH": str(place)}
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "asv", "publish"], cwd=place, env=env, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
    took = time.monotonic() - begun
    begun = time.monotonic()
    records = list(results.table(found))
    made = [{"name": c, "commit": c, "date": None, "notes": None}
            for c in dict.fromkeys(r.commit for r in records)]  # fmt: skip
    data = collect(records, made, place, "made up")
    data.machines = machines(found)
    with tempfile.TemporaryDirectory() as apart:
        publish.write(Path(apart), data, found)
    ours = time.monotonic() - begun
    return {"cells": count, "releases": len(made), "volumes": len(volumes),
            "publish": round(took, 2), "publish_ours": round(ours, 2)}  # fmt: skip


def opened(browser, home: str, folder: Path, page: str) -> dict:
    """One page: first paint, drawn, moves, and what it loads."""
    visits = []
    for _ in range(_OPENED):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(_WATCH)
        tab = context.new_page()
        tab.goto(f"{home}/{page}.html", wait_until="load")
        visits.append(tab.evaluate(_SETTLED))
        if len(visits) < _OPENED:
            context.close()
    moves = _moves(tab)
    context.close()
    files = {f"{page}.html", *(url.removeprefix(f"{home}/") for url in visits[0]["loaded"])}
    sizes = {n: len(gzip.compress((folder / n).read_bytes(), 6, mtime=0))
             for n in files if (folder / n).is_file()}  # fmt: skip
    seconds = [each["seconds"] for each in moves]
    worst = max(moves, key=lambda each: each["seconds"], default=None)
    paints = [v["paint"] for v in visits if v["paint"] is not None]
    return {
        "page": page,
        "first_paint": round(median(paints), 3) if paints else None,
        "drawn": round(median(v["drawn"] for v in visits), 3),
        "controls": len({each["name"] for each in moves}),
        "moves": len(moves),
        "move_median": round(median(seconds), 4) if seconds else None,
        "move_worst": round(worst["seconds"], 4) if worst else None,
        "worst": worst["name"] if worst else None,
        "bytes": sum(sizes.values()),
    }


def _moves(tab) -> list[dict]:
    """Each control there is, moved a few times."""
    found = []
    for number in range(200):
        for place in range(_MOVES):
            done = tab.evaluate(_MOVE, {"n": number, "place": place})
            if done is None:
                return found
            if done["moved"]:
                found.append(done)
    return found


def measure(cells: int, releases: int) -> dict:
    """All of it, as a record."""
    from playwright.sync_api import sync_playwright

    from zarr_cryoet.site import frame

    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        sys.exit("sitespeed: Chromium is not installed; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="sitespeed-") as held, sync_playwright() as playwright:
        place = Path(held)
        copy(place)
        console.tell(f"publishing {cells} cells of {releases} releases")
        record = published(place, cells, releases)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        with served(place / "html") as home:
            pages = []
            for page in frame.pages():
                console.tell(f"opening {page.id}")
                pages.append(opened(browser, home, place / "html", page.id))
        version = browser.version
        browser.close()
    return {
        "sitespeed": 1, **record, "data_bytes": max(p["bytes"] for p in pages),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "chromium": version,
        "measured": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"), "pages": pages,
    }  # fmt: skip


def markdown(record: dict) -> str:
    """A section of docs/figures.md."""
    goals = GOALS
    lines = [
        "## The site, large\n",
        f"`python tools/sitespeed.py`: {record['cells']} made-up cells (synthetic) of "
        f"{record['releases']} releases on {record['volumes']} volumes, published by `asv publish` "
        f"in {record['publish']:.1f} s (to keep to: {goals['publish']:.0f} s), of which "
        f"{record['publish_ours']:.1f} s are our pages and their data, measured apart. Opened in "
        f"headless Chromium {record['chromium'].partition('.')[0]} on {record['processors']} "
        f"cores at a load of {record['load']}. First paint (to keep to: "
        f"{goals['first_paint']:g} s) and when the page was drawn are medians of {_OPENED}; a move "
        f"of a control is counted from its event to the last change of the page (to keep to: "
        f"{1000 * goals['move']:.0f} ms); the size is all that the page loads, each file by "
        f"gzip -6 (to keep to: {goals['bytes'] / 2**20:.0f} MiB).\n",
        "| page | first paint, s | drawn, s | controls | moves | median, ms | worst, ms | which "
        "| size |",
        "|---|---:|---:|---:|---:|---:|---:|---|---:|",
    ]
    for each in record["pages"]:
        lines.append("| " + " | ".join(_row(each)) + " |")
    over = _over(record)
    lines.append("\nAbove what it is to keep to: " + "; ".join(over) + "." if over else
                 "\nNothing is above what it is to keep to.")  # fmt: skip
    return "\n".join(lines)


def _row(each: dict) -> list[str]:
    def ms(value):
        return "" if value is None else f"{1000 * value:.0f}"

    paint = "" if each["first_paint"] is None else f"{each['first_paint']:.2f}"
    return [each["page"], paint, f"{each['drawn']:.2f}", str(each["controls"]), str(each["moves"]),
            ms(each["move_median"]), ms(each["move_worst"]), each["worst"] or "",
            console.size(each["bytes"])]  # fmt: skip


def show(record: dict) -> None:
    """A table, and what is over its goal."""
    console.say(f"{record['cells']} cells, {record['releases']} releases: published in "
                f"{record['publish']} s, {record['publish_ours']} s of it ours")  # fmt: skip
    head = ["page", ">paint, s", ">drawn, s", ">moves", ">median, ms", ">worst, ms", ">size"]
    rows = [(*row[:3], *row[4:7], row[8]) for row in map(_row, record["pages"])]
    console.table(head, rows)
    for line in _over(record):
        console.say(line)


def _over(record: dict) -> list[str]:
    """What does not keep to its goal."""
    held = {"first_paint": "s to first paint", "move_worst": "s for a move of {worst}",
            "bytes": "bytes, compressed"}  # fmt: skip
    goals = {**GOALS, "move_worst": GOALS["move"]}
    found = [
        f"{each['page']}: {each[key]} {said.format(**each)}, above {goals[key]:g}"
        for each in record["pages"]
        for key, said in held.items()
        if (each[key] or 0) > goals[key]
    ]
    if record["publish"] > GOALS["publish"]:
        found.append(f"published in {record['publish']} s, above {GOALS['publish']:g}")
    return found


def main(words: list[str]) -> None:
    """What the text above says."""
    if words[:1] == ["show"]:
        return show(json.loads(Path(words[1]).read_text("utf-8")))
    record = measure(*(int(word) for word in words or ("5000", "20")))
    RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return show(record)


if __name__ == "__main__":
    main(sys.argv[1:])
