"""The answer as one HTML file that needs nothing beside it."""

from __future__ import annotations

from html import escape

from ..model import prices as money
from ..units import format_decimal_size, format_seconds
from .choose import CHOICES
from .report import accesses, runner_up

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bar: #3b6ea5; }
@media (prefers-color-scheme: dark) { :root { --bar: #7fb0e6; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .7rem; }
svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font-size: 13px; }
"""
_BAR, _LEFT, _WIDE = 24, 90, 560  # pixels


def render(told: dict) -> str:
    """The page.

    Parameters
    ----------
    told
        The whole answer. Names are shown as text, whatever they hold.
    """
    named = [*((n, told["choices"][n]) for n in CHOICES), ("portal's", told["baseline"])]
    title = f"How to store {told['volume']['id']}"
    changes = [s for n in CHOICES for s in told["choices"][n]["what_would_change"]]
    excluded = [f"{each['family']}: {each['reason']}" for each in told["excluded"]]
    nexts = [
        f"{n}: {runner_up(told['choices'][n]['runner_up'])}"
        for n in CHOICES
        if told["choices"][n]["runner_up"]
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f"{_bars(named)}{_table(named)}"
        f"<h2>Each access: time, and requests</h2>{_accesses(told, named)}"
        f"{_list('What comes next to each choice', nexts)}"
        f"{_list('What would change the choice', changes)}"
        f"{_list('What was left out, and why', excluded)}"
        f"{_list('What this rests on', told['assumptions'])}"
        f"<h2>Ready to paste</h2>{''.join(_snippets(*each) for each in named)}"
        "</main></body></html>\n"
    )


def _list(title: str, items: list[str]) -> str:
    if not items:
        return ""
    lines = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<h2>{escape(title)}</h2><ul>{lines}</ul>"


def _snippets(name: str, each: dict) -> str:
    """Code for all libraries, folded away but for the balanced choice."""
    shown = "".join(
        f"<h3>{escape(library)}</h3><pre>{escape(text)}</pre>"
        for library, text in each["snippets"].items()
    )
    summary = f"{name}: {each['codec']} in {each['layout']}"
    return (
        f"<details{' open' * (name == 'balanced')}><summary>{escape(summary)}</summary>"
        f"{shown}</details>"
    )


def _accesses(told: dict, named: list[tuple[str, dict]]) -> str:
    rows = accesses(told, named)
    return _grid(("access", *(name for name, _ in named)), rows)


def _table(named: list[tuple[str, dict]]) -> str:
    names = ("choice", "codec", "layout", "format", "one access", "between", "stored",
             "objects", "a month", "basis")  # fmt: skip
    return _grid(names, [_cells(*each) for each in named])


def _grid(names: tuple[str, ...], lines: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in line) + "</tr>"
                   for line in lines)  # fmt: skip
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide">{whole}</div>'


def _cells(name: str, each: dict) -> tuple[str, ...]:
    found = each["expected"]
    low, high = map(format_seconds, found["interval"])
    return (
        name, each["codec"], each["layout"], str(each["zarr_format"]),
        format_seconds(found["weighted"]), f"{low} to {high}",
        format_decimal_size(found["gb"] * 1e9),
        f"{found['objects']:,}",
        "–" if found["dollars"] is None else money.dollars(found["dollars"]), each["basis"],
    )  # fmt: skip


def _bars(named: list[tuple[str, dict]]) -> str:
    """Seconds of one access as bars."""
    most = max(each["expected"]["weighted"] for _, each in named)
    height = _BAR * len(named)
    bars = []
    for k, (name, each) in enumerate(named):
        value = each["expected"]["weighted"]
        wide = max(1.0, (_WIDE - _LEFT - 100) * value / most)
        y = k * _BAR
        bars.append(
            f'<text x="0" y="{y + 16}">{escape(name)}</text>'
            f'<rect x="{_LEFT}" y="{y + 4}" width="{wide:.1f}" height="{_BAR - 8}" '
            f'fill="var(--bar)"/><text x="{_LEFT + wide + 6:.1f}" y="{y + 16}">'
            f"{escape(format_seconds(value))}</text>"
        )
    said = "; ".join(f"{n}: {format_seconds(e['expected']['weighted'])}" for n, e in named)
    return (
        f'<svg viewBox="0 0 {_WIDE} {height}" width="{_WIDE}" role="img" '
        f'aria-label="Time of one access. {escape(said, quote=True)}">{"".join(bars)}</svg>'
    )
