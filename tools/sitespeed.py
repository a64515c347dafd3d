"""How fast the site is at a size that it has not reached yet, in a real browser.

    python tools/sitespeed.py [CELLS [RELEASES]]   measure, and keep docs/records/sitespeed.json
    python tools/sitespeed.py show FILE            a record as a table

Makes up results (tools/madeup.py) in a copy of the clone, publishes them, and opens each of our
pages in headless Chromium: first paint, when all was drawn, each move of each control, and what
was loaded, compressed. Beside each time stands that of the processor, which others on the machine
do not lengthen as much. Needs the extra `dev`, and Chromium.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from zarr_cryoet import console, units

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "docs" / "records" / "sitespeed.json"
#: What the site is to keep to: seconds to publish, to first paint, for a move; bytes, gzip -6.
GOALS = {"publish": 60.0, "first_paint": 1.5, "move": 0.1, "bytes": 3 * 1024**2}


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
    begun, ran = time.monotonic(), _children()
    subprocess.run([sys.executable, "-m", "asv", "publish"], cwd=place, env=env, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
    took, busy = time.monotonic() - begun, _children() - ran
    begun, ran = time.monotonic(), time.process_time()
    records = list(results.table(found, place))
    made = [{"name": c, "commit": c, "date": None, "notes": None}
            for c in dict.fromkeys(r.commit for r in records)]  # fmt: skip
    data = collect(records, made, "made up")
    data.machines = machines(found)
    with tempfile.TemporaryDirectory() as apart:
        publish.write(Path(apart), data, found)
    ours, own = time.monotonic() - begun, time.process_time() - ran
    return {"cells": count, "releases": len(made), "volumes": len(volumes),
            "publish": round(took, 2), "publish_cpu": round(busy, 2),
            "publish_ours": round(ours, 2), "publish_ours_cpu": round(own, 2)}  # fmt: skip


def _children() -> float:
    """Seconds of a processor that processes which have ended took."""
    used = os.times()
    return used.children_user + used.children_system


def measure(cells: int, releases: int) -> dict:
    """All of it, as a record."""
    import browsing  # beside this file
    from playwright.sync_api import sync_playwright

    from zarr_cryoet.site.pages import all_pages

    path = next(filter(None, map(shutil.which, browsing.NAMES)), None)
    if path is None:
        sys.exit("sitespeed: Chromium is not installed; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="sitespeed-") as held, sync_playwright() as playwright:
        place = Path(held)
        copy(place)
        console.tell(f"publishing {cells} cells of {releases} releases")
        record = published(place, cells, releases)
        browser = playwright.chromium.launch(executable_path=path, args=list(browsing.FLAGS))
        with browsing.served(place / "html") as home:
            pages = []
            for page in all_pages():
                console.tell(f"opening {page.id}")
                pages.append(browsing.opened(browser, home, place / "html", page.id))
        version = browser.version
        browser.close()
    return {
        "sitespeed": 1, **record, "opened": browsing.OPENED,
        "data_bytes": max(p["bytes"] for p in pages),
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
        f"in {record['publish']:.1f} s, {record['publish_cpu']:.1f} s of a processor (to keep to: "
        f"{goals['publish']:.0f} s), of which {record['publish_ours']:.1f} and "
        f"{record['publish_ours_cpu']:.1f} s are our pages and data, measured apart. Opened in "
        f"headless Chromium {record['chromium'].partition('.')[0]} on {record['processors']} "
        f"cores at a load of {record['load']}. First paint (to keep to: "
        f"{goals['first_paint']:g} s) and when the page was drawn are medians of "
        f"{record['opened']}; a move of a control is counted from its event to the last change of "
        f"the page (to keep to: "
        f"{1000 * goals['move']:.0f} ms), and what the main thread had of a processor until the "
        f"page was settled, painting included, stands beside it; the size is all that the page "
        f"loads, each file by "
        f"gzip -6 (to keep to: {goals['bytes'] / 2**20:.0f} MiB).\n",
        "| page | first paint, s | drawn, s | controls | moves | median, ms | worst, ms | which "
        "| processor, worst, ms | size |",
        "|---|---:|---:|---:|---:|---:|---:|---|---:|---:|",
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
            ms(each["move_cpu_worst"]), units.format_size(each["bytes"])]  # fmt: skip


def show(record: dict) -> None:
    """A table, and what is over its goal."""
    console.say(f"{record['cells']} cells, {record['releases']} releases: published in "
                f"{record['publish']} s ({record['publish_cpu']} of a processor), "
                f"{record['publish_ours']} s ({record['publish_ours_cpu']}) ours")  # fmt: skip
    head = ["page", ">paint, s", ">drawn, s", ">moves", ">median, ms", ">worst", ">cpu", ">size"]
    rows = [(*row[:3], *row[4:7], *row[8:]) for row in map(_row, record["pages"])]
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
