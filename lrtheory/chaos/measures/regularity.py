"""Is it chaos? Two tests that see nothing but recorded values: the 0-1 test and the correlation dimension."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from lrtheory.law import Floats

_FREQUENCIES = 100
_FLAT = 1e-10  # growth of the mean square displacement, over the squared deviation, that counts as none
_ROUNDING = 8 * 2.0**-53  # largest deviation from the mean, over the largest value, that is rounding
_RADII = 12


def zero_one_test(series: ArrayLike) -> float:
    """The 0-1 test: near 1 for a chaotic series, near 0 for a regular one.

    The series drives a plane walk at each of 100 frequencies; its mean square displacement grows
    linearly under chaos and not at all otherwise. Returned is the median correlation with time.

    The mean is taken off first, and the scale: neither says anything about chaos. A series that varies by
    no more than its rounding is regular.

    Example:
        >>> turning = np.cos(0.7 * np.arange(1000))
        >>> abs(zero_one_test(turning)) < 0.1  # 1 for chaos, 0 for what turns
        True

    Args:
        series: values of one orbit, one a step, shape (n,), n >= 200; 5,000 are plenty. Several orbits are
            several calls: laid end to end, regular ones look chaotic.

    Raises:
        ValueError: another shape, too short a series, or one that is not finite.

    Cost: 100 frequencies times n / 10 lags of n numbers, so it grows as n^2; memory a few arrays of 1,600 n
    bytes.

    See also: lyapunov_exponent, which needs the loss and says how fast.

    Source: gottwald2009; without the mean nothing oscillates that they would have to remove.
    """
    values = np.asarray(series, dtype=float)
    if values.ndim != 1:
        raise ValueError(
            f"series must be one orbit, of shape (n,), got {values.shape}: test each one, as series[:, 0]"
        )
    if values.size < 200 or not np.isfinite(values).all():
        raise ValueError(f"series must hold at least 200 finite values, got {values.size}")
    values = _standardized(values)
    if not values.any():
        return 0.0
    lags = np.arange(1, values.size // 10 + 1)
    frequencies = math.pi / 5 + 3 * math.pi / 5 * (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES
    # Complex numbers stand for the plane; one row a frequency.
    walk = np.cumsum(values * np.exp(1j * np.outer(frequencies, np.arange(values.size))), axis=1)
    window = values.size - lags[-1]
    growth = np.empty((_FREQUENCIES, lags.size))
    for column, lag in enumerate(lags):
        growth[:, column] = (np.abs(walk[:, lag : lag + window] - walk[:, :window]) ** 2).mean(axis=1)
    return float(np.median([_correlation(lags.astype(float), row) for row in growth]))


def correlation_dimension(
    points: ArrayLike, *, smallest: float = 1e-3, largest: float = 3e-2
) -> float:
    """Grassberger and Procaccia's dimension: how the share of pairs closer than r grows with r.

    Example:
        >>> line = np.linspace(0, 1, 4000)
        >>> round(correlation_dimension(np.stack([line, 2 * line], axis=1)))
        1

    Args:
        points: an orbit, shape (n,) or (n, d), n >= 1000, in its natural units.
        smallest: least distance r looked at; a few pairs must be closer.
        largest: largest r, small compared with the attractor.

    Returns:
        Slope of the logarithm of the share against ln r.

    Raises:
        ValueError: too few points, r out of order, or no pair as close as ``smallest``.

    Cost: all pairs of points within the largest distance.

    Source: grassberger1983.
    """
    cloud = np.asarray(points, dtype=float)
    cloud = cloud[:, None] if cloud.ndim == 1 else cloud
    if cloud.ndim != 2 or cloud.shape[1] == 0:
        raise ValueError(f"points must have shape (n,) or (n, d), got {cloud.shape}")
    lost = int((~np.isfinite(cloud)).sum())
    if lost:
        raise ValueError(f"points must be finite, got {lost} number(s) that are not")
    if len(cloud) < 1000 or not 0 < smallest < largest < math.inf:
        raise ValueError(
            "at least 1000 points and 0 < smallest < largest expected, got "
            f"{len(cloud)}, {smallest}, {largest}"
        )
    extent = float(np.ptp(cloud, axis=0).max())
    if extent < largest:
        raise ValueError(
            f"largest must be small compared with the attractor, got {largest} for points that lie within "
            f"{extent:.3g}: lower both radii, if the points vary at all"
        )
    radii = np.geomspace(smallest, largest, _RADII)
    tree = cKDTree(cloud)
    pairs = np.asarray(tree.count_neighbors(tree, radii), dtype=float) - len(cloud)
    if pairs[0] <= 0:
        raise ValueError(f"no two points are closer than smallest = {smallest}: raise it or give more points")
    return float(np.polyfit(np.log(radii), np.log(pairs), 1)[0])


def _standardized(values: Floats) -> Floats:
    """Values less their mean, over their largest deviation; zeros where they vary by rounding alone."""
    size = float(np.abs(values).max())
    if size == 0:
        return values
    scaled = values / size
    scaled -= scaled.mean()
    deviation = float(np.abs(scaled).max())
    return np.asarray(scaled / deviation if deviation > _ROUNDING else np.zeros_like(values))


def _correlation(lags: Floats, growth: Floats) -> float:
    if growth.std() <= _FLAT:  # a settled orbit: what is left is rounding
        return 0.0
    return float(np.corrcoef(lags, growth)[0, 1])
