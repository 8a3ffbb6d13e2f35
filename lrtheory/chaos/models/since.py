"""Small landscapes of the work since 2020 on large rates, with what is known of them in closed form.

The cubic map of (w^2 - 1)^2 / 4 needs no new one: it is descent of ``DoubleWell()``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lrtheory.doors import finite, positive, whole


@dataclass(frozen=True)
class ProductRegression:
    """The loss (u . v / scale - target)^2 / 2 of a linear network with one hidden layer and one example.

    Attributes:
        width: entries of u and of v, >= 1; the weights are u, then v.
        target: what the product should be.
        scale: > 0; sqrt(width) and target 0 give the catapult's example.

    Source: lewkowycz2020 for target 0; wang2022 for width 1 and target 1.
    """

    width: int
    target: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.width < 1 or not 0 < self.scale < math.inf:
            raise ValueError(f"width must be >= 1 and scale > 0, got {self.width} and {self.scale}")
        whole("width", self.width, least=1)
        positive("scale", self.scale)
        finite("target", self.target)

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return 2 * self.width

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        return self.residual(theta) ** 2 / 2

    def residual(self, theta: Tensor) -> Tensor:
        """The product minus its target, u . v / scale - target, shape (*E,)."""
        products: Tensor = theta[..., : self.width] * theta[..., self.width :]
        return products.sum(-1) / self.scale - self.target

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        return self.residual(theta)[..., None] * self._swapped(theta) / self.scale

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, d, d)."""
        slope = self._swapped(theta) / self.scale
        eye = torch.eye(self.dim, dtype=theta.dtype, device=theta.device)
        cross = eye.roll(self.width, dims=0) / self.scale
        return slope[..., :, None] * slope[..., None, :] + self.residual(theta)[..., None, None] * cross

    def kernel(self, theta: Tensor) -> Tensor:
        """Tangent kernel (|u|^2 + |v|^2) / scale^2 of the one example, shape (*E,): its sharpness at rest."""
        return (theta**2).sum(-1) / self.scale**2

    def _swapped(self, theta: Tensor) -> Tensor:
        return theta.roll(self.width, dims=-1)


@dataclass(frozen=True)
class SquaredProduct:
    """The loss (1 - x^2 y^2)^2 / 4, two weights: a scalar network of depth four with its weights tied.

    Source: zhu2023, the minimalist example of the edge of stability.
    """

    dim: int = field(default=2, init=False)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        return (1 - theta.prod(-1) ** 2) ** 2 / 4

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, 2)."""
        product = theta.prod(-1, keepdim=True)
        return -(1 - product**2) * product * theta.flip(-1)

    def hessian(self, theta: Tensor) -> Tensor:
        """Hessian, shape (*E, 2, 2)."""
        p = theta.prod(-1)
        other = theta.flip(-1) ** 2  # y^2, x^2
        along = (3 * p**2 - 1)[..., None] * other
        across = 4 * p**3 - 2 * p
        return torch.diag_embed(along) + across[..., None, None] * (1 - torch.eye(2, dtype=theta.dtype))


def critical_product_rate(landscape: ProductRegression, theta: Tensor) -> float:
    """Largest rate from which descent of (u . v - y)^2 / 2 still converges, from the start theta.

    With S = |u|^2 + |v|^2 it is min(1 / |y|, 8 / (S + sqrt(S^2 - 16 y (u . v - y)))).

    Example:
        >>> f = ProductRegression(1, target=1.0)
        >>> round(critical_product_rate(f, torch.tensor([2.0, 0.5])), 4)  # 8 / (2 S), S = 4.25
        0.9412

    Args:
        landscape: product regression with scale 1.
        theta: start, shape (d,), for almost every one of which this is exact.

    Raises:
        ValueError: scale is not 1, or theta is not one start.

    Source: liang2025, the critical rate of scalar factorization; the case of vectors is our check.
    """
    if landscape.scale != 1 or tuple(theta.shape) != (landscape.dim,):
        raise ValueError(
            f"scale must be 1 and theta of shape ({landscape.dim},), got {landscape.scale} and "
            f"{tuple(theta.shape)}; rescale the weights first"
        )
    if not bool(theta.isfinite().all()):
        raise ValueError(f"theta must be finite, got {theta.tolist()}")
    size, residual = float((theta**2).sum()), float(landscape.residual(theta))
    inside = max(size**2 - 16 * landscape.target * residual, 0.0)
    bound = 8 / (size + math.sqrt(inside))
    return min(bound, 1 / abs(landscape.target)) if landscape.target else bound


def edge_minimum(lr: float) -> tuple[float, float]:
    """The minimum of (1 - x^2 y^2)^2 / 4 on x y = 1 whose sharpness 2 (x^2 + y^2) is exactly 2 / lr.

    There sqrt(x^2 - y^2) = (lr^-2 - 4)^(1/4).

    Example:
        >>> [round(each, 4) for each in edge_minimum(0.25)]
        [1.9319, 0.5176]

    Args:
        lr: learning rate, in (0, 1/2).

    Returns:
        x and y > 0 with x y = 1 and x^2 + y^2 = 1 / lr, x >= y.

    Raises:
        ValueError: lr is out of its range.

    Source: zhu2023, the edge-of-stability minimum.
    """
    if not 0 < lr < 0.5:
        raise ValueError(f"lr must lie in (0, 1/2), got {lr}: beyond it every minimum is too sharp")
    difference, total = math.sqrt(lr**-2 - 4), 1 / lr  # x^2 - y^2 and x^2 + y^2
    return math.sqrt((total + difference) / 2), math.sqrt((total - difference) / 2)


def cubic_coordinate(lr: float, w: Tensor) -> Tensor:
    """The coordinate z = lr (w^2 - 1) in which descent of (w^2 - 1)^2 / 4 is a map of z alone.

    Example:
        >>> cubic_coordinate(0.5, torch.tensor([1.0, 3.0])).tolist()
        [0.0, 4.0]

    Args:
        lr: learning rate, > 0.
        w: weight, any shape.

    Source: chen2023, the cubic map of quadratic regression.
    """
    positive("lr", lr)
    return lr * (w**2 - 1)


def cubic_map(lr: float, z: Tensor) -> Tensor:
    """One step of descent of (w^2 - 1)^2 / 4 in z = lr (w^2 - 1): z^3 + (lr - 2) z^2 + (1 - 2 lr) z.

    Example:
        >>> cubic_map(1.0, torch.tensor([0.0, 1.0])).tolist()
        [0.0, -1.0]

    Args:
        lr: learning rate, > 0; below 1 the minimum attracts, beyond 2 almost every start diverges.
        z: coordinate, any shape.

    Source: chen2023, the cubic map of quadratic regression.
    """
    positive("lr", lr)
    return z**3 + (lr - 2) * z**2 + (1 - 2 * lr) * z
