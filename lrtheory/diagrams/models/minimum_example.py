"""A lopsided valley in one weight, with SGD from its minimum followed exactly. Predictions live elsewhere."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.models.polynomials import Polynomial, PolynomialLandscape

Array = NDArray[np.float64]
_NODES = 48
_LEFT, _RIGHT = -0.9, 1.2  # no run from 0 leaves this interval at rates up to 0.5


def lopsided_valley() -> PolynomialLandscape:
    """Losses t^2 / 2 + t^3 / 20 + x (t + t^2 / 8), x = 1 or -1: a minimum at 0 where the noise depends on t.

    Source: ours.
    """
    t = Polynomial.coordinate(1, 0)
    bowl = Fraction(1, 2) * t**2 + Fraction(1, 20) * t**3
    tilt = t + Fraction(1, 8) * t**2
    return PolynomialLandscape((Fraction(1, 2), Fraction(1, 2)), (bowl + tilt, bowl - tilt))


def mean_losses(lr: float, steps: int) -> Array:
    """Mean test loss after 0, 1, ..., steps steps from 0, one fresh example a step; shape (steps + 1,).

    The mean over the next example maps a function of the weight to another one. Functions are held by their
    values at 48 Chebyshev points, which loses nothing that double precision could show.

    Args:
        lr: learning rate, in (0, 0.5].
        steps: T, >= 0.

    Raises:
        ValueError: a rate out of range.

    Source: ours.
    """
    if not 0 < lr <= 0.5:
        raise ValueError(f"lr must lie in (0, 0.5], got {lr}: larger steps leave the interval followed")
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    t = (_LEFT + _RIGHT) / 2 + (_RIGHT - _LEFT) / 2 * nodes
    step = np.zeros((_NODES, _NODES))
    for x in (1.0, -1.0):
        after = t - lr * (t + 3 * t**2 / 20 + x * (1 + t / 4))
        step += _interpolation(nodes, (2 * after - _LEFT - _RIGHT) / (_RIGHT - _LEFT)) / 2
    at_zero = _interpolation(nodes, np.array([-(_LEFT + _RIGHT) / (_RIGHT - _LEFT)]))[0]
    values, found = t**2 / 2 + t**3 / 20, []
    for _ in range(steps + 1):
        found.append(at_zero @ values)
        values = step @ values
    return np.array(found)


def _interpolation(nodes: Array, places: Array) -> Array:
    """Matrix from values at Chebyshev points to values at places in [-1, 1]."""
    degrees = np.arange(len(nodes))
    back = np.cos(np.outer(degrees, np.arccos(nodes))) * (2 / len(nodes))
    back[0] /= 2
    matrix: Array = np.cos(np.outer(np.arccos(places), degrees)) @ back
    return matrix
