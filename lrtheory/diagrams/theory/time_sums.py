"""Nested sums and integrals of decays over two times, stable where decays coincide or vanish."""

from __future__ import annotations

import torch
from torch import Tensor


def nested_sum(late: Tensor, early: Tensor, steps: int) -> Tensor:
    """Sum over t1 < t2 < T of late^(T-1-t2) early^(t2-t1-1), any shapes that broadcast.

    It is an entry of the T-th power of a three by three matrix, so nothing is divided by a difference.

    Args:
        late: factor of every step after t2.
        early: factor of every step between t1 and t2.
        steps: T, >= 0.

    Source: ours (as the power of a matrix).
    """
    step = _triangle(late, early, torch.ones_like(late + early))
    result: Tensor = torch.linalg.matrix_power(step, steps)[..., 0, 2]
    return result


def nested_integral(late: Tensor, early: Tensor, time: float) -> Tensor:
    """Integral over t1 < t2 < T of exp(-late (T - t2)) exp(-early (t2 - t1)), any shapes that broadcast.

    Args:
        late: decay rate after t2.
        early: decay rate between t1 and t2.
        time: T, >= 0.

    Source: ours (as the exponential of a matrix).
    """
    generator = _triangle(-late, -early, torch.zeros_like(late + early))
    result: Tensor = torch.linalg.matrix_exp(time * generator)[..., 0, 2]
    return result


def geometric_sum(factor: Tensor, steps: int) -> Tensor:
    """Sum of factor^t over t < T, any shape; T where the factor is one.

    Args:
        factor: of every step.
        steps: T, >= 0.

    Source: ours (as the power of a matrix).
    """
    step = _triangle(factor, torch.zeros_like(factor), torch.ones_like(factor))[..., ::2, ::2]
    raised = step + torch.tensor([[0.0, 1.0], [0.0, 0.0]], dtype=factor.dtype)
    result: Tensor = torch.linalg.matrix_power(raised, steps)[..., 0, 1]
    return result


def _triangle(first: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """Matrices [[first, 1, 0], [0, second, 1], [0, 0, third]]."""
    zero = torch.zeros_like(first + second + third)
    first, second, third, one = first + zero, second + zero, third + zero, 1 + zero
    rows = [
        torch.stack(row, dim=-1) for row in ((first, one, zero), (zero, second, one), (zero, zero, third))
    ]
    return torch.stack(rows, dim=-2)
