"""Does a ripple behave like a random variable? Kong and Tao's conditions, measured on a box."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import ks_2samp
from torch import Tensor

from lrtheory.chaos.models.small_scale import SmallScale
from lrtheory.doors import positive, whole
from lrtheory.law import Floats

_BOXES = 10
_POINTS = 400_000
_HARMONICS = 3

Quantile = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Condition:
    """How far a ripple's slope is from a random variable that does not know the place.

    Attributes:
        ks: Kolmogorov-Smirnov distance between slopes along the box and slopes at random phases.
        worst_box: the largest such distance over ten equal parts of the box.
        dependence: largest correlation, in size, of the place with sine or cosine of the slope.
        floor: the distance that two samples of one law would have in the whole box; sqrt(10) times
            that in a tenth of it. Values below it mean nothing.
    """

    ks: float
    worst_box: float
    dependence: float
    floor: float


def check_condition(
    small: SmallScale,
    eps: float,
    *,
    generator: torch.Generator,
    box: tuple[float, float] = (-1.0, 1.0),
    quantile: Quantile | None = None,
    points: int = _POINTS,
) -> Condition:
    """Measure both conditions on a ripple in one weight: equidistribution, and independence of the place.

    For a ripple that satisfies them all three numbers vanish like eps, down to their floors.

    Example:
        >>> from lrtheory import chaos, generator
        >>> small, draws = chaos.periodic(1.0).small, generator(0, "phases")
        >>> fine, coarse = (check_condition(small, eps, generator=draws, points=9000) for eps in (1e-3, 1.0))
        >>> fine.ks < 2 * fine.floor, coarse.ks > 10 * coarse.floor
        (True, True)

    Args:
        small: ripple in one weight.
        eps: its size, > 0.
        generator: source of the random phases.
        box: interval looked at.
        quantile: quantile function of a density on [0, 1] by which places are spread over the box;
            None spreads them evenly.
        points: number of places, and of random phases; at least 1,000.

    Raises:
        ValueError: more than one weight, or a number out of its range.

    Cost: the slope at twice ``points`` places, and sorting them.

    Source: kong2020, conditions 1 and 2, in our own working form.
    """
    left, right = box
    fits = small.dim == 1 and -math.inf < left < right < math.inf and 0 < eps < math.inf
    if not fits or whole("points", points) < 1000:
        raise ValueError(
            "one weight, an interval, eps > 0 and at least 1000 points expected, got "
            f"{small.dim}, {box}, {eps} and {points}"
        )
    positive("eps", eps)
    level = (torch.arange(points, dtype=torch.float64) + 0.5) / points
    place = left + (right - left) * (level if quantile is None else quantile(level))
    # A plain grid would beat against the ripple, so every point is moved within its own cell.
    jitter = torch.rand(points, generator=generator, dtype=torch.float64) - 0.5
    place = (place + jitter * (right - left) / points)[:, None]
    seen = small.slope(place, eps)[:, 0].numpy()
    drawn = small.random_slope(place, generator)[:, 0].numpy()
    parts = zip(np.array_split(seen, _BOXES), np.array_split(drawn, _BOXES), strict=True)
    return Condition(
        ks=float(ks_2samp(seen, drawn).statistic),
        worst_box=max(float(ks_2samp(part, other).statistic) for part, other in parts),
        dependence=_dependence(place[:, 0].numpy(), seen),
        floor=0.87 * float(np.sqrt(2 / points)),
    )


def _dependence(place: Floats, slope: Floats) -> float:
    """Largest correlation of the place with a few harmonics of the slope."""
    scaled = slope / np.abs(slope).max()
    largest = 0.0
    for harmonic in range(1, _HARMONICS + 1):
        for feature in (np.sin(harmonic * scaled), np.cos(harmonic * scaled)):
            if feature.std() > 1e-12:
                largest = max(largest, abs(float(np.corrcoef(place, feature)[0, 1])))
    return largest
