"""Comparing samples with each other and with their own past; laws they are compared with live in `laws`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.stats import ks_2samp
from torch import Tensor

from lrtheory.chaos.measures.runs import checked_start
from lrtheory.descent import Rule, descend
from lrtheory.doors import whole
from lrtheory.landscape import Landscape
from lrtheory.law import Floats, Law
from lrtheory.measure import sorted_samples

_DIRECTIONS = 50


@dataclass(frozen=True)
class TimeAgainstEnsemble:
    """How far one orbit's values are from many orbits' values at one time.

    Attributes:
        ks: Kolmogorov-Smirnov distance between both samples.
        independent: number of independent values that the orbit is worth, n (1 - c) / (1 + c) with c its
            correlation at lag one.
        floor: the distance that two samples of one law would have, about 0.87 sqrt(1 / n1 + 1 / n2).
    """

    ks: float
    independent: float
    floor: float


def w2_distance(samples: ArrayLike, law: Law) -> float:
    """Wasserstein-2 distance between samples and a law, from their quantiles.

    Example:
        >>> from lrtheory.chaos import gibbs_law, periodic
        >>> law = gibbs_law(periodic(1e-3), 0.1)
        >>> round(w2_distance(np.zeros(10_000), law), 3)  # the law's deviation, sqrt(0.025)
        0.158

    Args:
        samples: real numbers, any shape, in the units of the law.
        law: the law compared with.

    Raises:
        ValueError: no samples, or one is not finite.
    """
    x = sorted_samples(samples)
    levels = (np.arange(x.size) + 0.5) / x.size
    return float(np.sqrt(((x - law.quantile(levels)) ** 2).mean()))


def sliced_w1(
    first: Tensor, second: Tensor, *, generator: torch.Generator, directions: int = _DIRECTIONS
) -> float:
    """Wasserstein-1 distance of two samples in many dimensions, averaged over random directions.

    Example:
        >>> from lrtheory import generator
        >>> points = torch.ones(100, 2)
        >>> sliced_w1(points, points, generator=generator(0, "directions"))
        0.0

    Args:
        first: points, shape (n, d).
        second: as many points, shape (n, d).
        generator: source of the directions.
        directions: their number, >= 1.

    Raises:
        ValueError: the shapes or types differ, no points, a number that is not finite, or no direction.

    Cost: two projections and sorts of n numbers for each direction; memory 2 n ``directions`` numbers.

    See also: w2_distance, from a law on the line.
    """
    whole("directions", directions, least=1)
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(
            f"two samples of one shape (n, d) expected, got {tuple(first.shape)} and {tuple(second.shape)}; "
            "drop points from the larger sample"
        )
    both = torch.stack([first, second])
    if not both.numel() or not both.is_floating_point() or not bool(both.isfinite().all()):
        raise ValueError(
            f"samples must hold finite numbers, at least one point, got shape {tuple(first.shape)} of "
            f"{first.dtype}"
        )
    axes = torch.randn(first.shape[1], directions, generator=generator, dtype=first.dtype)
    axes = axes / axes.norm(dim=0)
    gap = (first @ axes).sort(dim=0).values - (second @ axes).sort(dim=0).values
    return float(gap.abs().mean())


def time_against_ensemble(
    rule: Rule,
    landscape: Landscape,
    start: Tensor,
    *,
    burn: int,
    keep: int,
    generator: torch.Generator | None = None,
) -> TimeAgainstEnsemble:
    """Kolmogorov-Smirnov distance between one long orbit in one weight and an ensemble at one time.

    Example:
        >>> from lrtheory import GradientDescent, chaos, generator
        >>> start = chaos.uniform_start(1000, generator(0, "start"))
        >>> rule = GradientDescent(0.5)
        >>> found = time_against_ensemble(rule, chaos.periodic(1e-5), start, burn=50, keep=1000)
        >>> found.ks < 2 * found.floor  # the same law
        True

    Args:
        rule: rule of descent.
        landscape: loss with one weight.
        start: ensemble of starts, shape (E, 1), float64; the orbit continues the first member.
        burn: steps after which the ensemble is looked at, and the orbit's record begins, >= 0.
        keep: values kept of the orbit, >= 2.
        generator: source of numbers of a noisy rule.

    Raises:
        ValueError: more than one weight, start is not float64 of shape (E, 1), or a count out of its range.

    Cost: burn gradients of the ensemble, then ``keep`` of one member.
    """
    if landscape.dim != 1 or start.ndim != 2 or start.dtype != torch.float64:
        raise ValueError(
            f"one weight and a float64 start of shape (E, 1) expected, got {landscape.dim}, {start.dtype} "
            f"of shape {tuple(start.shape)}"
        )
    checked_start(landscape, start)
    whole("burn", burn)
    whole("keep", keep, least=2)
    settled = descend(rule, landscape, start, steps=burn, generator=generator)
    ensemble, memory = settled.final, settled.memory
    first = memory[:1] if isinstance(memory, Tensor) else memory
    path = descend(
        rule, landscape, ensemble[:1], steps=keep, every=1, generator=generator, memory=first
    )
    orbit = path.theta[1:, 0, 0]
    lasting = float(autocorrelation(orbit, lags=1)[1])
    independent = len(orbit) * (1 - lasting) / (1 + lasting)
    distance = float(ks_2samp(orbit.numpy(), ensemble[:, 0].numpy()).statistic)
    return TimeAgainstEnsemble(distance, independent, 0.87 * math.sqrt(1 / independent + 1 / len(ensemble)))


def autocorrelation(series: ArrayLike, *, lags: int) -> Floats:
    """Correlation of a stationary series with itself so many steps later, averaged over an ensemble.

    Example:
        >>> found = autocorrelation(np.tile([1.0, -1.0], 500), lags=2)
        >>> [round(float(each), 2) for each in found]
        [1.0, -1.0, 1.0]

    Args:
        series: values, shape (n, *E); the first axis is time.
        lags: largest lag, 0 <= lags < n.

    Returns:
        Correlations at lags 0 to ``lags``, shape (lags + 1,); the first is 1.

    Raises:
        ValueError: too few values for the lags, or a series that does not vary.
    """
    values = np.asarray(series, dtype=float)
    if values.ndim == 0 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"series must hold finite values, shape (n, *E), got shape {values.shape}")
    whole("lags", lags)
    if not 0 <= lags < len(values):
        raise ValueError(f"lags must lie in [0, {len(values) - 1}] for {len(values)} values, got {lags}")
    centered = values - values.mean()
    variance = (centered**2).mean()
    if not variance > 0:
        raise ValueError("series must vary: a constant has no autocorrelation")
    products = [(centered[: len(values) - lag] * centered[lag:]).mean() for lag in range(lags + 1)]
    return np.asarray(np.array(products) / variance)


def green_kubo_ratio(shrink: float, kick_correlations: ArrayLike) -> float:
    """Variance of a linear map with correlated kicks over that with independent ones: 1 + 2 sum b^k rho_k.

    Example:
        >>> round(green_kubo_ratio(0.9, [0.1]), 6)  # 1 + 2 * 0.9 * 0.1
        1.18

    Args:
        shrink: b = 1 - lr * curvature, in (-1, 1).
        kick_correlations: rho at lags 1, 2, ..., shape (lags,), as measured.

    Raises:
        ValueError: shrink is out of its range, or a correlation is not finite.
    """
    if not -1 < shrink < 1:
        raise ValueError(f"shrink must lie in (-1, 1), got {shrink}")
    rho = np.asarray(kick_correlations, dtype=float).ravel()
    if not np.isfinite(rho).all():
        raise ValueError(f"kick_correlations must be finite, got {rho.tolist()}")
    return float(1 + 2 * (shrink ** np.arange(1, rho.size + 1) * rho).sum())
