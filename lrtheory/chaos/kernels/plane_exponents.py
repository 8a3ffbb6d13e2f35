"""Compiled loop of a map of the plane with a tangent vector and a factor of areas; imports numba.

The first exponent is the tangent's growth and the sum of both that of areas, so that nothing needs to
be orthogonalized. Numbers and the work array are those of `plane`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from lrtheory.chaos.kernels.line import LANES, ROWS
from lrtheory.chaos.kernels.plane import (
    AREA,
    GX,
    GY,
    HXX,
    HXY,
    HYY,
    RATE,
    TERM,
    TURN,
    TX,
    TY,
    WORK,
    X,
    Y,
    add_extras,
    fill,
)
from lrtheory.chaos.kernels.sine import (
    ABSOLUTE,
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

_SPAN = ROWS // 2  # steps between looks at the exponents: areas grow twice as fast as lengths


@numba.njit(inline="always")
def _stretch(w: Floats, linear: Floats, tones: Floats) -> None:
    """One step of gradient descent of a block, of a tangent vector each, and of the factor of areas."""
    s = scaled_sine(1.0)
    xx, xy, yy = linear[0, 1], linear[0, 2], linear[1, 2]
    ax, ay, arx, ary, ao = tones[0, 0], tones[0, 1], tones[0, 2], tones[0, 3], tones[0, 4]
    bx, by, brx, bry, bo = tones[1, 0], tones[1, 1], tones[1, 2], tones[1, 3], tones[1, 4]
    axx, axy, ayy = -TURN * ax * arx, -TURN * ax * ary, -TURN * ay * ary
    bxx, bxy, byy = -TURN * bx * brx, -TURN * bx * bry, -TURN * by * bry
    for i in range(LANES):
        x, y, r = w[X + i], w[Y + i], w[RATE + i]
        turns, other = arx * x + (ary * y + ao), brx * x + (bry * y + bo)
        p, q = quarter_distance(turns), quarter_distance(other)
        a, b, da, db = cosine(p, s), cosine(q, s), sine(turns, p), sine(other, q)
        w[X + i] = x - r * (ax * a + (bx * b + (xx * x + (xy * y + w[GX + i]))))
        w[Y + i] = y - r * (ay * a + (by * b + (xy * x + (yy * y + w[GY + i]))))
        h = 1.0 - r * (axx * da + (bxx * db + w[HXX + i]))
        g = -r * (axy * da + (bxy * db + w[HXY + i]))
        k = 1.0 - r * (ayy * da + (byy * db + w[HYY + i]))
        tx, ty = w[TX + i], w[TY + i]
        w[TX + i] = h * tx + g * ty
        w[TY + i] = g * tx + k * ty
        w[AREA + i] *= h * k - g * g


@numba.njit(inline="always")
def _normalize(w: Floats, power: NDArray[np.int64]) -> None:
    """Take a power of two out of the tangent; `power` is the exponent field of its larger component."""
    bits = w.view(np.int64)
    for i in range(LANES):
        b, c = bits[TX + i] & ABSOLUTE, bits[TY + i] & ABSOLUTE
        power[i] = ((b if b > c else c) >> 52) - 1023
        bits[TERM + i] = (1023 - power[i]) << 52
    for i in range(LANES):
        w[TX + i] *= w[TERM + i]
        w[TY + i] *= w[TERM + i]


@numba.njit(nogil=True, cache=True, fastmath=FLAGS)
def exponents(
    x: Floats,
    y: Floats,
    rate: Floats,
    linear: Floats,
    terms: Floats,
    tones: Floats,
    steps: int,
    product: Floats,
    doublings: NDArray[np.int64],
) -> None:
    """Advance all lanes in place, and their tangents in product[:2].

    product[:2] * 2^doublings[0] is the tangent, product[2] * 2^doublings[1] the factor of areas.
    """
    wide_vectors()
    w, simple = np.empty(WORK), len(terms) == 0 and len(tones) == 2
    power = np.empty(LANES, np.int64)
    for first in range(0, x.size, LANES):
        block = slice(first, first + LANES)
        fill(w, x, y, rate, first, linear)
        w[TX : TX + LANES] = product[0, block]
        w[TY : TY + LANES] = product[1, block]
        w[AREA : AREA + LANES] = product[2, block]
        for begin in range(0, steps, _SPAN):
            for _ in range(min(_SPAN, steps - begin)):
                if not simple:
                    add_extras(w, linear, terms, tones, HYY)
                _stretch(w, linear, tones)
            _normalize(w, power)
            doublings[0, block] += power
            split_exponent(w[AREA : AREA + LANES], doublings[1, block])
        x[block] = w[X : X + LANES]
        y[block] = w[Y : Y + LANES]
        product[0, block] = w[TX : TX + LANES]
        product[1, block] = w[TY : TY + LANES]
        product[2, block] = w[AREA : AREA + LANES]
