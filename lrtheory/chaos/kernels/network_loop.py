"""Compiled descent of a small network; imports numba, so it is itself imported on first use only.

`kernels` is the door. Arrays that end in ``_dot`` are tangents: derivatives along a direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from lrtheory.law import Floats

# Sums over examples may be reordered, which lets the compiler vectorize them. Nothing else is
# relaxed: infinities and NaN must survive, so that a diverging descent is seen.
_compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})


@_compiled
def descend(
    theta: Floats, theta_dot: Floats, x: Floats, y: Floats, slope: float, lr: float, losses: Floats
) -> None:
    """Move weights and tangent, in place, one step for each entry of losses, which is filled."""
    width, n = (theta.size - 1) // (x.shape[0] + 2), x.shape[1]
    hidden, hidden_dot = np.empty((width, n)), np.empty((width, n))
    error, error_dot = np.empty(n), np.empty(n)
    grad, grad_dot = np.empty_like(theta), np.empty_like(theta)
    for step in range(losses.size):
        _forward(theta, theta_dot, x, y, slope, hidden, hidden_dot, error, error_dot)
        losses[step] = np.sum(error * error) / n
        error *= 2.0 / n
        error_dot *= 2.0 / n
        _backward(theta, theta_dot, x, slope, hidden, hidden_dot, error, error_dot, grad, grad_dot)
        theta -= lr * grad
        theta_dot -= lr * grad_dot


@_compiled
def _forward(
    theta: Floats, theta_dot: Floats, x: Floats, y: Floats, slope: float,
    hidden: Floats, hidden_dot: Floats, error: Floats, error_dot: Floats,
) -> None:
    """Fill the hidden layer (width, n) and the residual (n,), with their tangents."""
    fan_in, n = x.shape
    width = hidden.shape[0]
    bias, readout = width * fan_in, width * (fan_in + 1)
    error[:] = theta[-1] - y
    error_dot[:] = theta_dot[-1]
    for j in range(width):
        row, row_dot = hidden[j], hidden_dot[j]
        row[:] = theta[bias + j]
        row_dot[:] = theta_dot[bias + j]
        for k in range(fan_in):
            weight, weight_dot = theta[j * fan_in + k], theta_dot[j * fan_in + k]
            for i in range(n):
                row[i] += weight * x[k, i]
                row_dot[i] += weight_dot * x[k, i]
        out, out_dot = theta[readout + j], theta_dot[readout + j]
        for i in range(n):
            gate = 1.0 if row[i] > 0 else slope
            row[i] *= gate
            row_dot[i] *= gate
            error[i] += out * row[i]
            error_dot[i] += out_dot * row[i] + out * row_dot[i]


@_compiled
def _backward(
    theta: Floats, theta_dot: Floats, x: Floats, slope: float, hidden: Floats, hidden_dot: Floats,
    error: Floats, error_dot: Floats, grad: Floats, grad_dot: Floats,
) -> None:
    """Fill the gradient (d,) and its tangent; the hidden layer is overwritten on the way."""
    fan_in, n = x.shape
    width = hidden.shape[0]
    bias, readout = width * fan_in, width * (fan_in + 1)
    grad[-1], grad_dot[-1] = np.sum(error), np.sum(error_dot)
    for j in range(width):
        row, row_dot = hidden[j], hidden_dot[j]
        out, out_dot = theta[readout + j], theta_dot[readout + j]
        of_out, of_out_dot, of_bias, of_bias_dot = 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            of_out += error[i] * row[i]
            of_out_dot += error_dot[i] * row[i] + error[i] * row_dot[i]
            gate = 1.0 if row[i] > 0 else slope
            row[i] = gate * out * error[i]
            row_dot[i] = gate * (out * error_dot[i] + out_dot * error[i])
            of_bias += row[i]
            of_bias_dot += row_dot[i]
        grad[readout + j], grad_dot[readout + j] = of_out, of_out_dot
        grad[bias + j], grad_dot[bias + j] = of_bias, of_bias_dot
        for k in range(fan_in):
            of_weight, of_weight_dot = 0.0, 0.0
            for i in range(n):
                of_weight += row[i] * x[k, i]
                of_weight_dot += row_dot[i] * x[k, i]
            grad[j * fan_in + k], grad_dot[j * fan_in + k] = of_weight, of_weight_dot
