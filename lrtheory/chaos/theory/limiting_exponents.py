"""Lyapunov exponents as eps -> 0: averages over phases of what a ripple does to distances."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.stats import qmc

from lrtheory.chaos.models.small_scale import Tones
from lrtheory.chaos.models.two_scale import Quadratic, SquareWave, TwoScale
from lrtheory.chaos.models.uneven_ripples import QuickeningTone
from lrtheory.chaos.theory.laws import stationary_law
from lrtheory.chaos.theory.stationary import parabola_curvature, ripple_tones
from lrtheory.doors import finite, positive
from lrtheory.law import Floats

_TWO_TONE_PHASES = 100_000
_SOBOL_POWER = 16  # 65,536 points of a low-discrepancy sequence: errors of a few 1e-5
_LEAST_STRETCH = 2.0  # below it the large-scale part's curvature matters, and these limits do not hold


def limiting_lyapunov_exponent(landscape: TwoScale, lr: float) -> float:
    """Lyapunov exponent as eps -> 0 at fixed K = lr A / eps: the phase average of ln|b + sum K cos|.

    For a single tone on a parabola it is ln(K / 2) once K >= |b| = |1 - lr a|, and
    ln((|b| + sqrt(b^2 - K^2)) / 2) below. Several tones have independent phases, and each stretches by
    K = lr A w / eps. A square wave never stretches: ln|b|.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> round(limiting_lyapunov_exponent(periodic(1e-3), 0.1), 4)  # ln(100 / 2) as eps tends to 0
        3.912

    Args:
        landscape: loss of two scales with one weight and tones or a square wave; the large part is
            taken as flat (K large) unless it is quadratic.
        lr: learning rate, > 0.

    Returns:
        Exponent per step, natural logarithm.

    Raises:
        ValueError: more than one weight (see `limiting_lyapunov_spectrum`) or another ripple.

    See also: lyapunov_exponent, which measures it on a run.

    Source: kong2020, Lyapunov exponents; the phase average is derived in the chapter.
    """
    if isinstance(landscape.small, SquareWave):
        return math.log(abs(1 - lr * parabola_curvature(landscape, lr)))
    if isinstance(landscape.small, QuickeningTone):
        raise ValueError("this tone stretches more away from 0: use aperiodic_lyapunov_exponent")
    tones = ripple_tones(landscape)
    if landscape.dim != 1:
        raise ValueError(f"one weight expected, got {landscape.dim}: use limiting_lyapunov_spectrum")
    steepest = (tones.amplitudes * tones.frequencies[:, 0]).numpy()
    stretches = positive("lr", lr) * np.abs(steepest) / landscape.eps
    quadratic = isinstance(landscape.large, Quadratic)
    shrink = 1 - lr * parabola_curvature(landscape, lr) if quadratic else 0.0
    return mean_log_stretch(shrink, stretches)


def aperiodic_lyapunov_exponent(landscape: TwoScale, lr: float) -> float:
    """Exponent ln(lr A / (2 eps)) + E ln(1 + x^2) of a quickening tone on a parabola, as eps -> 0.

    The mean is over the exact stationary law of the stochastic map.

    Example:
        >>> from lrtheory.chaos import aperiodic
        >>> round(aperiodic_lyapunov_exponent(aperiodic(1e-3), 0.1), 3)
        3.937

    Args:
        landscape: parabola with a quickening tone.
        lr: learning rate, in (0, 2 / a), with lr A / eps of at least 2.

    Returns:
        Exponent per step, natural logarithm.

    Raises:
        ValueError: another ripple, or a rate out of its range.

    Cost: that of `stationary_law`.

    Source: kong2020, Lyapunov exponents; this limit is derived in the chapter.
    """
    if not isinstance(landscape.small, QuickeningTone):
        raise ValueError(f"a quickening tone expected, got {type(landscape.small).__name__}: use aperiodic()")
    stretch = _checked_stretch(lr * abs(landscape.small.amplitude) / landscape.eps)
    law = stationary_law(landscape, lr)
    return math.log(stretch / 2) + law.mean_of(np.log1p(law.points**2))


def limiting_lyapunov_sum(landscape: TwoScale, lr: float) -> float:
    """Sum of all Lyapunov exponents, E ln|det(I - lr Hess f)|, as eps -> 0.

    With as many tones as weights it is d ln(lr / (2 eps)) + sum ln A + ln|det N det W|, where the rows of
    W are the tones' frequencies and those of N their directions.

    Example:
        >>> from lrtheory.chaos import matyas
        >>> round(limiting_lyapunov_sum(matyas(1e-3), 0.1), 3)
        7.824

    Args:
        landscape: loss of two scales with d weights and d tones, linearly independent.
        lr: learning rate, > 0, with every lr A |w| / eps of at least 2.

    Raises:
        ValueError: another number of tones, dependent ones, or a rate out of its range.

    Source: kong2020, Lyapunov exponents in two dimensions; this limit is derived in the chapter.
    """
    given = landscape.small
    if isinstance(given, Tones) and len(given.amplitudes) == landscape.dim and _skew(given) < 1e-12:
        raise ValueError("the tones' directions must be linearly independent: some weight feels no ripple")
    tones = ripple_tones(landscape)
    stretches = _tone_stretches(tones, lr, landscape.eps)
    if len(stretches) != landscape.dim:
        raise ValueError(f"as many tones as weights expected, got {len(stretches)} for {landscape.dim}")
    skew = _skew(tones)
    return float(np.log(stretches / 2).sum()) + math.log(skew)


def limiting_lyapunov_spectrum(landscape: TwoScale, lr: float) -> Floats:
    """All Lyapunov exponents as eps -> 0, where every tone lies along an axis of its own: ln(lr A w / 2 eps).

    Equal ones split symmetrically in any run, by an amount that vanishes like 1 / ln(1 / eps).

    Example:
        >>> from lrtheory.chaos import matyas
        >>> [round(float(each), 3) for each in limiting_lyapunov_spectrum(matyas(1e-3), 0.1)]
        [3.912, 3.912]

    Args:
        landscape: loss of two scales with one tone along each axis.
        lr: learning rate, > 0, with every lr A |w| / eps of at least 2.

    Returns:
        Exponents per step, shape (d,), the largest first.

    Raises:
        ValueError: the ripple is not one tone an axis, or a rate out of its range.

    Source: kong2020, Lyapunov exponents in two dimensions; this limit is derived in the chapter.
    """
    tones = ripple_tones(landscape)
    along = (tones.frequencies != 0).long()
    square = len(along) == landscape.dim
    if not square or not ((along.sum(0) == 1).all() and (along.sum(1) == 1).all()):
        raise ValueError(
            f"one tone along each axis expected, got frequencies {tones.frequencies.tolist()}; "
            "limiting_lyapunov_sum takes slanted ones"
        )
    return np.sort(np.log(_tone_stretches(tones, lr, landscape.eps) / 2))[::-1]


def mean_log_stretch(shrink: float, stretches: ArrayLike) -> float:
    """Average of ln|b + sum_j K_j cos t_j| over independent uniform phases t_j.

    The strongest tone is averaged in closed form, a second one on a fine grid and more of them on a
    Sobol sequence without scrambling, so that the answer is always the same.

    Args:
        shrink: b, any real number.
        stretches: K_j, shape (m,), m >= 1, > 0.

    Returns:
        The average, natural logarithm.

    Raises:
        ValueError: shrink is not finite, no tone, or a stretch that is not positive and finite.

    Source: our derivation, from the mean of ln|a + b cos t| over a circle.
    """
    finite("shrink", shrink)
    ordered = np.sort(np.asarray(stretches, dtype=float).ravel())[::-1]
    if ordered.size == 0 or not (np.isfinite(ordered) & (ordered > 0)).all():
        raise ValueError(f"stretches must be positive and finite, at least one; got {ordered.tolist()}")
    others = ordered[1:]
    if others.size == 0:
        return float(_circle_average(np.array(shrink), ordered[0]))
    if others.size == 1:
        phases = ((np.arange(_TWO_TONE_PHASES) + 0.5) * (math.pi / _TWO_TONE_PHASES))[:, None]
    else:
        points = qmc.Sobol(others.size, scramble=False).random_base2(_SOBOL_POWER)
        phases = math.pi * (np.asarray(points, dtype=float) + 0.5 / len(points))
    return float(_circle_average(shrink + np.cos(phases) @ others, ordered[0]).mean())


def _skew(tones: Tones) -> float:
    return float(torch.linalg.det(tones.directions).abs()) ** 2


def _tone_stretches(tones: Tones, lr: float, eps: float) -> Floats:
    slopes = (tones.amplitudes.abs() * tones.frequencies.norm(dim=1)).numpy()
    return np.array([_checked_stretch(positive("lr", lr) * slope / eps) for slope in slopes])


def _checked_stretch(stretch: float) -> float:
    if not _LEAST_STRETCH <= stretch < math.inf:
        raise ValueError(
            f"the stretch K = lr A w / eps must be at least {_LEAST_STRETCH:g} and finite, got "
            f"{stretch:.4g}: raise lr or lower eps"
        )
    return stretch


def _circle_average(center: Floats, radius: float) -> Floats:
    """Mean of ln|center + radius cos t| over a circle."""
    beyond = np.sqrt(np.maximum(center**2 - radius**2, 0.0))
    return np.asarray(np.log(np.maximum(np.abs(center), radius) / 2 + beyond / 2))
