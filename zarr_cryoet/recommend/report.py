"""The answer for people: tables that fit 80 columns."""

from __future__ import annotations

from .. import console, units
from ..model import prices as money
from .choose import CHOICES, ratio

_FAMILIES = 6  # that are named in a line each


def say(told: dict) -> None:
    """Print it."""
    asked = told["asked"]
    shape = " x ".join(map(str, asked["shape"]))
    console.say(f"volume    {told['volume']['id']}: {shape} {told['volume']['dtype']} (z, y, x)")
    console.say(f"for       {asked['use']}, kept on {asked['store']['id']}")
    console.say()
    _choices(told)
    console.say()
    _accesses(told)
    for name in CHOICES:
        _why(told, name)
    console.say()
    for each in told["excluded"][:_FAMILIES]:
        console.say_wrapped(f"not {each['family']}: {each['reason']}")
    console.say()
    for each in told["assumptions"]:
        console.say_wrapped(f"assumed   {each}", " " * 10)
    if told["seconds"]:
        console.say(f"took      {units.format_budget(told['seconds']['total'])}")
    snippet = told["choices"]["balanced"]["snippets"].get("zarr-python-3")
    if snippet:
        console.say()
        console.say(f"balanced, with zarr-python 3:\n{snippet}")


def _named(told: dict) -> list[tuple[str, dict]]:
    return [*((name, told["choices"][name]) for name in CHOICES), ("portal's", told["baseline"])]


def _choices(told: dict) -> None:
    rows = [
        (
            name,
            each["codec"],
            each["layout"],
            units.format_seconds(each["expected"]["weighted"]),
            units.format_decimal_size(each["expected"]["gb"] * 1e9),
            f"{each['expected']['objects']:,}",
            ""
            if each["expected"]["dollars"] is None
            else money.dollars(each["expected"]["dollars"]),
        )
        for name, each in _named(told)
    ]
    priced = any(row[-1] for row in rows)
    head = ["choice", "codec", "layout", ">access", ">stored", ">objects", ">a month"]
    cut = None if priced else -1
    console.table(head[:cut], [row[:cut] for row in rows])


def _dollars(value: float | None) -> str:
    """Nothing where no money is asked."""
    return "" if value is None else money.dollars(value)


def accesses(told: dict, named: list[tuple[str, dict]]) -> list[tuple[str, ...]]:
    """A row for each access: its id, and time and requests of each named choice."""
    return [
        (
            access,
            *(
                f"{units.format_seconds(each['expected']['seconds'][access])}, "
                f"{each['expected']['requests'][access]:,}"
                for _, each in named
            ),
        )
        for access in told["asked"]["weights"]
    ]


def _accesses(told: dict) -> None:
    named = _named(told)
    rows = accesses(told, named)
    console.table(["time, requests", *(f">{name}" for name, _ in named)], rows)


def _why(told: dict, name: str) -> None:
    each = told["choices"][name]
    low, high = map(units.format_seconds, each["expected"]["interval"])
    against = each["against_baseline"]
    console.say()
    console.say(
        f"{name}: {each['codec']} in {each['layout']}, format {each['zarr_format']}; "
        f"{each['basis']}, {low} to {high}"
    )
    console.say(
        f"  against the portal's layout {ratio(against['seconds'])} as fast, "
        f"{ratio(1 / against['bytes'])} the bytes"
    )
    if each["runner_up"]:
        console.say_wrapped(f"  next {runner_up(each['runner_up'])}", " " * 4)
    for sentence in each["what_would_change"][:3]:
        console.say_wrapped(f"  {sentence}", " " * 4)


def runner_up(each: dict) -> str:
    """What comes next to a choice, in a few words."""
    return (
        f"{each['codec']} in {each['layout']}: "
        f"{units.format_seconds(each['expected']['weighted'])}, "
        f"{units.format_decimal_size(each['expected']['gb'] * 1e9)}"
    )
