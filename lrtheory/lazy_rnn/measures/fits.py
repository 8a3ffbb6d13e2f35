"""Powers of the width: slopes of logarithms of geometric means over seeds, with standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import linregress

from lrtheory.law import Floats
from lrtheory.measure import Estimate


def geometric_means(values: ArrayLike) -> Floats:
    """Geometric mean over seeds, shape (widths,), of values (widths, seeds); NaN and zeros are left out.

    Example:
        >>> geometric_means([[1.0, 4.0], [1.0, 100.0]]).round(9).tolist()
        [2.0, 10.0]
    """
    table = np.asarray(values, dtype=float)
    kept = np.where(table > 0, table, np.nan)
    means: Floats = np.exp(np.nanmean(np.log(kept), axis=1))
    return means


def width_slope(widths: ArrayLike, values: ArrayLike, *, least: int = 512) -> Estimate:
    """Power p of values ~ m^p, by least squares on the logarithms of geometric means.

    Example:
        >>> widths = np.array([512, 1024, 2048])
        >>> found = width_slope(widths, widths[:, None] ** -0.5 * [[1.0, 3.0]])  # two seeds, one law
        >>> round(found.value, 9), abs(found.stderr) < 1e-6, found.samples
        (-0.5, True, 3)

    Args:
        widths: m, shape (widths,).
        values: positive, shape (widths, seeds); NaN where there is no run.
        least: widths from here on count.

    Returns:
        Slope and its standard error from the scatter about the line; ``samples`` widths.

    Raises:
        ValueError: fewer than three widths.
    """
    m = np.asarray(widths, dtype=float)
    large = m >= least
    if large.sum() < 3:
        raise ValueError(f"a slope with an error needs at least 3 widths >= {least}, got {int(large.sum())}")
    fit = linregress(np.log(m[large]), np.log(geometric_means(values)[large]))
    return Estimate(float(fit.slope), float(fit.stderr), int(large.sum()))
