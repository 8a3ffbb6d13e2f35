"""Compiled noisy descent of small two-layer networks, member by member; imports numba, so on first use only.

Numbers of one array type meet no constant of another inside the loops: a float32 stays one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrtheory.law import Floats

# Sums may be reordered, which lets the compiler vectorize them; infinities and NaN survive.
_compiled = numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"}, error_model="numpy")
_LOG2_E, _LN_2 = 1.4426950408889634, 0.6931471805599453
_LARGEST = 700.0  # exponent beyond which a sigmoid is 0 or 1


@_compiled
def move(
    theta: Floats, readout: Floats, x: Floats, y: Floats, rates: Floats, keep: Floats, spread: Floats,
    drawn: Floats, squared: bool, steps: int,
) -> None:
    """Move all members so many steps, in place.

    Args:
        theta: weights, shape (S, m, d), changed.
        readout: second layers, shape (S, m).
        x: inputs, examples last, shape (d, N).
        y: labels, shape (N,).
        rates: rate times readout over N, shape (S, m).
        keep: what the decay leaves of a weight, shape (S,).
        spread: rate times standard deviation of the noise, shape (S,).
        drawn: standard normal numbers, shape (steps, S, m, d), or none of them.
        squared: whether the loss is squared, else logistic.
        steps: number of steps.
    """
    width, n, fan_in = readout.shape[1], x.shape[1], x.shape[0]
    units, outputs = np.empty((width, n), theta.dtype), np.empty(n, theta.dtype)
    slope, power = np.empty((width, fan_in), theta.dtype), np.empty(n, np.int64)
    for s in range(theta.shape[0]):
        weights = theta[s]
        for t in range(steps):
            _forward(weights, readout[s], x, units, outputs)
            if squared:
                for i in range(n):
                    outputs[i] -= y[i]
            else:
                _logistic_pull(outputs, y, power)
            _backward(units, outputs, x, slope)
            for j in range(width):
                for k in range(fan_in):
                    weights[j, k] = keep[s] * weights[j, k] - rates[s, j] * slope[j, k]
            if drawn.shape[0]:
                own = drawn[t, s]
                for j in range(width):
                    for k in range(fan_in):
                        weights[j, k] -= spread[s] * own[j, k]


@_compiled
def _forward(weights: Floats, readout: Floats, x: Floats, units: Floats, outputs: Floats) -> None:
    """Fill pre-activations (m, N), two units and two inputs at a time, and outputs (N,)."""
    width, fan_in = weights.shape
    pairs = fan_in - fan_in % 2
    outputs[:] = 0
    for j in range(0, width - 1, 2):
        a, b = units[j], units[j + 1]
        a[:] = 0
        b[:] = 0
        for k in range(0, pairs, 2):
            _add_two(a, b, weights[j, k], weights[j, k + 1], weights[j + 1, k], weights[j + 1, k + 1],
                     x[k], x[k + 1])
        if pairs < fan_in:
            _add_one(a, weights[j, pairs], x[pairs])
            _add_one(b, weights[j + 1, pairs], x[pairs])
        _read_out(outputs, readout[j], a)
        _read_out(outputs, readout[j + 1], b)
    if width % 2:
        a = units[width - 1]
        a[:] = 0
        for k in range(fan_in):
            _add_one(a, weights[width - 1, k], x[k])
        _read_out(outputs, readout[width - 1], a)


@_compiled
def _add_two(
    a: Floats, b: Floats, a0: float, a1: float, b0: float, b1: float, x0: Floats, x1: Floats
) -> None:
    for i in range(a.size):
        a[i] += a0 * x0[i] + a1 * x1[i]
        b[i] += b0 * x0[i] + b1 * x1[i]


@_compiled
def _add_one(a: Floats, weight: float, x: Floats) -> None:
    for i in range(a.size):
        a[i] += weight * x[i]


@_compiled
def _read_out(outputs: Floats, weight: float, units: Floats) -> None:
    for i in range(outputs.size):
        outputs[i] += weight * units[i] if units[i] > 0 else outputs.dtype.type(0)


@_compiled
def _logistic_pull(outputs: Floats, y: Floats, power: NDArray[np.int64]) -> None:
    """Turn outputs f into -y / (1 + exp(y f)), in place, without a library call, so that it vectorizes."""
    powers = power.view(np.float64)
    for i in range(outputs.size):
        z = min(max(y[i] * np.float64(outputs[i]), -_LARGEST), _LARGEST) * _LOG2_E
        power[i] = (np.int64(np.rint(z)) + 1023) << 52
    for i in range(outputs.size):
        z = min(max(y[i] * np.float64(outputs[i]), -_LARGEST), _LARGEST) * _LOG2_E
        r = (z - np.rint(z)) * _LN_2
        # Taylor series of exp to r^11 on |r| <= ln 2 / 2: 6e-15 and better
        e = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (
            1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r / 39916800))))))))))
        outputs[i] = -y[i] / (1 + e * powers[i])


@_compiled
def _backward(units: Floats, pull: Floats, x: Floats, slope: Floats) -> None:
    """Fill sums over examples of gate times pull times input, (m, d); units are overwritten."""
    width, n = units.shape
    fan_in = x.shape[0]
    for j in range(width):
        row = units[j]
        for i in range(n):
            row[i] = pull[i] if row[i] > 0 else row.dtype.type(0)
    for j in range(0, width - 1, 2):
        a, b = units[j], units[j + 1]
        for k in range(0, fan_in - 1, 2):
            _four_sums(slope, j, k, a, b, x[k], x[k + 1])
        if fan_in % 2:
            slope[j, fan_in - 1] = _sum(a, x[fan_in - 1])
            slope[j + 1, fan_in - 1] = _sum(b, x[fan_in - 1])
    if width % 2:
        for k in range(fan_in):
            slope[width - 1, k] = _sum(units[width - 1], x[k])


@_compiled
def _four_sums(slope: Floats, j: int, k: int, a: Floats, b: Floats, x0: Floats, x1: Floats) -> None:
    zero = slope.dtype.type(0)
    a0, a1, b0, b1 = zero, zero, zero, zero
    for i in range(a.size):
        a0 += a[i] * x0[i]
        a1 += a[i] * x1[i]
        b0 += b[i] * x0[i]
        b1 += b[i] * x1[i]
    slope[j, k], slope[j, k + 1], slope[j + 1, k], slope[j + 1, k + 1] = a0, a1, b0, b1


@_compiled
def _sum(a: Floats, x: Floats) -> float:
    total = a.dtype.type(0)
    for i in range(a.size):
        total += a[i] * x[i]
    return total
