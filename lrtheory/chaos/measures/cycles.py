"""Cycles, fixed points and orbit diagrams of descent in one weight, stable or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from lrtheory.chaos.kernels.lanes import checked_rates
from lrtheory.chaos.measures.line_roots import cycle_roots, sign_changes
from lrtheory.chaos.measures.runs import checked_start
from lrtheory.chaos.models.curved import checked_line, hessian
from lrtheory.chaos.models.line_map import displacement, moved
from lrtheory.descent import GradientDescent, descend
from lrtheory.doors import interval, positive, whole
from lrtheory.landscape import Landscape, gradient
from lrtheory.law import Floats

_BLUR = 16.0  # points of cycles this many times nearer than their rounding are one point
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
    landscape: Landscape, lr: float, period: int, *, box: tuple[float, float], points: int = 200_001
) -> list[Cycle]:
    """Every cycle of a given least period that a grid shows, with a point in a box, its ends included.

    Where the displacement after ``period`` steps changes sign, and where it touches zero without: there two
    cycles are born. It touches if its extremum is zero to rounding (about 1e-16 of the position, stretched
    along the cycle). A simple root is known to rounding over its slope; one that touches, like a sum of two
    roots, to the square root of rounding, about 1e-8.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> f = Quadratic(torch.eye(1, dtype=torch.float64))
        >>> [round(cycle.multiplier, 9) for cycle in find_cycles(f, 0.5, 1, box=(-1.0, 1.1), points=1001)]
        [0.5]

    Args:
        landscape: loss in one weight; a gradient and a Hessian that it lacks are differentiated.
        lr: learning rate, > 0.
        period: number of steps, >= 1.
        box: interval searched.
        points: grid points; their distance must be small compared with the wavelength divided by
            (lr f'')^(period - 1), or cycles are missed.

    Returns:
        Cycles ordered by their smallest point.

    Raises:
        ValueError: more than one weight, a number out of range, a grid coarser than the ripple, or a box
            in which cycles fill an interval.

    Cost: ``period`` gradients at each of the points, with Hessians at the places looked at more closely.

    Source: the definition; kong2020 is about cycles of period three.
    """
    whole("period", period, least=1)
    lr = positive("lr", lr)
    grid = _checked_grid(landscape, box, points)
    roots, widths = cycle_roots(landscape, lr, period, grid)
    for divisor in (number for number in range(1, period) if period % number == 0):
        shift, slope, rounding = displacement(landscape, lr, roots, divisor)
        shorter = np.abs(shift) <= _BLUR * ((1 + np.abs(slope)) * widths + rounding)
        roots, widths = roots[~shorter], widths[~shorter]
    cycles: list[Cycle] = []
    seen = np.zeros(len(roots), dtype=bool)
    visits, blurs = _visits(landscape, lr, roots, widths, period)
    for index in range(len(roots)):
        if not seen[index]:
            apart = np.abs(roots[:, None] - visits[:, index])
            seen |= (apart <= _BLUR * (blurs[:, index] + widths[:, None])).any(axis=1)
            cycles.append(_cycle(landscape, lr, visits[:, index]))
    return sorted(cycles, key=lambda cycle: float(cycle.points[0]))


def critical_points(landscape: Landscape, *, box: tuple[float, float], points: int = 200_001) -> Floats:
    """Places in an interval where the slope of a loss in one weight changes sign, sorted, shape (n,).

    An end of the interval counts if the slope vanishes there, or within rounding of the place.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> f = Quadratic(torch.eye(1, dtype=torch.float64))
        >>> critical_points(f, box=(-1.0, 1.1), points=1001).tolist()
        [0.0]

    Args:
        landscape: loss in one weight; a gradient that it lacks is differentiated.
        box: interval searched.
        points: grid points; much closer than the ripple's wavelength.

    Raises:
        ValueError: more than one weight, no interval, or a grid coarser than the ripple.

    Cost: one gradient at each of the points, and some more at each change of sign.

    Source: the definition.
    """
    grid = _checked_grid(landscape, box, points)

    def slope(x: Floats) -> Floats:
        return np.asarray(gradient(landscape, torch.as_tensor(x)[..., None])[..., 0])

    ends = grid[[0, -1]]
    bends = np.asarray(hessian(landscape, torch.as_tensor(ends)[:, None])[:, 0, 0])
    at_ends = ends[np.abs(slope(ends)) <= _BLUR * np.spacing(np.abs(ends)) * np.abs(bends)]
    inside = sign_changes(slope, grid)
    known = np.abs(inside[:, None] - at_ends).min(axis=1, initial=np.inf) <= 1e-3 * (grid[1] - grid[0])
    return np.sort(np.concatenate([inside[~known], at_ends]))


def orbit_diagram(
    landscape: Landscape, rates: ArrayLike, start: Tensor, *, burn: int, keep: int
) -> Tensor:
    """Where descent in one weight is, once settled, for every learning rate.

    Example:
        >>> from lrtheory.chaos import Quadratic
        >>> f = Quadratic(torch.eye(1, dtype=torch.float64))
        >>> found = orbit_diagram(f, [0.5, 1.5], torch.ones(1, 1, dtype=torch.float64), burn=100, keep=3)
        >>> tuple(found.shape), bool(found.abs().max() < 1e-9)
        ((3, 2, 1), True)

    Args:
        landscape: loss in one weight.
        rates: learning rates, shape (r,), > 0.
        start: starting points used at every rate, shape (m, 1), float64.
        burn: steps forgotten first, >= 0.
        keep: steps kept, >= 1.

    Returns:
        Positions, shape (keep, r, m).

    Raises:
        ValueError: more than one weight, start is not float64 of shape (m, 1), or a number out of its range.

    Cost: burn + keep gradients of r m members at once; memory 8 * keep * r * m bytes.

    See also: find_cycles, for cycles that do not attract.

    Source: the definition; kong2020 shows one.
    """
    checked_line(landscape)
    checked_start(landscape, start, members=1)
    whole("burn", burn)
    whole("keep", keep, least=1)
    lr = torch.as_tensor(checked_rates(rates)).reshape(-1, 1, 1)
    rule = GradientDescent(lr)
    settled = descend(rule, landscape, start.expand(len(lr), *start.shape), steps=burn).final
    return descend(rule, landscape, settled, steps=keep, every=1).theta[1:, ..., 0]


def _visits(
    landscape: Landscape, lr: float, roots: Floats, widths: Floats, period: int
) -> tuple[Floats, Floats]:
    """Where the roots are after 0, 1, ... steps, and how well that is known, shape (period, n) each."""
    visits, blurs = [roots], [widths]
    for step in range(1, period):
        _, slope, rounding = displacement(landscape, lr, roots, step)
        visits.append(moved(landscape, lr, visits[-1], 1))
        blurs.append(np.abs(slope + 1) * widths + rounding)
    return np.array(visits), np.array(blurs)


def _cycle(landscape: Landscape, lr: float, orbit: Floats) -> Cycle:
    ordered = np.roll(orbit, -int(orbit.argmin()))
    bends = hessian(landscape, torch.as_tensor(ordered)[:, None])[:, 0, 0]
    closing = moved(landscape, lr, ordered[:1], len(ordered))[0] - ordered[0]
    return Cycle(ordered, float((1 - lr * bends).prod()), abs(float(closing)))


def _checked_grid(landscape: Landscape, box: tuple[float, float], points: int) -> Floats:
    checked_line(landscape)
    left, right = interval("box", box)
    whole("points", points, least=3)
    eps = getattr(landscape, "eps", None)
    step = (right - left) / (points - 1)
    if eps is not None and step > eps / _POINTS_A_RIPPLE:
        enough = int((right - left) * _POINTS_A_RIPPLE / eps) + 2
        raise ValueError(
            f"the grid's step {step:.3g} misses ripples of eps = {eps}: take points={enough} or more"
        )
    return np.linspace(left, right, points)
