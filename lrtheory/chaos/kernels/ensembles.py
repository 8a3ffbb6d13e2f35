"""Positions, histograms and orbits of ensembles under compiled descent; exponents live in `lyapunov`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrtheory.chaos.kernels.lanes import Lanes, checked_rates, checked_steps, lanes
from lrtheory.chaos.kernels.phases import phase_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from lrtheory.landscape import Landscape
    from lrtheory.law import Floats

_MOST_CELLS = 2**16  # bins are numbered in two bytes


@dataclass(frozen=True)
class Histogram:
    """Where the members of an ensemble were, at every step of every one.

    Attributes:
        counts: visits to each bin, shape (bins,) or (bins in x, bins in y), integer.
        edges: edges of the bins, one array a weight.
        outside: visits outside all bins.
        mean: mean position over all visits, shape (d,).
        covariance: covariance of the positions over all visits, shape (d, d).
        final: positions after the last step, shape (*E, d).
    """

    counts: NDArray[np.int64]
    edges: tuple[Floats, ...]
    outside: int
    mean: Floats
    covariance: Floats
    final: Floats

    @property
    def visits(self) -> int:
        """Number of positions seen: members times steps."""
        return int(self.counts.sum()) + self.outside

    @property
    def density(self) -> Floats:
        """Visits a unit of length or area, as a share of all visits; shape of counts."""
        widths = [np.diff(edge) for edge in self.edges]
        cells = widths[0] if len(widths) == 1 else np.multiply.outer(*widths)
        return np.asarray(self.counts / (self.visits * cells))


def ensemble_positions(
    landscape: Landscape, lr: ArrayLike, start: ArrayLike, *, steps: int, threads: int = 1
) -> Floats:
    """Positions of an ensemble after gradient descent, by the compiled map.

    The map is that of ``descend(GradientDescent(lr), landscape, start, steps=steps)`` to rounding. On a
    chaotic loss rounding grows to full size within some ten steps: compare statistics, not orbits.

    Args:
        landscape: `TwoScale` of `Tones` on a polynomial, in one or two weights.
        lr: learning rate > 0: a number or an array that broadcasts to shape (*E,), one a member.
        start: starting points, shape (*E, d), float64.
        steps: number of steps, >= 0.
        threads: number of threads; no result depends on it.

    Returns:
        Positions, shape (*E, d).

    Raises:
        ValueError: the landscape has no compiled map, or an argument is out of its range.
        FloatingPointError: a member became infinite or NaN.
    """
    ensemble = lanes(phase_map(landscape), lr, start)
    ensemble.advance(checked_steps("steps", steps), threads)
    return ensemble.positions


def ensemble_histogram(
    landscape: Landscape,
    lr: ArrayLike,
    start: ArrayLike,
    *,
    burn: int,
    steps: int,
    bins: int | Sequence[int],
    box: ArrayLike,
    stride: int = 1,
    threads: int = 1,
) -> Histogram:
    """Histogram of an ensemble under gradient descent, by the compiled map.

    Every position is binned. A stride saves time but is not free: where lr times the curvature is 0.1,
    binning one position in 8 makes the variance of a narrow bin's frequency about 6 times larger.

    Args:
        landscape: as in `ensemble_positions`.
        lr: learning rate, as in `ensemble_positions`.
        start: starting points, shape (*E, d), float64.
        burn: steps forgotten first, >= 0.
        steps: steps taken then, >= 1, a multiple of stride.
        bins: number of equal bins, one number a weight.
        box: (low, high), or one such pair a weight; an edge belongs to the bin above it.
        stride: bin one position in so many, >= 1.
        threads: number of threads; no result depends on it.

    Raises:
        ValueError: the landscape has no compiled map, or an argument is out of its range.
        FloatingPointError: a member became infinite or NaN.
    """
    ensemble = lanes(phase_map(landscape), lr, start)
    if checked_steps("steps", steps, least=1) % checked_steps("stride", stride, least=1):
        raise ValueError(f"steps must be a multiple of stride, got {steps} and {stride}")
    edges = _edges(ensemble.phases.dim, bins, box)
    ensemble.advance(checked_steps("burn", burn), threads)
    counts, average = _filled(ensemble, edges, steps, stride, threads)
    ensemble.check(burn, burn + steps)
    inner = counts[(slice(1, -1),) * counts.ndim]
    mean, covariance = _moments(ensemble, average)
    return Histogram(inner, edges, int(counts.sum() - inner.sum()), mean, covariance, ensemble.positions)


def orbit_diagram(
    landscape: Landscape, lrs: ArrayLike, start: float, *, burn: int, keep: int, threads: int = 1
) -> Floats:
    """Positions visited at each of many learning rates, one orbit each: the orbit diagram.

    Args:
        landscape: as in `ensemble_positions`, with one weight.
        lrs: learning rates > 0, shape (n,).
        start: starting point of every orbit.
        burn: steps forgotten first, >= 0.
        keep: positions kept, >= 1.
        threads: number of threads; no result depends on it.

    Returns:
        Positions, shape (n, keep).

    Raises:
        ValueError: the landscape has no compiled map on the line, or an argument is out of its range.
        FloatingPointError: an orbit became infinite or NaN.
    """
    phases, rates = phase_map(landscape), checked_rates(lrs)
    if phases.dim != 1 or rates.ndim != 1:
        raise ValueError(
            f"an orbit diagram needs one weight and lrs of shape (n,), got {phases.dim} and {rates.shape}"
        )
    ensemble = lanes(phases, rates, np.full((rates.size, 1), start, dtype=np.float64))
    ensemble.advance(checked_steps("burn", burn), threads)
    path = np.empty((checked_steps("keep", keep, least=1), ensemble.rate.size))
    write = ensemble.loops.orbits

    def run(part: slice) -> None:
        write(ensemble.state[0, part], ensemble.rate[part], *phases.numbers, path, part.start)

    ensemble.each_part(threads, run)
    ensemble.check(burn, burn + keep)
    return np.ascontiguousarray((path[:, : rates.size].T - phases.offset) / phases.scale)


def _filled(
    ensemble: Lanes, edges: tuple[Floats, ...], steps: int, stride: int, threads: int
) -> tuple[NDArray[np.int64], Floats]:
    """Counts with a border of outside bins, and averages of products of positions in turns."""
    phases, shape = ensemble.phases, tuple(len(edge) + 1 for edge in edges)
    per_unit = [(len(edge) - 1) / (edge[-1] - edge[0]) for edge in edges]
    grid = np.array([
        [k / phases.scale, 1 - k * (edge[0] + phases.offset / phases.scale)]
        for k, edge in zip(per_unit, edges, strict=True)
    ])
    kinds = phases.dim * (phases.dim + 3) // 2
    fill = ensemble.loops.histogram

    def run(part: slice) -> tuple[NDArray[np.int64], Floats]:
        state, rate = ensemble.state[:, part], ensemble.rate[part]
        counts, sums = np.zeros(shape, np.int64), np.zeros((kinds, rate.size))
        inside = min(part.stop, ensemble.members) - part.start
        fill(*state, rate, *phases.numbers, steps, stride, grid, inside, counts, sums)
        return counts, sums[:, :inside]

    parts = ensemble.each_part(threads, run)
    counts = np.sum([each[0] for each in parts], axis=0)
    total = np.concatenate([each[1] for each in parts], axis=1).sum(axis=1)
    return counts, total / (ensemble.members * (steps // stride))


def _moments(ensemble: Lanes, average: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance in units of length."""
    d, scale, offset = ensemble.phases.dim, ensemble.phases.scale, ensemble.phases.offset
    second = np.empty((d, d))
    second[np.triu_indices(d)] = second.T[np.triu_indices(d)] = average[d:]
    covariance = (second - np.multiply.outer(average[:d], average[:d])) / scale**2
    return (average[:d] - offset) / scale, covariance


def _edges(dim: int, bins: int | Sequence[int], box: ArrayLike) -> tuple[Floats, ...]:
    numbers = np.atleast_1d(np.asarray(bins))
    sides = np.atleast_2d(np.asarray(box, dtype=np.float64))
    if numbers.shape != (dim,) or numbers.dtype.kind != "i" or (numbers < 1).any():
        raise ValueError(f"bins must be {dim} integer(s) of at least 1, got {bins!r}")
    if np.prod(numbers + 2) > _MOST_CELLS:
        raise ValueError(f"bins, with one more on each side, may be {_MOST_CELLS} in all, got {bins!r}")
    if sides.shape != (dim, 2) or not (sides[:, 0] < sides[:, 1]).all() or not np.isfinite(sides).all():
        raise ValueError(f"box must be {dim} pair(s) of finite numbers low < high, got {sides.tolist()}")
    return tuple(np.linspace(low, high, n + 1) for (low, high), n in zip(sides, numbers, strict=True))
