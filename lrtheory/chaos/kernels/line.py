"""Compiled loops of maps of the line, over blocks of lanes; importing this module imports numba.

Numbers come from `phases`; padding, threads and checks live in `lanes`. A block of
lanes advances together: the time loop lies outside the lane loop, so that no step of a lane waits
for the one before it, and every lane runs through the same instructions wherever it sits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from lrtheory.chaos.kernels.sine import (
    FLAGS,
    cosine,
    quarter_distance,
    scaled_sine,
    sine,
    split_exponent,
    wide_vectors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrtheory.law import Floats

LANES = 256  # of a block: long vector loops, and all of a block's arrays in the first cache
ROWS = 16  # steps between the counting of buffered bin numbers, and between looks at an exponent
_TURN = 2 * np.pi


@numba.njit(inline="always")
def _parts(powers: Floats, tones: Floats) -> tuple[bool, float, tuple[float, ...]]:
    """Whether `_step` alone is the map, and what it needs."""
    return powers.size == 2 and len(tones) == 1, powers[1], scaled_sine(tones[0, 0])


@numba.njit(inline="always")
def _pull(z: Floats, pull: Floats, powers: Floats, tones: Floats) -> None:
    """All of the gradient but its linear term and its first tone."""
    pull[:] = 0.0
    for k in range(powers.size - 1, 3, -1):
        c = powers[k]
        for i in range(LANES):
            pull[i] = (pull[i] + c) * z[i]
    if powers.size > 2:
        constant, square, cube = powers[0], powers[2], (powers[3] if powers.size > 3 else 0.0)
        for i in range(LANES):
            pull[i] = constant + z[i] * z[i] * (square + z[i] * (cube + pull[i]))
    else:
        pull[:] = powers[0]
    for j in range(1, len(tones)):
        s, ratio, offset = scaled_sine(tones[j, 0]), tones[j, 1], tones[j, 2]
        for i in range(LANES):
            pull[i] += cosine(quarter_distance(ratio * z[i] + offset), s)


@numba.njit(inline="always")
def _bend(z: Floats, bend: Floats, powers: Floats, tones: Floats) -> None:
    """All of the second derivative but its first tone."""
    bend[:] = 0.0
    for k in range(powers.size - 1, 0, -1):
        c = k * powers[k]
        for i in range(LANES):
            bend[i] = bend[i] * z[i] + c
    for j in range(1, len(tones)):
        size, ratio, offset = -_TURN * tones[j, 0] * tones[j, 1], tones[j, 1], tones[j, 2]
        for i in range(LANES):
            turns = ratio * z[i] + offset
            bend[i] += size * sine(turns, quarter_distance(turns))


@numba.njit(inline="always")
def _step(z: Floats, rate: Floats, pull: Floats, linear: float, s: tuple[float, ...]) -> None:
    """One step of gradient descent of a block."""
    for i in range(LANES):
        z[i] -= rate[i] * (cosine(quarter_distance(z[i]), s) + (linear * z[i] + pull[i]))


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def positions(z: Floats, rate: Floats, powers: Floats, tones: Floats, steps: int) -> None:
    """Advance all lanes in place."""
    wide_vectors()
    pull = np.empty(LANES)
    simple, linear, s = _parts(powers, tones)
    for first in range(0, z.size, LANES):
        block, rates = z[first : first + LANES], rate[first : first + LANES]
        pull[:] = powers[0]
        for _ in range(steps):
            if not simple:
                _pull(block, pull, powers, tones)
            _step(block, rates, pull, linear, s)


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def orbits(z: Floats, rate: Floats, powers: Floats, tones: Floats, path: Floats, column: int) -> None:
    """Advance all lanes in place and write down every step in path, from that column on."""
    wide_vectors()
    pull = np.empty(LANES)
    simple, linear, s = _parts(powers, tones)
    for first in range(0, z.size, LANES):
        block, rates = z[first : first + LANES], rate[first : first + LANES]
        pull[:] = powers[0]
        for t in range(len(path)):
            if not simple:
                _pull(block, pull, powers, tones)
            _step(block, rates, pull, linear, s)
            path[t, column + first : column + first + LANES] = block


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def histogram(
    z: Floats,
    rate: Floats,
    powers: Floats,
    tones: Floats,
    steps: int,
    stride: int,
    grid: Floats,
    lanes: int,
    counts: NDArray[np.int64],
    sums: Floats,
) -> None:
    """Advance all lanes in place and bin one position in `stride` of the first `lanes` of them.

    The bin of z is grid[0, 0] * z + grid[0, 1] cut to the bins there are: the first and the last hold
    what lies outside. Sums, shape (2, lanes), are those of z and z^2.
    """
    wide_vectors()
    simple, linear, s = _parts(powers, tones)
    block, rates, pull = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    first_sum, second_sum = np.empty(LANES), np.empty(LANES)
    numbers = np.empty(ROWS * LANES, np.uint16)
    visits = steps // stride
    scale, shift, top = grid[0, 0], grid[0, 1], counts.size - 1.0
    for first in range(0, z.size, LANES):
        block[:] = z[first : first + LANES]
        rates[:] = rate[first : first + LANES]
        pull[:] = powers[0]
        first_sum[:] = 0.0
        second_sum[:] = 0.0
        width = min(LANES, lanes - first)
        for begin in range(0, visits, ROWS):
            rows = min(ROWS, visits - begin)
            for row in range(rows):
                for _ in range(stride):
                    if not simple:
                        _pull(block, pull, powers, tones)
                    _step(block, rates, pull, linear, s)
                # Rows lie `width` apart, so that the next one overwrites what padding lanes left.
                into = numbers[row * width : row * width + LANES]
                for i in range(LANES):
                    x = block[i]
                    first_sum[i] += x
                    second_sum[i] += x * x
                    at = x * scale + shift
                    at = at if at > 0.0 else 0.0
                    at = at if at < top else top
                    into[i] = np.int32(at)
            for k in range(rows * width):
                counts[numbers[k]] += 1
        z[first : first + LANES] = block
        sums[0, first : first + LANES] = first_sum
        sums[1, first : first + LANES] = second_sum


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def exponents(
    z: Floats,
    rate: Floats,
    powers: Floats,
    tones: Floats,
    steps: int,
    product: Floats,
    doublings: NDArray[np.int64],
) -> None:
    """Advance all lanes in place; product * 2^doublings is the derivative along each orbit."""
    wide_vectors()
    pull, bend = np.empty(LANES), np.empty(LANES)
    simple, linear, s = _parts(powers, tones)
    size = -_TURN * tones[0, 0]
    for first in range(0, z.size, LANES):
        block, rates = z[first : first + LANES], rate[first : first + LANES]
        grown, twos = product[first : first + LANES], doublings[first : first + LANES]
        pull[:] = powers[0]
        bend[:] = powers[1]
        grown[:] = 1.0
        for begin in range(0, steps, ROWS):
            for _ in range(min(ROWS, steps - begin)):
                if not simple:
                    _pull(block, pull, powers, tones)
                    _bend(block, bend, powers, tones)
                for i in range(LANES):
                    x, q = block[i], quarter_distance(block[i])
                    grown[i] *= 1.0 - rates[i] * (size * sine(x, q) + bend[i])
                    block[i] = x - rates[i] * (cosine(q, s) + (linear * x + pull[i]))
            split_exponent(grown, twos)
