"""Proved chaos in one dimension: how many times one step folds an interval over itself.

A horseshoe has cycles of every period, and chaos in the sense of Li and Yorke. It is a set that may
repel: an orbit can still end in a stable cycle.
"""

from __future__ import annotations

import math

from lrtheory.doors import finite, positive

_LEAST_STRETCH = math.pi / 2  # below it the asymptotic entropy ln(2 K / pi) is not positive


def horseshoe_branches(
    lr: float, eps: float, *, slope: float = 1.0, period: float = 2 * math.pi, curvature: float = 1.0
) -> int:
    """Number of pieces of an interval around the minimum that one step maps over the whole interval.

    With N = floor(2 lr m / (P eps (2 + lr L))) periods of the ripple in the interval it is 2 N - 1.

    Example:
        >>> horseshoe_branches(0.1, 0.001)
        29

    Args:
        lr: learning rate, > 0.
        eps: size of the ripple, > 0.
        slope: m, the smaller one of the ripple's largest and steepest negative slope, > 0.
        period: P, of the ripple in units of eps, > 0.
        curvature: L, largest curvature of the large-scale part near its minimum, >= 0.

    Returns:
        The count; 0 where fewer than two pieces are sure, which proves nothing either way.

    Raises:
        ValueError: a number is out of its range.

    Source: liyorke1975 for what follows from it; kong2020 proves chaos in one dimension; this bound
        is derived in the chapter.
    """
    _check(lr=lr, eps=eps, slope=slope, period=period)
    if finite("curvature", curvature) < 0:
        raise ValueError(f"curvature must be at least 0 and finite, got {curvature}")
    periods = math.floor(2 * lr * slope / (period * eps * (2 + lr * curvature)))
    return 2 * periods - 1 if periods >= 2 else 0


def entropy_bound(
    lr: float, eps: float, *, slope: float = 1.0, period: float = 2 * math.pi, curvature: float = 1.0
) -> float:
    """Proved lower bound ln(branches) of the topological entropy per step; 0 where no horseshoe is sure.

    Example:
        >>> round(entropy_bound(0.1, 0.001), 4)  # ln of the number of branches
        3.3673

    Args:
        lr: learning rate, > 0.
        eps: size of the ripple, > 0.
        slope: m, as in `horseshoe_branches`.
        period: P, as there.
        curvature: L, as there.

    Raises:
        ValueError: a number is out of its range.

    Cost: closed form.

    See also: large_stretch_entropy, what the entropy is where the stretch is large.

    Source: liyorke1975; the bound is derived in the chapter.
    """
    branches = horseshoe_branches(lr, eps, slope=slope, period=period, curvature=curvature)
    return math.log(branches) if branches else 0.0


def horseshoe_rate(
    eps: float, *, slope: float = 1.0, period: float = 2 * math.pi, curvature: float = 1.0
) -> float:
    """Rate from which a horseshoe is proved: lr m >= P eps (2 + lr L). Chaos begins far below it.

    Example:
        >>> round(horseshoe_rate(0.001), 5)
        0.01265

    Args:
        eps: size of the ripple, > 0, with P eps L < m.
        slope: m, as in `horseshoe_branches`.
        period: P, as there.
        curvature: L, as there.

    Raises:
        ValueError: a number is out of its range, or eps so large that no rate suffices.

    Source: liyorke1975; the bound is derived in the chapter.
    """
    _check(eps=eps, slope=slope, period=period)
    if finite("curvature", curvature) < 0:
        raise ValueError(f"curvature must be at least 0 and finite, got {curvature}")
    left = slope - period * eps * curvature
    if left <= 0:
        largest = slope / (period * curvature)
        raise ValueError(f"eps must be below slope / (period * curvature) = {largest:.4g}, got {eps}")
    return 2 * period * eps / left


def large_stretch_entropy(stretch: float) -> float:
    """Topological entropy ln(2 K / pi) of a cosine ripple as K = lr A / eps grows: the mean |slope|.

    It exceeds the Lyapunov exponent ln(K / 2) by ln(4 / pi) = 0.2416.

    Example:
        >>> round(large_stretch_entropy(100.0), 4)
        4.1536

    Args:
        stretch: K, > pi / 2.

    Raises:
        ValueError: K is out of that range.

    Source: ours, by counting laps; proved in the chapter on the road to chaos.
    """
    if not _LEAST_STRETCH < stretch < math.inf:
        raise ValueError(
            f"the stretch K must be above pi / 2 and finite, got {stretch}: raise lr or lower eps"
        )
    return math.log(2 * stretch / math.pi)


def _check(**numbers: float) -> None:
    for name, number in numbers.items():
        positive(name, number)
