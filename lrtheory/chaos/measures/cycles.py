"""Cycles, fixed points and orbit diagrams of descent in one weight, stable or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.optimize import elementwise
from torch import Tensor

from lrtheory.chaos.measures.runs import check_float64
from lrtheory.chaos.models.curved import Curved
from lrtheory.descent import GradientDescent, descend
from lrtheory.landscape import Landscape, gradient
from lrtheory.law import Floats

_SAME = 1e-8  # points of cycles closer than this are one point
_POINTS_A_RIPPLE = 10  # grid points that a ripple of size eps needs at least


@dataclass(frozen=True)
class Cycle:
    """Points that descent visits in turn for ever.

    Attributes:
        points: in the order of the visits, the smallest first, shape (period,).
        multiplier: product of 1 - lr f'' along it; it attracts if that lies between -1 and 1.
        residual: how far the last step lands from the first point.
    """

    points: Floats
    multiplier: float
    residual: float


def find_cycles(
    landscape: Curved, lr: float, period: int, *, box: tuple[float, float], points: int = 200_001
) -> list[Cycle]:
    """Every cycle of a given least period that a grid shows: sign changes, then bracketed root finding.

    Args:
        landscape: loss in one weight.
        lr: learning rate, > 0.
        period: number of steps, >= 1.
        box: interval searched.
        points: grid points; their distance must be small compared with the wavelength divided by
            (lr f'')^(period - 1), or cycles are missed.

    Returns:
        Cycles ordered by their smallest point.

    Raises:
        ValueError: more than one weight, a number out of range, or a grid coarser than the ripple.

    Source: the definition; kong2020 is about cycles of period three.
    """
    if period < 1:
        raise ValueError(f"period must be at least 1, got {period}")
    _check_grid(landscape, box, points)

    def displacement(x: Floats) -> Floats:
        return _moved(landscape, lr, x, period) - x

    roots = _roots(displacement, np.linspace(*box, points))
    shorter = [divisor for divisor in range(1, period) if period % divisor == 0]
    for divisor in shorter:
        roots = roots[np.abs(_moved(landscape, lr, roots, divisor) - roots) > _SAME]
    cycles: list[Cycle] = []
    seen = np.zeros(len(roots), dtype=bool)
    for index, root in enumerate(roots):
        if seen[index]:
            continue
        orbit = [_moved(landscape, lr, np.array([root]), step)[0] for step in range(period)]
        seen |= np.abs(roots[:, None] - np.array(orbit)).min(axis=1) < _SAME
        cycles.append(_cycle(landscape, lr, np.array(orbit)))
    return sorted(cycles, key=lambda cycle: float(cycle.points[0]))


def critical_points(landscape: Landscape, *, box: tuple[float, float], points: int = 200_001) -> Floats:
    """Places in an interval where the slope of a loss in one weight changes sign, sorted, shape (n,).

    Args:
        landscape: loss in one weight.
        box: interval searched.
        points: grid points; much closer than the ripple's wavelength.

    Raises:
        ValueError: more than one weight, or a grid coarser than the ripple.

    Source: the definition.
    """
    _check_grid(landscape, box, points)

    def slope(x: Floats) -> Floats:
        return np.asarray(gradient(landscape, torch.as_tensor(x)[..., None])[..., 0])

    return _roots(slope, np.linspace(*box, points))


def orbit_diagram(
    landscape: Landscape, rates: ArrayLike, start: Tensor, *, burn: int, keep: int
) -> Tensor:
    """Where descent in one weight is, once settled, for every learning rate.

    Args:
        landscape: loss in one weight.
        rates: learning rates, shape (r,), > 0.
        start: starting points used at every rate, shape (m, 1), float64.
        burn: steps forgotten first.
        keep: steps kept.

    Returns:
        Positions, shape (keep, r, m).

    Raises:
        ValueError: more than one weight, or start is not float64.

    Source: the definition; kong2020 shows one.
    """
    _check_line(landscape)
    check_float64(start)
    lr = torch.as_tensor(rates, dtype=torch.float64).reshape(-1, 1, 1)
    rule = GradientDescent(lr)
    settled = descend(rule, landscape, start.expand(len(lr), *start.shape), steps=burn).final
    return descend(rule, landscape, settled, steps=keep, every=1).theta[1:, ..., 0]


def _cycle(landscape: Curved, lr: float, orbit: Floats) -> Cycle:
    ordered = np.roll(orbit, -int(orbit.argmin()))
    bends = landscape.hessian(torch.as_tensor(ordered)[:, None])[:, 0, 0]
    closing = _moved(landscape, lr, ordered[:1], len(ordered))[0] - ordered[0]
    return Cycle(ordered, float((1 - lr * bends).prod()), abs(float(closing)))


def _moved(landscape: Landscape, lr: float, x: Floats, steps: int) -> Floats:
    theta = torch.as_tensor(x)[..., None]
    for _ in range(steps):
        theta = theta - lr * gradient(landscape, theta)
    return np.asarray(theta[..., 0])


def _roots(function: Callable[[Floats], Floats], grid: Floats) -> Floats:
    positive = function(grid) >= 0
    change = np.nonzero(positive[1:] != positive[:-1])[0]
    if change.size == 0:
        return np.zeros(0)
    found = elementwise.find_root(function, (grid[change], grid[change + 1]))
    return np.unique(np.asarray(found.x))


def _check_grid(landscape: Landscape, box: tuple[float, float], points: int) -> None:
    _check_line(landscape)
    left, right = box
    if not left < right or points < 2:
        raise ValueError(f"box must be an interval and points at least 2, got {box} and {points}")
    eps = getattr(landscape, "eps", None)
    step = (right - left) / (points - 1)
    if eps is not None and step > eps / _POINTS_A_RIPPLE:
        enough = int((right - left) * _POINTS_A_RIPPLE / eps) + 2
        raise ValueError(
            f"the grid's step {step:.3g} misses ripples of eps = {eps}: take points={enough} or more"
        )


def _check_line(landscape: Landscape) -> None:
    if landscape.dim != 1:
        raise ValueError(f"one weight expected, the loss has {landscape.dim}")
