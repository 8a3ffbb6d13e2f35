"""A probability law on the line, held on a grid: what theory predicts and measures compare with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import cumulative_trapezoid, trapezoid

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """Density and distribution function on increasing grid points.

    Attributes:
        points: grid, shape (n,), increasing.
        density: density at the points, shape (n,); integrates to one.
        cumulative: distribution function at the points, shape (n,), from 0 to 1.
    """

    points: Floats
    density: Floats
    cumulative: Floats

    def cdf(self, x: ArrayLike) -> Floats:
        """Probability of a value of at most x; any shape. Linear between grid points."""
        at = np.asarray(x, dtype=float)
        return np.asarray(np.interp(at, self.points, self.cumulative, left=0.0, right=1.0))

    def quantile(self, level: ArrayLike) -> Floats:
        """Value below which the given share, in [0, 1], of the law lies; any shape."""
        rising = np.concatenate([[True], np.diff(self.cumulative) > 0])
        at = np.asarray(level, dtype=float)
        return np.asarray(np.interp(at, self.cumulative[rising], self.points[rising]))

    def mean_of(self, values: ArrayLike) -> float:
        """Expectation of a function given by its values at the grid points, shape (n,)."""
        return float(trapezoid(np.asarray(values) * self.density, self.points))

    @property
    def mean(self) -> float:
        """Expectation."""
        return self.mean_of(self.points)

    @property
    def variance(self) -> float:
        """Variance."""
        return self.mean_of((self.points - self.mean) ** 2)


def law_from_density(points: ArrayLike, weight: ArrayLike) -> Law:
    """Law whose density is proportional to the weights given.

    Args:
        points: grid, shape (n,), increasing.
        weight: unnormalized density, shape (n,), >= 0, of positive integral.

    Raises:
        ValueError: the grid does not increase, or a weight is negative or not finite.
    """
    x, w = np.asarray(points, dtype=float), np.asarray(weight, dtype=float)
    if x.ndim != 1 or x.shape != w.shape or not (np.diff(x) > 0).all():
        raise ValueError(f"points must increase and match the weights, got shapes {x.shape} and {w.shape}")
    if not np.isfinite(w).all() or (w < 0).any() or not w.any():
        raise ValueError("weight must be finite, >= 0 and somewhere positive")
    cumulative = cumulative_trapezoid(w, x, initial=0.0)
    return Law(x, w / cumulative[-1], cumulative / cumulative[-1])
