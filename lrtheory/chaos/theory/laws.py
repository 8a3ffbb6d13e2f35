"""Predicted laws on the line: the rescaled Gibbs law and the exact one; their moments live in `theory`."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np
import torch
from scipy.special import j0
from torch import Tensor

from lrtheory.chaos.models.two_scale import TwoScale
from lrtheory.chaos.theory.stationary import (
    gibbs_temperature,
    parabola_curvature,
    ripple_tones,
    stationary_variance,
)
from lrtheory.landscape import Landscape
from lrtheory.law import Floats, Law, law_from_density

_GIBBS_POINTS = 8001
_GIBBS_DEPTH = 60.0  # the Gibbs law is cut where it is e^-60 of its peak
_LAW_POINTS = 4001
_LAW_DEVIATIONS = 8.5  # sums of bounded slopes have tails below the Gaussian's, here 1e-17
_PERIOD_DEVIATIONS = 24.0  # half the period of the Fourier series: its copies of the law do not overlap
_FIRST_MODES, _MOST_MODES, _MODES_AT_ONCE = 256, 2**16, 128
_SMALL_ANGLE, _TERMS = 0.5, 12  # up to that angle so many terms give ln J0 to 1e-17
_MODE_FLOOR = 1e-14  # a characteristic function below this is rounding


def gibbs_density(landscape: TwoScale, lr: float, x: Tensor) -> Tensor:
    """Density of the rescaled Gibbs law, proportional to exp(-f0(x) / T), on the line.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> peak = gibbs_density(periodic(1e-3), 0.1, torch.zeros(1, dtype=torch.float64))
        >>> round(float(peak), 4)  # 1 / sqrt(2 pi T), T = 0.025
        2.5231

    Args:
        landscape: loss of two scales with one weight.
        lr: learning rate, > 0, as in `gibbs_temperature`.
        x: points, shape (*E, 1).

    Returns:
        Density, shape (*E,); integrates to one over the line.

    Raises:
        ValueError: lr <= 0, or the loss has more than one weight.

    Cost: one law on a grid of 8001 points.

    See also: gibbs_law, the same on a grid of its own.

    Source: kong2020, the rescaled Gibbs law.
    """
    law = gibbs_law(landscape, lr)
    temperature = gibbs_temperature(landscape, lr)
    offset = float(landscape.large.loss(torch.as_tensor(law.points)[:, None]).min())
    peak = law.density.max()
    depth = (landscape.large.loss(x) - offset) / temperature
    return torch.exp(-depth) * float(peak)


def gibbs_law(landscape: TwoScale, lr: float) -> Law:
    """The rescaled Gibbs law on a grid that holds all but e^-60 of its peak density.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> law = gibbs_law(periodic(1e-3), 0.1)
        >>> round(float(law.density.max()), 4)  # 1 / sqrt(2 pi T), T = 0.025
        2.5231

    Args:
        landscape: loss of two scales with one weight.
        lr: learning rate, > 0, as in `gibbs_temperature`.

    Raises:
        ValueError: lr <= 0, more than one weight, or f0 does not rise at both ends.

    Cost: the loss at 20,001 and at 8001 points.

    See also: stationary_law, exact at any rate, on a parabola.

    Source: kong2020, the rescaled Gibbs law.
    """
    if landscape.dim != 1:
        raise ValueError(f"a law on the line needs one weight, the loss has {landscape.dim}")
    temperature = gibbs_temperature(landscape, lr)
    left, right = _basin(landscape.large, _GIBBS_DEPTH * temperature)
    points = np.linspace(left, right, _GIBBS_POINTS)
    heights = _heights(landscape.large, points)
    return law_from_density(points, np.exp(-(heights - heights.min()) / temperature))


def stationary_law(landscape: TwoScale, lr: float) -> Law:
    """Exact law of the stochastic map on a parabola, by summing its Fourier series.

    The map is linear, so its stationary characteristic function is the infinite product of the
    ripple slope's own, prod_k phi(lr b^k t) with b = 1 - lr a: for one tone a product of Bessel J0. Factors
    near 1 are summed in closed form, as cumulants, so that the cost does not grow as lr shrinks.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> law = stationary_law(periodic(1e-3), 0.1)
        >>> round(float((law.density * law.points**2).sum() * (law.points[1] - law.points[0])), 4)
        0.0263

    Args:
        landscape: loss of two scales with one weight, a quadratic large-scale part and a ripple of tones.
        lr: learning rate, in (0, 2 / a).

    Raises:
        ValueError: lr is out of its range, or so near 1 / a that the law has no smooth density.

    Cost: 4001 points times some hundred modes, whatever lr.

    See also: gibbs_law, its limit at a small rate.

    Source: kong2020, the stochastic map; the law is derived in the chapter on the coin toss.
    """
    shrink = 1 - lr * parabola_curvature(landscape, lr)
    largest = float(ripple_tones(landscape).amplitudes.abs().sum())
    deviation = math.sqrt(stationary_variance(landscape, lr))
    reach = min(1.05 * lr * largest / (1 - abs(shrink)), _PERIOD_DEVIATIONS * deviation)
    modes, frequencies = _modes(landscape, lr, shrink, reach)
    edge = min(reach, _LAW_DEVIATIONS * deviation)
    points = np.linspace(-edge, edge, _LAW_POINTS)
    density, cumulative = _fourier_sums(points, reach, modes, frequencies)
    return Law(points, density, cumulative)


def _modes(landscape: TwoScale, lr: float, shrink: float, reach: float) -> tuple[Floats, Floats]:
    """Characteristic function at multiples of pi / reach, as many as are above rounding."""
    count = _FIRST_MODES
    while count <= _MOST_MODES:
        frequencies: Floats = np.arange(1.0, count + 1.0) * (math.pi / reach)
        modes = _characteristic(landscape, lr, shrink, frequencies)
        needed = int(np.nonzero(np.abs(modes) > _MODE_FLOOR)[0][-1]) + 1
        if needed < count:
            return modes[:needed], frequencies[:needed]
        count *= 4
    raise ValueError(
        f"lr * curvature must not be within 0.25 of 1, got {1 - shrink:.3g}: the law there has no "
        "smooth density (at 1 it is the law of one ripple slope alone)"
    )


def _characteristic(landscape: TwoScale, lr: float, shrink: float, t: Floats) -> Floats:
    product = np.ones_like(t)
    amplitudes = ripple_tones(landscape).amplitudes.numpy()
    size, scale = abs(shrink), lr
    while scale * t[-1] * np.abs(amplitudes).max() > _SMALL_ANGLE:
        for amplitude in amplitudes:
            product *= j0(amplitude * scale * t)
        scale *= size
    # What is left, sum_k ln J0(u b^k), is a series in u^2 whose terms are geometric sums over k.
    exponent = np.zeros_like(t)
    for amplitude in amplitudes:
        angle = amplitude * scale * t
        for power, coefficient in enumerate(_log_j0(), start=1):
            exponent += coefficient * angle ** (2 * power) / _one_minus(size, lr, landscape, 2 * power)
    return np.asarray(product * np.exp(exponent))


@cache
def _log_j0() -> tuple[float, ...]:
    """Coefficients -1/4, -1/64, -1/576, ... of ln J0(u) in powers of u^2."""
    series = [Fraction((-1) ** n, 4**n * math.factorial(n) ** 2) for n in range(_TERMS + 1)]
    logarithm = [Fraction(0)]
    for n in range(1, _TERMS + 1):
        known = sum((k * logarithm[k] * series[n - k] for k in range(1, n)), Fraction(0))
        logarithm.append(series[n] - known / n)
    return tuple(map(float, logarithm[1:]))


def _one_minus(size: float, lr: float, landscape: TwoScale, power: int) -> float:
    """1 - |b|^power, with all digits where lr * curvature is tiny."""
    step = lr * parabola_curvature(landscape, lr)
    logarithm = math.log1p(-step) if step < 1 else math.log(size) if size else -math.inf
    return -math.expm1(power * logarithm)


def _fourier_sums(points: Floats, reach: float, modes: Floats, frequencies: Floats) -> tuple[Floats, Floats]:
    density = np.full_like(points, 0.5)
    cumulative = 0.5 * (points + reach)
    for start in range(0, len(modes), _MODES_AT_ONCE):
        some = slice(start, start + _MODES_AT_ONCE)
        angles = np.outer(frequencies[some], points)
        density += modes[some] @ np.cos(angles)
        cumulative += (modes[some] / frequencies[some]) @ np.sin(angles)
    return np.clip(density / reach, 0, None), np.clip(cumulative / reach, 0, 1)


def _heights(large: Landscape, points: Floats) -> Floats:
    return np.asarray(large.loss(torch.as_tensor(points)[:, None]))


def _basin(large: Landscape, depth: float) -> tuple[float, float]:
    """Ends of the stretch of the line where f0 lies less than depth above its minimum."""
    reach = 1.0
    while reach < 1e6:
        points = np.linspace(-reach, reach, 20_001)
        heights = _heights(large, points)
        inside = points[heights < heights.min() + depth]
        if -reach < inside[0] and inside[-1] < reach:
            step = points[1] - points[0]
            return float(inside[0] - step), float(inside[-1] + step)
        reach *= 2
    raise ValueError("f0 does not rise at both ends of the line: it has no Gibbs law")
