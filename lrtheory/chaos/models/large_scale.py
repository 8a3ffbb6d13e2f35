"""Large-scale parts of a loss: what varies over distances of order one. Ripples live in `small_scale`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from lrtheory.chaos.models.curved import Curved, hessian
from lrtheory.doors import finite
from lrtheory.landscape import Landscape, gradient


class LargeScale(Curved, Protocol):
    """The part of a loss that varies over distances of order one."""


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
        if not bool(self.matrix.isfinite().all()):
            raise ValueError(f"matrix must be finite, got {self.matrix.tolist()}")

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

    def __post_init__(self) -> None:
        finite("tilt", self.tilt)

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


@dataclass(frozen=True)
class WavyParabola:
    """Large-scale part x^2 / 2 + 0.5 cos x + 0.1 sin 2x, one weight: convex, and no parabola.

    Its curvature lies between 0.2145 and 1.7855.

    Source: our strongly convex example; kong2020 asks for no more than that.
    """

    dim: int = field(default=1, init=False)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        x = theta[..., 0]
        return x**2 / 2 + 0.5 * x.cos() + 0.1 * (2 * x).sin()

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, 1)."""
        return theta - 0.5 * theta.sin() + 0.2 * (2 * theta).cos()

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, 1, 1)."""
        return (1 - 0.5 * theta.cos() - 0.4 * (2 * theta).sin())[..., None]


@dataclass(frozen=True)
class CoupledWells:
    """Large-scale part (x^2 - 1)^2 / 4 + y^2 / 2 + 0.25 x y + 0.05 x, two weights: two wells.

    Source: our nonconvex example in two weights, in the style of kong2020.
    """

    dim: int = field(default=2, init=False)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        x, y = theta.unbind(-1)
        return (x**2 - 1) ** 2 / 4 + y**2 / 2 + 0.25 * x * y + 0.05 * x

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, 2)."""
        x, y = theta.unbind(-1)
        return torch.stack([x * (x * x - 1) + 0.25 * y + 0.05, y + 0.25 * x], dim=-1)

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, 2, 2)."""
        curvature = 3 * theta[..., 0] ** 2 - 1
        one = torch.ones_like(curvature)
        entries = torch.stack([curvature, 0.25 * one, 0.25 * one, one], dim=-1)
        return entries.reshape(*curvature.shape, 2, 2)


@dataclass(frozen=True)
class Differentiated:
    """Any smooth landscape as a large-scale part: what it lacks is differentiated automatically.

    Attributes:
        landscape: a twice differentiable loss.

    Source: kong2020 asks of the large-scale part no more than smoothness.
    """

    landscape: Landscape

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.landscape.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        return self.landscape.loss(theta, samples)

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        return gradient(self.landscape, theta, samples)

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, d, d)."""
        return hessian(self.landscape, theta)
