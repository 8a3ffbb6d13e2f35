"""Large-scale parts of a loss: what varies over distances of order one. Ripples live in `small_scale`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor


class LargeScale(Protocol):
    """The part of a loss that varies over distances of order one."""

    @property
    def dim(self) -> int:
        """Number of weights d."""
        ...

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,), at theta of shape (*E, d)."""
        ...

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        ...

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, d, d)."""
        ...


@dataclass(frozen=True)
class Quadratic:
    """Large-scale part theta^T H theta / 2.

    Attributes:
        matrix: H, symmetric, shape (d, d), float64.

    Source: kong2020, the strongly convex case.
    """

    matrix: Tensor

    def __post_init__(self) -> None:
        shape = tuple(self.matrix.shape)
        if len(shape) != 2 or shape[0] != shape[1] or not torch.equal(self.matrix, self.matrix.T):
            raise ValueError(f"matrix must be symmetric of shape (d, d), got shape {shape}")

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.matrix.shape[0]

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        return 0.5 * (theta * self.gradient(theta)).sum(-1)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        if self.dim == 1:  # a product of numbers is several times cheaper than a matrix product
            return theta * self.matrix[0]
        return theta @ self.matrix

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, d, d)."""
        return self.matrix.expand(*theta.shape, self.dim)


@dataclass(frozen=True)
class DoubleWell:
    """Large-scale part (x^2 - 1)^2 / 4 + tilt * x, one weight: minima near -1 and 1.

    Attributes:
        tilt: slope c added to the symmetric double well; positive makes the left well deeper. Two
            wells exist while |tilt| < 2 / (3 sqrt 3) = 0.3849.

    Source: kong2020, the nonconvex case; this potential is our choice.
    """

    tilt: float = 0.0
    dim: int = field(default=1, init=False)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        x = theta[..., 0]
        return (x**2 - 1) ** 2 / 4 + self.tilt * x

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, 1)."""
        return theta * (theta * theta - 1) + self.tilt

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, 1, 1)."""
        return (3 * theta**2 - 1)[..., None]
