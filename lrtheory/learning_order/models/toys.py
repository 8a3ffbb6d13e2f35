"""Small landscapes on which a large rate leaves its mark: matched losses, throws, thresholds, directions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lrtheory.doors import finite, positive, whole

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TwoHessians:
    """A parabola to descend, and another one, with other curvatures along the same axes, to be judged by.

    Attributes:
        train: curvatures of the training loss, > 0.
        test: curvatures of the test loss, as many.

    Source: nakkiran2020, whose example in two dimensions this follows; curvatures are ours.
    """

    train: tuple[float, ...] = (1.0, 0.01)
    test: tuple[float, ...] = (0.02, 1.0)

    def __post_init__(self) -> None:
        """Refuse curvatures that are not positive, or of which there are not as many."""
        if len(self.train) != len(self.test):
            raise ValueError(f"train and test need as many curvatures, got {self.train} and {self.test}")
        for number in (*self.train, *self.test):
            positive("curvatures", number)

    @property
    def dim(self) -> int:
        """Number of weights."""
        return len(self.train)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Training loss, shape (*E,)."""
        return (theta.square() @ torch.tensor(self.train).to(theta)) / 2

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient of the training loss, shape (*E, d)."""
        return theta * torch.tensor(self.train).to(theta)

    def test_loss(self, theta: Tensor) -> Tensor:
        """Test loss, shape (*E,)."""
        return (theta.square() @ torch.tensor(self.test).to(theta)) / 2


@dataclass(frozen=True)
class ProductThreshold:
    """The loss sqrt(1 + (x y)^2) of two weights.

    Source: ahn2023, the simplest landscape on which a bias is learned at large rates only.
    """

    dim: int = field(default=2, init=False)

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,)."""
        return (1 + theta.prod(-1).square()).sqrt()

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, 2)."""
        product = theta.prod(-1, keepdim=True)
        return product / (1 + product.square()).sqrt() * theta.flip(-1)


@dataclass(frozen=True, eq=False)
class ErrorRegression:
    """Least squares without noise in the error e = w - w*: mean of (x . e)^2 / 2 over examples x.

    Attributes:
        inputs: shape (n, d).

    Source: wu2021, the setting of its theorems; ours is exactly orthogonal where the inputs are.
    """

    inputs: Tensor

    @property
    def dim(self) -> int:
        """Number of weights."""
        return self.inputs.shape[1]

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,), of errors (*E, d)."""
        read = self.inputs if samples is None else self.inputs[samples]
        losses: Tensor = (theta @ read.mT).square().mean(-1) / 2
        return losses

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        read = self.inputs if samples is None else self.inputs[samples]
        slope: Tensor = theta @ read.mT @ read / len(read)
        return slope

    def top_cosine(self, theta: Tensor) -> Tensor:
        """|cosine| between the errors (*E, d), in the span of the examples, and the top data direction."""
        _, _, directions = torch.linalg.svd(self.inputs, full_matrices=False)
        inside = theta @ directions.mT
        cosine: Tensor = inside[..., 0].abs() / inside.norm(dim=-1)
        return cosine


def threshold_limit(lr: ArrayLike, x: float, y: float) -> Floats:
    """Where y^2 ends when sqrt(1 + (x y)^2) is descended: min(y^2 - x^2, 2 / lr), of the start.

    Small rates keep y^2 - x^2; large ones end where the curvature y^2 is just stable.

    Example:
        >>> threshold_limit([0.02, 0.2], 0.1, 40**0.5).round(2)
        array([39.99, 10.  ])

    Args:
        lr: rates > 0, any shape.
        x: start, small.
        y: start, |y| > |x|.

    Returns:
        Limit, shape of lr.

    Raises:
        ValueError: a rate that is not positive, |y| not above |x|.

    Source: ahn2023; to leading order in x.
    """
    rates = _rates(lr)
    if not abs(finite("y", y)) > abs(finite("x", x)):
        raise ValueError(f"y must be larger than x in size, got x = {x}, y = {y}")
    return np.minimum(y**2 - x**2, 2 / rates)


