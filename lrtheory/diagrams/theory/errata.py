"""What circulated versions of the theory state and calculation refutes, to hold beside corrected formulas.

Each function is the published formula as printed, on the same arguments as the correct one that it names.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.diagrams.models.moments import LocalMoments, eigenbasis


def published_batch_displacement(moments: LocalMoments, *, examples: int, lr: float) -> Tensor:
    """Gradient descent minus one-at-a-time SGD without its factor T (see `batch_displacement`), shape (d,).

    Source: tenka2020, the corollary on batch size in submission and thesis.
    """
    return lr**2 * (examples - 1) / (4 * examples) * moments.trace_slope


def published_epochs_displacement(moments: LocalMoments, *, examples: int, epochs: int, lr: float) -> Tensor:
    """E epochs against one without the part of |G|^2 (see `epochs_displacement`), shape (d,).

    Source: tenka2020, the corollary on epochs.
    """
    return lr**2 * examples * (epochs - 1) / (4 * epochs) * moments.trace_slope


def published_gap(moments: LocalMoments, *, examples: int, time: float) -> float:
    """Gap at a minimum with C / (2 N H) for C / (N H) (see `flow_gap`).

    Source: tenka2020, the corollary on overfitting in the shorter paper (its next sentence is right).
    """
    basis = eigenbasis(moments)
    kept = -torch.expm1(-time * basis.curvatures)
    return float((basis.covariance.diagonal() / basis.curvatures * kept).sum()) / (2 * examples)


def published_entropic_displacement(moments: LocalMoments, *, steps: float, lr: float) -> Tensor:
    """The entropic force with a product of two time integrals for the nested one, shape (d,).

    See `flow_entropic_displacement`: 2 T / (T - 1) times as much while lr T H is small, the same as T grows.

    Source: tenka2020, the corollary on the entropic force in the shorter paper.
    """
    basis = eigenbasis(moments)
    h = basis.curvatures
    sums = _integral(lr * (h[:, None] + h), steps)[..., None] * _integral(lr * h, steps)
    push = torch.einsum("mn,mnl,mnl->l", basis.covariance, basis.jerk, sums)
    return basis.vectors @ (-(lr**3) / 2 * push)


def published_stationary_displacement(moments: LocalMoments, *, lr: float) -> Tensor:
    """The entropic force for T -> infinity without the factor 1 / lr of its time sum, shape (d,).

    See `stationary_entropic_displacement`.

    Source: tenka2020, the corollary on the entropic force.
    """
    basis = eigenbasis(moments)
    h = basis.curvatures
    pairs = (h[:, None] + h)[..., None] * h
    return basis.vectors @ (-(lr**2) / 2 * torch.einsum("mn,mnl->l", basis.covariance, basis.jerk / pairs))


def published_loss_above_diffusion(moments: LocalMoments, *, steps: int, lr: float) -> float:
    """SGD above gradient flow and above the diffusion, both by lr^2 T C:H / 2.

    See `loss_above_gradient_flow`, whose noise it is, and `loss_above_diffusion`, where it is absent.

    Source: tenka2020, the corollary on time discretization and noise.
    """
    return lr**2 * steps / 2 * float((moments.covariance * moments.hessian).sum())


def published_stationary_skew_loss(moments: LocalMoments, *, lr: float) -> float:
    """Skewness for T -> infinity from its first diagram alone: -(lr^2 / 6) sum S J / (h_m + h_n + h_l).

    See `stationary_skew_loss`, which has the other sign and half the size.

    Source: tenka2020, the remark on T -> infinity in submission and thesis.
    """
    basis = eigenbasis(moments)
    h = basis.curvatures
    triples = h[:, None, None] + h[:, None] + h
    return -(lr**2) / 6 * float((basis.skewness * basis.jerk / triples).sum())


def published_covariance_statistic(one: Tensor, other: Tensor) -> Tensor:
    """Half of (g_x - g_y) g_x as an estimate of C from two examples' gradients (*E, d), shape (*E, d, d).

    Without the half it is unbiased; see `lrtheory.diagrams.theory.covariance_penalty.covariance_statistic`.

    Source: tenka2020, the appendix on optimizers; the code has no half.
    """
    return (one - other)[..., :, None] * one[..., None, :] / 2


def _integral(rate: Tensor, time: float) -> Tensor:
    """Integral of exp(-rate t) over t < time."""
    flat = rate == 0
    return torch.where(flat, time, -torch.expm1(-time * rate) / torch.where(flat, 1.0, rate))
