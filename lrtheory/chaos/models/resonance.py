"""Integer relations between the frequencies of a ripple: where they bind, phases are not independent.

A relation k_1 w_1 + ... + k_m w_m = 0 of order |k_1| + ... + |k_m| fixes one combination of the phases. It
changes the moments of the slope from that order on: the variance at order 2, the skewness at 3, the kurtosis
at 4. At order 17 the law of a single slope is 0.01 away from that of independent phases (Kolmogorov and
Smirnov's distance, two equal tones), and the law of many of them much less: that is where the search ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrtheory.law import Floats

_MOST_HALF = 8  # a relation of order 2 n is the difference of two combinations of order n
_MOST_COMBINATIONS = 1000  # searched, as long as order 4 is reached
_MOST_TONES = 100  # beyond them order 2 alone is searched: an order-4 relation moves the kurtosis by 1 / m^2
_ROUNDING = 1e-10  # of a combination that counts as zero, over the largest frequency


def largest_order(tones: int) -> int:
    """Order up to which relations are looked for: 16 for two or three tones, 4 for more than eight.

    Source: our choice, by what a relation does to the law of one slope.
    """
    if tones > _MOST_TONES:
        return 2
    half = 2
    while half < _MOST_HALF and _count(tones, half + 1) <= _MOST_COMBINATIONS:
        half += 1
    return 2 * half


def integer_relation(frequencies: Floats, *, tolerance: float = _ROUNDING) -> tuple[int, ...] | None:
    """Integers k, not all zero, with sum k_j w_j = 0, up to `largest_order`; None if there are none.

    Args:
        frequencies: w, shape (m, d).
        tolerance: length of the sum that counts as zero, over the longest w. Rounding by default: between
            irrational numbers such as 1 and sqrt 2, the golden ratio, pi or e it is above 0.07.

    Source: our search, by meeting in the middle.
    """
    w = np.asarray(frequencies, dtype=float)
    w = w / np.linalg.norm(w, axis=1).max()
    combinations = _combinations(len(w), largest_order(len(w)) // 2)
    sums = combinations @ w
    # Sorted along a direction in general position, equal sums are neighbors.
    order = np.argsort(sums @ np.sqrt(np.arange(2.0, 2 + w.shape[1])), kind="stable")
    gaps = np.linalg.norm(np.diff(sums[order], axis=0), axis=1)
    near = np.nonzero(gaps <= tolerance)[0]
    if near.size == 0:
        return None
    found = combinations[order[near + 1]] - combinations[order[near]]
    best = found[np.abs(found).sum(axis=1).argmin()]
    sign = 1 if best[np.nonzero(best)[0][0]] > 0 else -1
    return tuple(int(sign * k) for k in best)


def merged(
    amplitudes: Floats, frequencies: Floats, phases: Floats
) -> tuple[Floats, Floats, Floats] | None:
    """Tones of equal or opposite frequency added as waves; None where there are none.

    Args:
        amplitudes: shape (m,).
        frequencies: shape (m, d).
        phases: shape (m,), in radians.

    Returns:
        Amplitudes, frequencies and phases of those that are left, without those that cancel.

    Source: our addition of waves: a cosine does not see the sign of its frequency, and a phase turns with it.
    """
    firsts: list[int] = []
    waves: list[complex] = []
    sizes: list[float] = []
    for j, w in enumerate(frequencies):
        scale = _ROUNDING * float(np.linalg.norm(w))
        for i, first in enumerate(firsts):
            sign = next((s for s in (1, -1) if np.linalg.norm(w - s * frequencies[first]) <= scale), 0)
            if sign:
                waves[i] += amplitudes[j] * np.exp(1j * sign * phases[j])
                sizes[i] += abs(amplitudes[j])
                break
        else:
            firsts.append(j)
            waves.append(amplitudes[j] * np.exp(1j * phases[j]))
            sizes.append(abs(amplitudes[j]))
    if len(firsts) == len(frequencies):
        return None
    left = [i for i, wave in enumerate(waves) if abs(wave) > 1e-14 * sizes[i]]
    kept = np.array([waves[i] for i in left], dtype=complex)
    return np.abs(kept), frequencies[[firsts[i] for i in left]], np.angle(kept)


def _count(tones: int, order: int) -> int:
    """Number of integer vectors with that many entries and at most that order."""
    counts = [1] * (order + 1)
    for _ in range(tones):
        counts = [
            counts[n] + 2 * sum(counts[:n]) for n in range(order + 1)
        ]  # one more entry: 0, or k and -k, with what is left
    return counts[order]


def _combinations(tones: int, order: int) -> NDArray[np.int64]:
    """All integer vectors of at most that order, shape (n, tones)."""
    rows, used = np.zeros((1, 0), dtype=np.int64), np.zeros(1, dtype=np.int64)
    for _ in range(tones):
        parts = []
        for k in range(-order, order + 1):
            fits = used + abs(k) <= order
            parts.append((np.column_stack([rows[fits], np.full(fits.sum(), k)]), used[fits] + abs(k)))
        rows, used = (np.concatenate(each) for each in zip(*parts, strict=True))
    return rows
