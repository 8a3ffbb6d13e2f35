"""Who is first under a small rate, what a large one leaves, and where it oscillates: before any run."""

from __future__ import annotations

import math

from lrtheory.doors import between, positive
from lrtheory.learning_order.theory.gates import frozen_smode
from lrtheory.learning_order.theory.samples import MEAN_MARGIN

_P_RATE = MEAN_MARGIN**2 / 8  # a kernel of 1/4, a residual of 1/2, and the squared mean margin


def start_force(alpha_from: float) -> float:
    """Pull of zero outputs along (1, -1/2, -1/2): a quarter of the mean length of an example.

    Example:
        >>> start_force(0.5)
        0.1875

    Args:
        alpha_from: least length, in [0, 1]; uniform up to 1.

    Raises:
        ValueError: a length out of range.

    Source: ours.
    """
    return (1 + between("alpha_from", alpha_from, 0.0, 1.0)) / 8


def q_start_rate(r: float, *, amplitude: float = 1.0, alpha_from: float = 0.0, p_only: float = 0.0) -> float:
    """Growth of the memorizable pattern's second difference by unit of lr t, from zero outputs.

    Example:
        >>> round(q_start_rate(0.07, amplitude=7.5, alpha_from=0.5, p_only=0.03), 4)
        0.1143

    Args:
        r: length of zeta over that of z, > 0.
        amplitude: A, > 0.
        alpha_from: as of `start_force`.
        p_only: share of examples without the pattern, in [0, 1].

    Returns:
        A^2 times the frozen kernel's second difference, the force, and the share of examples that pull.

    Raises:
        ValueError: a number out of range.

    See Also:
        `p_start_rate`, of the other pattern.

    Source: ours.
    """
    share = 1 - between("p_only", p_only, 0.0, 1.0)
    return positive("amplitude", amplitude) ** 2 * float(frozen_smode(r)) * start_force(alpha_from) * share


def p_start_rate(dim: int, *, q_only: float = 0.0) -> float:
    """Growth of the mean output y f on the generalizable pattern by unit of lr t: .404 (1 - q_only) / d.

    A kernel of 1/4 between examples that are nearly at right angles, a residual of 1/2, and the squared mean
    margin (1 + sqrt(2 / pi))^2 / d.

    Example:
        >>> round(p_start_rate(200, q_only=0.3), 6)
        0.001414

    Args:
        dim: d, > 0.
        q_only: share of examples without the pattern, in [0, 1].

    Raises:
        ValueError: a number out of range.

    See Also:
        `q_start_rate`, of the other pattern.

    Source: ours.
    """
    return _P_RATE * (1 - between("q_only", q_only, 0.0, 1.0)) / positive("dim", dim)


def leak_number(amplitude: float, r: float, weight_decay: float) -> float:
    """A^2 r^3 / (3 pi lambda): what a large rate makes of the memorizable pattern, over the force on it.

    The second difference at which the averaged kernel and weight decay balance.

    Example:
        >>> round(leak_number(7.5, 0.07, 8e-4), 3)
        2.559

    Args:
        amplitude: A, > 0.
        r: length of zeta over that of z, > 0 and small.
        weight_decay: lambda, > 0.

    Raises:
        ValueError: a number that is not positive and finite.

    Source: ours.
    """
    numerator = positive("amplitude", amplitude) ** 2 * positive("r", r) ** 3
    return numerator / (3 * math.pi * positive("weight_decay", weight_decay))


def stiff_mode_limit(amplitude: float, *, alpha_from: float = 0.0, p_only: float = 0.0) -> float:
    """Rate beyond which the common output of all three patterns oscillates.

    16 / (A^2 E alpha^2 (1 - p_only)), for small r: its curvature is 1/4 of the logistic loss, times the mean
    squared length, times A^2 / 2 of the kernel.

    Example:
        >>> round(stiff_mode_limit(7.5, alpha_from=0.5), 4)
        0.4876

    Args:
        amplitude: A, > 0.
        alpha_from: as of `start_force`.
        p_only: share of examples without the pattern, in [0, 1]; at 1 there is no limit.

    Raises:
        ValueError: a number out of range.

    Source: ours; 2 over the curvature, as of lewkowycz2020.
    """
    low, share = between("alpha_from", alpha_from, 0.0, 1.0), 1 - between("p_only", p_only, 0.0, 1.0)
    curvature = positive("amplitude", amplitude) ** 2 * (1 + low + low**2) / 3 * share / 8
    return 2 / curvature if curvature else math.inf
