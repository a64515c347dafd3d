"""Quantities with their units, as people and files write them, and how they are shown.

What is parsed ends with its unit, in either case: ``20ms``, ``0.1 s``, ``50MB/s``, ``1 Gbit/s``,
``512MiB``. kB, MB, GB are powers of ten; KiB, MiB, GiB are powers of two. Whatever a `format_*`
returns is accepted by the `parse_*` of the same quantity.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping

from .core.errors import UserError

TIMES = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
BUDGETS = {"s": 1.0, "m": 60.0, "h": 3600.0, "min": 60.0, "": 1.0}
SIZES = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15,
         "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}  # fmt: skip
RATES = {"kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9, "KiB/s": 2**10, "MiB/s": 2**20, "GiB/s": 2**30,
         "Mbit/s": 1e6 / 8, "Gbit/s": 1e9 / 8}  # fmt: skip

_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?"


def parse_duration(text: str) -> float:
    """Seconds in ``20ms`` or ``0.1 s``.

    Raises
    ------
    UserError
        It has no unit, or is no time from 0 on.
    """
    value = quantity(text, TIMES)
    if not 0 <= value < math.inf:
        raise UserError(f"{text}: not a time; say 20ms, 0.1s")
    return value


def parse_rate(text: str) -> float:
    """Bytes a second in ``50MB/s`` or ``1 Gbit/s``.

    Raises
    ------
    UserError
        It has no unit, or is no rate above 0.
    """
    value = quantity(text, RATES)
    if not 0 < value < math.inf:
        raise UserError(f"{text}: not a rate; say 50MB/s, 100Mbit/s")
    return value


def parse_size(text: str) -> int:
    """Whole bytes in ``512MiB`` or ``2 GB``.

    Raises
    ------
    UserError
        It has no unit, or is no size from one byte on.
    """
    value = quantity(text, SIZES)
    if not 1 <= value < math.inf:
        raise UserError(f"{text}: no size; say 512MiB, 2GB")
    return math.floor(value)


def parse_budget(text: str) -> float:
    """Seconds that work may take, in ``90``, ``90s``, ``5m`` or ``1h``.

    Raises
    ------
    UserError
        It is no time above 0.
    """
    value = quantity(text, BUDGETS)
    if not 0 < value < math.inf:
        raise UserError(f"{text}: no time; for example 90s, 5m or 1h")
    return value


def quantity(text: str, units: Mapping[str, float]) -> float:
    """The number before one of the units, times its unit; NaN where `text` is no such thing."""
    words = text.strip().lower()
    for unit, factor in units.items():
        if words.endswith(unit.lower()):
            value = number(words[: len(words) - len(unit)].strip())
            if not math.isnan(value):
                return value * factor
    return math.nan


def number(text: str) -> float:
    """The value of plain digits, ``1e3`` among them; NaN for all else, ``inf`` among it."""
    return float(text) if re.fullmatch(_NUMBER, text) else math.nan


def of_option[T](option: str, parse: Callable[[str], T], text: str) -> T:
    """What `parse` makes of it; an error names the option."""
    try:
        return parse(text)
    except UserError as exc:
        raise UserError(f"{option} {exc}") from None


def format_seconds(value: float) -> str:
    """A measured time: ``12.3 ms``; bounds of an interval may be negative."""
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if abs(value) * factor >= 0.9995:  # which is shown as 1
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def format_budget(value: float) -> str:
    """How long work takes, roughly: ``40 s``, ``3 min``."""
    if value < 90:
        return f"{max(1, round(value))} s"
    return f"{round(value / 60)} min"


def format_size(nbytes: float) -> str:
    """Bytes in powers of two: ``8.0 MiB``."""
    if nbytes < 1024:
        return f"{nbytes:.0f} B"
    for unit in ("KiB", "MiB"):
        if nbytes < 1024 * SIZES[unit]:
            return f"{nbytes / SIZES[unit]:.1f} {unit}"
    return f"{nbytes / SIZES['GiB']:.1f} GiB"


def format_decimal_size(nbytes: float) -> str:
    """Bytes in powers of ten, as storage is sold: ``8.4 MB``."""
    for unit in ("PB", "TB", "GB"):
        if nbytes >= SIZES[unit]:
            return f"{nbytes / SIZES[unit]:.3g} {unit}"
    return f"{nbytes / 1e6:.3g} MB"


def format_rate(value: float) -> str:
    """Bytes a second: ``50 MB/s``."""
    return f"{value / 1e6:g} MB/s"


def format_latency(value: float) -> str:
    """Seconds of a request: ``20 ms``."""
    return f"{1e3 * value:g} ms"


# powers of ten of a metre
_PREFIXES = {
    "yotta": 24, "zetta": 21, "exa": 18, "peta": 15, "tera": 12, "giga": 9, "mega": 6, "kilo": 3,
    "hecto": 2, "deca": 1, "": 0, "deci": -1, "centi": -2, "milli": -3, "micro": -6, "nano": -9,
    "pico": -12, "femto": -15, "atto": -18, "zepto": -21, "yocto": -24,
}  # fmt: skip

# Words are looked up in lower case: UDUNITS names (OME-NGFF), and what ImageJ users type.
_WORDS = {
    **{f"{prefix}{metre}": float(f"1e{power + 10}") for prefix, power in _PREFIXES.items()
       for metre in ("meter", "metre")},
    "angstrom": 1.0, "ångström": 1.0, "ångstrom": 1.0, "angström": 1.0,
    "micron": 1e4, "inch": 2.54e8, "foot": 3.048e9, "yard": 9.144e9,
}  # fmt: skip

# Symbols keep their case: "mm" is not "Mm".
_SYMBOLS = {
    "Å": 1.0, "A": 1.0, "fm": 1e-5, "pm": 1e-2, "nm": 10.0, "um": 1e4, "μm": 1e4, "μ": 1e4,
    "mm": 1e7, "cm": 1e8, "dm": 1e9, "m": 1e10, "km": 1e13, "in": 2.54e8, "ft": 3.048e9,
}  # fmt: skip


def to_angstrom(unit: object) -> float | None:
    r"""Tell how many ångström one `unit` is.

    Parameters
    ----------
    unit
        A UDUNITS name (``"nanometer"``), an OME symbol (``"µm"``) or ImageJ's spelling
        (``"microns"``, ``"\u00B5m"`` as six plain characters).

    Returns
    -------
    float or None
        None for what is no unit of length, such as ``"pixel"``.
    """
    if not isinstance(unit, str):
        return None
    text = unit.strip().replace("\\u00B5", "µ").replace("\\u00C5", "Å")
    # the micro sign and the ångström sign are other characters than the letters mu and A-ring
    text = unicodedata.normalize("NFKC", text)
    if text in _SYMBOLS:
        return _SYMBOLS[text]
    word = text.lower()
    return _WORDS.get(word, _WORDS.get(word.removesuffix("s")))
