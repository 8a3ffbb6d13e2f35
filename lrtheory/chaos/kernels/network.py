"""Gradient descent of a network with one hidden layer, compiled; the loop itself is in network_loop.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrtheory.doors import finite, positive, whole

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
        lr: learning rate, > 0.
        steps: number of steps, >= 0; so few that the tangent cannot overflow.

    Returns:
        Weights (d,), tangent (d,) after the last step, and the loss before every step (steps,).

    Raises:
        ValueError: shapes that do not fit together, or a number out of its range.
    """
    from lrtheory.chaos.kernels.network_loop import descend

    positive("lr", lr)
    whole("steps", steps)
    if finite("slope", slope) < 0:
        raise ValueError(f"slope must be at least 0, got {slope}")
    fits = inputs.ndim == 2 and targets.shape == inputs.shape[1:] and theta.ndim == 1
    if not fits or theta.shape != tangent.shape or (theta.size - 1) % (len(inputs) + 2) or theta.size < 2:
        raise ValueError(
            "theta and tangent of shape (hidden * (n_inputs + 2) + 1,), inputs (n_inputs, n) and targets "
            f"(n,) expected, got {theta.shape}, {tangent.shape}, {inputs.shape}, {targets.shape}"
        )
    if not all(np.isfinite(each).all() for each in (theta, tangent, inputs, targets)):
        raise ValueError("theta, tangent, inputs and targets must be finite, got a number that is not")
    theta, tangent = theta.copy(), tangent.copy()
    losses = np.empty(steps)
    descend(theta, tangent, np.ascontiguousarray(inputs), np.ascontiguousarray(targets), slope, lr, losses)
    return theta, tangent, losses
