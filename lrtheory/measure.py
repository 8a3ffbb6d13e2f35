"""Numbers read off samples, laws and weights: errors, distances, sharpness. No prediction lives here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import trapezoid
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.arguments.remedies import described
from lrtheory.eigenpairs import Eigenpairs, Sharpness, eigenpairs, sharpness
from lrtheory.law import Floats, Law

Values = TypeVar("Values", Floats, Tensor)

__all__ = [
    "Eigenpairs", "Estimate", "LawDistances", "Sharpness", "eigenpairs", "excess_kurtosis", "ks_distance",
    "law_distances", "mean_and_stderr", "mean_over_groups", "sharpness", "sorted_samples", "w1_distance",
]


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error.

    Attributes:
        value: the mean.
        stderr: standard error of the mean.
        samples: number of independent values averaged.
    """

    value: float
    stderr: float
    samples: int


@dataclass(frozen=True)
class LawDistances:
    """Distances between two laws: Kolmogorov-Smirnov, Wasserstein 1 and 2, total variation."""

    ks: float
    w1: float
    w2: float
    tv: float


@checked
def mean_and_stderr(values: ArrayLike) -> Estimate:
    """Mean of independent values and its standard error.

    Example:
        >>> found = mean_and_stderr([1.0, 3.0])
        >>> found.value, round(found.stderr, 6), found.samples
        (2.0, 1.0, 2)

    Args:
        values: independent measurements, any shape, at least two.

    Raises:
        ValueError: fewer than two values.
    """
    flat = _numbers("values", values)
    if flat.size < 2:
        raise ValueError(f"a standard error needs at least 2 independent values, got {flat.size}")
    return Estimate(float(flat.mean()), float(flat.std(ddof=1) / np.sqrt(flat.size)), flat.size)


@checked
def mean_over_groups(
    statistic: Callable[[Values], float], values: Values, groups: int, *, axis: int
) -> Estimate:
    """A statistic of independent groups of members: its mean over the groups and the standard error.

    Example:
        >>> values = np.array([1.0, 3.0, 5.0, 7.0])
        >>> mean_over_groups(lambda part: float(part.mean()), values, 2, axis=0).value
        4.0

    Args:
        statistic: number of the values of one group.
        values: array or tensor, its members along one axis.
        groups: number of groups, at least two; neighbors along the axis go together, and sizes differ by
            one at most.
        axis: that of the members.

    Raises:
        ValueError: fewer than two groups, or fewer members than groups.
    """
    if not isinstance(values, Tensor | np.ndarray) or not -values.ndim <= axis < values.ndim:
        raise ValueError(f"values must be an array or tensor with an axis {axis}, got {described(values)}")
    members = values.shape[axis]
    if not 2 <= groups <= members:
        raise ValueError(f"groups must be 2 to the {members} members, got {groups}")
    if isinstance(values, Tensor):
        return mean_and_stderr([statistic(part) for part in values.tensor_split(groups, axis)])
    return mean_and_stderr([statistic(part) for part in np.array_split(values, groups, axis)])


@checked
def ks_distance(samples: ArrayLike, law: Law) -> float:
    """Kolmogorov-Smirnov distance: the largest gap between the samples' distribution and the law's.

    Example:
        >>> from lrtheory.law import law_from_density
        >>> law = law_from_density(np.linspace(0, 1, 101), np.ones(101))
        >>> round(ks_distance([0.5] * 10, law), 6)
        0.5

    Args:
        samples: real numbers, any shape. For n independent samples of the law the distance is about
            0.87 / sqrt(n), so smaller values mean nothing.
        law: the law compared with.

    Raises:
        ValueError: no samples, or one is not finite.

    See also: w1_distance, which weighs how far apart.
    """
    x = sorted_samples(samples)
    below = np.arange(x.size) / x.size
    gap = law.cdf(x) - below
    return float(np.maximum(gap, 1 / x.size - gap).max())


@checked
def w1_distance(samples: ArrayLike, law: Law) -> float:
    """Wasserstein-1 distance between samples and a law: the area between their distribution functions.

    Example:
        >>> from lrtheory.law import law_from_density
        >>> law = law_from_density(np.linspace(0, 1, 1001), np.ones(1001))
        >>> round(w1_distance([0.5] * 10, law), 4)  # mean of |x - 1/2|
        0.25

    Args:
        samples: real numbers, any shape, in the units of the law.
        law: the law compared with.

    Raises:
        ValueError: no samples, or one is not finite.

    See also: ks_distance, the largest gap alone.
    """
    x = sorted_samples(samples)
    grid = np.union1d(law.points, [x[0], x[-1]])
    empirical = np.searchsorted(x, grid, side="right") / x.size
    return float(trapezoid(np.abs(empirical - law.cdf(grid)), grid))


@checked
def law_distances(first: Law, second: Law, *, levels: int = 100_001) -> LawDistances:
    """Distances between two laws on the line.

    Example:
        >>> from lrtheory.law import law_from_density
        >>> law = law_from_density(np.linspace(0, 1, 101), np.ones(101))
        >>> moved = law_from_density(np.linspace(0.5, 1.5, 101), np.ones(101))
        >>> round(law_distances(law, moved).w1, 4)
        0.5

    Args:
        first: one law.
        second: the other.
        levels: number of quantiles used for Wasserstein-2.
    """
    grid = np.union1d(first.points, second.points)
    gap = np.abs(first.cdf(grid) - second.cdf(grid))
    share = (np.arange(levels) + 0.5) / levels
    shift = first.quantile(share) - second.quantile(share)
    densities = [np.interp(grid, law.points, law.density, left=0.0, right=0.0) for law in (first, second)]
    return LawDistances(
        ks=float(gap.max()),
        w1=float(trapezoid(gap, grid)),
        w2=float(np.sqrt((shift**2).mean())),
        tv=float(0.5 * trapezoid(np.abs(densities[0] - densities[1]), grid)),
    )


@checked
def excess_kurtosis(samples: ArrayLike) -> float:
    """Fourth central moment over the squared variance, minus 3: zero for a Gaussian.

    Example:
        >>> round(excess_kurtosis([1.0, -1.0] * 50), 6)  # 1 - 3
        -2.0
    """
    x = sorted_samples(samples)
    if x[0] == x[-1]:
        raise ValueError(f"samples must differ to have a kurtosis, got {x.size} of the value {x[0]:g}")
    centered = x - x.mean()
    return float((centered**4).mean() / (centered**2).mean() ** 2 - 3)


def sorted_samples(samples: ArrayLike) -> Floats:
    """Samples of any shape in increasing order.

    Example:
        >>> sorted_samples([3.0, 1.0, 2.0]).tolist()
        [1.0, 2.0, 3.0]

    Raises:
        ValueError: no samples, or one is not finite.
    """
    x = np.sort(_numbers("samples", samples))
    if x.size == 0 or not np.isfinite(x).all():
        bad = int(x.size - np.isfinite(x).sum())
        raise ValueError(f"samples must be at least one number, all finite; got {x.size}, {bad} not finite")
    return x


def _numbers(name: str, values: ArrayLike) -> Floats:
    """Values as a flat array; text, flags and what is no array of numbers are refused."""
    try:
        plain = values.detach().cpu() if isinstance(values, Tensor) else values
        array = np.asarray(plain, dtype=float if np.asarray(plain).dtype.kind in "iufO" else None)
    except (TypeError, ValueError, RuntimeError):
        array = np.array("")
    if array.dtype != float or values is None:
        raise ValueError(f"{name} must be real numbers, got {described(values)}; give an array of floats")
    return array.ravel()
