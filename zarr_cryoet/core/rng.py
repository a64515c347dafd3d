"""Counter-based random integers: the same on every machine and release.

SplitMix64 of a counter (Steele, Lea & Flood, OOPSLA 2014,
doi:10.1145/2660193.2660195), in wrapping 64-bit integer arithmetic, so that no
release of numpy and no processor can change a single value.
"""

from __future__ import annotations

import numpy as np

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


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
    key = _key(seed)
    z = np.arange(start + 1, start + count + 1, dtype=np.uint64)
    z *= _GAMMA
    z += key
    z ^= z >> np.uint64(30)
    z *= _MIX1
    z ^= z >> np.uint64(27)
    z *= _MIX2
    z ^= z >> np.uint64(31)
    return z


def _key(seed: int) -> np.uint64:
    """Spread a small seed over 64 bits, so that neighbouring seeds share no stream."""
    z = (seed * 0xD1342543DE82EF95 + 0x632BE59BD9B4E019) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 32)) * 0xDABA0B6EB09322E3) & 0xFFFFFFFFFFFFFFFF
    return np.uint64(z ^ (z >> 32))


def below(seed: int, count: int, high: int) -> np.ndarray:
    """`count` integers in ``[0, high)``, int64, from the upper 32 bits of each word.

    Raises
    ------
    ValueError
        `high` is not in 1 to 2**32.
    """
    if not 1 <= high <= 1 << 32:
        raise ValueError(f"no integers below {high} in 32 bits")
    return ((bits(seed, 0, count) >> np.uint64(32)) * np.uint64(high) >> np.uint64(32)).astype(
        np.int64
    )
