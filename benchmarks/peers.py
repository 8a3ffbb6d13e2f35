"""The same maps and exponents written for numba, one lane at a time, and for pynamicalsys where installed.

pynamicalsys is GPL software: it is only compared with, and nothing here needs it.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

Kernel = Callable[[np.ndarray, int], object]
Sweep = Callable[[np.ndarray, np.ndarray, int], object]


def numba_positions(eps: float, lr: float) -> Kernel:
    """Gradient descent on x^2 / 2 + eps cos(x / eps), one member after the other."""

    @numba.njit
    def positions(start: np.ndarray, steps: int) -> np.ndarray:
        out = np.empty_like(start)
        for i in range(start.size):
            x = start[i]
            for _ in range(steps):
                x -= lr * (x - math.sin(x / eps))
            out[i] = x
        return out

    return positions


def numba_exponents(eps: float) -> Sweep:
    """Exponent of each learning rate, a logarithm a step."""

    @numba.njit
    def exponents(rates: np.ndarray, start: np.ndarray, steps: int) -> np.ndarray:
        out = np.empty(rates.size)
        for i in range(rates.size):
            x, total = start[i], 0.0
            for _ in range(steps):
                total += math.log(abs(1 - rates[i] * (1 - math.cos(x / eps) / eps)))
                x -= rates[i] * (x - math.sin(x / eps))
            out[i] = total / steps
        return out

    return exponents


def pynamicalsys_positions(eps: float, lr: float, *, bins: int | None = None) -> Kernel | None:
    """Its `trajectory`, which keeps every iterate; with bins, their histogram as well."""
    system = _line_system(eps)
    if system is None:
        return None

    def positions(start: np.ndarray, steps: int) -> object:
        path = system.trajectory(start[:, None], steps, parameters=[lr])
        return path if bins is None else np.histogram(path, bins, (-1.0, 1.0))

    return positions


def pynamicalsys_exponents(eps: float) -> Sweep | None:
    """Its `lyapunov` in one dimension: one call a learning rate."""
    system = _line_system(eps)
    if system is None:
        return None

    def exponents(rates: np.ndarray, start: np.ndarray, steps: int) -> object:
        return [
            system.lyapunov([x], steps, parameters=[float(lr)])
            for lr, x in zip(rates, start, strict=True)
        ]

    return exponents


def pynamicalsys_spectrum(eps: float, matrix: np.ndarray, *, method: str) -> Sweep | None:
    """Its `lyapunov` in two dimensions by one of its methods."""
    if not _installed():
        return None
    from pynamicalsys import DiscreteDynamicalSystem

    a, b, c = float(matrix[0, 0]), float(matrix[0, 1]), float(matrix[1, 1])

    @numba.njit
    def mapping(u: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        lr = parameters[0]
        return np.array([
            u[0] - lr * (a * u[0] + b * u[1] - math.sin(u[0] / eps)),
            u[1] - lr * (b * u[0] + c * u[1] - math.sin(u[1] / eps)),
        ])

    @numba.njit
    def jacobian(u: np.ndarray, parameters: np.ndarray, *rest: object) -> np.ndarray:
        lr = parameters[0]
        return np.array([
            [1 - lr * (a - math.cos(u[0] / eps) / eps), -lr * b],
            [-lr * b, 1 - lr * (c - math.cos(u[1] / eps) / eps)],
        ])

    system = DiscreteDynamicalSystem(
        mapping=mapping, jacobian=jacobian, system_dimension=2, number_of_parameters=1
    )

    def spectra(rates: np.ndarray, start: np.ndarray, steps: int) -> object:
        return [
            system.lyapunov(point, steps, parameters=[float(lr)], method=method)
            for lr, point in zip(rates, start, strict=True)
        ]

    return spectra


def _line_system(eps: float) -> Any | None:
    if not _installed():
        return None
    from pynamicalsys import DiscreteDynamicalSystem

    @numba.njit
    def mapping(u: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        return np.array([u[0] - parameters[0] * (u[0] - math.sin(u[0] / eps))])

    @numba.njit
    def jacobian(u: np.ndarray, parameters: np.ndarray, *rest: object) -> np.ndarray:
        return np.array([[1 - parameters[0] * (1 - math.cos(u[0] / eps) / eps)]])

    return DiscreteDynamicalSystem(
        mapping=mapping, jacobian=jacobian, system_dimension=1, number_of_parameters=1
    )


def _installed() -> bool:
    return importlib.util.find_spec("pynamicalsys") is not None
