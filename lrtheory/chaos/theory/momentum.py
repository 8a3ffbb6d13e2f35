"""What is predicted for descent with momentum on a rough parabola: variances, temperatures, exponents."""

from __future__ import annotations

import math

from lrtheory.chaos.models.two_scale import TwoScale
from lrtheory.chaos.theory.stationary import quadratic_curvature, ripple_tones, slope_variance
from lrtheory.doors import whole
from lrtheory.rules import HeavyBall, Nesterov

MomentumRule = HeavyBall | Nesterov


def momentum_variance(landscape: TwoScale, rule: MomentumRule) -> float:
    """Exact variance of the stochastic map with momentum on a parabola: that of a recursion of order two.

    With b = lr a and mu the momentum, positions follow x'' = p x' + q x + lr * kick, where
    p = 1 + mu - b, q = -mu for the heavy ball and p = (1 + mu)(1 - b), q = -mu (1 - b) for Nesterov.
    Then v = (1 - q) lr^2 s2 / ((1 + q)((1 - q)^2 - p^2)).

    Example:
        >>> from lrtheory import HeavyBall
        >>> from lrtheory.chaos import periodic
        >>> round(momentum_variance(periodic(1e-3), HeavyBall(0.1, 0.5)), 5)
        0.05172

    Args:
        landscape: loss of two scales with one weight and a quadratic large-scale part.
        rule: heavy ball or Nesterov with a constant rate, below its limit of stability.

    Raises:
        ValueError: another rule or landscape, or an unstable rate.

    See also: momentum_temperature, its limit at a small rate times the curvature.

    Source: mandt2017 for momentum at small rates; the exact value is derived in the chapter.
    """
    lr, first, second = _recursion(landscape, rule)
    noise = lr**2 * slope_variance(landscape)
    return (1 - second) * noise / ((1 + second) * ((1 - second) ** 2 - first**2))


def momentum_temperature(landscape: TwoScale, rule: MomentumRule) -> float:
    """Temperature lr s2 / (2 (1 - mu)) of the Gibbs law with momentum, at small rates.

    For Nesterov it is accurate only where lr * curvature is small compared with 1 - mu.

    Example:
        >>> from lrtheory import HeavyBall
        >>> from lrtheory.chaos import periodic
        >>> round(momentum_temperature(periodic(1e-3), HeavyBall(0.1, 0.5)), 6)  # 0.1 * 0.5 / 2 / (1 - 0.5)
        0.05

    Args:
        landscape: loss of two scales with an isotropic ripple.
        rule: heavy ball or Nesterov with a constant rate.

    Raises:
        ValueError: another rule, or a ripple that is not isotropic.

    See also: momentum_variance, exact on a parabola; gibbs_temperature, without momentum.

    Source: mandt2017, momentum as a change of temperature; kong2020 shows the numerics.
    """
    return _forgetting_rate(rule) * slope_variance(landscape) / (2 * (1 - rule.momentum))


def momentum_exponents(landscape: TwoScale, rule: MomentumRule) -> tuple[float, float]:
    """Both Lyapunov exponents of descent with momentum in one weight as eps -> 0, larger one first.

    Heavy ball: ln(lr A w / (2 eps)), and ln mu minus it, because their sum is ln mu for every loss.
    Nesterov: ln(lr A w (1 + mu) / (2 eps)) and ln(mu / (1 + mu)).

    Example:
        >>> from lrtheory import HeavyBall
        >>> from lrtheory.chaos import periodic
        >>> [round(each, 3) for each in momentum_exponents(periodic(1e-3), HeavyBall(0.1, 0.5))]
        [3.912, -4.605]

    Args:
        landscape: loss of two scales with one weight and one tone.
        rule: heavy ball or Nesterov with momentum > 0 and lr A w / eps large.

    Raises:
        ValueError: another landscape or rule, no momentum, or a stretch K of at most 2.

    See also: lyapunov_spectrum, which measures them on a run.

    Source: kong2020 shows the numerics; these limits are derived in the chapter.
    """
    tones = ripple_tones(landscape)
    if len(tones.amplitudes) != 1 or landscape.dim != 1:
        raise ValueError(f"one tone and one weight expected, got {len(tones.amplitudes)} and {landscape.dim}")
    stretch = _rate(rule) * float((tones.amplitudes * tones.frequencies[:, 0]).abs()) / landscape.eps
    if stretch <= 2:
        raise ValueError(
            f"the stretch K = lr A w / eps must be above 2, got {stretch:.4g}: raise lr or lower eps"
        )
    mu = rule.momentum
    if mu == 0:
        raise ValueError("momentum must be above 0, got 0: without it use limiting_lyapunov_exponent")
    if isinstance(rule, HeavyBall):
        top = math.log(stretch / 2)
        return top, math.log(mu) - top
    return math.log(stretch * (1 + mu) / 2), math.log(mu / (1 + mu))


def exponent_sum(rule: HeavyBall, *, dim: int = 1) -> float:
    """Sum of all Lyapunov exponents of the heavy ball: dim * ln mu, exactly, for every loss and any rate.

    At momentum 1, as in the standard map, it is 0: volumes are kept.

    Example:
        >>> import math
        >>> from lrtheory import HeavyBall
        >>> round(exponent_sum(HeavyBall(0.1, 0.5), dim=3) / math.log(0.5), 9)
        3.0

    Args:
        rule: heavy ball with momentum > 0.
        dim: number of weights.

    Raises:
        ValueError: no momentum, another rule, or no weight.

    Source: our derivation, from the determinant of one step.
    """
    if not isinstance(rule, HeavyBall):
        raise ValueError(f"HeavyBall expected, got {type(rule).__name__}: its sum alone is one number")
    whole("dim", dim, least=1)
    if rule.momentum == 0:
        raise ValueError("momentum must be above 0, got 0: one exponent a weight is then minus infinity")
    return dim * math.log(rule.momentum)


def _recursion(landscape: TwoScale, rule: MomentumRule) -> tuple[float, float, float]:
    """The rate and both coefficients of the position's recursion of order two, if it is stable."""
    lr, mu = _forgetting_rate(rule), rule.momentum
    expansion = lr * quadratic_curvature(landscape)
    if isinstance(rule, HeavyBall):
        first, second, most = 1 + mu - expansion, -mu, 2 * (1 + mu)
    else:
        first, second = (1 + mu) * (1 - expansion), -mu * (1 - expansion)
        most = 2 * (1 + mu) / (1 + 2 * mu)
    if not 0 < expansion < most:
        raise ValueError(
            f"lr * curvature must lie below {most:.4g} at momentum {mu}, got {expansion:.4g}: unstable"
        )
    return lr, first, second


def _forgetting_rate(rule: MomentumRule) -> float:
    """The rate of a rule whose positions have a stationary law."""
    rate = _rate(rule)
    if rule.momentum == 1:
        raise ValueError("momentum must lie below 1, got 1: nothing is forgotten, and no law is settled to")
    return rate


def _rate(rule: MomentumRule) -> float:
    if not isinstance(rule, HeavyBall | Nesterov):
        raise ValueError(f"HeavyBall or Nesterov expected, got {type(rule).__name__}")
    if not isinstance(rule.lr, int | float):
        raise ValueError(f"a constant rate, one number, expected, got {type(rule.lr).__name__}")
    return float(rule.lr)
