"""The claims beside our figures, as the pages and ``--json`` have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from statistics import median

from ..verdict import FAILS, HOLDS
from .records import DEPENDS, Found, Record
from .rows import CLAIMS, Claim
from .verdict import of_claim, split, telling

#: How a ratio of after over before is told: the figure, its unit, and whether it has a sign.
SHOWN = {
    "fewer": (lambda ratio: 100 * (1 - ratio), "% fewer", False),
    "faster": (lambda ratio: 1 / ratio, "times as fast", False),
    "longer": (lambda ratio: ratio, "times as long", False),
    "denser": (lambda ratio: 100 * (1 / ratio - 1), "% compression ratio", True),
    "change": (lambda ratio: 100 * (ratio - 1), "% time", True),
}


def answers(record: Record, claims: Mapping[str, Claim] = CLAIMS) -> list[dict]:
    """The claims beside what was measured here, as plain values, in the order of their rows.

    Returns
    -------
    list of dict
        ``id``, ``claim`` (in words), ``published``, ``sources`` (``title``, ``url``; none
        where it is commonly said), ``holding`` (what counts as holding), ``ours``
        (see `ours`), ``verdict`` (one of `records.VERDICTS`), ``depends`` (see `depends`; None
        where the verdict is another), and ``pairs`` (each with its ``factors``, ``ours``
        and ``verdict``).
    """
    found = ((claim, record.of(name)) for name, claim in claims.items())
    return [_row(claim, pairs) for claim, pairs in found if pairs]


def _row(claim: Claim, pairs: list[Found]) -> dict:
    verdict = of_claim(each.verdict for each in pairs)
    return {
        "id": claim.id,
        "claim": claim.says,
        "published": claim.published,
        "sources": [dict(source) for source in claim.sources],
        "holding": claim.holding,
        "ours": ours(claim, pairs),
        "verdict": verdict,
        "depends": depends(claim, pairs) if verdict == DEPENDS else None,
        "pairs": [
            {"factors": e.factors, "ours": ours(claim, [e]), "verdict": e.verdict} for e in pairs
        ],
    }


def depends(claim: Claim, pairs: Iterable[Found]) -> dict:
    """On what a claim depends, with the figures.

    Returns
    -------
    dict
        ``factors`` and their values where it ``holds`` and where it ``fails``, see
        `verdict.split`; ``most``, the one factor that tells most, and ``shares``, by its
        values: in how many pairs it holds, of how many; and ``ours`` (see `ours`) of the
        pairs that hold, and of those that do not.
    """
    told = [(each.factors, each.verdict) for each in pairs]
    found = asdict(split(told))
    most, shares = telling(told)
    sides = {v: ours(claim, [p for p in pairs if p.verdict == v]) for v in (HOLDS, FAILS)}
    return {**found, "most": most, "shares": shares, "ours": sides}


def ours(claim: Claim, pairs: Iterable[Found]) -> dict | None:
    """Our figure, told as the claim's is.

    Returns
    -------
    dict or None
        ``figure``, of the median ratio of the pairs; ``low`` and ``high``, the least and
        the most that the intervals of all of them allow; ``unit``, and whether the figure
        is ``signed``. None where nothing was measured.
    """
    measured = [each for each in pairs if each.ratio is not None]
    if not measured:
        return None
    tell, unit, signed = SHOWN[claim.show]
    ends = [tell(end) for each in measured for end in (each.low, each.high)]
    figure = tell(median(each.ratio for each in measured))
    around = {"low": min(ends), "high": max(ends)}
    return {"figure": figure, **around, "unit": unit, "signed": signed}
