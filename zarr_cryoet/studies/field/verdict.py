"""What comes of a pair, and of a claim from all its pairs: from figures alone."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..verdict import FAILS, HOLDS, LESS, MORE, SAME, UNDECIDED, UNMEASURED, judge
from .records import DEPENDS

NOT_MORE = "not more"
EXPECTED = (LESS, MORE, SAME, NOT_MORE)
_OTHER = {HOLDS: FAILS, FAILS: HOLDS}
_MOST = 2  # factors that are named together; more would explain nothing to anybody


def of_pair(expect: str, by: float, low: float, high: float, floor: float = 0.0) -> str:
    """What comes of one pair.

    Parameters
    ----------
    expect
        One of `EXPECTED`.
    by
        The factor that counts.
    low, high
        The interval of the ratio, after over before; both the same where it is exact.
    floor
        How far from 1 the ratio of equals was in the same run: 0.03 for 3 %.

    Returns
    -------
    str
        `HOLDS`, `FAILS`, or `UNDECIDED` where the interval is too wide, or where it
        would be judged otherwise if what counts were the noise floor.
    """
    found = {_judged(expect, gate, low, high) for gate in (by, max(by, 1 + floor))}
    return found.pop() if len(found) == 1 else UNDECIDED


def _judged(expect: str, gate: float, low: float, high: float) -> str:
    if expect == NOT_MORE:
        found = judge(MORE, low, high, gate)
        return _OTHER.get(found, found)
    return judge(expect, low, high, gate)


def of_claim(verdicts: Iterable[str]) -> str:
    """What comes of a claim that is made for all its pairs.

    One pair that fails is enough for it not to hold; one that holds beside it makes it
    depend on something; and it holds where no pair is undecided. What could not be
    measured counts where nothing could.
    """
    counts = Counter(verdicts)
    if counts[HOLDS] and counts[FAILS]:
        return DEPENDS
    if counts[FAILS]:
        return FAILS
    if counts[UNDECIDED]:
        return UNDECIDED
    return HOLDS if counts[HOLDS] else UNMEASURED


@dataclass(frozen=True)
class Split:
    """What a claim depends on.

    Attributes
    ----------
    factors : tuple of str
        The fewest whose values tell where it holds, of those two at most; empty where
        none do.
    holds, fails : tuple of tuple of str
        Their values, of pairs that hold and of those that do not.
    """

    factors: tuple[str, ...] = ()
    holds: tuple[tuple[str, ...], ...] = ()
    fails: tuple[tuple[str, ...], ...] = ()


def split(pairs: Sequence[tuple[Mapping[str, str], str]]) -> Split:
    """What tells the pairs that hold from those that do not.

    Parameters
    ----------
    pairs
        Values by factor, and the verdict, of each; those undecided tell nothing.

    Returns
    -------
    Split
        Of several that would do, the one that comes first in the order of the factors.
    """
    decided = [(factors, verdict) for factors, verdict in pairs if verdict in _OTHER]
    names = list(dict.fromkeys(name for factors, _ in decided for name in factors))
    for count in range(1, _MOST + 1):
        for chosen in itertools.combinations(names, count):
            kinds: dict[tuple[str, ...], set[str]] = {}
            for factors, verdict in decided:
                key = tuple(factors[name] for name in chosen)
                kinds.setdefault(key, set()).add(verdict)
            if all(len(found) == 1 for found in kinds.values()):
                sides = (tuple(k for k, v in kinds.items() if v == {w}) for w in (HOLDS, FAILS))
                return Split(chosen, *sides)
    return Split()


def telling(pairs: Sequence[tuple[Mapping[str, str], str]]) -> tuple[str, dict[str, list[int]]]:
    """The one factor that tells most, where none tell all.

    Returns
    -------
    str, dict
        Its name, and for each of its values in how many pairs the claim holds, and of how
        many that are decided.
    """
    decided = [(factors, verdict) for factors, verdict in pairs if verdict in _OTHER]
    names = dict.fromkeys(name for factors, _ in decided for name in factors)
    shares: dict[str, dict[str, list[int]]] = {name: {} for name in names}
    for factors, verdict in decided:
        for name, value in factors.items():
            share = shares[name].setdefault(value, [0, 0])
            share[0] += verdict == HOLDS
            share[1] += 1
    # of those that would be judged wrongly by this factor alone
    wrong = {n: sum(min(h, of - h) for h, of in found.values()) for n, found in shares.items()}
    name = min(wrong, key=wrong.get)
    return name, shares[name]
