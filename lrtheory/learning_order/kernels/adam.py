"""Adam as a rule of `descend`: the same steps as those of torch.optim.Adam without weight decay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lrtheory.doors import positive, within


@dataclass(frozen=True)
class Adam:
    """theta <- theta - lr m / (sqrt(v) + floor), m and v running means of the gradient and its square.

    Both means begin at zero and are divided by 1 - beta^t, as usual.

    Attributes:
        lr: learning rate > 0.
        first: what is kept of m at a step, in (0, 1).
        second: what is kept of v, in (0, 1).
        floor: added to the root, > 0.
    """

    lr: float
    first: float = 0.9
    second: float = 0.999
    floor: float = 1e-8

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: one is out of its range.
        """
        positive("lr", self.lr)
        positive("floor", self.floor)
        within("first", self.first, 0, 1)
        within("second", self.second, 0, 1)

    def start(self, theta: Tensor) -> Tensor:
        """Both running means, zero, shape (2, *E, d)."""
        return torch.zeros(2, *theta.shape, dtype=theta.dtype, device=theta.device)

    def step(
        self, t: int, theta: Tensor, memory: Tensor, grad: Callable[[Tensor], Tensor],
        generator: torch.Generator | None,
    ) -> tuple[Tensor, Tensor]:
        """One step; the memory is both running means."""
        slope = grad(theta)
        mean = self.first * memory[0] + (1 - self.first) * slope
        square = self.second * memory[1] + (1 - self.second) * slope.square()
        root = (square / (1 - self.second ** (t + 1))).sqrt_().add_(self.floor)
        return theta - self.lr / (1 - self.first ** (t + 1)) * mean / root, torch.stack([mean, square])
