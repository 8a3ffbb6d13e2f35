"""Gradient descent of a network with one hidden layer, compiled; the loop itself is in network_loop.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lrtheory.law import Floats


def descend_network(
    theta: Floats,
    tangent: Floats,
    inputs: Floats,
    targets: Floats,
    *,
    slope: float,
    lr: float,
    steps: int,
) -> tuple[Floats, Floats, Floats]:
    """Gradient descent of one network with one hidden layer and one output, and of a tangent vector.

    Same arithmetic as ``descend(GradientDescent(lr), NetworkLandscape(...))`` up to the order of sums;
    the tangent is multiplied by the map's Jacobian at every step (exact wherever no unit sits at its
    kink), and is not normalized.

    Args:
        theta: weights, shape (d,), d = hidden * (n_inputs + 2) + 1, laid out as `NetworkLandscape`.
        tangent: direction carried along, shape (d,).
        inputs: shape (n_inputs, n), examples along the last axis.
        targets: shape (n,).
        slope: slope of the leaky ReLU below zero.
        lr: learning rate.
        steps: number of steps; so few that the tangent cannot overflow.

    Returns:
        Weights (d,), tangent (d,) after the last step, and the loss before every step (steps,).
    """
    from lrtheory.chaos.kernels.network_loop import descend

    theta, tangent = theta.copy(), tangent.copy()
    losses = np.empty(steps)
    descend(theta, tangent, np.ascontiguousarray(inputs), np.ascontiguousarray(targets), slope, lr, losses)
    return theta, tangent, losses
