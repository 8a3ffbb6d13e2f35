"""What exponents, cycles and bifurcations need of a landscape: its gradient and its Hessian."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


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
