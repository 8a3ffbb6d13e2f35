"""Compiled fast paths of this theory, each held in the tests against the plain loop on the same input."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lrtheory.law import Floats

# Sums over examples may be reordered, which lets the compiler vectorize them. Nothing else is
# relaxed: infinities and NaN must survive, so that a diverging descent is seen.
_FAST = {"reassoc", "contract"}


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
    theta, tangent = theta.copy(), tangent.copy()
    losses = np.empty(steps)
    _network_kernel()(theta, tangent, np.ascontiguousarray(inputs), targets, slope, lr, losses)
    return theta, tangent, losses


@cache
def _network_kernel() -> Any:
    import numba

    @numba.njit(nogil=True, cache=True, fastmath=_FAST)  # type: ignore[untyped-decorator]
    def kernel(
        theta: Floats, tangent: Floats, x: Floats, y: Floats, slope: float, lr: float, losses: Floats
    ) -> None:
        fan_in, n = x.shape
        width = (theta.size - 1) // (fan_in + 2)
        bias, readout, last = width * fan_in, width * (fan_in + 1), width * (fan_in + 2)
        hidden, moved = np.empty((width, n)), np.empty((width, n))
        error, shift = np.empty(n), np.empty(n)
        slopes, turns = np.empty_like(theta), np.empty_like(theta)
        for step in range(losses.size):
            error[:] = theta[last] - y
            shift[:] = tangent[last]
            for j in range(width):
                row, drow = hidden[j], moved[j]
                row[:] = theta[bias + j]
                drow[:] = tangent[bias + j]
                for k in range(fan_in):
                    weight, dweight = theta[j * fan_in + k], tangent[j * fan_in + k]
                    for i in range(n):
                        row[i] += weight * x[k, i]
                        drow[i] += dweight * x[k, i]
                out, dout = theta[readout + j], tangent[readout + j]
                for i in range(n):
                    gate = 1.0 if row[i] > 0 else slope
                    row[i] *= gate
                    drow[i] *= gate
                    error[i] += out * row[i]
                    shift[i] += dout * row[i] + out * drow[i]
            total, ge, gs = 0.0, 0.0, 0.0
            for i in range(n):
                total += error[i] * error[i]
                error[i] *= 2.0 / n
                shift[i] *= 2.0 / n
                ge += error[i]
                gs += shift[i]
            losses[step] = total / n
            slopes[last], turns[last] = ge, gs
            for j in range(width):
                row, drow = hidden[j], moved[j]
                out, dout = theta[readout + j], tangent[readout + j]
                g, dg, gb, dgb = 0.0, 0.0, 0.0, 0.0
                for i in range(n):
                    g += error[i] * row[i]
                    dg += shift[i] * row[i] + error[i] * drow[i]
                    gate = 1.0 if row[i] > 0 else slope
                    row[i] = gate * out * error[i]
                    drow[i] = gate * (out * shift[i] + dout * error[i])
                    gb += row[i]
                    dgb += drow[i]
                slopes[readout + j], turns[readout + j] = g, dg
                slopes[bias + j], turns[bias + j] = gb, dgb
                for k in range(fan_in):
                    g, dg = 0.0, 0.0
                    for i in range(n):
                        g += row[i] * x[k, i]
                        dg += drow[i] * x[k, i]
                    slopes[j * fan_in + k], turns[j * fan_in + k] = g, dg
            for p in range(theta.size):
                theta[p] -= lr * slopes[p]
                tangent[p] -= lr * turns[p]

    return kernel
