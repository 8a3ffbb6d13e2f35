"""Is it chaos? Two tests that see nothing but recorded values: the 0-1 test and the correlation dimension."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from lrtheory.law import Floats

_FREQUENCIES = 100
_FLAT = 1e-10  # relative growth of the mean square displacement that counts as none
_RADII = 12


def zero_one_test(series: ArrayLike) -> float:
    """The 0-1 test: near 1 for a chaotic series, near 0 for a regular one.

    The series drives a plane walk at each of 100 frequencies; its mean square displacement grows
    linearly under chaos and not at all otherwise. Returned is the median correlation with time.

    Args:
        series: values of one orbit, one a step, shape (n,), n >= 200; 5,000 are plenty.

    Raises:
        ValueError: too short a series, or one that is not finite.

    Source: gottwald2009, with the oscillation of the mean removed.
    """
    values = np.asarray(series, dtype=float).ravel()
    if values.size < 200 or not np.isfinite(values).all():
        raise ValueError(f"series must hold at least 200 finite values, got {values.size}")
    lags = np.arange(1, values.size // 10 + 1)
    frequencies = math.pi / 5 + 3 * math.pi / 5 * (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES
    # Complex numbers stand for the plane; one row a frequency.
    walk = np.cumsum(values * np.exp(1j * np.outer(frequencies, np.arange(values.size))), axis=1)
    window = values.size - lags[-1]
    spread = np.empty((_FREQUENCIES, lags.size))
    for column, lag in enumerate(lags):
        spread[:, column] = (np.abs(walk[:, lag : lag + window] - walk[:, :window]) ** 2).mean(axis=1)
    turned = (1 - np.cos(np.outer(frequencies, lags))) / (1 - np.cos(frequencies))[:, None]
    growth = spread - values.mean() ** 2 * turned
    scale = (values**2).mean()
    return float(np.median([_correlation(lags.astype(float), row, scale) for row in growth]))


def correlation_dimension(
    points: ArrayLike, *, smallest: float = 1e-3, largest: float = 3e-2
) -> float:
    """Grassberger and Procaccia's dimension: how the share of pairs closer than r grows with r.

    Args:
        points: an orbit, shape (n,) or (n, d), n >= 1000, in its natural units.
        smallest: least distance r looked at; a few pairs must be closer.
        largest: largest r, small compared with the attractor.

    Returns:
        Slope of the logarithm of the share against ln r.

    Raises:
        ValueError: too few points, r out of order, or no pair as close as ``smallest``.

    Source: grassberger1983.
    """
    cloud = np.asarray(points, dtype=float)
    cloud = cloud[:, None] if cloud.ndim == 1 else cloud
    if len(cloud) < 1000 or not 0 < smallest < largest:
        raise ValueError(
            "at least 1000 points and 0 < smallest < largest expected, got "
            f"{len(cloud)}, {smallest}, {largest}"
        )
    radii = np.geomspace(smallest, largest, _RADII)
    tree = cKDTree(cloud)
    pairs = np.asarray(tree.count_neighbors(tree, radii), dtype=float) - len(cloud)
    if pairs[0] <= 0:
        raise ValueError(f"no two points are closer than smallest = {smallest}: raise it or give more points")
    return float(np.polyfit(np.log(radii), np.log(pairs), 1)[0])


def _correlation(lags: Floats, growth: Floats, scale: float) -> float:
    if growth.std() <= _FLAT * scale:  # a settled orbit: what is left is rounding
        return 0.0
    return float(np.corrcoef(lags, growth)[0, 1])
