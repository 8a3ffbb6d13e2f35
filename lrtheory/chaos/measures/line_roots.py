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
_FILLED = 0.005  # share of the grid, or four points, on end: a displacement of zero there is no root
_BENT, _NEARLY_FLAT = 0.5, 0.1  # change of slope across a crossing, and slope, that ask for a finer grid
_FINER, _REFINEMENTS = 257, 2
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

    def blur(x: Floats) -> Floats:
        return _ROUNDINGS * displacement(landscape, lr, x, period)[2]

    with np.errstate(all="ignore"):
        _check_isolated(landscape, lr, period, grid[:: max(1, grid.size // _LOOKED_AT)])
        ends = grid[[0, -1]]
        at_ends = ends[np.abs(shift(ends)) <= blur(ends)]
        found = np.sort(np.concatenate([_zeros(shift, tilt, blur, grid, _REFINEMENTS), at_ends]))
        return _distinct(shift, found, blur(found))


def _zeros(shift: Function, tilt: Function, blur: Function, grid: Floats, refinements: int) -> Floats:
    """Places where a function crosses or touches zero, given its derivative and its rounding."""
    values = shift(grid)
    changes = _changes(values)
    left, right = grid[changes], grid[changes + 1]
    low, extrema, high = _extrema(tilt, grid, values)
    depth = shift(extrema)
    touching = np.abs(depth) <= blur(extrema)
    # Two roots between two neighbors of the grid: the extremum between them tells them apart.
    crossed = ~touching & (depth * shift(low) < 0) & (depth * shift(high) < 0)
    left = np.concatenate([left, low[crossed], extrema[crossed]])
    right = np.concatenate([right, extrema[crossed], high[crossed]])
    roots = _roots(shift, left, right)
    # Three roots between two neighbors, as beyond a pitchfork, look like one: the slope bends there.
    slopes = np.abs([tilt(left), tilt(roots), tilt(right)])
    bent = (slopes.min(axis=0) < _BENT * slopes.max(axis=0)) & (slopes[1] < _NEARLY_FLAT)
    parts = [_without_jumps(shift, left, right, roots), extrema[touching]]
    if refinements:
        for begin, end in zip(left[bent], right[bent], strict=True):
            fine = np.linspace(begin, end, _FINER)
            parts.append(_zeros(shift, tilt, blur, fine, refinements - 1))
    return np.concatenate(parts)


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
    edges = np.flatnonzero(np.diff(np.concatenate([[0], zero.astype(int), [0]])))
    longest = int((edges[1::2] - edges[::2]).max(initial=0))
    if longest >= max(4, _FILLED * sample.size):
        raise ValueError(
            f"the displacement after {period} step(s) is zero to rounding on {longest / sample.size:.1%} of "
            f"the box ({sample[0]:.6g}, {sample[-1]:.6g}) on end: cycles fill an interval, or the box is too "
            "small for float64; give a larger box or another rate"
        )
