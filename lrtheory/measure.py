"""Numbers read off samples, laws and weights: errors, distances, sharpness. No prediction lives here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.integrate import trapezoid
from torch import Tensor

from lrtheory.landscape import Landscape, checked_weights, hvp
from lrtheory.law import Floats, Law

Values = TypeVar("Values", Floats, Tensor)


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


@dataclass(frozen=True)
class Sharpness:
    """Top Hessian eigenvalue of each ensemble member and how well it is known.

    Attributes:
        value: largest eigenvalue, shape (*E,).
        residual: norm of H v - value v for the unit vector v found, shape (*E,); the eigenvalue
            nearest to value is no farther from it than this.
        iterations: Hessian-vector products used.
    """

    value: Tensor
    residual: Tensor
    iterations: int


def mean_and_stderr(values: ArrayLike) -> Estimate:
    """Mean of independent values and its standard error.

    Args:
        values: independent measurements, any shape, at least two.

    Raises:
        ValueError: fewer than two values.
    """
    flat = np.asarray(values, dtype=float).ravel()
    if flat.size < 2:
        raise ValueError(f"a standard error needs at least 2 independent values, got {flat.size}")
    return Estimate(float(flat.mean()), float(flat.std(ddof=1) / np.sqrt(flat.size)), flat.size)


def mean_over_groups(
    statistic: Callable[[Values], float], values: Values, groups: int, *, axis: int
) -> Estimate:
    """A statistic of independent groups of members: its mean over the groups and the standard error.

    Args:
        statistic: number of the values of one group.
        values: array or tensor, its members along one axis.
        groups: number of groups, at least two; neighbors along the axis go together, and sizes differ by
            one at most.
        axis: that of the members.

    Raises:
        ValueError: fewer than two groups, or fewer members than groups.
    """
    members = values.shape[axis]
    if not 2 <= groups <= members:
        raise ValueError(f"groups must be 2 to the {members} members, got {groups}")
    if isinstance(values, Tensor):
        return mean_and_stderr([statistic(part) for part in values.tensor_split(groups, axis)])
    return mean_and_stderr([statistic(part) for part in np.array_split(values, groups, axis)])


def ks_distance(samples: ArrayLike, law: Law) -> float:
    """Kolmogorov-Smirnov distance: the largest gap between the samples' distribution and the law's.

    Args:
        samples: real numbers, any shape. For n independent samples of the law the distance is about
            0.87 / sqrt(n), so smaller values mean nothing.
        law: the law compared with.

    Raises:
        ValueError: no samples, or one is not finite.
    """
    x = sorted_samples(samples)
    below = np.arange(x.size) / x.size
    gap = law.cdf(x) - below
    return float(np.maximum(gap, 1 / x.size - gap).max())


def w1_distance(samples: ArrayLike, law: Law) -> float:
    """Wasserstein-1 distance between samples and a law: the area between their distribution functions.

    Args:
        samples: real numbers, any shape, in the units of the law.
        law: the law compared with.

    Raises:
        ValueError: no samples, or one is not finite.
    """
    x = sorted_samples(samples)
    grid = np.union1d(law.points, [x[0], x[-1]])
    empirical = np.searchsorted(x, grid, side="right") / x.size
    return float(trapezoid(np.abs(empirical - law.cdf(grid)), grid))


def law_distances(first: Law, second: Law, *, levels: int = 100_001) -> LawDistances:
    """Distances between two laws on the line.

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


def excess_kurtosis(samples: ArrayLike) -> float:
    """Fourth central moment over the squared variance, minus 3: zero for a Gaussian."""
    x = sorted_samples(samples)
    centered = x - x.mean()
    return float((centered**4).mean() / (centered**2).mean() ** 2 - 3)


def sorted_samples(samples: ArrayLike) -> Floats:
    """Samples of any shape in increasing order.

    Raises:
        ValueError: no samples, or one is not finite.
    """
    x = np.sort(np.asarray(samples, dtype=float).ravel())
    if x.size == 0 or not np.isfinite(x).all():
        bad = int(x.size - np.isfinite(x).sum())
        raise ValueError(f"samples must be at least one number, all finite; got {x.size}, {bad} not finite")
    return x


def sharpness(
    landscape: Landscape,
    theta: Tensor,
    *,
    generator: torch.Generator,
    samples: Tensor | None = None,
    iterations: int = 40,
) -> Sharpness:
    """Sharpness: the top eigenvalue of the Hessian, by Lanczos with full reorthogonalization.

    Args:
        landscape: the loss.
        theta: weights, shape (*E, d).
        generator: source of the starting direction.
        samples: indices of the examples, or None for all.
        iterations: at most so many Hessian-vector products; d of them give the exact answer.

    Returns:
        `Sharpness` with its residual, for every member at once. Memory: iterations copies of theta.
    """
    checked_weights(landscape, theta)
    start = torch.randn(theta.shape, generator=generator, device=generator.device, dtype=theta.dtype)
    basis = [_unit(start.to(theta.device))]
    diagonal: list[Tensor] = []
    off_diagonal: list[Tensor] = []
    for _ in range(min(iterations, landscape.dim)):
        image = hvp(landscape, theta, basis[-1], samples)
        diagonal.append((image * basis[-1]).sum(-1))
        for _ in range(2):  # twice is enough to keep the basis orthogonal to rounding
            for direction in basis:
                image = image - (image * direction).sum(-1, keepdim=True) * direction
        off_diagonal.append(image.norm(dim=-1))
        basis.append(_unit(image))
    value, last = _top_of_tridiagonal(diagonal, off_diagonal[:-1])
    return Sharpness(value, (off_diagonal[-1] * last).abs(), len(diagonal))


def _top_of_tridiagonal(diagonal: list[Tensor], off_diagonal: list[Tensor]) -> tuple[Tensor, Tensor]:
    matrix = torch.diag_embed(torch.stack(diagonal, dim=-1))
    if off_diagonal:
        side = torch.stack(off_diagonal, dim=-1)
        matrix = matrix + torch.diag_embed(side, offset=1) + torch.diag_embed(side, offset=-1)
    values, vectors = torch.linalg.eigh(matrix)
    return values[..., -1], vectors[..., -1, -1]


def _unit(vector: Tensor) -> Tensor:
    # A zero vector (an exhausted Krylov space) stays zero instead of becoming NaN.
    length: Tensor = vector.norm(dim=-1, keepdim=True)
    return vector / length.clamp_min(torch.finfo(vector.dtype).tiny)
