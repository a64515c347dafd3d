"""What a faulty bucket does, and to which requests: rows and rules, plain values alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

#: What each fault does to the answer of a request.
FAULTS = {
    "slowdown": "503 SlowDown, with Retry-After",
    "error": "500 InternalError",
    "denied": "403 AccessDenied",
    "missing": "404 NoSuchKey, though the object is there",
    "drop-before": "the connection is reset before the first byte",
    "drop": "the connection is reset after half of the body",
    "stall-before": "no byte comes, and the connection stays open",
    "stall": "half of the body comes, then nothing, and the connection stays open",
    "pause": "half of the body comes, then nothing for a while, then the rest",
    "cut": "half of the body comes under the Content-Length of the whole, then an orderly end",
    "short": "half of the body comes, under a Content-Length that says so",
    "damaged": "one bit of the object is flipped; its length is right",
    "damaged-summed": "the same, under the checksum header of the sound object",
    "stale": "the version before the last PUT",
}
KINDS = ("GET", "HEAD", "LIST", "PUT")


@dataclass(frozen=True)
class Rule:
    """One fault, and when it strikes.

    Attributes
    ----------
    fault : str
        One of `FAULTS`.
    keys : str
        Pattern of the keys that it strikes, as of `fnmatch`; of listings, of their prefix.
    first : int or None
        How many attempts it strikes, from the first on; None for all.
    kinds : tuple of str
        Requests that it strikes, of `KINDS`.
    per : str
        What is counted as an attempt: ``question``, the same request for the same bytes of
        the same object, so that each part of an object fails as often; or ``object``, any
        such request for it.
    seconds : float
        How long a ``pause`` takes, and what ``slowdown`` asks for; it gives no Retry-After
        at 0.

    Raises
    ------
    ValueError
        No fault or kind of request is called so.
    """

    fault: str
    keys: str = "*"
    first: int | None = None
    kinds: tuple[str, ...] = ("GET",)
    per: str = "question"
    seconds: float = 1.0

    def __post_init__(self):
        if self.fault not in FAULTS or not set(self.kinds) <= set(KINDS):
            raise ValueError(f"no such fault or kind of request: {self}")
        if self.per not in ("question", "object"):
            raise ValueError(f"attempts are counted per question or object, not {self.per}")

    def to_json(self) -> dict:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict) -> Rule:
        """The inverse of `to_json`."""
        return cls(**{**told, "kinds": tuple(told["kinds"])})


class Judge:
    """Counts attempts, and says which of them a rule strikes; the first that fits.

    Not safe for threads: its owner holds a lock.
    """

    def __init__(self, rules=()):
        self.rules = tuple(rules)
        self._counts: dict[tuple, int] = {}

    def attempt(self, kind: str, key: str, part: object) -> tuple[int, Rule | None]:
        """Count a request.

        Returns
        -------
        int, Rule or None
            The how manieth of the same question it is, from 1 on, and what strikes it.
        """
        question = self._count((kind, key, part))
        whole = self._count((kind, key))
        for rule in self.rules:
            number = question if rule.per == "question" else whole
            meant = kind in rule.kinds and fnmatchcase(key, rule.keys)
            if meant and (rule.first is None or number <= rule.first):
                return question, rule
        return question, None

    def _count(self, what: tuple) -> int:
        self._counts[what] = self._counts.get(what, 0) + 1
        return self._counts[what]
