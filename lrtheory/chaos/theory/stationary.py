"""What is predicted for descent on a loss of two scales; nothing here runs a descent or measures one."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from lrtheory.chaos.models.two_scale import Quadratic, SquareWave, Tones, TwoScale
from lrtheory.chaos.models.uneven_ripples import QuickeningTone
from lrtheory.doors import positive, whole

_WIDEST_DETUNING = 1e-3  # so that large eps, used as a formula, refuses no irrational ratio


def slope_variance(landscape: TwoScale) -> float:
    """Variance per coordinate of the ripple's slope at a uniform phase.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> slope_variance(periodic(1e-3, amplitude=3.0))  # amplitude^2 / 2
        4.5

    Args:
        landscape: loss of two scales whose ripple is isotropic.

    Raises:
        ValueError: the ripple is stronger in some directions, so that no single variance exists.

    See also: slope_covariance, for more weights.

    Source: kong2020, the covariance of the random variable behind the small scale.
    """
    covariance = slope_covariance(landscape)
    variance = float(covariance.diagonal().mean())
    if not torch.allclose(covariance, variance * torch.eye(len(covariance), dtype=covariance.dtype)):
        raise ValueError(
            f"the ripple's slope is not isotropic, its covariance is {covariance.tolist()}: "
            "no scalar temperature exists; use slope_covariance"
        )
    return variance


def slope_covariance(landscape: TwoScale) -> Tensor:
    """Covariance of the ripple's slope at a uniform phase, shape (d, d).

    Example:
        >>> from lrtheory.chaos import matyas
        >>> slope_covariance(matyas(1e-3, amplitudes=(1.0, 2.0))).tolist()  # amplitude^2 / 2
        [[0.5, 0.0], [0.0, 2.0]]

    See also: slope_variance, for one weight.

    Source: kong2020, the covariance of the random variable behind the small scale.
    """
    small = landscape.small
    if isinstance(small, SquareWave):
        return torch.tensor([[small.amplitude**2]], dtype=torch.float64)
    tones = ripple_tones(landscape)
    return torch.einsum("m,mi,mj->ij", tones.amplitudes**2 / 2, tones.directions, tones.directions)


def gibbs_temperature(landscape: TwoScale, lr: float) -> float:
    """Temperature T = lr * s2 / 2 of the rescaled Gibbs law, with s2 the variance of the ripple's slope.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> gibbs_temperature(periodic(1e-3, amplitude=2.0), 0.1)  # lr amplitude^2 / 4
        0.1

    Args:
        landscape: loss of two scales with an isotropic ripple.
        lr: learning rate, > 0; small compared with 1 / (curvature of f0), large compared with eps.

    Raises:
        ValueError: lr <= 0, or the ripple is not isotropic.

    Source: kong2020, the rescaled Gibbs law; the value of T is derived in the chapter on the coin toss.
    """
    return positive("lr", lr) * slope_variance(landscape) / 2


def stationary_variance(landscape: TwoScale, lr: float) -> float:
    """Exact variance lr s2 / (a (2 - lr a)) of the stochastic map on a parabola of curvature a.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(stationary_variance(periodic(1e-3), 0.1), 5)  # lr s2 / (a (2 - lr a)), s2 = 1/2
        0.02632

    Args:
        landscape: loss of two scales with one weight and a quadratic large-scale part.
        lr: learning rate, in (0, 2 / a).

    Raises:
        ValueError: the large-scale part is not quadratic, or lr is out of its range.

    See also: gibbs_temperature, its limit at a small rate over the curvature.

    Source: kong2020, the stochastic map; the exact value is derived in the chapter on the coin toss.
    """
    curvature = parabola_curvature(landscape, lr)
    return lr * slope_variance(landscape) / (curvature * (2 - lr * curvature))


def stationary_kurtosis(landscape: TwoScale, lr: float) -> float:
    """Exact excess kurtosis of the stochastic map on a parabola; -1.5 (1 - b^2) / (1 + b^2) for one tone.

    Here b = 1 - lr a is the factor by which one step shrinks a deviation.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(stationary_kurtosis(periodic(1e-3), 0.1), 4)
        -0.1575

    Args:
        landscape: loss of two scales with one weight and a quadratic large-scale part.
        lr: learning rate, in (0, 2 / a).

    Raises:
        ValueError: the large-scale part is not quadratic, or lr is out of its range.

    Source: kong2020, the stochastic map; the exact value is derived in the chapter on the coin toss.
    """
    shrink = 1 - lr * parabola_curvature(landscape, lr)
    scaled_cumulant = _fourth_cumulant(landscape) / slope_variance(landscape) ** 2
    return scaled_cumulant * (1 - shrink**2) / (1 + shrink**2)


def stationary_autocorrelation(landscape: TwoScale, lr: float, lag: int) -> float:
    """Exact correlation (1 - lr a)^lag of the stochastic map's positions that many steps apart.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(stationary_autocorrelation(periodic(1e-3, curvature=2.0), 0.1, 3), 6)  # (1 - lr a)^lag
        0.512

    Args:
        landscape: loss of two scales with one weight and a quadratic large-scale part.
        lr: learning rate, in (0, 2 / a).
        lag: number of steps, >= 0.

    Raises:
        ValueError: the large-scale part is not quadratic, or a number is out of its range.

    Source: kong2020, the stochastic map; the exact value is derived in the chapter on the coin toss.
    """
    return float((1 - lr * parabola_curvature(landscape, lr)) ** whole("lag", lag))


def gibbs_ks_to_first_order(landscape: TwoScale, lr: float) -> float:
    """Kolmogorov-Smirnov distance of the exact law from the Gibbs law, to first order in lr * a.

    For one tone it is 0.09276 lr a: the bias of the Gibbs law lies in the rate, not in eps.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(gibbs_ks_to_first_order(periodic(1e-3), 0.01), 5)
        0.00093

    Args:
        landscape: loss of two scales with one weight, a quadratic large part, a symmetric ripple.
        lr: learning rate, in (0, 2 / a), small.

    Source: kong2020, the rescaled Gibbs law; its first correction is derived in the chapter.
    """
    expansion = lr * parabola_curvature(landscape, lr)
    kurtosis = expansion * _fourth_cumulant(landscape) / slope_variance(landscape) ** 2
    z = np.linspace(0, 5, 50_001)
    gaussian = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return float(np.abs(gaussian * (expansion * z / 4 + kurtosis / 24 * (z**3 - 3 * z))).max())


def _fourth_cumulant(landscape: TwoScale) -> float:
    if isinstance(landscape.small, SquareWave):
        return -2 * landscape.small.amplitude**4
    return float(-0.375 * (ripple_tones(landscape).amplitudes ** 4).sum())  # of A sin(2 pi V), V uniform


def ripple_tones(landscape: TwoScale) -> Tones:
    """The tones whose slopes are, at random phases, as random as the ripple's: the ripple itself, mostly.

    Tones of equal or opposite frequency are added as waves. A quickening tone kicks like one tone, though it
    stretches more.

    Raises:
        ValueError: the ripple is made of no tones, or their phases are not independent: an integer relation
            of low order between the frequencies (see ``models.resonance``), which for two tones may be off
            by eps.

    Source: kong2020, periodic, quasi-periodic and non-periodic small scales.
    """
    if isinstance(landscape.small, QuickeningTone):
        one = torch.ones(1, dtype=torch.float64)
        return Tones(landscape.small.amplitude * one, one[:, None], 0 * one)
    if not isinstance(landscape.small, Tones):
        raise ValueError(f"a ripple of tones expected, got {type(landscape.small).__name__}")
    # Off by less than eps, it turns the phases by less than a radian over all of the law.
    return landscape.small.independent_within(min(landscape.eps, _WIDEST_DETUNING))


def parabola_curvature(landscape: TwoScale, lr: float) -> float:
    """Curvature of a quadratic large-scale part in one weight, after checking lr against 2 / curvature.

    Source: kong2020, the strongly convex case.
    """
    curvature = quadratic_curvature(landscape)
    if not positive("lr", lr) < 2 / curvature:
        raise ValueError(
            f"lr must lie below 2 / curvature = {2 / curvature:.4g}, got {lr}: no stationary law beyond it"
        )
    return curvature


def quadratic_curvature(landscape: TwoScale) -> float:
    """Curvature of a quadratic large-scale part in one weight.

    Raises:
        ValueError: the large-scale part is not quadratic, or the loss has more than one weight.

    Source: kong2020, the strongly convex case.
    """
    if not isinstance(landscape.large, Quadratic) or landscape.dim != 1:
        raise ValueError(
            "an exact law is known for a quadratic large-scale part in one weight, got "
            f"{type(landscape.large).__name__} in {landscape.dim}"
        )
    return positive("curvature", float(landscape.large.matrix), remedy="a law needs a minimum")


