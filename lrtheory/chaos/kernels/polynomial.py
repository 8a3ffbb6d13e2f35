"""A polynomial large-scale part in any number of weights; ripples and two-scale losses live elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Polynomial:
    """Large-scale part given by its monomials, for example {(2, 0): 0.5, (1, 1): 0.25} for x^2 / 2 + xy / 4.

    Attributes:
        coefficients: powers of the weights, d integers >= 0, -> coefficient.

    Source: kong2020, smooth large-scale parts; polynomials are our choice.
    """

    coefficients: Mapping[tuple[int, ...], float]

    def __post_init__(self) -> None:
        if len({len(powers) for powers in self.coefficients}) != 1 or self.dim == 0:
            raise ValueError(f"all monomials need one power a weight, got {list(self.coefficients)}")
        for powers, coefficient in self.coefficients.items():
            if not all(isinstance(p, int) and p >= 0 for p in powers) or not math.isfinite(coefficient):
                raise ValueError(
                    f"powers must be integers >= 0 and coefficients finite, got {powers}: {coefficient}"
                )

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return len(next(iter(self.coefficients)))

    def derivative(self, axis: int) -> Polynomial:
        """Derivative by one weight; the zero polynomial where the weight does not occur."""
        lowered: dict[tuple[int, ...], float] = {(0,) * self.dim: 0.0}
        for powers, coefficient in self.coefficients.items():
            if powers[axis] > 0:
                lower = (*powers[:axis], powers[axis] - 1, *powers[axis + 1 :])
                lowered[lower] = lowered.get(lower, 0.0) + powers[axis] * coefficient
        return Polynomial(lowered)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Value, shape (*E,)."""
        total = theta[..., 0] * 0.0
        for powers, coefficient in self.coefficients.items():
            term = coefficient + theta[..., 0] * 0.0
            for axis, power in enumerate(powers):
                term = term * theta[..., axis] ** power
            total = total + term
        return total

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        import torch

        return torch.stack([self.derivative(i).loss(theta) for i in range(self.dim)], dim=-1)

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, d, d)."""
        import torch

        rows = [self.derivative(i).gradient(theta) for i in range(self.dim)]
        return torch.stack(rows, dim=-2)
