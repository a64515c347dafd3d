"""Counter-based random integers: the same on every machine and release.

SplitMix64 of a counter (Steele, Lea & Flood, OOPSLA 2014,
doi:10.1145/2660193.2660195), in wrapping 64-bit integer arithmetic, so that no
release of numpy and no processor can change a single value.
"""

from __future__ import annotations

import numpy as np

#: A word of 64 bits: an integer here, and a BigInt where `site.translate` leads.
Word = int

_GAMMA = 0x9E3779B97F4A7C15
_ALL = 0xFFFFFFFFFFFFFFFF


def bits(seed: int, start: int, count: int) -> np.ndarray:
    """The random 64-bit words number `start` to `start + count` of a stream.

    Parameters
    ----------
    seed
        Names the stream.
    start, count
        Which words, so that a large array can be made piece by piece.

    Returns
    -------
    numpy.ndarray
        Shape ``(count,)``, uint64.
    """
    z = np.arange(start + 1, start + count + 1, dtype=np.uint64)
    z *= np.uint64(_GAMMA)
    z += np.uint64(_key(seed))
    return _mixed(z)


def _key(seed: Word) -> Word:
    """Spread a small seed over 64 bits, so that neighbouring seeds share no stream."""
    z = (seed * 0xD1342543DE82EF95 + 0x632BE59BD9B4E019) & _ALL
    z = ((z ^ (z >> 32)) * 0xDABA0B6EB09322E3) & _ALL
    return z ^ (z >> 32)


def _mixed(z: Word) -> Word:
    """SplitMix64's last steps: of a word, or of an array of them, which it changes."""
    z ^= z >> 30
    z *= 0xBF58476D1CE4E5B9
    z &= _ALL
    z ^= z >> 27
    z *= 0x94D049BB133111EB
    z &= _ALL
    z ^= z >> 31
    return z


def _drawn(key: Word, number: Word, high: Word) -> Word:
    return ((_mixed((number * _GAMMA + key) & _ALL) >> 32) * high) >> 32


def below(seed: int, count: int, high: int) -> list[int]:
    """`count` integers in ``[0, high)``, from the upper 32 bits of each word.

    Raises
    ------
    ValueError
        `high` is not in 1 to 2**32.
    """
    if not 1 <= high <= 4294967296:
        raise ValueError(f"no integers below {high} in 32 bits")
    key = _key(Word(seed))
    return [int(_drawn(key, Word(number), Word(high))) for number in range(1, count + 1)]
