"""Units of length, as files spell them, in ångström."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

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


def spacing(values: Iterable[float]) -> tuple[float, float, float] | None:
    """Three lengths in ångström as a voxel spacing, or None where they cannot be one.

    Six significant digits stay: MRC holds float32 and TIFF a ratio of integers, and 10.52
    is what they meant by 10.5200004.

    Parameters
    ----------
    values
        Ångström along z, y, x.
    """
    numbers = [float(v) for v in values]
    if len(numbers) != 3 or not all(math.isfinite(v) and v > 0 for v in numbers):
        return None
    z, y, x = (float(f"{v:.6g}") for v in numbers)
    return z, y, x
