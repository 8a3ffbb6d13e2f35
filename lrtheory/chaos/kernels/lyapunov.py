"""Lyapunov exponents of compiled gradient descent over many learning rates; ensembles live elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lrtheory.chaos.kernels.lanes import (
    Lanes,
    checked_rates,
    checked_start,
    checked_steps,
    lanes,
)
from lrtheory.chaos.kernels.phases import phase_map

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from lrtheory.landscape import Landscape
    from lrtheory.law import Floats

_ALIGNING = 32  # last steps of the burn that turn the tangent vector into the most stretched direction


def lyapunov_sweep(
    landscape: Landscape, lrs: ArrayLike, start: ArrayLike, *, burn: int, steps: int, threads: int = 1
) -> Floats:
    """All Lyapunov exponents of gradient descent, at each of many learning rates from each start.

    In one weight, the mean of ln|1 - lr f''|. In two, the growth of one tangent vector gives the first
    exponent and the mean of ln|det(I - lr Hessian)| the sum of both. Running products take the place
    of logarithms; their powers of two are counted every 16 steps (8 in two weights).

    Args:
        landscape: as in `ensemble_positions`.
        lrs: learning rates > 0, any shape R; lr A / eps and |x| / eps below 1.7e12.
        start: independent starting points, shape (*E, d), float64.
        burn: steps forgotten first, >= 0.
        steps: steps averaged over, >= 1.
        threads: number of threads; no result depends on it.

    Returns:
        Exponents per step, natural logarithm, shape (*R, *E, d), largest first; -inf where a derivative
        was exactly 0. Average over starts for a standard error.

    Raises:
        ValueError: the landscape has no compiled map, or an argument is out of its range.
        FloatingPointError: a member became infinite or NaN.

    Source: the definition; kong2020 plots the first exponent against eps and lr.
    """
    phases, rates = phase_map(landscape), checked_rates(lrs)
    at = checked_start(phases, start)
    every_rate = rates.reshape(rates.shape + (1,) * (at.ndim - 1))
    ensemble = lanes(phases, every_rate, np.broadcast_to(at, (*rates.shape, *at.shape)))
    aligning = min(checked_steps("burn", burn), _ALIGNING if phases.dim == 2 else 0)
    ensemble.advance(burn - aligning, threads)
    checked_steps("steps", steps, least=1)
    growth = _line_growth if phases.dim == 1 else _plane_growth
    values = growth(ensemble, aligning, steps, threads)
    ensemble.check(burn, burn + steps)
    return values[: ensemble.members].reshape(ensemble.shape) / steps


def _line_growth(ensemble: Lanes, _aligning: int, steps: int, threads: int) -> Floats:
    """Logarithm of the derivative along each orbit, shape (padded, 1)."""
    from lrtheory.chaos.kernels import line

    loop: Callable[..., None] = line.exponents

    def run(part: slice) -> Floats:
        rate = ensemble.rate[part]
        product, doublings = np.ones(rate.size), np.zeros(rate.size, np.int64)
        loop(ensemble.state[0, part], rate, *ensemble.phases.numbers, steps, product, doublings)
        return _logarithm(product, doublings)[:, None]

    return np.concatenate(ensemble.each_part(threads, run))


def _plane_growth(ensemble: Lanes, aligning: int, steps: int, threads: int) -> Floats:
    """Logarithms of the stretch and of the rest of the area's factor, shape (padded, 2)."""
    from lrtheory.chaos.kernels import plane_exponents

    loop: Callable[..., None] = plane_exponents.exponents

    def run(part: slice) -> Floats:
        state, rate, numbers = ensemble.state[:, part], ensemble.rate[part], ensemble.phases.numbers
        product, doublings = np.ones((3, rate.size)), np.zeros((2, rate.size), np.int64)
        product[1] = 0.5  # a tangent in no special direction
        loop(*state, rate, *numbers, aligning, product, doublings)
        product[2], doublings[:] = 1.0, 0
        product[:2] /= np.hypot(*product[:2])
        loop(*state, rate, *numbers, steps, product, doublings)
        first = _logarithm(np.hypot(*product[:2]), doublings[0])
        return np.column_stack([first, _logarithm(product[2], doublings[1]) - first])

    return np.concatenate(ensemble.each_part(threads, run))


def _logarithm(mantissa: Floats, doublings: NDArray[np.int64]) -> Floats:
    with np.errstate(divide="ignore"):  # an orbit through a critical point of the map: exponent -inf
        return np.asarray(np.log(np.abs(mantissa)) + np.log(2.0) * doublings)
