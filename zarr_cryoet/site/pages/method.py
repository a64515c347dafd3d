"""How each figure of the site is taken, how sure it is, and what it cannot tell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ...core.measure.setups import REFERENCE
from ...core.metrics import METRICS
from ...units import format_size
from .. import changes, kept, volumes
from ..data import Data
from ..frame import Page, table, text

_PINS = ("numcodecs", "numpy", "tensorstore", "zarrs", "obstore")
_SURE = {
    changes.EXACT: "exact: the same on every machine",
    changes.RATIO: "a ratio: what the machine did meanwhile falls out",
    changes.HINT: "this machine's: a hint",
}


class Method(Page):
    """Tables from the registries, the results and the records; without a script."""

    id = "method"
    title = "Method"
    summary = (
        "How is each figure taken, on which machine, with which versions, how much noise is in "
        "it, what is synthetic, and what can it not tell?"
    )
    order = 90

    def files(self, data: Data, results: Path) -> dict[str, bytes]:
        """The docs that say more."""
        return kept.docs("method") | kept.docs("figures")

    def body(self, data: Data) -> str:
        """All of it."""
        parts = [_PROOF.replace("$method", kept.link("method"))]
        parts += [_metrics(data), _INTERVALS, _noise(data)]
        parts += [_machines(data), _versions(data), _volumes(data), _LIMITS]
        return "\n".join(parts)


def _metrics(data: Data) -> str:
    """A row for each metric by how sure it is; and each benchmark with its question."""
    counts = Counter(data.cell(n)["benchmark"] for n in range(len(data.values)))
    found: dict[tuple, Counter] = {}
    for name, about in data.benchmarks.items():
        key = list(_SURE).index(changes.kind(about)), about["metric"], about["unit"]
        found.setdefault(key, Counter())[about.get("title") or name] += counts[name]
    if not found:
        return "<h2>Figures</h2><p class=word>There are no results yet.</p>"
    sure = list(_SURE.values())
    rows = [
        (*_named(metric), unit, sure[how],
         ", ".join(benchmarks), f"{benchmarks.total():,}")
        for (how, metric, unit), benchmarks in sorted(found.items())
    ]  # fmt: skip
    head = ["metric", "how", "unit", "how sure", "benchmarks", ">cells"]
    asked = {about.get("title") or n: about["question"] for n, about in data.benchmarks.items()}
    questions = table(["benchmark", "question"], sorted(asked.items()))
    return (
        f"<h2>Figures</h2>{table(head, rows)}<details><summary>The question of each benchmark"
        f"</summary>{questions}</details>"
    )


def _named(metric: str) -> tuple[str, str]:
    """A metric's title, and how it is taken; of one that is no longer known, its id."""
    if metric not in METRICS:
        return metric.replace("_", " "), ""
    return METRICS[metric].title, METRICS[metric].how


def _noise(data: Data) -> str:
    """What is known of the noise: of sweeps, of the timeline, and of the self-check."""
    parts = ["<h2>Noise</h2>"]
    if data.sweeps:
        found = [
            (s["name"], s["machine"], s["volume"], f"{s['noise_floor']:.1%}",
             f"{s['cores_used']:.2f}", s["python"])
            for s in data.sweeps
        ]  # fmt: skip
        head = ["sweep", "machine", "volume", ">noise floor", ">cores used", "Python"]
        parts.append(table(head, found, "The largest difference between twins of one run"))
    else:
        parts.append("<p>No sweep is among these results, so that there is no floor of one.</p>")
    floors = changes.floors(data)
    if floors:
        rows = [(m, f"{f:.3f}", f"{changes.step_floor(f):.3f}") for m, f in floors.items()]
        head = ["machine", ">two duels of one release", ">a step counts beyond"]
        parts.append(table(head, rows, "The timeline in units of the reference, as factors"))
    parts.append(_selfcheck())
    return "".join(parts)


_CHECKS = (
    ("asv, idle", "noise-asv-idle"),
    ("asv, with a competitor", "noise-asv-busy"),
    ("duel", "noise-duel"),
)


def _selfcheck() -> str:
    """One release against itself, and what was found of what was slowed on purpose."""
    record, why = kept.plain("selfcheck")
    if record is None:
        return f"<p class=word>No figures of the self-check: {text(why)}.</p>"
    try:
        rows = [_check(title, kept.parts(prefix)) for title, prefix in _CHECKS]
        about = record["parts"][0]["machine"]
        slowed = kept.parts("sensitivity-")
        counted = kept.parts("counts-")
        said = (
            f"Of {sum(p['slowed'] for p in slowed)} cells that were slowed on purpose, "
            f"{sum(p['found'] for p in slowed)} were found. Of "
            f"{sum(p['counted'] for p in counted):,} predictions of requests and bytes, "
            f"{sum(len(p['problems']) for p in counted)} were wrong. On {about['cpu']}, "
            f"{about['num_cpu']} cores, {about['os']}, Python "
            f"{about['python']}."
        )
    except (KeyError, IndexError, TypeError, ValueError):
        return "<p class=word>The record of the self-check is not one that this page knows.</p>"
    head = ["A/A", ">compared", ">flagged", ">confirmed", ">median of the medians", ">largest"]
    shown = table(head, rows, "One release against itself, by zarr-cryoet selfcheck")
    return f"{shown}<p>{text(said)} More: {kept.link('figures')}.</p>"


