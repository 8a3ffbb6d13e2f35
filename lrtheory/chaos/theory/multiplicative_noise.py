"""Predictions for a ripple that grows along the line, whose noise therefore depends on the place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import cumulative_trapezoid

from lrtheory.chaos.models.two_scale import TwoScale
from lrtheory.chaos.models.uneven_ripples import SwellingTone
from lrtheory.chaos.theory.stationary import parabola_curvature
from lrtheory.law import Law, law_from_density

_POINTS = 20_001
_DEVIATIONS = 12.0
_LEAST_SPREAD = 1e-3  # the law is cut where the noise has died to this share of its strength at 0


@dataclass(frozen=True)
class Moments:
    """Mean, variance and skewness of a law on the line."""

    mean: float
    variance: float
    skewness: float


def multiplicative_moments(landscape: TwoScale, lr: float) -> Moments:
    """Exact moments of the stochastic map x' = b x + lr A (1 + g x) sin(phase), with b = 1 - lr a.

    With s2 = A^2 / 2 the variance is v = lr^2 s2 / (1 - b^2 - g^2 lr^2 s2) and the third moment
    6 b g lr^2 s2 v / (1 - b^3 - 3 b g^2 lr^2 s2).

    Example:
        >>> from lrtheory.chaos import multiplicative
        >>> moments = multiplicative_moments(multiplicative(1e-3), 0.1)
        >>> abs(moments.mean) < 1e-9, round(moments.variance, 4), round(moments.skewness, 4)
        (True, 0.0268, 0.5032)

    Args:
        landscape: parabola with a swelling tone.
        lr: learning rate, > 0, small enough for the third moment to exist.

    Raises:
        ValueError: another landscape, or lr so large that the moments are infinite.

    Source: our derivation, from one step of the map; see the chapter.
    """
    ripple, shrink = _swelling(landscape), 1 - lr * parabola_curvature(landscape, lr)
    kick = lr**2 * ripple.amplitude**2 / 2
    second = 1 - shrink**2 - ripple.growth**2 * kick
    third = 1 - shrink**3 - 3 * shrink * ripple.growth**2 * kick
    if second <= 0 or third <= 0:
        raise ValueError(
            f"lr must be small enough for three finite moments, got {lr}: the noise grows too fast"
        )
    variance = kick / second
    skewness = 6 * shrink * ripple.growth * kick * variance / third / variance**1.5
    return Moments(0.0, variance, skewness)


def ito_law(landscape: TwoScale, lr: float) -> Law:
    """Law of the diffusion that the map becomes at small rates, read in Ito's sense.

    Its density is proportional to s^-2 exp(-int 2 f0' / (lr s2 s^2)), with s = 1 + g x the strength of
    the noise; Gibbs' law is the case g = 0.

    Example:
        >>> from lrtheory.chaos import multiplicative
        >>> law = ito_law(multiplicative(1e-3), 0.1)
        >>> round(float(law.density.sum() * (law.points[1] - law.points[0])), 3)
        1.0

    Args:
        landscape: parabola with a swelling tone.
        lr: learning rate, > 0, small compared with 1 / curvature.

    Raises:
        ValueError: as `multiplicative_moments`.

    See also: multiplicative_moments, exact at any rate.

    Source: our derivation; the stationary Fokker-Planck equation with state-dependent noise.
    """
    ripple = _swelling(landscape)
    reach = _DEVIATIONS * multiplicative_moments(landscape, lr).variance ** 0.5
    x = np.linspace(-reach, reach, _POINTS)
    spread = 1 + ripple.growth * x
    x, spread = x[spread > _LEAST_SPREAD], spread[spread > _LEAST_SPREAD]
    slope = parabola_curvature(landscape, lr) * x
    exponent = cumulative_trapezoid(4 * slope / (lr * ripple.amplitude**2 * spread**2), x, initial=0.0)
    log_weight = -exponent - 2 * np.log(spread)
    return law_from_density(x, np.exp(log_weight - log_weight.max()))


def _swelling(landscape: TwoScale) -> SwellingTone:
    if not isinstance(landscape.small, SwellingTone):
        kind = type(landscape.small).__name__
        raise ValueError(f"a swelling tone expected, got {kind}: use multiplicative()")
    return landscape.small
