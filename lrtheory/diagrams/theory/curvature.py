"""Overfitting and gap of gradient descent that starts at a minimum of the test loss, against curvature.

The worst curvature is neither flat nor sharp. Choosing a model by these formulas is in measures/.
"""

from __future__ import annotations

import math

import torch
from scipy.special import lambertw
from torch import Tensor

from lrtheory.diagrams.models.moments import Eigenbasis, LocalMoments, eigenbasis
from lrtheory.doors import sensible

# The largest of f(x) = (1 - e^-x)^2 / x lies where e^x = 1 + 2 x: x = -1/2 - W(-e^(-1/2) / 2), lower branch.
WORST_SHARPNESS = float(-0.5 - lambertw(-0.5 * math.exp(-0.5), -1).real)
WORST_OVERFITTING = (1 - math.exp(-WORST_SHARPNESS)) ** 2 / WORST_SHARPNESS


@sensible()
def overfitting(moments: LocalMoments, *, examples: int, steps: int, lr: float) -> float:
    """Excess test loss after T full-batch steps from a test minimum, to leading order in 1 / N.

    (1 / 2N) sum_i C_ii h_i ((1 - (1 - lr h_i)^T) / h_i)^2 in an eigenbasis of H; exact for a quadratic test
    loss and noise that does not depend on the weights.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(overfitting(moments, examples=10, steps=5, lr=0.1), 6)  # (1 - 0.8^5)^2 / 20
        0.022601

    Args:
        moments: at the minimum.
        examples: training examples N, large.
        steps: T.
        lr: learning rate, > 0, below 2 / sharpness.

    See also: flow_overfitting, at a small rate; takeuchi_overfitting, after many steps.

    Source: tenka2020, overfitting near a minimum (discrete form ours).
    """
    basis = eigenbasis(moments)
    return _excess(basis, _reach(basis.curvatures, steps, lr), examples)


@sensible()
def minimum_gap(moments: LocalMoments, *, examples: int, steps: int, lr: float) -> float:
    """Generalization gap after T full-batch steps from a test minimum: (1/N) sum_i C_ii (1 - k_i^T) / h_i.

    Here k_i = 1 - lr h_i. It falls with curvature: C lr T / N where flat, C / (N h) where sharp.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(minimum_gap(moments, examples=10, steps=5, lr=0.1), 6)  # (1 - 0.8^5) / 10
        0.067232

    Args:
        moments: at the minimum.
        examples: training examples N, large.
        steps: T.
        lr: learning rate, > 0, below 2 / sharpness.

    See also: flow_gap, for short steps; first_gap, away from a minimum.

    Source: tenka2020, the generalization gap near a minimum (discrete form ours).
    """
    basis = eigenbasis(moments)
    return float((basis.covariance.diagonal() * _reach(basis.curvatures, steps, lr)).sum()) / examples


@sensible()
def flow_overfitting(moments: LocalMoments, *, examples: int, time: float) -> float:
    """`overfitting` for gradient flow for a time lr T: (1 / 2N) sum_i C_ii / h_i (1 - e^(-time h_i))^2.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(flow_overfitting(moments, examples=10, time=0.5), 6)  # (1 - e^-1)^2 / 20
        0.019979

    Args:
        moments: at the minimum.
        examples: training examples N, large.
        time: lr T, >= 0.

    Source: tenka2020, overfitting near a minimum.
    """
    basis = eigenbasis(moments)
    return _excess(basis, _flow_reach(basis.curvatures, time), examples)


@sensible()
def flow_gap(moments: LocalMoments, *, examples: int, time: float) -> float:
    """`minimum_gap` for gradient flow for a time lr T: (1/N) sum_i C_ii (1 - e^(-time h_i)) / h_i.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(flow_gap(moments, examples=10, time=0.5), 6)  # (1 - e^-1) / 10
        0.063212

    Args:
        moments: at the minimum.
        examples: training examples N, large.
        time: lr T, >= 0.

    Source: tenka2020, the generalization gap near a minimum.
    """
    basis = eigenbasis(moments)
    return float((basis.covariance.diagonal() * _flow_reach(basis.curvatures, time)).sum()) / examples


