"""Compiled loop of walkers on the helix; importing it imports numba. Checks live in helix_runs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrtheory.law import Floats


@numba.njit(cache=True)
def walk(numbers: np.random.Generator, means: Floats, setting: Floats, counts: NDArray[np.int64]) -> None:
    """Walk each row of ``means``; write its climb a step, mean u^2 + v^2 and mean product of both weights.

    Weights are kept in the frame that turns with z, along the steep direction a and across it b; a step of
    dz turns them by dz. The losses are a^2 + b^2 / 2 + x (a - b) / sqrt(2) + tilt z there.

    Args:
        numbers: source of the noise.
        means: shape (walkers, 3), filled.
        setting: rate of a step, size of the noise, tilt.
        counts: steps forgotten, steps measured.
    """
    lr, size, tilt = setting
    kick = lr * size * np.sqrt(0.5)
    for walker in range(len(means)):
        a = b = climbed = distance = product = 0.0
        for step in range(counts[0] + counts[1]):
            x = kick * numbers.standard_normal()
            move = -(lr * (a * b + tilt) + x * (a + b))
            if step >= counts[0]:
                climbed += move
                distance += a * a + b * b
                product += a * b
            a, b = a - lr * 2.0 * a - x, b - lr * b + x
            cosine, sine = np.cos(move), np.sin(move)
            a, b = cosine * a + sine * b, cosine * b - sine * a
        means[walker, 0] = climbed / counts[1]
        means[walker, 1] = distance / counts[1]
        means[walker, 2] = product / counts[1]
