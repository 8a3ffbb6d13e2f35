"""What batch size, number of epochs and length of a step do to where SGD goes, to second order in the rate.

Displacements are differences of the mean weights of two runs; losses follow by G . displacement plus noise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.diagrams.models.moments import LocalMoments
from lrtheory.doors import sensible


@sensible(signed=("lr",), divides=False)
def covariance_weight(examples: int, batch_size: int, *, lr: float) -> float:
    """Weight lr (1/B - 1/N) / 4 of the penalty tr C with which gradient descent imitates SGD of batch size B.

    Example:
        >>> round(covariance_weight(10, 2, lr=0.1), 6)  # lr (1/B - 1/N) / 4
        0.01

    Args:
        examples: training examples N.
        batch_size: B that is imitated, 1 <= B <= N.
        lr: learning rate of both, > 0.

    Source: tenka2020, gradient descent with covariance regularization.
    """
    if not 1 <= batch_size <= examples:
        raise ValueError(f"batch_size must lie between 1 and the {examples} examples, got {batch_size}")
    return lr * (1 / batch_size - 1 / examples) / 4


@sensible()
def batch_displacement(
    moments: LocalMoments, *, examples: int, batch_size: int, steps: int, lr: float
) -> Tensor:
    """Mean weights of gradient descent minus those of SGD: lr^2 T (1/B - 1/N) / 4 grad tr C, shape (d,).

    Both make T steps of the same rate on the same N examples; B divides N. Gradient descent drifts toward
    large C, compared with SGD; the neglected part is of third order in lr.

    Example:
        >>> from lrtheory.diagrams import LinearModel, local_moments
        >>> f = LinearModel(torch.tensor([[0.0], [2.0]]).double(), torch.zeros(2).double(), link="squared")
        >>> moments = local_moments(f, torch.ones(1).double())  # G = 2, grad tr C = 8
        >>> round(float(batch_displacement(moments, examples=10, batch_size=1, steps=10, lr=0.1)), 6)
        0.18

    Args:
        moments: at the start.
        examples: training examples N.
        batch_size: of SGD, B.
        steps: T, of both; a whole number of epochs.
        lr: learning rate, > 0; lr T times the curvature small.

    Source: tenka2020 (corrected: the factor T); smith2021 for one epoch.
    """
    return lr * steps * covariance_weight(examples, batch_size, lr=lr) * moments.trace_slope


@sensible()
def batch_loss_difference(
    moments: LocalMoments, *, examples: int, batch_size: int, steps: int, lr: float
) -> float:
    """Test loss of gradient descent minus that of SGD: lr^2 T (1/B - 1/N) / 4 G . grad tr C.

    Example:
        >>> from lrtheory.diagrams import LinearModel, local_moments
        >>> f = LinearModel(torch.tensor([[0.0], [2.0]]).double(), torch.zeros(2).double(), link="squared")
        >>> moments = local_moments(f, torch.ones(1).double())  # G = 2, grad tr C = 8
        >>> round(batch_loss_difference(moments, examples=10, batch_size=1, steps=10, lr=0.1), 6)
        0.36

    Args:
        moments: at the start.
        examples: training examples N.
        batch_size: of SGD, B.
        steps: T, of both; a whole number of epochs.
        lr: learning rate, > 0; lr T times the curvature small.

    Source: tenka2020, batch size.
    """
    moved = batch_displacement(moments, examples=examples, batch_size=batch_size, steps=steps, lr=lr)
    return float(moments.gradient @ moved)


@sensible()
def epochs_displacement(
    moments: LocalMoments, *, examples: int, epochs: int, lr: float, batch_size: int = 1
) -> Tensor:
    """Mean weights after E epochs of rate lr / E minus those after one epoch of rate lr, shape (d,).

    lr^2 N (E - 1) / (4 E B) grad(|G|^2 + tr C / B): the slope of the squared gradient of a batch. The part
    of |G|^2 comes from the shorter steps, that of tr C from seeing examples again.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).moments(torch.ones(1).double())
        >>> round(float(epochs_displacement(moments, examples=10, epochs=2, lr=0.1)), 6)  # 2 H G / 80
        0.4375

    Args:
        moments: at the start.
        examples: training examples N.
        epochs: E of the longer run.
        lr: learning rate of the one epoch, > 0; lr N / B times the curvature small.
        batch_size: of both, B, a divisor of N.

    Source: tenka2020 (corrected: the part of |G|^2; batches of more than one are ours).
    """
    share = lr**2 * examples * (epochs - 1) / (4 * epochs * batch_size)
    return share * (squared_gradient_slope(moments) + moments.trace_slope / batch_size)


@sensible()
def epochs_loss_difference(
    moments: LocalMoments, *, examples: int, epochs: int, lr: float, batch_size: int = 1
) -> float:
    """Test loss after E epochs of rate lr / E minus that after one of rate lr: G . displacement.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).moments(torch.ones(1).double())
        >>> round(epochs_loss_difference(moments, examples=10, epochs=2, lr=0.1), 6)  # 3.5 * 0.4375
        1.53125

    Args:
        moments: at the start.
        examples: training examples N.
        epochs: E of the longer run.
        lr: learning rate of the one epoch, > 0; lr N / B times the curvature small.
        batch_size: of both, B, a divisor of N.

    Source: tenka2020 (corrected; ours).
    """
    moved = epochs_displacement(moments, examples=examples, epochs=epochs, lr=lr, batch_size=batch_size)
    return float(moments.gradient @ moved)


@sensible()
def discretization_displacement(moments: LocalMoments, *, steps: int, lr: float) -> Tensor:
    """Mean weights after T steps minus gradient flow for time lr T: -lr^2 T / 4 grad |G|^2, shape (d,).

    The part without noise, the same for SGD and gradient descent: a step descends l + (lr / 4) |grad l|^2.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).moments(torch.ones(1).double())
        >>> round(float(discretization_displacement(moments, steps=10, lr=0.1)), 6)  # -2 H G / 40
        -0.875

    Args:
        moments: at the start.
        steps: T.
        lr: learning rate, > 0; lr T times the curvature small.

    Source: tenka2020, time discretization.
    """
    return -(lr**2) * steps / 4 * squared_gradient_slope(moments)


@sensible()
def loss_above_gradient_flow(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """Test loss of SGD on fresh examples minus that of gradient flow: lr^2 T (C:H - G H G) / 2.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).here
        >>> round(loss_above_gradient_flow(moments, steps=5, lr=0.1), 6)  # lr^2 T C H / 2
        0.1

    Args:
        moments: at the start.
        steps: T, one fresh example each.
        lr: learning rate, > 0; lr T times the curvature small.

    Source: tenka2020 (corrected: the part G H G of the finite steps).
    """
    noisy = float((moments.covariance * moments.hessian).sum())
    return lr**2 * steps * noisy / 2 + loss_above_diffusion(moments, steps=steps, lr=lr)


@sensible()
def loss_above_diffusion(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """Test loss of SGD on fresh examples minus that of the diffusion: -lr^2 T G H G / 2.

    The diffusion d theta = -grad l dt + sqrt(lr C) dW runs for time lr T. Its noise has the same effect to
    this order; what is left is the length of the steps, and the drift -grad(l + (lr / 4) |grad l|^2)
    (li2019sme) takes that away too.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).here
        >>> abs(loss_above_diffusion(moments, steps=5, lr=0.1)) < 1e-12  # no gradient, no difference
        True

    Args:
        moments: at the start.
        steps: T, one fresh example each.
        lr: learning rate, > 0; lr T times the curvature small.

    See also: minimum_loss_above_diffusion, the next order.

    Source: tenka2020 (corrected; ours).
    """
    bent = moments.gradient @ moments.hessian @ moments.gradient
    return -(lr**2) * steps / 2 * float(bent)


@sensible()
def minimum_loss_above_diffusion(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """`loss_above_diffusion` from a minimum, with noise the same everywhere: lr^3 T (C:H^2 / 2 - S:J / 6).

    First what the finite steps do, second that the noise is not Gaussian; on the Gauss landscape they oppose
    each other. The second order vanishes.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).here
        >>> round(minimum_loss_above_diffusion(moments, steps=6, lr=0.1), 6)  # C H^2 / 2 - S J / 6 = 3
        0.018

    Args:
        moments: at a minimum of the test loss; gradient zero, or it is refused, coupling zero.
        steps: T, one fresh example each.
        lr: learning rate, > 0; lr T times the curvature small.

    Source: tenka2020 (corrected; ours).
    """
    if float(moments.gradient.abs().max()) > 1e-8:
        raise ValueError(f"a minimum is needed, but the gradient is {moments.gradient.tolist()}")
    spread = torch.einsum("ab,bc,ca->", moments.covariance, moments.hessian, moments.hessian)
    skew = torch.einsum("abc,abc->", moments.skewness, moments.jerk)
    return lr**3 * steps * float(spread / 2 - skew / 6)


def squared_gradient_slope(moments: LocalMoments) -> Tensor:
    """Gradient of |G|^2, that is 2 H G, shape (d,).

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> moments = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3]).moments(torch.ones(1).double())
        >>> round(float(squared_gradient_slope(moments)), 6)  # 2 H G = 2 (2 + 3) (2 + 3 / 2)
        35.0

    Source: the definition (our code).
    """
    return 2 * moments.hessian @ moments.gradient