@sensible()
def one_epoch_overfitting(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """Excess test loss after T steps on one fresh example each, from a test minimum.

    (lr^2 / 2) sum_i C_ii h_i sum_{t<T} k_i^(2t) in an eigenbasis of H, with k_i = 1 - lr h_i; exact for a
    quadratic test loss and noise that does not depend on the weights.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(one_epoch_overfitting(moments, steps=1, lr=0.1), 6)  # lr^2 C H / 2
        0.02

    Args:
        moments: at the minimum.
        steps: T.
        lr: learning rate, > 0.

    See also: overfitting, of full batches of one training set.

    Source: tenka2020 (re-summed; the discrete closed form is ours).
    """
    basis = eigenbasis(moments)
    shrink = (1 - lr * basis.curvatures) ** 2
    sums = sum((shrink**t for t in range(steps)), torch.zeros_like(shrink))
    return lr**2 / 2 * float((basis.covariance.diagonal() * basis.curvatures * sums).sum())


def overfitting_shape(sharpness: Tensor) -> Tensor:
    """f(x) = (1 - e^-x)^2 / x of x = lr T H, any shape: overfitting in one weight is C lr T f(x) / (2N).

    It rises from 0 to 0.40726 at x = 1.25643 and falls again: flat and sharp minima overfit least.

    Example:
        >>> round(float(overfitting_shape(torch.tensor(1.25643))), 4)
        0.4073

    Source: tenka2020, the figure of mean estimation.
    """
    flat = sharpness == 0
    return torch.where(flat, 0.0, torch.expm1(-sharpness) ** 2 / torch.where(flat, 1.0, sharpness))


@sensible()
def worst_curvature(time: float) -> float:
    """Curvature at which gradient flow for a time lr T overfits most: 1.25643 / (lr T).

    Example:
        >>> round(worst_curvature(2.0), 5)  # 1.25643 / 2
        0.62822

    Args:
        time: lr T, > 0.

    Raises:
        ValueError: time is not positive.

    Source: tenka2020 (the maximum; its number is ours).
    """
    if not time > 0:
        raise ValueError(f"time must be positive, got {time}; it is lr times the number of steps")
    return WORST_SHARPNESS / time


@sensible()
def takeuchi_overfitting(moments: LocalMoments, *, examples: int) -> float:
    """Excess test loss of a fully trained model, tr(C H^-1) / (2N): what longer and longer descent tends to.

    The gap is twice as much; with C = H it is the d / N of Akaike.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(takeuchi_overfitting(moments, examples=10), 6)  # C / (2 N H)
        0.05

    Args:
        moments: at the minimum.
        examples: training examples N, large.

    Raises:
        ValueError: the Hessian is not positive definite, so that nothing bounds the answer.

    See also: overfitting, after T steps.

    Source: takeuchi1976; akaike1974 for C = H.
    """
    basis = eigenbasis(moments)
    if not float(basis.curvatures[0]) > 0:
        raise ValueError(
            f"every curvature must be positive, got {basis.curvatures.tolist()}; stop early: overfitting"
        )
    return float((basis.covariance.diagonal() / basis.curvatures).sum()) / (2 * examples)


def _excess(basis: Eigenbasis, reach: Tensor, examples: int) -> float:
    return float((basis.covariance.diagonal() * basis.curvatures * reach**2).sum()) / (2 * examples)


def _reach(curvatures: Tensor, steps: int, lr: float) -> Tensor:
    """How far a constant slope of one pushes, (1 - (1 - lr h)^T) / h; lr T where flat."""
    exponents = lr * curvatures
    gentle = torch.log1p(-exponents.clamp(max=0.5))  # without the cancellation of 1 - (1 - x)^T
    gone = torch.where(exponents < 0.5, -torch.expm1(steps * gentle), 1 - (1 - exponents) ** steps)
    flat = exponents == 0
    return torch.where(flat, lr * steps, gone / torch.where(flat, 1.0, curvatures))


def _flow_reach(curvatures: Tensor, time: float) -> Tensor:
    flat = curvatures == 0
    return torch.where(flat, time, -torch.expm1(-time * curvatures) / torch.where(flat, 1.0, curvatures))
