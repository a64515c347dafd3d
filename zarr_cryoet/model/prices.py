"""Money for storage, requests and egress, from a table of prices with their sources."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from ..core.errors import UserError, unknown
from ..core.stores.counting import Tally

PATH = Path(__file__).with_name("prices.toml")
KINDS = ("gets", "ranges", "heads", "lists", "puts", "deletes")  # as `Tally` has them
HOURS = 730  # in a month: 365 days of 24 hours, by 12
_GIB = 2**30
_UNITS = {
    "storage": (re.compile(r"(GB|GiB)-(month|hour)"), "GB-month, GiB-month, GB-hour, GiB-hour"),
    "writes": (re.compile(r"(\d[\d,]*) requests"), "1,000 requests"),
    "reads": (re.compile(r"(\d[\d,]*) requests"), "1,000 requests"),
    "egress": (re.compile(r"(GB|GiB)"), "GB or GiB"),
}


@dataclass(frozen=True)
class Price:
    """One figure as a provider quotes it.

    Attributes
    ----------
    price : float or None
        US dollars for one unit; None where no source was found.
    unit : str
        For example ``GB-month``, or ``10,000 requests``.
    date : str
        Of the list, or of its reading: YYYY-MM-DD.
    source, via : str
        The provider's own list, and where it was read if elsewhere.
    note, why : str
        What is to be known beside it; and why there is no figure.
    kinds : tuple of str
        Of requests, those that it is for.
    """

    price: float | None = None
    unit: str = ""
    date: str = ""
    source: str = ""
    via: str = ""
    note: str = ""
    why: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provider:
    """One provider's prices.

    Attributes
    ----------
    id, name, what : str
        For example ``s3``, ``Amazon S3``, and which class of storage where.
    gigabyte : int
        Bytes that it calls a GB.
    free : tuple of str
        Kinds of requests that cost nothing.
    storage, writes, reads, egress : Price
        What it asks.
    """

    id: str
    name: str
    what: str
    gigabyte: int
    free: tuple[str, ...]
    storage: Price
    writes: Price
    reads: Price
    egress: Price

    def bytes_in(self, unit: str) -> int:
        """Bytes in a GB or a GiB."""
        return _GIB if unit.startswith("GiB") else self.gigabyte


def of_storage(
    provider: str | Provider, nbytes: float, months: float = 1.0, prices: Path | None = None
) -> float | None:
    """US dollars for keeping bytes; None where the provider's price is not known.

    ``nbytes / bytes in the unit · months · price``, and 730 times that for a unit of an hour.

    Parameters
    ----------
    provider
        Its id, or itself.
    nbytes, months
        How much, and how long.
    prices
        A file in place of the project's own.
    """
    it = find(provider, prices)
    price = it.storage
    if not nbytes or not months:
        return 0.0
    if price.price is None:
        return None
    hours = HOURS if price.unit.endswith("hour") else 1
    return nbytes / it.bytes_in(price.unit) * months * hours * price.price


def of_requests(
    provider: str | Provider,
    kinds: Mapping[str, float] | Tally,
    bytes_out: float = 0.0,
    prices: Path | None = None,
) -> float | None:
    """US dollars for requests, and for bytes that leave for the internet.

    Parameters
    ----------
    provider
        Its id, or itself.
    kinds
        How many of each kind (`KINDS`); kinds that are left out are none.
    bytes_out
        Bytes that leave; 0 for readers in the provider's own region, who pay for none.
    prices
        A file in place of the project's own.

    Returns
    -------
    float or None
        None where a price that it takes is not known.

    Raises
    ------
    UserError
        There is no such provider or kind, or the file of prices is damaged.
    """
    it = find(provider, prices)
    if isinstance(kinds, Tally):
        kinds = {kind: getattr(kinds, kind) for kind in KINDS}
    parts = []
    for kind, count in kinds.items():
        if kind not in KINDS:
            raise unknown("kind of request", kind, KINDS)
        if not count or kind in it.free:
            continue
        price = it.writes if kind in it.writes.kinds else it.reads
        parts.append((price, count / _requests(price)))
    if bytes_out:
        parts.append((it.egress, bytes_out / it.bytes_in(it.egress.unit)))
    if any(price.price is None for price, _ in parts):
        return None
    return sum((price.price * units for price, units in parts), 0.0)


def _requests(price: Price) -> int:
    """For how many requests a price is."""
    found = _UNITS["reads"][0].fullmatch(price.unit)
    return int(found[1].replace(",", "")) if found else 1  # without a unit there is no price


def find(provider: str | Provider, prices: Path | None = None) -> Provider:
    """A provider by its id.

    Raises
    ------
    UserError
        There is none, or the file is damaged.
    """
    if isinstance(provider, Provider):
        return provider
    known = load(prices)
    if provider not in known:
        raise unknown("provider", provider, known)
    return known[provider]


@cache
def load(path: Path | None = None) -> Mapping[str, Provider]:
    """Providers of a file, by id; default: the project's own.

    Raises
    ------
    UserError
        It cannot be read, or says what prices cannot be; one line says where.
    """
    path = path or PATH
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or " ".join(str(exc).split())
        raise UserError(f"{path}: no table of prices ({why})") from exc
    if not read:
        raise UserError(f"{path}: no table of prices (it names no provider)")
    return {name: _provider(path, name, row) for name, row in read.items()}


def _provider(path: Path, name: str, row: object) -> Provider:
    """One provider, checked."""

    def wrong(what: str) -> UserError:
        return UserError(f"{path}: {name}: {what}")

    if not isinstance(row, dict):
        raise wrong("a table was expected")
    prices = {each: _price(each, row.get(each, {}), wrong) for each in _UNITS}
    known = {*_UNITS, "name", "what", "gigabyte", "free"}
    if extra := sorted(row.keys() - known):
        raise wrong(f"{extra[0]} means nothing here; known are {', '.join(sorted(known))}")
    gigabyte = row.get("gigabyte")
    if gigabyte not in (10**9, _GIB):
        raise wrong(f"gigabyte is {gigabyte}; say {10**9} or {_GIB}")
    free = _kinds(row.get("free", []), wrong)
    named = [*free, *prices["writes"].kinds, *prices["reads"].kinds]
    for kind in KINDS:
        if named.count(kind) != 1:
            raise wrong(f"{kind} is to be in one of free, writes.kinds and reads.kinds")
    texts = [str(row.get(each, name)) for each in ("name", "what")]
    return Provider(name, *texts, gigabyte, free, **prices)


def _kinds(found: object, wrong) -> tuple[str, ...]:
    if not isinstance(found, list) or not set(map(str, found)) <= set(KINDS):
        raise wrong(f"kinds are {', '.join(KINDS)}, not {found}")
    return tuple(found)


def _price(which: str, row: object, wrong) -> Price:
    """One figure, checked: with a price come its unit, its day and its source."""
    if not isinstance(row, dict):
        raise wrong(f"{which}: a table was expected")
    known = {each.name for each in fields(Price)}
    if extra := sorted(row.keys() - known):
        raise wrong(f"{which}.{extra[0]} means nothing; known are {', '.join(sorted(known))}")
    row = {**row, "kinds": _kinds(row.get("kinds", []), wrong)}
    if (price := row.get("price")) is None:
        return Price(**{k: v for k, v in row.items() if k in ("why", "kinds", "note")})
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 1e9:
        raise wrong(f"{which}.price is {price}; a number from 0 on was expected")
    unit, example = _UNITS[which]
    found = unit.fullmatch(str(row.get("unit", "")))
    if not found or not found[1].strip("0,"):
        raise wrong(f"{which}.unit is {row.get('unit')}; say {example}")
    if not str(row.get("source", "")).startswith("https://"):
        raise wrong(f"{which}.source: a price needs the https:// address that states it")
    row["date"] = _day(row.get("date"), f"{which}.date", wrong)
    return Price(**row)


def _day(found: object, where: str, wrong) -> str:
    try:
        if isinstance(found, datetime.date):
            return found.isoformat()
        return datetime.date.fromisoformat(str(found)).isoformat()
    except ValueError:
        raise wrong(f"{where} is {found}; say YYYY-MM-DD") from None


def dollars(value: float | None) -> str:
    """As people read it: ``$1.23``, two figures below a cent, ``no price`` for None."""
    if value is None:
        return "no price"
    if value >= 0.01 or not value:
        return f"${value:,.2f}"
    return "$" + f"{value:.{_places(value)}f}"


def _places(value: float) -> int:
    """Decimal places that show two figures."""
    return min(12, 1 - int(f"{value:e}".partition("e")[2]))


def missing(providers: Iterable[Provider]) -> list[str]:
    """Prices that are not known, with the reason, for people."""
    return [
        f"{it.id} {which}: {getattr(it, which).why or 'no source was found'}"
        for it in providers
        for which in _UNITS
        if getattr(it, which).price is None
    ]
