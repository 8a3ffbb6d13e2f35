"""The loss that a small-rate expansion says descent follows, as a landscape: it stays in its well."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.doors import positive
from lrtheory.landscape import Landscape, gradient, hvp


@checked
@dataclass(frozen=True)
class ModifiedLoss:
    """The loss f + (lr / 4) |gradient f|^2, whose gradient is (I + (lr / 2) Hessian) gradient f.

    It is the first term of a series in lr * curvature. On a rough loss that number is K = lr A / eps: at
    large rates the series means nothing, and its flow keeps every minimum of f.

    Attributes:
        landscape: f, twice differentiable.
        lr: learning rate, > 0, of the descent it is to describe.

    Source: barrett2021, implicit gradient regularization; kong2020 is about where it fails.
    """

    landscape: Landscape
    lr: float

    def __post_init__(self) -> None:
        positive("lr", self.lr)

    @property
    def dim(self) -> int:
        """Number of weights d."""
        return self.landscape.dim

    def loss(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Loss, shape (*E,); it can be differentiated in its turn, where f can once more."""
        at = theta if theta.requires_grad else theta.detach().requires_grad_()
        with torch.enable_grad():
            value = self.landscape.loss(at, samples)
            if not value.requires_grad:  # not made of torch operations: its own gradient is all there is
                slope = gradient(self.landscape, theta, samples)
                return value + self.lr / 4 * (slope**2).sum(-1)
            (slope,) = torch.autograd.grad(value.sum(), at, create_graph=True)
            total = value + self.lr / 4 * (slope**2).sum(-1)
        return total if theta.requires_grad else total.detach()

    def gradient(self, theta: Tensor, samples: Tensor | None = None) -> Tensor:
        """Gradient, shape (*E, d)."""
        slope = gradient(self.landscape, theta, samples)
        return slope + self.lr / 2 * hvp(self.landscape, theta, slope, samples)
