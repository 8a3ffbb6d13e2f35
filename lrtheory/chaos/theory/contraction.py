"""How fast the stochastic map forgets its start on a convex large-scale part, and where it can be at all."""

from __future__ import annotations

from lrtheory.doors import finite, positive


def contraction_rate(lr: float, *, least_curvature: float, largest_curvature: float) -> float:
    """Factor rho by which one step of the stochastic map shrinks the distance between two laws.

    With m and L the least and the largest curvature it is max(|1 - lr m|, |1 - lr L|): two runs that get
    the same kicks approach by at least that, so W_p(n steps) <= rho^n W_p(start) for every p >= 1, with
    equality for a parabola.

    Example:
        >>> round(contraction_rate(0.1, least_curvature=1.0, largest_curvature=3.0), 6)  # 1 - lr a
        0.9

    Args:
        lr: learning rate, in (0, 2 / L).
        least_curvature: m > 0.
        largest_curvature: L >= m.

    Returns:
        rho, in [0, 1).

    Raises:
        ValueError: a curvature or lr is out of its range.

    Source: kong2020, geometric ergodicity of the stochastic map; this rate is derived in the chapter.
    """
    _check_curvatures(least_curvature, largest_curvature)
    if not 0 < finite("lr", lr) < 2 / largest_curvature:
        raise ValueError(
            f"lr must lie between 0 and 2 / (largest curvature) = {2 / largest_curvature:.4g}, got {lr}: "
            "beyond it nothing contracts"
        )
    return max(abs(1 - lr * least_curvature), abs(1 - lr * largest_curvature))


def support_radius(
    lr: float, *, least_curvature: float, largest_curvature: float, largest_kick: float
) -> float:
    """Distance from the minimum that the stationary stochastic map never exceeds: lr r / (1 - rho).

    For lr <= 2 / (m + L) it is r / m, whatever the rate; on the line it binds the deterministic descent
    as well, since a ripple's slope is at most r everywhere.

    Example:
        >>> round(support_radius(0.1, least_curvature=1.0, largest_curvature=3.0, largest_kick=2.0), 6)
        2.0

    Args:
        lr: learning rate, in (0, 2 / L).
        least_curvature: m > 0.
        largest_curvature: L >= m.
        largest_kick: r, the largest slope of the ripple, > 0.

    Raises:
        ValueError: a number is out of its range.

    Source: our derivation; kong2020 stresses that the noise is bounded.
    """
    positive("largest_kick", largest_kick)
    rho = contraction_rate(lr, least_curvature=least_curvature, largest_curvature=largest_curvature)
    return lr * largest_kick / (1 - rho)


def _check_curvatures(least: float, largest: float) -> None:
    if not 0 < finite("least_curvature", least) <= finite("largest_curvature", largest):
        raise ValueError(
            f"curvatures must satisfy 0 < least <= largest, got {least} and {largest}: "
            "nothing else contracts"
        )
