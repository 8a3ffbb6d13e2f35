"""Exact Taylor coefficients of gradient flow and the diffusion. SGD itself is in enumerated_runs.py."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from lrtheory.diagrams.counting.schedules import Diffusion, GradientFlow
from lrtheory.diagrams.models.polynomials import (
    Exact,
    Polynomial,
    PolynomialLandscape,
    checked_point,
    weighted_sum,
)


def limit_coefficients(
    landscape: PolynomialLandscape,
    theta: Sequence[Exact],
    schedule: GradientFlow | Diffusion,
    *,
    observable: Polynomial,
    order: int,
    lr_matrix: tuple[tuple[Fraction, ...], ...] | None = None,
) -> tuple[Fraction, ...]:
    """Taylor coefficients in lr of the mean of an observable after time ``lr * steps``.

    The mean is exp(lr T A + lr^2 T B) s with A = -G . grad, the flow, and B = (1/2) C : grad grad, the
    diffusion; both are polynomial operators, applied as often as the order asks.

    Args:
        landscape: the population.
        theta: where the run starts.
        schedule: the limit and its length.
        observable: s, a polynomial of the weights.
        order: highest power of lr.
        lr_matrix: relative rate of the directions as exact rows, or None for the identity.

    Returns:
        Coefficients of lr^0 to lr^order.

    Source: tenka2020 (SGD against its continuous limits); the generator's series is ours.
    """
    at = checked_point(theta, landscape.dim)
    drift = _raised(list(landscape.mean.gradient), lr_matrix)
    spread = _covariance(landscape, lr_matrix) if isinstance(schedule, Diffusion) else {}
    nothing = Polynomial.constant(landscape.dim, 0)
    powers = [observable] + [nothing] * order  # the operator to some power, applied to s, by order in lr
    total, duration = list(powers), Fraction(schedule.steps)
    for power in range(1, order + 1):
        applied = [nothing] * (order + 1)
        for level, s in enumerate(powers):
            if level + 1 <= order:
                applied[level + 1] += _flow(s, drift) * (duration / power)
            if level + 2 <= order:
                applied[level + 2] += _diffusion(s, spread) * (duration / power)
        powers = applied
        total = [a + b for a, b in zip(total, powers, strict=True)]
    return tuple(each(at) for each in total)


def _flow(s: Polynomial, drift: list[Polynomial]) -> Polynomial:
    return -_sum([slope * push for slope, push in zip(s.gradient, drift, strict=True)], s.dim)


def _diffusion(s: Polynomial, spread: dict[tuple[int, int], Polynomial]) -> Polynomial:
    return _sum([s.gradient[i].gradient[j] * c for (i, j), c in spread.items()], s.dim) * Fraction(1, 2)


def _covariance(
    landscape: PolynomialLandscape, lr_matrix: tuple[tuple[Fraction, ...], ...] | None
) -> dict[tuple[int, int], Polynomial]:
    """Covariance of the raised gradients, as polynomials of the weights."""
    slopes = [_raised(list(loss.gradient), lr_matrix) for loss in landscape.losses]
    mean = _raised(list(landscape.mean.gradient), lr_matrix)
    return {
        (i, j): weighted_sum(landscape.probabilities, [g[i] * g[j] for g in slopes]) - mean[i] * mean[j]
        for i, j in product(range(landscape.dim), repeat=2)
    }


def _raised(
    covector: list[Polynomial], lr_matrix: tuple[tuple[Fraction, ...], ...] | None
) -> list[Polynomial]:
    return covector if lr_matrix is None else [weighted_sum(row, covector) for row in lr_matrix]


def _sum(polynomials: list[Polynomial], dim: int) -> Polynomial:
    return sum(polynomials, start=Polynomial.constant(dim, 0))
