"""Compiled loops of maps of the plane, over blocks of lanes; importing this module imports numba.

The plan is that of `line`. Numbers come from `phases`: `linear` holds the constant, x and y coefficients
of the two slopes; a row of `terms` is (row of the work array that it adds to, coefficient, power of x,
power of y); a row of `tones` is (amplitude in x, in y, turns a unit of x, of y, offset), two or more.
A block lives in one work array, row after row: the compiler then sees that no two rows overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from lrtheory.chaos.kernels.line import LANES, ROWS
from lrtheory.chaos.kernels.sine import (
    FLAGS,
    cosine,
    quarter_distance,
    scaled_sine,
    sine,
    wide_vectors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrtheory.law import Floats

# Where the rows of a work array begin: positions, rates, slopes, second derivatives, a tangent vector,
# the factor of areas, and scratch.
X, Y, RATE, GX, GY, HXX, HXY, HYY, TX, TY, AREA, TERM = range(0, 12 * LANES, LANES)
WORK = 12 * LANES
TURN = 2 * np.pi


@numba.njit(inline="always")
def fill(w: Floats, x: Floats, y: Floats, rate: Floats, first: int, linear: Floats) -> None:
    """Load a block and the constants of its derivatives."""
    for i in range(LANES):
        w[X + i] = x[first + i]
        w[Y + i] = y[first + i]
        w[RATE + i] = rate[first + i]
        w[GX + i] = linear[0, 0]
        w[GY + i] = linear[1, 0]
        w[HXX + i] = linear[0, 1]
        w[HXY + i] = linear[0, 2]
        w[HYY + i] = linear[1, 2]


@numba.njit(fastmath=FLAGS)
def add_extras(w: Floats, linear: Floats, terms: Floats, tones: Floats, last: int) -> None:
    """Slopes, and bends if rows up to them are asked for, without linear terms and the first two tones."""
    wide_vectors()
    for i in range(LANES):
        w[GX + i] = linear[0, 0]
        w[GY + i] = linear[1, 0]
    if last > GY:
        for i in range(LANES):
            w[HXX + i] = linear[0, 1]
            w[HXY + i] = linear[0, 2]
            w[HYY + i] = linear[1, 2]
    for k in range(len(terms)):
        into = LANES * int(terms[k, 0])
        if into <= last:
            _add_term(w, w[into : into + LANES], terms[k, 1], int(terms[k, 2]), int(terms[k, 3]))
    s = scaled_sine(1.0)
    for j in range(2, len(tones)):
        ax, ay, rx, ry, offset = tones[j, 0], tones[j, 1], tones[j, 2], tones[j, 3], tones[j, 4]
        for i in range(LANES):
            c = cosine(quarter_distance(rx * w[X + i] + (ry * w[Y + i] + offset)), s)
            w[GX + i] += ax * c
            w[GY + i] += ay * c
        if last > GY:
            xx, xy, yy = -TURN * ax * rx, -TURN * ax * ry, -TURN * ay * ry
            for i in range(LANES):
                turns = rx * w[X + i] + (ry * w[Y + i] + offset)
                b = sine(turns, quarter_distance(turns))
                w[HXX + i] += xx * b
                w[HXY + i] += xy * b
                w[HYY + i] += yy * b


@numba.njit(inline="always")
def _add_term(w: Floats, into: Floats, coefficient: float, p: int, q: int) -> None:
    """Add a monomial, power by power."""
    for i in range(LANES):
        w[TERM + i] = coefficient
    for _ in range(p):
        for i in range(LANES):
            w[TERM + i] *= w[X + i]
    for _ in range(q):
        for i in range(LANES):
            w[TERM + i] *= w[Y + i]
    for i in range(LANES):
        into[i] += w[TERM + i]


@numba.njit(inline="always")
def _step(w: Floats, linear: Floats, tones: Floats) -> None:
    """One step of gradient descent of a block."""
    s = scaled_sine(1.0)
    xx, xy, yy = linear[0, 1], linear[0, 2], linear[1, 2]
    ax, ay, arx, ary, ao = tones[0, 0], tones[0, 1], tones[0, 2], tones[0, 3], tones[0, 4]
    bx, by, brx, bry, bo = tones[1, 0], tones[1, 1], tones[1, 2], tones[1, 3], tones[1, 4]
    for i in range(LANES):
        x, y, r = w[X + i], w[Y + i], w[RATE + i]
        a = cosine(quarter_distance(arx * x + (ary * y + ao)), s)
        b = cosine(quarter_distance(brx * x + (bry * y + bo)), s)
        w[X + i] = x - r * (ax * a + (bx * b + (xx * x + (xy * y + w[GX + i]))))
        w[Y + i] = y - r * (ay * a + (by * b + (xy * x + (yy * y + w[GY + i]))))


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def positions(
    x: Floats, y: Floats, rate: Floats, linear: Floats, terms: Floats, tones: Floats, steps: int
) -> None:
    """Advance all lanes in place."""
    wide_vectors()
    w, simple = np.empty(WORK), len(terms) == 0 and len(tones) == 2
    for first in range(0, x.size, LANES):
        fill(w, x, y, rate, first, linear)
        for _ in range(steps):
            if not simple:
                add_extras(w, linear, terms, tones, GY)
            _step(w, linear, tones)
        x[first : first + LANES] = w[X : X + LANES]
        y[first : first + LANES] = w[Y : Y + LANES]


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def histogram(
    x: Floats,
    y: Floats,
    rate: Floats,
    linear: Floats,
    terms: Floats,
    tones: Floats,
    steps: int,
    stride: int,
    grid: Floats,
    lanes: int,
    counts: NDArray[np.int64],
    sums: Floats,
) -> None:
    """Advance all lanes in place and bin one position in `stride` of the first `lanes` of them.

    The bin of x is grid[0, 0] * x + grid[0, 1] cut to the bins there are, that of y likewise. Sums,
    shape (5, lanes), are those of x, y, x^2, xy and y^2.
    """
    wide_vectors()
    w, simple = np.empty(WORK), len(terms) == 0 and len(tones) == 2
    numbers, flat, visits = np.empty(ROWS * LANES, np.uint16), counts.reshape(-1), steps // stride
    for first in range(0, x.size, LANES):
        fill(w, x, y, rate, first, linear)
        w[HXX : TY + LANES] = 0.0  # in this loop these five rows hold the sums
        width = min(LANES, lanes - first)
        for begin in range(0, visits, ROWS):
            rows = min(ROWS, visits - begin)
            for row in range(rows):
                for _ in range(stride):
                    if not simple:
                        add_extras(w, linear, terms, tones, GY)
                    _step(w, linear, tones)
                # Rows lie `width` apart, so that the next one overwrites what padding lanes left.
                _look(w, numbers[row * width : row * width + LANES], grid, counts.shape)
            for k in range(rows * width):
                flat[numbers[k]] += 1
        x[first : first + LANES] = w[X : X + LANES]
        y[first : first + LANES] = w[Y : Y + LANES]
        for k in range(5):
            sums[k, first : first + LANES] = w[HXX + k * LANES : HXX + (k + 1) * LANES]


@numba.njit(inline="always")
def _look(w: Floats, into: NDArray[np.uint16], grid: Floats, shape: tuple[int, int]) -> None:
    """Number the bins of a block's positions and add to its sums."""
    top, right, columns = shape[0] - 1.0, shape[1] - 1.0, float(shape[1])
    x_scale, x_shift, y_scale, y_shift = grid[0, 0], grid[0, 1], grid[1, 0], grid[1, 1]
    for i in range(LANES):
        x, y = w[X + i], w[Y + i]
        w[HXX + i] += x
        w[HXY + i] += y
        w[HYY + i] += x * x
        w[TX + i] += x * y
        w[TY + i] += y * y
    for i in range(LANES):
        a, b = w[X + i] * x_scale + x_shift, w[Y + i] * y_scale + y_shift
        a = a if a > 0.0 else 0.0
        b = b if b > 0.0 else 0.0
        a = a if a < top else top
        b = b if b < right else right
        into[i] = np.int32(np.floor(a) * columns + b)
