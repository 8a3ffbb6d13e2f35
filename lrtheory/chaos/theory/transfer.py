"""The stochastic map as a sparse matrix on a grid: its stationary law and mean exit times without a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import coo_array, csc_array, csgraph, csr_array, eye_array
from scipy.sparse.linalg import splu

from lrtheory.chaos.models.two_scale import SquareWave, TwoScale
from lrtheory.chaos.models.uneven_ripples import SwellingTone
from lrtheory.chaos.theory.stationary import ripple_tones
from lrtheory.doors import interval, positive, whole
from lrtheory.landscape import gradient
from lrtheory.law import Floats, Law, law_from_density

_COARSEST = 0.2  # grid step over the kicks' standard deviation; splitting adds a sixth of its square
_SCAN_POINTS = 20_001


@dataclass(frozen=True)
class TransferOperator:
    """One step of the stochastic map between grid points.

    Attributes:
        points: grid, shape (n,), evenly spaced.
        matrix: probabilities from row to column, sparse, shape (n, n); every row sums to one.
    """

    points: Floats
    matrix: Any


def transfer_operator(
    landscape: TwoScale,
    lr: float,
    *,
    points: int = 2001,
    kicks: int = 400,
    box: tuple[float, float] | None = None,
) -> TransferOperator:
    """Matrix of the stochastic map in one weight: kicks at their quantiles, landings split linearly.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> len(transfer_operator(periodic(1e-3), 0.3, points=401, kicks=100).points)
        401

    Args:
        landscape: loss of two scales with one weight; one or two tones, a square or a swelling wave.
        lr: learning rate, > 0.
        points: number of grid points, >= 3.
        kicks: number of equally likely kicks, >= 2.
        box: interval that the map never leaves; None takes the smallest one outside of which the
            large-scale slope exceeds every kick.

    Raises:
        ValueError: more than one weight, a number out of range, a ripple of another kind, a grid too coarse
            for the kicks, or a box that the map leaves.

    Source: kong2020, the stochastic map; the discretization is Ulam's, with linear splitting.
    """
    if landscape.dim != 1:
        raise ValueError(f"a transfer operator on the line needs one weight, the loss has {landscape.dim}")
    lr = positive("lr", lr)
    whole("points", points, least=3)
    draws = _kick_quantiles(landscape, whole("kicks", kicks, least=2))
    left, right = _trap(landscape, float(draws.max())) if box is None else interval("box", box)
    grid = np.linspace(left, right, points)
    step, scale = grid[1] - grid[0], lr * float(draws.std())
    if step > _COARSEST * scale:
        enough = math.ceil((right - left) / (_COARSEST * scale)) + 1
        raise ValueError(
            f"the grid is too coarse: its step {step:.3g} must be below {_COARSEST:g} of a kick's standard "
            f"deviation {scale:.3g}; take points={enough} or more"
        )
    spread = _spread(landscape, grid)
    landing = (grid - lr * _slope(landscape, grid))[:, None] + lr * spread[:, None] * draws
    if landing.min() < left - step or landing.max() > right + step:
        raise ValueError(
            f"the map leaves the box ({left:.4g}, {right:.4g}), down to {landing.min():.4g} and up to "
            f"{landing.max():.4g}: give a larger box, or a smaller lr if it diverges"
        )
    return TransferOperator(grid, _split((landing - left) / step, points))


def stationary_weights(operator: TransferOperator) -> Floats:
    """Probability of every grid point in the stationary state, shape (n,), summing to one.

    Example:
        >>> from lrtheory.chaos import periodic
        >>> weights = stationary_weights(transfer_operator(periodic(1e-3), 0.3, points=401, kicks=100))
        >>> round(float(weights.sum()), 9)
        1.0

    Raises:
        ValueError: there are several stationary states, because some part is never left.

    Source: kong2020, the invariant law of the stochastic map; solved directly.
    """
    size = len(operator.points)
    _check_single_trap(operator)
    balance = (operator.matrix.T - eye_array(size)).tolil()
    balance[-1, :] = 1.0  # one balance equation follows from the others: normalization takes its place
    right = np.zeros(size)
    right[-1] = 1.0
    return np.asarray(splu(csc_array(balance)).solve(right))


def operator_law(operator: TransferOperator) -> Law:
    """Stationary law of the stochastic map, for any large-scale part, on the operator's grid.

    Its integrals over the grid are the sums over `stationary_weights`: the density at an end, where a cell is
    half as wide, is the weight over half a step.

    Example:
        >>> from lrtheory.chaos import periodic, stationary_variance
        >>> law = operator_law(transfer_operator(periodic(1e-3), 0.3, points=1001, kicks=100))
        >>> round(law.variance / stationary_variance(periodic(1e-3), 0.3), 2)
        1.0

    Source: kong2020, the invariant law of the stochastic map.
    """
    density = np.clip(stationary_weights(operator), 0, None)
    density[[0, -1]] *= 2
    return law_from_density(operator.points, density)


def mean_exit_steps(operator: TransferOperator, start: float, *, interval: tuple[float, float]) -> float:
    """Mean number of steps of the stochastic map until it leaves an open interval: (I - Q) t = 1.

    Example:
        >>> walk = csr_array(np.diag(np.full(4, 0.5), 1) + np.diag(np.full(4, 0.5), -1))  # fair steps of one
        >>> operator = TransferOperator(np.arange(-2.0, 3.0), walk)
        >>> round(mean_exit_steps(operator, 0.0, interval=(-2.0, 2.0)), 9)  # the square of the distance
        4.0

    Args:
        operator: the map on a grid.
        start: position inside the interval and on the grid.
        interval: ends, of which one may be infinite.

    Returns:
        Mean steps; infinite where some part of the interval that the map reaches is never left.

    Cost: a sparse factorization for the points inside.

    Source: classical absorbing chains; escapes in kong2020 are quantified by the Gibbs law.
    """
    low, high = map(float, interval)
    if not low < high:
        raise ValueError(f"interval must be two increasing numbers, got {interval}; one may be infinite")
    inside = (operator.points > low) & (operator.points < high)
    kept = operator.points[inside]
    if kept.size == 0 or not (max(low, kept[0]) <= start <= min(high, kept[-1])):
        raise ValueError(f"start must lie inside the interval and on the grid, got {start} for {interval}")
    here = operator.matrix[inside][:, inside]
    nearest = int(np.abs(kept - start).argmin())
    if _may_stay_for_ever(here, nearest):
        return math.inf
    steps = splu(csc_array(eye_array(kept.size) - here)).solve(np.ones(kept.size))
    return float(np.interp(start, kept, steps))


def _may_stay_for_ever(matrix: Any, start: int) -> bool:
    """Whether a chain from here reaches states from which no way leads out of the matrix."""
    leaks = np.asarray(matrix.sum(axis=1)).ravel() < 1 - 1e-12
    count = matrix.shape[0]
    entry = np.nonzero(leaks)[0]
    # One extra state stands for the outside: an edge to it from every leaking state.
    row, column = matrix.nonzero()
    rows, columns = np.concatenate([row, entry]), np.concatenate([column, np.full(entry.size, count)])
    edges = coo_array((np.ones(rows.size), (rows, columns)), shape=(count + 1, count + 1)).tocsr()
    way_out = csgraph.breadth_first_order(edges.T.tocsr(), count, return_predecessors=False)
    reached = csgraph.breadth_first_order(edges, start, return_predecessors=False)
    return bool(np.setdiff1d(reached, way_out).size)


def _check_single_trap(operator: TransferOperator) -> None:
    count, label = csgraph.connected_components(operator.matrix, directed=True, connection="strong")
    row, column = operator.matrix.nonzero()
    leaking = np.unique(label[row[label[row] != label[column]]])
    traps = count - leaking.size
    if traps != 1:
        raise ValueError(
            f"the map has {traps} stationary states, not one: its kicks are too weak to cross a barrier; "
            "give a box around one of them"
        )


def _split(position: Floats, size: int) -> Any:
    """Row-stochastic matrix that shares each landing between its two neighbors on the grid."""
    at = np.clip(position, 0, size - 1)
    below = np.minimum(at.astype(np.int64), size - 2)
    share = at - below
    rows = np.repeat(np.arange(size), position.shape[1])
    columns = np.concatenate([below.ravel(), below.ravel() + 1])
    weights = np.concatenate([(1 - share).ravel(), share.ravel()]) / position.shape[1]
    matrix = coo_array((weights, (np.tile(rows, 2), columns)), shape=(size, size))
    compact = csr_array(matrix)
    compact.sum_duplicates()
    compact.eliminate_zeros()
    return compact


def _kick_quantiles(landscape: TwoScale, count: int) -> Floats:
    """Equally likely kicks: a sine at midpoints of its phase, or the sums of two of them."""
    small = landscape.small
    if isinstance(small, SquareWave):
        return np.array([-small.amplitude, small.amplitude])
    if isinstance(small, SwellingTone):
        return abs(small.amplitude) * _sine_quantiles(count)
    strengths = np.asarray(ripple_tones(landscape).amplitudes.abs(), dtype=float)
    if strengths.size == 1:
        return float(strengths[0]) * _sine_quantiles(count)
    if strengths.size == 2:
        one = _sine_quantiles(math.isqrt(count - 1) + 1)
        return np.asarray(np.add.outer(strengths[0] * one, strengths[1] * one).ravel())
    raise ValueError(f"one or two tones expected, got {strengths.size}: their kicks would need a grid each")


def _sine_quantiles(count: int) -> Floats:
    return np.asarray(-np.cos(math.pi * (np.arange(count) + 0.5) / count))


def _spread(landscape: TwoScale, x: Floats) -> Floats:
    if isinstance(landscape.small, SwellingTone):
        return np.asarray(landscape.small.spread(torch.as_tensor(x)))
    return np.ones_like(x)


def _slope(landscape: TwoScale, x: Floats) -> Floats:
    return np.asarray(gradient(landscape.large, torch.as_tensor(x)[:, None])[:, 0])


def _trap(landscape: TwoScale, kick: float) -> tuple[float, float]:
    reach = 1.0
    while reach < 1e6:
        x = np.linspace(-reach, reach, _SCAN_POINTS)
        outward = _slope(landscape, x) * np.sign(x)
        free = x[outward < kick * np.abs(_spread(landscape, x))]
        if free[0] > -reach and free[-1] < reach:
            margin = 2 * (x[1] - x[0])
            return float(free[0] - margin), float(free[-1] + margin)
        reach *= 2
    raise ValueError("the large-scale slope never exceeds the kicks: give a box that the map does not leave")
