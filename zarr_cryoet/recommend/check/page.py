"""The record as a page of the docs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median

from ... import console, units
from .records import Off, Record, Row, errors, held

_INTRO = """\
The [advice](advice.md) beside exhaustive sweeps of the same machine: what its choice costs more
than the best there was (regret), and by how much the model is off. This page is made by
`zarr-cryoet recommend-check --markdown` from `docs/records/advice.json`, which a run of
`zarr-cryoet recommend-check` writes.
"""
_REGRET = """\
The sweep measures every codec of the group `default` in every layout of it, in format 3, with
zarr-python: {cells} ways of storing. The advice chooses from the same, afresh for each use, and in
at most a tenth of the time. *Regret*: what the fastest choice costs in the sweep, over the best
there, less one; in brackets the bootstrap's 95 % over the samples of both. *Beyond noise*: what is
left of it when the best is given the sweep's noise floor, by how much the medians of cells differ
at most that were sampled twice over. The least of many noisy figures is too small, so that regret
is overstated, if anything.
"""
_CLOCK = """\
A cost is the median seconds of each access, weighted as the use has it: of the processor where
files are here and one core is all there is, so that what else runs on it does not count (the
advice does the same), and on the wall where requests wait, less what other programs took of the
core: as much as they took meanwhile from codecs alone, which wait for nothing and took {crowd}
times their processor's time on the wall. `latency-10ms` is files whose every request waits 10 ms;
the advice is told so (`--latency 10ms`), and never saw one wait.
"""
_OFF = """\
Foretold over measured, less one, for every swept way of storing that no calibrating read was made
of: terms made in the time of one advice, on blocks of the volume and on {plan} small stores. Signs
apart. A sweep takes a quarter of an hour, and what else the machine did then is not what it does
now: *drift* is what the cells that the model was fitted to took in the sweep, over what is foretold
of them. The errors hold it; without it they are those in the last column. Where these are larger,
it is no drift, but a fit that does not hold. The goal is for the errors as they are.
"""
_TIMED = """\
`recommend {volume}`, {shape} voxels of {dtype} ({size}), default budget, on {cores} core(s):
**{wall:.0f} s** on the wall, {cpu:.0f} s of processors, all of it but making the phantom, as a
user's own file is there already.
"""


def render(record: Record) -> str:
    """The page."""
    from ..calibrate import PLAN

    parts = ["# How far to trust the advice", _INTRO, _goals(record)]
    if record.rows:
        cells = max(record.about["ways"].values())
        parts += ["## Regret", _REGRET.format(cells=cells), regrets(record.rows), _clock(record)]
    if record.off:
        parts += ["## Foretold and measured", _OFF.format(plan=len(PLAN)), *_off(record.off)]
    if record.timed:
        parts += ["## Time", _timed(record)]
    parts += ["## Where", where(record)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _clock(record: Record) -> str:
    crowd = record.about["crowd"].values()
    told = " to ".join(dict.fromkeys(f"{some:.2f}" for some in (min(crowd), max(crowd))))
    return _CLOCK.format(crowd=told)


def _goals(record: Record) -> str:
    lines = [(name, "yes" if reached else "**no**") for name, reached in held(record).items()]
    rows = record.rows
    if not rows:
        return console.markdown_table(["goal", "reached"], lines)
    beyond, plain = [row.beyond for row in rows], [row.regret for row in rows]
    told = (
        f"Of {len(rows)} combinations the regret is {median(plain):.1%} in the median and "
        f"{max(plain):.1%} at worst; beyond the noise floor {median(beyond):.1%} and "
        f"{max(beyond):.1%}."
    )
    return f"{told}\n\n{console.markdown_table(['goal', 'reached'], lines)}"


def regrets(rows: Iterable[Row]) -> str:
    """A table of choices beside the best."""
    head = ["volume", "store", "use", "chosen", "best", "regret", "beyond noise", "time"]
    lines = [
        (
            row.volume, row.store, row.use, f"`{way(row.chosen)}`",
            "the same" if row.chosen == row.best else f"`{way(row.best)}`",
            f"{row.regret:.1%}" if row.chosen == row.best
            else f"{row.regret:.1%} ({row.low:.1%} to {row.high:.1%})",
            f"{row.beyond:.1%} ({row.floor:.1%})", f"{row.seconds:.0f} of {row.sweep:.0f} s",
        )
        for row in rows
    ]  # fmt: skip
    return console.markdown_table(head, lines)


def way(name: str) -> str:
    """``none c64`` for ``none_c64_v3``."""
    return " ".join(name.split("_")[:2])


def _off(off: list[Off]) -> list[str]:
    def of(keys: Callable[[Off], tuple]) -> list[tuple]:
        named = dict.fromkeys(map(keys, off))
        lines = []
        for key in named:
            some = [each for each in off if keys(each) == key]
            level = errors(each.levelled() for each in some)
            lines.append((*key, *line(some), _drift(some), f"{level.median:.0%}"))
        return lines

    numbers = ["cells", "median", "90 % within", "worst", "drift", "median without"]
    places = of(lambda e: (e.backend, e.volume, e.store))
    accesses = of(lambda e: (e.backend, e.access))
    return [
        console.markdown_table(["backend", *numbers], of(lambda e: (e.backend,))),
        console.markdown_table(["backend", "operation", *numbers], accesses),
        console.markdown_table(["backend", "volume", "store", *numbers], places),
    ]


def _drift(some: list[Off]) -> str:
    found = sorted(each.drift for each in some)
    return " to ".join(dict.fromkeys(f"{drift:.2f}" for drift in (found[0], found[-1])))


def line(some: Iterable[Off]) -> tuple[str, ...]:
    """Cells, and errors: median, nine of ten, and the worst."""
    found = errors(some)
    return (str(found.cells), *(f"{e:.0%}" for e in (found.median, found.ninety, found.worst)))


def _timed(record: Record) -> str:
    timed = dict(record.timed or {})
    shape = " x ".join(map(str, timed.pop("shape")))
    size = units.format_size(timed.pop("nbytes"))
    return _TIMED.format(**timed, shape=shape, size=size, cores=record.about["cores"])


def where(record: Record) -> str:
    """Machine, versions, and how busy it was."""
    about = record.about
    versions = ", ".join(f"{name} {release}" for name, release in about["versions"].items())
    return (
        f"{about['measured']} (UTC), {about['cpu']}, {about['cores']} of {about['processors']} "
        f"processors, {about['system']}, Python {about['python']}; {versions}. Load when it began: "
        f"{about['load']:.1f}. The sweeps are of {about['swept']}."
    )
