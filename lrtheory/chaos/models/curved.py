"""What exponents, cycles and bifurcations need of a landscape: its gradient and its Hessian."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from lrtheory.landscape import Landscape, checked_weights, hvp


class Curved(Protocol):
    """A landscape that knows its gradient and its Hessian; `Differentiated` makes one of any other."""

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


def hessian(landscape: Landscape, theta: Tensor) -> Tensor:
    """Hessian of the loss, member by member: the landscape's own, or by differentiating its loss twice.

    Args:
        landscape: twice differentiable where it has no ``hessian`` of its own.
        theta: weights, shape (*E, d).

    Returns:
        Hessian, shape (*E, d, d), detached; d Hessian-vector products where the landscape has none.

    Raises:
        ValueError: theta, or the landscape's own Hessian, has another shape than it must.

    Source: our counterpart of ``lrtheory.landscape.gradient``; no result of a paper.
    """
    checked_weights(landscape, theta)
    own = getattr(landscape, "hessian", None)
    if own is None:
        axes = torch.eye(landscape.dim, dtype=theta.dtype, device=theta.device)
        return torch.stack([hvp(landscape, theta, axis.expand_as(theta)) for axis in axes], dim=-1)
    result: Tensor = own(theta)
    shape = (*theta.shape, landscape.dim)
    if result.shape != shape:
        raise ValueError(
            f"hessian of {type(landscape).__name__} must have shape {shape} for theta of shape "
            f"{tuple(theta.shape)}, got {tuple(result.shape)}"
        )
    return result.detach()


def checked_line(landscape: Landscape) -> None:
    """Refuse a loss of more than one weight.

    Raises:
        ValueError: it has more than one.

    Source: our door.
    """
    if landscape.dim != 1:
        raise ValueError(f"one weight expected, the loss has {landscape.dim}")
