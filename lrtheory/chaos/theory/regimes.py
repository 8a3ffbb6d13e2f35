"""Which regime given numbers are in: what a learning rate does on a loss of two scales, before any run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import jv

from lrtheory.doors import positive

SMALL, TRANSITION, LARGE, TOO_LARGE = "small", "transition", "large", "too large"
REGIMES = {
    SMALL: "descent resolves the ripple and converges to the nearest of its minima",
    TRANSITION: "cycles, period doubling and chaos inside one well of the ripple",
    LARGE: "only the large-scale part is resolved: the ripple acts like noise",
    TOO_LARGE: "descent of the large-scale part itself diverges",
}
ESCAPE_STRETCH = 4.603339  # K at which orbits leave their well as eps -> 0; see limiting_escape_stretch
_DECORRELATED = 100.0  # s beyond which variances agree with the stochastic map's to 1 %
_SMALL_EXPANSION = 0.1  # lr * L up to which the Gibbs law is 1 % from the exact one


@dataclass(frozen=True)
class Regime:
    """What a rate does on a loss of two scales.

    Attributes:
        name: "small", "transition", "large" or "too large".
        meaning: that regime in words.
        stretch: K = lr A / eps, how much one step stretches the ripple's phase.
        decorrelation: s, as in `decorrelation`; infinite for a rate that is too large.
        gibbs_is_accurate: whether the rescaled Gibbs law is within about a percent: a large rate with
            s >= 100 and lr * L <= 0.1.
    """

    name: str
    meaning: str
    stretch: float
    decorrelation: float
    gibbs_is_accurate: bool


def regime(
    lr: float,
    eps: float,
    *,
    curvature: float = 1.0,
    largest_curvature: float | None = None,
    amplitude: float = 1.0,
) -> Regime:
    """Regime of descent with rate lr on a large-scale part plus eps * amplitude * cos(x / eps).

    Small: lr < 2 / (L + A / eps), classical stability everywhere. Too large: lr >= 2 / L. Between them
    the stretch K decides: below 4.6 orbits stay in one well of the ripple.

    Example:
        >>> regime(0.1, 0.001).name, regime(0.0005, 0.001).name
        ('large', 'small')

    Args:
        lr: learning rate, > 0.
        eps: size of the ripple, > 0.
        curvature: a, of the large-scale part at its minimum, > 0.
        largest_curvature: L, of the large-scale part anywhere, >= a; None takes a.
        amplitude: A, largest slope of the ripple, not 0.

    Raises:
        ValueError: a number is out of its range.

    Source: kong2020, small and large learning rates; the thresholds are derived in the chapter.
    """
    largest = curvature if largest_curvature is None else largest_curvature
    _check(lr=lr, eps=eps, curvature=curvature, largest_curvature=largest, amplitude=abs(amplitude))
    stretch = lr * abs(amplitude) / eps
    if lr >= 2 / largest:
        return Regime(TOO_LARGE, REGIMES[TOO_LARGE], stretch, math.inf, False)
    if lr < 2 / (largest + abs(amplitude) / eps):
        name = SMALL
    else:
        name = TRANSITION if stretch < ESCAPE_STRETCH else LARGE
    s = decorrelation(lr, eps, curvature=curvature, amplitude=amplitude)
    accurate = name == LARGE and s >= _DECORRELATED and lr * largest <= _SMALL_EXPANSION
    return Regime(name, REGIMES[name], stretch, s, accurate)


def decorrelation(lr: float, eps: float, *, curvature: float = 1.0, amplitude: float = 1.0) -> float:
    """The number s = lr^3 a A^2 / (4 eps^2 (2 - lr a)) that must be large for kicks to be independent.

    It compares how far the large-scale part moves the weight in one step with eps, so eps must be
    small compared with lr^(3/2), not just with lr.

    Example:
        >>> round(decorrelation(0.1, 0.001), 4)
        131.5789

    Args:
        lr: learning rate, in (0, 2 / a).
        eps: size of the ripple, > 0.
        curvature: a > 0.
        amplitude: A, largest slope of the ripple.

    Raises:
        ValueError: a number is out of its range.

    See also: kick_correlation, which it bounds from its decay.

    Source: our derivation, beyond kong2020; see the chapter.
    """
    _check(lr=lr, eps=eps, curvature=curvature, amplitude=abs(amplitude))
    if lr * curvature >= 2:
        raise ValueError(f"lr must lie below 2 / curvature = {2 / curvature:.4g}, got {lr}")
    return lr**3 * curvature * amplitude**2 / (4 * eps**2 * (2 - lr * curvature))


def kick_correlation(lr: float, eps: float, *, curvature: float = 1.0, amplitude: float = 1.0) -> float:
    """Correlation of the ripple's slopes at two successive steps from a smooth law: (J0(K) - J2(K)) exp(-s).

    It is what a single step makes of positions drawn from a Gaussian. Positions that the descent itself
    has settled on are less smooth where the drift is a whole number of waves, and stay more correlated
    (0.04 instead of 0.005 at lr = 0.01, eps = 2e-4): there measure `autocorrelation`. It needs eps small
    compared with |1 - lr a| and 2 - lr a times the width of the law: at lr a = 1 the truth is 2 J1(K).

    Example:
        >>> abs(kick_correlation(0.1, 0.001)) < 0.2
        True

    Args:
        lr: learning rate, in (0, 2 / a).
        eps: size of the ripple, > 0; the ripple is one tone.
        curvature: a > 0.
        amplitude: A, largest slope of the ripple.

    Raises:
        ValueError: a number is out of its range.

    Source: our derivation, with positions taken as Gaussian; see the chapter.
    """
    s = decorrelation(lr, eps, curvature=curvature, amplitude=amplitude)
    stretch = lr * abs(amplitude) / eps
    return float((jv(0, stretch) - jv(2, stretch)) * math.exp(-s))


def _check(**numbers: float) -> None:
    for name, number in numbers.items():
        positive(name, number)
    if numbers.get("largest_curvature", math.inf) < numbers["curvature"]:
        raise ValueError(
            f"largest_curvature must be at least curvature = {numbers['curvature']}, got "
            f"{numbers['largest_curvature']}"
        )
