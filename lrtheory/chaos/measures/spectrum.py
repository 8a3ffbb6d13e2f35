"""All Lyapunov exponents of a descent, plain or with momentum, and the dimension of its attractor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lrtheory.chaos.measures.runs import check_converged, checked_start
from lrtheory.chaos.models.curved import hessian
from lrtheory.doors import whole
from lrtheory.landscape import Landscape, gradient
from lrtheory.rules import GradientDescent, HeavyBall, Nesterov, Rule


@dataclass(frozen=True)
class Spectrum:
    """Lyapunov exponents per step, natural logarithms.

    Attributes:
        exponents: largest first, shape (k,); k is d, or 2 d with momentum.
        stderr: standard error of each over the members, shape (k,).
        members: number of independent orbits.
    """

    exponents: Tensor
    stderr: Tensor
    members: int


def lyapunov_spectrum(
    rule: GradientDescent | HeavyBall | Nesterov,
    landscape: Landscape,
    start: Tensor,
    *,
    burn: int,
    steps: int,
) -> Spectrum:
    """Lyapunov exponents by QR: a frame is carried along, made orthonormal each step, its stretches averaged.

    With momentum the state is the weights and the last displacement, so that there are 2 d exponents.

    Example:
        >>> from lrtheory import GradientDescent
        >>> from lrtheory.chaos import Quadratic
        >>> f = Quadratic(torch.eye(1, dtype=torch.float64))
        >>> start = torch.tensor([[1.0], [2.0]], dtype=torch.float64)
        >>> found = lyapunov_spectrum(GradientDescent(0.5), f, start, burn=1, steps=20)
        >>> [round(float(each), 4) for each in found.exponents]
        [-0.6931]

    Args:
        rule: gradient descent, heavy ball or Nesterov, with a constant rate.
        landscape: any twice differentiable loss; a gradient and a Hessian that it lacks are differentiated.
        start: independent starting points, shape (E, d), float64, E >= 2.
        burn: steps forgotten first, in which the frame settles too, >= 0.
        steps: steps averaged over, for each member, >= 1.

    Raises:
        ValueError: start is not float64 or not of shape (E, d) with E >= 2, a count is out of its range, or
            the rule is another one.
        FloatingPointError: a member became infinite or NaN.

    Cost: a gradient, a Hessian of d^2 numbers and a QR factorization, d^3, for each member and step; with
    momentum of size 2 d.

    See also: lyapunov_exponent, for one weight and plain descent.

    Source: benettin1980, the definition made an algorithm.
    """
    checked_start(landscape, start, members=2)
    whole("burn", burn)
    whole("steps", steps, least=1)
    lr, momentum = _constants(rule)
    theta, move = start, _memory(rule, start)
    size = landscape.dim * (1 if momentum is None else 2)
    frame = torch.eye(size, dtype=torch.float64).expand(len(theta), size, size)
    total = torch.zeros(len(theta), size, dtype=torch.float64)
    for t in range(burn + steps):
        at = theta + rule.momentum * move if isinstance(rule, Nesterov) else theta
        jacobian = _jacobian(rule, momentum, lr, hessian(landscape, at))
        theta, move = rule.step(t, theta, move, partial(gradient, landscape), None)
        frame, stretch = torch.linalg.qr(jacobian @ frame)
        if t >= burn:
            total += stretch.diagonal(dim1=-2, dim2=-1).abs().log()
    check_converged(theta, burn + steps)
    return _averaged(total / steps)


def kaplan_yorke_dimension(exponents: Sequence[float]) -> float:
    """Dimension j + (l_1 + ... + l_j) / |l_{j+1}|, with j the most exponents whose sum is not negative.

    Example:
        >>> round(kaplan_yorke_dimension([0.5, -1.0]), 6)  # 1 + 0.5 / 1.0
        1.5

    Args:
        exponents: Lyapunov exponents, in any order.

    Returns:
        A number between 0 and the count of exponents; the latter if their sum is not negative.

    Raises:
        ValueError: no exponents, or one is NaN.

    Source: kaplan1979, the conjectured dimension of an attractor.
    """
    ordered = sorted(map(float, exponents), reverse=True)
    if not ordered or any(math.isnan(exponent) for exponent in ordered) or ordered[0] == math.inf:
        raise ValueError(f"exponents must be at least one number and not NaN, got {list(exponents)}")
    total = 0.0
    for count, exponent in enumerate(ordered):
        if total + exponent < 0:
            return count + total / -exponent
        total += exponent
    return float(len(ordered))


def _jacobian(rule: object, momentum: float | None, lr: float, hessian: Tensor) -> Tensor:
    """Derivative of one step in the weights, or in the weights and the last displacement."""
    eye = torch.eye(hessian.shape[-1], dtype=hessian.dtype).expand_as(hessian)
    step = eye - lr * hessian
    if momentum is None:
        return step
    if isinstance(rule, HeavyBall):
        across = momentum * eye
        return torch.cat([torch.cat([step, across], -1), torch.cat([-lr * hessian, across], -1)], -2)
    across = momentum * step
    return torch.cat([torch.cat([step, across], -1), torch.cat([-lr * hessian, across], -1)], -2)


def _memory(rule: Rule, start: Tensor) -> Any:
    """What the rule remembers: a displacement, or nothing."""
    return rule.start(start)


def _averaged(rates: Tensor) -> Spectrum:
    order = rates.mean(0).argsort(descending=True)
    chosen = rates[:, order]
    return Spectrum(chosen.mean(0), chosen.std(0) / math.sqrt(len(rates)), len(rates))


def _constants(rule: object) -> tuple[float, float | None]:
    if not isinstance(rule, GradientDescent | HeavyBall | Nesterov):
        known = "GradientDescent, HeavyBall or Nesterov"
        raise ValueError(f"{known} expected, got {type(rule).__name__}: its Jacobian is not known")
    if not isinstance(rule.lr, int | float):
        raise ValueError(f"a constant rate, one number, expected, got {type(rule.lr).__name__}")
    return float(rule.lr), None if isinstance(rule, GradientDescent) else rule.momentum
