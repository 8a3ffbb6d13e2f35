"""Rare moves of the stochastic map with bounded kicks: exact exponents of escape, and when there is none.

The Gibbs law gets these exponents wrong, and with them the odds of unequal wells as the rate goes to 0.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import i0e

from lrtheory.chaos.models.two_scale import SquareWave, TwoScale
from lrtheory.chaos.theory.stationary import ripple_tones, slope_variance
from lrtheory.doors import finite
from lrtheory.landscape import gradient
from lrtheory.law import Floats

_PATH_POINTS = 4001
_MOST_MOMENTUM = 1e8


def largest_kick(landscape: TwoScale) -> float:
    """Largest slope of the ripple on the line: the sum of its tones' amplitudes.

    Example:
        >>> from lrtheory.chaos import double_well
        >>> round(largest_kick(double_well(1e-3, amplitude=1.5)), 6)
        1.5

    Args:
        landscape: loss of two scales with one weight, and tones or a square wave.

    Source: kong2020 stresses that the noise is bounded.
    """
    return float(_strengths(landscape).sum())


def quasi_potential_slope(landscape: TwoScale, x: float) -> float:
    """Slope p = U'(x) of the quasi-potential: the root other than 0 of ln M(p) = p f0'(x).

    M is the moment-generating function of a kick, for tones the product of I0(A p). The stationary law
    of the stochastic map behaves like exp(-U / lr) as lr -> 0.

    Example:
        >>> from lrtheory.chaos import double_well
        >>> round(quasi_potential_slope(double_well(1e-3, tilt=0.0), -0.5), 4)
        0.3888

    Args:
        landscape: loss of two scales with one weight, and tones or a square wave.
        x: position.

    Returns:
        p, of the sign of f0'; infinite where the kicks cannot climb the slope.

    Source: freidlin2012 for the theory; azizian2024 for stochastic gradient descent; the equation for
        this map is derived in the chapter.
    """
    strengths = _strengths(landscape)
    slope = float(gradient(landscape.large, torch.tensor([finite("x", x)], dtype=torch.float64)))
    steepness = abs(slope)
    if steepness == 0:
        return 0.0
    if steepness >= strengths.sum():
        return math.copysign(math.inf, slope)

    def excess(p: float) -> float:
        return _log_moment(landscape, strengths, p) / p - steepness

    # For small slopes p is about 2 f0' / s2, its Gaussian value; for bounded kicks it is never less.
    lowest = 0.5 * 2 * steepness / slope_variance(landscape)
    highest = 2 * lowest
    while excess(highest) < 0:
        highest *= 2
        if highest > _MOST_MOMENTUM:
            return math.copysign(math.inf, slope)
    return math.copysign(float(brentq(excess, lowest, highest, xtol=1e-13, rtol=1e-13)), slope)


def quasi_potential_barrier(landscape: TwoScale, start: float, end: float) -> float:
    """Height of the quasi-potential to climb from start to end: the logarithm of the time it takes, times lr.

    Example:
        >>> from lrtheory.chaos import double_well
        >>> round(quasi_potential_barrier(double_well(1e-3, tilt=0.0), -1.0, 0.0), 4)
        0.2565

    Args:
        landscape: loss of two scales with one weight, and tones or a square wave.
        start: bottom of a well of the large-scale part.
        end: top of its barrier, or any place on the way up.

    Returns:
        U(end) - U(start); infinite where the kicks cannot climb, in which case no run ever crosses.

    Cost: a root for each point of an adaptive integral.

    See also: gibbs_barrier, which treats the ripple as Gaussian noise.

    Source: freidlin2012, azizian2024, as `quasi_potential_slope`.
    """
    if not barrier_is_crossable(landscape, start, end):
        return math.inf
    height: float = quad(lambda x: quasi_potential_slope(landscape, x), start, end, limit=200, epsabs=1e-9)[0]
    return height


def gibbs_barrier(landscape: TwoScale, start: float, end: float) -> float:
    """What the Gibbs law says the barrier is: (f0(end) - f0(start)) / (s2 / 2); too low for bounded kicks.

    Example:
        >>> from lrtheory.chaos import double_well
        >>> round(gibbs_barrier(double_well(1e-3, tilt=0.0), -1.0, 0.0), 6)  # 2 (f0(0) - f0(-1)) / s2
        0.25

    Args:
        landscape: loss of two scales with one weight and a ripple of known variance.
        start: bottom of a well.
        end: top of its barrier.

    See also: quasi_potential_barrier, exact as lr tends to 0.

    Source: kong2020, the rescaled Gibbs law, used as Kramers would.
    """
    ends = torch.tensor([[finite("start", start)], [finite("end", end)]], dtype=torch.float64)
    low, high = landscape.large.loss(ends).tolist()
    return float((high - low) / (slope_variance(landscape) / 2))


def barrier_is_crossable(landscape: TwoScale, start: float, end: float) -> bool:
    """Whether the largest kick exceeds the large-scale slope everywhere on the way from start to end.

    If not, neither the stochastic map nor the descent with small lr ever crosses.

    Example:
        >>> from lrtheory.chaos import double_well
        >>> [barrier_is_crossable(double_well(1e-3, amplitude=a), -1.0, 0.0) for a in (0.3, 2.0)]
        [False, True]

    Args:
        landscape: loss of two scales with one weight, and tones or a square wave.
        start: position.
        end: position.

    Source: our derivation, beyond kong2020, which quantifies escapes by the Gibbs law.
    """
    finite("start", start)
    finite("end", end)
    path = torch.linspace(start, end, _PATH_POINTS, dtype=torch.float64)[:, None]
    uphill = gradient(landscape.large, path)[:, 0] * math.copysign(1.0, end - start)
    return bool(uphill.max() < largest_kick(landscape))


def _strengths(landscape: TwoScale) -> Floats:
    if landscape.dim != 1:
        raise ValueError(f"a quasi-potential on the line needs one weight, the loss has {landscape.dim}")
    if isinstance(landscape.small, SquareWave):
        return np.array([landscape.small.amplitude])
    return np.asarray(ripple_tones(landscape).amplitudes.abs(), dtype=float)


def _log_moment(landscape: TwoScale, strengths: Floats, p: float) -> float:
    """Logarithm of the moment-generating function of a kick, for p > 0, without overflow."""
    at = strengths * p
    if isinstance(landscape.small, SquareWave):
        return float(np.logaddexp(at, -at).sum() - math.log(2))
    return float((np.log(i0e(at)) + at).sum())
