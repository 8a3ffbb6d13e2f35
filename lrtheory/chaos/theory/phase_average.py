"""Averages over independent uniform phases of what a ripple of tones does to a small distance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import qmc

from lrtheory.law import Floats

_TWO_TONE_PHASES = 100_000
_SOBOL_POWER = 16  # 65,536 points of a low-discrepancy sequence: errors of a few 1e-5


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
        ValueError: no tone, or a stretch that is not positive and finite.

    Source: our derivation, from the mean of ln|a + b cos t| over a circle.
    """
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


def _circle_average(center: Floats, radius: float) -> Floats:
    """Mean of ln|center + radius cos t| over a circle."""
    beyond = np.sqrt(np.maximum(center**2 - radius**2, 0.0))
    return np.asarray(np.log(np.maximum(np.abs(center), radius) / 2 + beyond / 2))
