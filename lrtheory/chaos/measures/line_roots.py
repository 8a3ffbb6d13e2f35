"""Roots on a grid: where a function changes sign, and where a displacement touches zero without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from lrtheory.chaos.models.line_map import displacement, moved
from lrtheory.landscape import Landscape
from lrtheory.law import Floats

_ROUNDINGS = 8  # of a displacement that counts as zero, in its typical rounding
_DIP = 4.0  # a grid point this many times its neighbors' difference above zero has no zero beside it
_JUMP = 1e-3  # a sign change at which this much of the neighbors' values is left is a jump and no root
_FILLED = 0.05  # share of the grid on which the displacement may be zero to rounding
_LOOKED_AT = 2000  # grid points at which that is counted
_WIDENINGS = 60  # doublings of a root's width, from four roundings of its place

Function = Callable[[Floats], Floats]
Indices = NDArray[np.intp]


def sign_changes(function: Function, grid: Floats) -> Floats:
    """Places between neighbors of a grid at which a function changes sign, sorted, jumps among them."""
    with np.errstate(all="ignore"):
        changes = _changes(function(grid))
        return np.unique(_roots(function, grid[changes], grid[changes + 1]))


def cycle_roots(landscape: Landscape, lr: float, period: int, grid: Floats) -> tuple[Floats, Floats]:
    """Points that so many steps bring back to themselves, and how well each is known.

    Args:
        landscape: loss in one weight.
        lr: learning rate.
        period: number of steps.
        grid: increasing points, at least three.

    Returns:
        Roots, sorted, and the distances within which the displacement is zero to rounding, shape (n,) each.

    Raises:
        ValueError: the displacement is zero to rounding on much of the grid.
    """

    def shift(x: Floats) -> Floats:
        return moved(landscape, lr, x, period) - x

    def tilt(x: Floats) -> Floats:
        return displacement(landscape, lr, x, period)[1]

    with np.errstate(all="ignore"):
        values = shift(grid)
        _check_isolated(landscape, lr, period, grid[:: max(1, grid.size // _LOOKED_AT)])
        changes = _changes(values)
        left, right = grid[changes], grid[changes + 1]
        low, extrema, high = _extrema(tilt, grid, values)
        depth, _, rounding = displacement(landscape, lr, extrema, period)
        touching = np.abs(depth) <= _ROUNDINGS * rounding
        # Two roots between two neighbors of the grid: the extremum between them tells them apart.
        crossed = ~touching & (depth * shift(low) < 0) & (depth * shift(high) < 0)
        left = np.concatenate([left, low[crossed], extrema[crossed]])
        right = np.concatenate([right, extrema[crossed], high[crossed]])
        crossings = _without_jumps(shift, left, right, _roots(shift, left, right))
        ends, _, rounding = displacement(landscape, lr, grid[[0, -1]], period)
        at_ends = grid[[0, -1]][np.abs(ends) <= _ROUNDINGS * rounding]
        found = np.sort(np.concatenate([crossings, extrema[touching], at_ends]))
        return _distinct(shift, found, _ROUNDINGS * displacement(landscape, lr, found, period)[2])


def _changes(values: Floats) -> Indices:
    # An infinite value or NaN has no sign: a descent that diverged crosses nothing.
    known, above = np.isfinite(values), values >= 0
    return np.nonzero((above[1:] != above[:-1]) & known[1:] & known[:-1])[0]


def _roots(function: Function, left: Floats, right: Floats) -> Floats:
    if left.size == 0:
        return np.zeros(0)
    return np.asarray(elementwise.find_root(function, (left, right)).x)


def _without_jumps(function: Function, left: Floats, right: Floats, roots: Floats) -> Floats:
    """Roots at which the function vanishes, where it may jump from one sign to the other."""
    beside = np.maximum(np.abs(function(left)), np.abs(function(right)))
    return roots[np.abs(function(roots)) <= _JUMP * beside]


def _extrema(tilt: Function, grid: Floats, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Where a function may touch zero between grid points: brackets and the extrema inside them."""
    before = np.concatenate([values[:1], values[:-1]])
    after = np.concatenate([values[1:], values[-1:]])
    one_side = (np.sign(before) * np.sign(after) > 0) & (np.sign(values) * np.sign(before) >= 0)
    nearest = (np.abs(values) <= np.abs(before)) & (np.abs(values) <= np.abs(after))
    step = np.maximum(np.abs(before - values), np.abs(after - values))
    at = np.nonzero(one_side & nearest & (np.abs(values) <= _DIP * step))[0]
    low, high = grid[np.maximum(at - 1, 0)], grid[np.minimum(at + 1, grid.size - 1)]
    turns = tilt(low) * tilt(high) < 0
    low, high = low[turns], high[turns]
    return low, _roots(tilt, low, high), high


def _distinct(function: Function, roots: Floats, slack: Floats) -> tuple[Floats, Floats]:
    """One root of each group that rounding does not tell apart, and how wide it is."""
    widths = 4 * np.spacing(np.abs(roots))
    for _ in range(_WIDENINGS):
        beside = np.maximum(np.abs(function(roots - widths)), np.abs(function(roots + widths)))
        widths = np.where(beside <= slack, 2 * widths, widths)
    if roots.size == 0:
        return roots, widths
    apart = np.diff(roots) > 2 * (widths[1:] + widths[:-1])
    groups = np.split(np.arange(roots.size), np.nonzero(apart)[0] + 1)
    left = np.abs(function(roots))
    chosen = np.array([group[left[group].argmin()] for group in groups])
    return roots[chosen], np.array([widths[group].max() for group in groups])


def _check_isolated(landscape: Landscape, lr: float, period: int, sample: Floats) -> None:
    shift, _, rounding = displacement(landscape, lr, sample, period)
    zero = np.isfinite(rounding) & (np.abs(shift) <= _ROUNDINGS * rounding)
    if zero.mean() > _FILLED:
        raise ValueError(
            f"the displacement after {period} step(s) is zero to rounding on {zero.mean():.0%} of the box "
            f"({sample[0]:.6g}, {sample[-1]:.6g}): cycles fill an interval, or the box is too small for "
            "float64; give a larger box or another rate"
        )