def threshold_descent(lr: ArrayLike, x: float, y: float, *, steps: int) -> Floats:
    """y^2 after so many steps down sqrt(1 + (x y)^2), for many rates at once.

    Example:
        >>> threshold_descent([0.02, 0.2], 0.1, 40**0.5, steps=2000).round()  # 2 / 0.2
        array([40., 10.])

    Args:
        lr: rates > 0, shape (n,).
        x: start.
        y: start.
        steps: number of steps.

    Returns:
        y^2, shape (n,).

    Raises:
        ValueError: a rate that is not positive.

    See Also:
        `threshold_limit`, where it ends; `ProductThreshold`, the same as a landscape.

    Source: ahn2023, the dynamics.
    """
    rates = _rates(lr)
    u, v = np.full(rates.shape, finite("x", x)), np.full(rates.shape, finite("y", y))
    for _ in range(whole("steps", steps)):
        product = u * v
        pull = rates * product / np.sqrt(1 + product**2)
        u, v = u - pull * v, v - pull * u
    return v**2


def _rates(lr: ArrayLike) -> Floats:
    rates = np.asarray(lr, dtype=float)
    if not (np.isfinite(rates).all() and (rates > 0).all()):
        raise ValueError(f"lr must be positive and finite, got {rates}")
    return rates


@dataclass(frozen=True, eq=False)
class Throw:
    """A run of a linear network with one hidden layer on one example, in its two exact numbers.

    Attributes:
        loss: before every step and after the last, f^2 / 2; infinite once it diverges.
        kernel: tangent kernel at the same steps.
    """

    loss: Floats
    kernel: Floats


def throw(output: float, kernel: float, lr: float, *, width: int, steps: int) -> Throw:
    """Descent of (u . v)^2 / (2 n) in output f = u . v / sqrt(n) and kernel (|u|^2 + |v|^2) / n alone.

    f <- f (1 - lr kernel + lr^2 f^2 / n),  kernel <- kernel + lr f^2 (lr kernel - 4) / n: exact. Between
    2 / kernel and 4 / kernel the loss is thrown up, the kernel falls, and the loss comes down.

    Example:
        >>> float(throw(1.0, 2.0, 1.25, width=1000, steps=500).kernel[-1] * 1.25) < 2
        True

    Args:
        output: f at the start.
        kernel: of the start, > 0; at least 2 |f| / sqrt(n).
        lr: rate > 0.
        width: hidden units n.
        steps: number of steps.

    Raises:
        ValueError: a number out of its range.

    Source: lewkowycz2020, section 2.
    """
    f, size = finite("output", output), positive("kernel", kernel)
    positive("lr", lr)
    least = 2 * abs(f) / math.sqrt(whole("width", width, least=1))
    if size < least * (1 - 1e-9):
        raise ValueError(f"kernel must be at least 2 |output| / sqrt(width) = {least:.4g}, got {kernel}")
    losses, kernels = [f * f / 2], [size]
    for _ in range(whole("steps", steps)):
        if abs(f) > 1e100:
            f, size = math.inf, math.inf
        else:
            square = f * f / width
            f, size = f * (1 - lr * size + lr**2 * square), size + lr * square * (lr * size - 4)
        losses.append(f * f / 2)
        kernels.append(size)
    return Throw(np.array(losses), np.array(kernels))


def random_throw_start(width: int, *, generator: torch.Generator) -> tuple[float, float]:
    """Output and kernel of normal weights u and v, drawn in this order: what `throw` begins with.

    Example:
        >>> from lrtheory import generator
        >>> round(random_throw_start(100_000, generator=generator(0, "weights"))[1], 1)  # the kernel
        2.0

    Args:
        width: hidden units n.
        generator: what is drawn from.

    Source: lewkowycz2020, section 2.
    """
    count = whole("width", width, least=1)
    u = torch.randn(count, generator=generator, dtype=torch.float64)
    v = torch.randn(count, generator=generator, dtype=torch.float64)
    return float(u @ v) / math.sqrt(count), float(u.square().sum() + v.square().sum()) / count
