"""What noise that leans to one side does to the test loss at a minimum, through the jerk of the loss.

Two diagrams of the same size are needed once lr H T is about one; with the first alone the sign is wrong.
"""

from __future__ import annotations

from lrtheory.diagrams.models.moments import LocalMoments, eigenbasis
from lrtheory.diagrams.theory.time_sums import geometric_sum, nested_sum
from lrtheory.doors import sensible


@sensible()
def early_skew_loss(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """Effect of skewness on the test loss for few steps: -lr^3 T S:J / 6; lr T times the curvature small.

    Example:
        >>> import torch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(early_skew_loss(moments, steps=5, lr=0.1), 6)  # -lr^3 T S J / 6
        -0.005

    Args:
        moments: at a minimum.
        steps: T, one fresh example each.
        lr: learning rate, > 0.

    Source: tenka2020, skewed noise.
    """
    return -(lr**3) * steps / 6 * float((moments.skewness * moments.jerk).sum())


@sensible()
def leaves_skew_loss(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """First part: three tied leaves on the root, -(lr^3 / 6) sum S J sum_{t<T} (k_m k_n k_l)^t.

    k = 1 - lr h in an eigenbasis of H. The whole effect is this plus `chain_skew_loss`.

    Example:
        >>> import torch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(leaves_skew_loss(moments, steps=1, lr=0.1), 6)  # -lr^3 S J / 6
        -0.001

    Args:
        moments: at a minimum.
        steps: T, one fresh example each.
        lr: learning rate, > 0.

    Source: tenka2020 (re-summed).
    """
    basis = eigenbasis(moments)
    k = 1 - lr * basis.curvatures
    sums = geometric_sum(k[:, None, None] * k[:, None] * k, steps)
    return -(lr**3) / 6 * float((basis.skewness * basis.jerk * sums).sum())


@sensible()
def chain_skew_loss(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """Second part: three tied leaves, two of them on a node of degree three below the root.

    +(lr^4 / 2) sum S J h_l sum_{t1<t2<T} (k_m k_n)^(t2-t1-1) k_l^(T-1-t1) k_l^(T-1-t2): the mean is pushed
    while the weight that the same example kicked has not yet come back.

    Example:
        >>> import torch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> abs(chain_skew_loss(moments, steps=1, lr=0.1)) < 1e-12  # it takes two steps
        True

    Args:
        moments: at a minimum.
        steps: T, one fresh example each.
        lr: learning rate, > 0.

    Source: tenka2020 (corrected; this part is ours).
    """
    basis = eigenbasis(moments)
    k = 1 - lr * basis.curvatures
    last = k.expand(len(k), len(k), len(k))
    sums = nested_sum(last**2, k[:, None, None] * k[:, None] * k, steps) * last
    return lr**4 / 2 * float((basis.skewness * basis.jerk * basis.curvatures * sums).sum())


@sensible()
def skew_loss(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """Effect of skewness on the test loss after T steps from a minimum, both parts.

    All orders in lr, first order in J; noise that does not depend on the weights.

    Example:
        >>> import torch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(skew_loss(moments, steps=1, lr=0.1), 6)  # -lr^3 S J / 6
        -0.001

    Args:
        moments: at a minimum.
        steps: T, one fresh example each.
        lr: learning rate, > 0.

    See also: early_skew_loss, for few steps; stationary_skew_loss, for many.

    Source: tenka2020 (corrected; ours).
    """
    return leaves_skew_loss(moments, steps=steps, lr=lr) + chain_skew_loss(moments, steps=steps, lr=lr)


@sensible()
def stationary_skew_loss(moments: LocalMoments, *, lr: float) -> float:
    """Its limit for T -> infinity to leading order: +(lr^2 / 12) sum S J / (h_m + h_n + h_l).

    Example:
        >>> import torch
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(stationary_skew_loss(moments, lr=0.1), 6)  # lr^2 S J / (12 * 3 H)
        0.000833

    Args:
        moments: at a minimum; every curvature positive.
        lr: learning rate, > 0, small compared with 1 / sharpness.

    Raises:
        ValueError: a curvature that is not positive.

    Source: tenka2020 (corrected: sign and size; ours).
    """
    basis = eigenbasis(moments)
    h = basis.curvatures
    if not float(h[0]) > 0:
        raise ValueError(f"every curvature must be positive, got {h.tolist()}: nothing becomes stationary")
    triples = h[:, None, None] + h[:, None] + h
    return lr**2 / 12 * float((basis.skewness * basis.jerk / triples).sum())


@sensible()
def stationary_loss(
    curvature: float,
    *,
    lr: float,
    variance: float,
    jerk: float = 0.0,
    third: float = 0.0,
    quartic: float = 0.0,
) -> float:
    """Stationary excess test loss in one weight to second order in lr.

    lr c / 4 + lr^2 [c h / 8 + S j / (36 h) + 5 c^2 j^2 / (96 h^3) - c^2 q / (32 h^2)] for the test loss
    h theta^2 / 2 + j theta^3 / 6 + q theta^4 / 24 and noise that does not depend on the weight.

    Example:
        >>> round(stationary_loss(2.0, lr=0.01, variance=1.0), 6)  # lr c / 4 (1 + lr h / 2)
        0.002525

    Args:
        curvature: h, > 0.
        lr: learning rate, > 0, small compared with 1 / h.
        variance: c of the gradient noise.
        jerk: j.
        third: S, third cumulant of the gradient noise.
        quartic: q.

    Raises:
        ValueError: curvature is not positive.

    Source: ours.
    """
    h, c = _positive(curvature), variance
    noisy = c * h / 8 + third * jerk / (36 * h)
    bent = 5 * jerk**2 / (96 * h**3) - quartic / (32 * h**2)
    return lr * c / 4 + lr**2 * (noisy + c**2 * bent)


@sensible()
def stationary_place(curvature: float, *, lr: float, variance: float, jerk: float) -> float:
    """Stationary mean of the weight in one weight to first order in lr: -lr c j / (4 h^2).

    Example:
        >>> round(stationary_place(2.0, lr=0.1, variance=1.0, jerk=3.0), 6)  # -lr c j / (4 h^2)
        -0.01875

    Args:
        curvature: h, > 0.
        lr: learning rate, > 0, small compared with 1 / h.
        variance: c of the gradient noise.
        jerk: j.

    Raises:
        ValueError: curvature is not positive.

    Source: tenka2020 (corrected: of order lr); ours in this form.
    """
    return -lr * variance * jerk / (4 * _positive(curvature) ** 2)


def _positive(curvature: float) -> float:
    if not curvature > 0:
        raise ValueError(f"curvature must be positive, got {curvature}: nothing becomes stationary")
    return curvature
