"""Open a page of a published site in headless Chromium, and time what it does.

For tools/sitespeed.py, which says what is measured.
"""

from __future__ import annotations

import contextlib
import gzip
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
OPENED = 5  # times, of which the median counts
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


def opened(browser, home: str, folder: Path, page: str) -> dict:
    """One page: first paint, drawn, moves, and what it loads."""
    visits = []
    for _ in range(OPENED):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(_WATCH)
        tab = context.new_page()
        tab.goto(f"{home}/{page}.html", wait_until="load")
        visits.append(tab.evaluate(_SETTLED))
        if len(visits) < OPENED:
            context.close()
    moves = _moves(tab, _processor(context, tab))
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
        "move_cpu_worst": round(max(each["cpu"] for each in moves), 4) if moves else None,
        "worst": worst["name"] if worst else None,
        "bytes": sum(sizes.values()),
    }


def _processor(context, tab):
    """What tells the seconds of a processor that a page's main thread has taken so far."""
    told = context.new_cdp_session(tab)
    told.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    told.send("Performance.enable")

    def taken() -> float:
        found = told.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in found if each["name"] == "TaskDuration")

    return taken


def _moves(tab, taken) -> list[dict]:
    """Each control there is, moved a few times."""
    found = []
    for number in range(200):
        for place in range(_MOVES):
            before = taken()
            done = tab.evaluate(_MOVE, {"n": number, "place": place})
            if done is None:
                return found
            if done["moved"]:
                found.append({**done, "cpu": taken() - before})
    return found
