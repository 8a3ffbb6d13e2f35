"""Where noise pushes a minimum: the entropic force of SGD on fresh examples, to first order in the jerk.

Noise of covariance C shakes the weights by Sigma; the test loss averaged over that cloud, with the cloud's
shape held fixed, is what is descended. The screw-shaped valley is worked out in archimedes.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lrtheory.diagrams.models.moments import Eigenbasis, LocalMoments, eigenbasis
from lrtheory.diagrams.theory.time_sums import nested_integral, nested_sum
from lrtheory.doors import sensible


@sensible()
def entropic_displacement(moments: LocalMoments, *, steps: int, lr: float) -> Tensor:
    """Mean displacement from a test minimum after T steps, one fresh example each, shape (d,).

    -(lr^3 / 2) sum_mn C_mn J_mnl sum_{t1<t2<T} k_l^(T-1-t2) (k_m k_n)^(t2-t1-1) with k = 1 - lr h, in an
    eigenbasis of H. All orders in lr, first order in J; noise that does not depend on the weights.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(float(entropic_displacement(moments, steps=2, lr=0.1)), 6)  # -lr^3 C J / 2
        -0.003

    Args:
        moments: at the minimum.
        steps: T.
        lr: learning rate, > 0.

    Cost: sums of d^3 numbers, each the T-th power of a matrix of three rows.

    See also: flow_entropic_displacement, for short steps; early_entropic_displacement and
    stationary_entropic_displacement, its limits.

    Source: tenka2020 (corrected: one nested sum, not a product of two; discrete form ours).
    """
    basis = eigenbasis(moments)
    shrink = 1 - lr * basis.curvatures
    pairs = shrink[:, None, None] * shrink[None, :, None]
    sums = nested_sum(shrink[None, None, :], pairs, steps)
    return basis.vectors @ (-(lr**3) / 2 * _pushed(basis, sums))


@sensible(real=("steps",))
def flow_entropic_displacement(moments: LocalMoments, *, steps: float, lr: float) -> Tensor:
    """`entropic_displacement` with integrals for sums over steps, shape (d,); relative error about lr h.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(float(flow_entropic_displacement(moments, steps=500, lr=0.1)), 4)
        -0.0375

    Args:
        moments: at the minimum.
        steps: T; need not be whole.
        lr: learning rate, > 0, small compared with 1 / sharpness.

    Source: tenka2020 (corrected: one nested integral, not a product of two).
    """
    basis = eigenbasis(moments)
    rates = lr * basis.curvatures
    pairs = rates[:, None, None] + rates[None, :, None]
    sums = nested_integral(rates[None, None, :], pairs, steps)
    return basis.vectors @ (-(lr**3) / 2 * _pushed(basis, sums))


@sensible()
def early_entropic_displacement(moments: LocalMoments, *, steps: int, lr: float) -> Tensor:
    """Its limit for few steps, -(lr^3 / 2) T (T - 1) / 2 C:J, shape (d,); lr T times the curvature small.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> round(float(early_entropic_displacement(moments, steps=5, lr=0.1)), 6)  # -lr^3 10 C J / 2
        -0.03

    Args:
        moments: at the minimum.
        steps: T.
        lr: learning rate, > 0.

    Source: tenka2020, the entropic force without re-summation.
    """
    push = torch.einsum("ab,abc->c", moments.covariance, moments.jerk)
    return -(lr**3) / 2 * (steps * (steps - 1) / 2) * push


@sensible()
def stationary_entropic_displacement(
    moments: LocalMoments, *, lr: float, finite_steps: bool = True
) -> Tensor:
    """Its limit for T -> infinity, shape (d,): -(1/2) H^-1 (Sigma:J), of first order in lr.

    Example:
        >>> from lrtheory.diagrams import minimum
        >>> f = minimum(2.0, 3.0, [2.0, -1.0], [1 / 3, 2 / 3])
        >>> moments = f.moments(torch.zeros(1, dtype=torch.float64))
        >>> found = stationary_entropic_displacement(moments, lr=0.1, finite_steps=False)
        >>> round(float(found), 6)  # -lr C J / (4 H^2)
        -0.0375

    Args:
        moments: at the minimum; every curvature positive.
        lr: learning rate, > 0, below 2 / sharpness.
        finite_steps: whether Sigma is that of steps of this length, lr C / (h_m + h_n - lr h_m h_n), or its
            leading order, lr C / (h_m + h_n).

    Raises:
        ValueError: a curvature that is not positive (a valley has a velocity instead), or a rate too large.

    Source: tenka2020 (corrected: of order lr); the stationary covariance is liu2021noise's.
    """
    basis = eigenbasis(moments)
    if not float(basis.curvatures[0]) > 0:
        raise ValueError(
            f"every curvature must be positive, got {basis.curvatures.tolist()}; use valley_velocity"
        )
    push = torch.einsum("mn,mnl->l", _cloud(basis, lr, finite_steps), basis.jerk)
    return basis.vectors @ (-push / (2 * basis.curvatures))


@sensible()
def valley_velocity(moments: LocalMoments, *, lr: float, finite_steps: bool = True) -> Tensor:
    """Mean displacement per step along a valley of minima, shape (d,): -(lr / 2) of Sigma:J where H is flat.

    It holds after a time of 1 / (lr h) steps, h the smallest curvature across the valley, and to the next
    order in lr as the valley turns.

    Example:
        >>> from lrtheory.diagrams import helix, screw_velocity
        >>> moved = valley_velocity(helix().moments(torch.zeros(3, dtype=torch.float64)), lr=0.1)
        >>> [round(each, 9) + 0.0 for each in moved[:2].tolist()], round(float(moved[2]), 6)
        ([0.0, 0.0], 0.001786)

    Args:
        moments: at a point of the valley.
        lr: learning rate, > 0, below 2 / sharpness.
        finite_steps: as in `stationary_entropic_displacement`.

    Raises:
        ValueError: no flat direction, noise that pushes along the valley itself, or a rate too large.

    See also: stationary_entropic_displacement, where no direction is flat.

    Source: tenka2020, the entropic force in a valley (finite steps ours).
    """
    basis = eigenbasis(moments)
    flat = _flat(basis)
    if not bool(flat.any()):
        raise ValueError(
            f"a valley has a curvature of zero, got {basis.curvatures.tolist()}; use "
            "stationary_entropic_displacement"
        )
    push = torch.einsum("mn,mnl->l", _cloud(basis, lr, finite_steps), basis.jerk)
    return basis.vectors @ torch.where(flat, -lr / 2 * push, 0.0)


def _pushed(basis: Eigenbasis, sums: Tensor) -> Tensor:
    """Sum over m and n of C_mn J_mnl sums_mnl, shape (d,)."""
    return torch.einsum("mn,mnl,mnl->l", basis.covariance, basis.jerk, sums)


def _cloud(basis: Eigenbasis, lr: float, finite_steps: bool) -> Tensor:
    """Stationary covariance of the weights in the eigenbasis, shape (d, d); zero along flat directions."""
    h, flat = basis.curvatures, _flat(basis)
    if float(h[-1]) * lr >= 2 or (float(h[0]) < 0 and not bool(flat[0])):
        raise ValueError(
            f"lr must lie below 2 / sharpness and no curvature be negative, got lr {lr} and {h.tolist()}"
        )
    noisy = basis.covariance.diagonal() > 1e-9 * basis.covariance.diagonal().max()
    if bool((flat & noisy).any()):
        raise ValueError("the noise pushes along a flat direction: the weights diffuse and never settle")
    pairs = h[:, None] + h[None, :] - (lr * torch.outer(h, h) if finite_steps else 0.0)
    empty = flat[:, None] | flat[None, :]
    return torch.where(empty, 0.0, lr * basis.covariance / torch.where(empty, 1.0, pairs))


def _flat(basis: Eigenbasis) -> Tensor:
    return basis.curvatures.abs() <= 1e-9 * basis.curvatures.abs().max()