def _check(title: str, some: list[dict]) -> tuple:
    sums = [sum(p[k] for p in some) for k in ("compared", "flagged", "confirmed")]
    middles = sorted(p["median_deviation"] for p in some if p["median_deviation"] is not None)
    largest = max((p["largest_deviation"] or 0 for p in some), default=0)
    middle = f"{middles[len(middles) // 2]:.1%}" if middles else "–"
    return (title, *sums, middle, f"{largest:.1%}")


def _machines(data: Data) -> str:
    """Each machine as asv describes it; and the interpreters."""
    names = sorted(set(data.machines) | set(data.names["machine"]))
    rows = []
    for name in names:
        about = data.machines.get(name, {})
        memory = about.get("ram", "")
        memory = format_size(int(memory)) if memory.isdigit() else memory
        rows.append((name, about.get("cpu") or "not described", about.get("num_cpu", ""), memory,
                     about.get("os", ""), about.get("arch", "")))  # fmt: skip
    if not rows:
        return "<h2>Machines</h2><p>None has measured yet.</p>"
    pythons = ", ".join(sorted(data.names["python"]))
    shown = table(["machine", "processor", ">cores", ">memory", "system", "kind"], rows)
    return f"<h2>Machines</h2>{shown}<p>Python {text(pythons)}.</p>"


def _versions(data: Data) -> str:
    """Releases, their days, and what stood beside them."""
    of = changes.history(data)
    rows = [
        (r["name"], r["date"] or "", *(of.pins.get(n, {}).get(p, "") for p in _PINS))
        for n, r in enumerate(data.releases)
        if r["date"]
    ]
    if not rows:
        return ""
    said = (
        "Each release was installed with all that it needs as of its own day, so that a step may "
        "be another package's doing. tensorstore is one version throughout: a control."
        if of.package == "zarr"
        else "Commits of no lock of this project: what stood beside them is not known here."
        if of.package is None
        else "What stood beside each release."
    )
    return f"<h2>Versions</h2><p>{said}</p>" + table(["release", "date", *_PINS], rows)


def _volumes(data: Data) -> str:
    """What was measured on, and what of it is synthetic."""
    rows = volumes.rows(sorted(data.names["volume"]), data.volumes)
    if not rows:
        return ""
    head = ["volume", "voxels (z, y, x)", ">spacing, Å", "provenance", "licence", "source"]
    said = (
        "Synthetic volumes are noise-dominated phantoms, of which a lossless codec gains next to "
        "nothing; what is rounded to 8 bits, and masks of labels, turn the ranking of codecs "
        "round. Synthetic and real volumes never stand in one chart."
    )
    return f"<h2>Volumes</h2><p>{said}</p>{table(head, rows)}"


_PROOF = """<p>In full: $method. This page has what goes with the figures of this site.</p>
<p>A case (volume, codec, layout, format, backend, store) is written, read back bit for bit, its
metadata held against what was asked for, and its chunks counted, before anything of it is measured.
What is not as asked for is <em>failed</em>, with its reason; what cannot be is <em>skipped</em>,
with its reason; neither becomes a number. All backends run on the same number of cores, by CPU
affinity set before their import. Reads are warm unless they are called cold; writes are without
<code>fsync</code>.</p>
"""
_INTERVALS = f"""<h2>Intervals</h2>
<dl>
<dt>exact figures</dt><dd>have none: any change counts.</dd>
<dt>sweeps</dt><dd>a bootstrap of 95 % around the median, seeded. Two cells tie where the interval
of their ratio holds 1, or they differ by less than the run's noise floor.</dd>
<dt>asv's seconds</dt><dd>asv's own 99 %, which takes samples of one process for independent, and
they are not; so a step counts from {changes.GATE}x on, and where the intervals do not overlap, and
even then as a hint.</dd>
<dt>ratios to zarr {REFERENCE}</dt><dd>asv keeps none for them. A step between two releases is shown
with what two duels of one release differ by, twice over, as both releases have that noise.</dd>
<dt>peaks of memory</dt><dd>have none; a step counts from {changes.GATE}x on, as a hint.</dd>
</dl>
"""
_LIMITS = """<h2>What cannot be told</h2>
<ul>
<li>The proof is of one run: a fault that shows in one run of a hundred may pass it.</li>
<li>Requests say nothing about time: one to a file costs microseconds, one to a bucket tens of
milliseconds.</li>
<li>A time is one machine's, on one core, single and warm: a program that reads while it computes
may see less of it, one on a busy network file system more.</li>
<li>Stand-ins for buckets on loopback have the latency of a stand-in; requests and bytes are taken
from them, no seconds.</li>
<li>A lossless ratio of noise says little about a tomogram: measure your own.</li>
</ul>
"""
