"""Directional derivatives of any population's losses by reverse mode, one gradient after another.

Gradients of gradients, never nested forward mode (three to five times slower here) and never a tensor of
third derivatives. Closed forms for linear models are in models/linear_models.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lrtheory.diagrams.models.populations import Population

Losses = Callable[[Tensor, Tensor | None], Tensor]  # weights (E, d), examples (E,) or None -> (E,)


class AutodiffDerivatives:
    """Directional derivatives of a population at one point; directions have shape (*E, d).

    Args:
        population: its losses, analytic at theta.
        theta: weights, shape (d,).
        members: how many points are differentiated at once; memory grows with it times the examples.
    """

    def __init__(self, population: Population, theta: Tensor, *, members: int = 512) -> None:
        """Keep the point; nothing is differentiated yet.

        Raises:
            ValueError: theta is not of shape (d,), or members below 1.
        """
        if theta.shape != (population.dim,):
            raise ValueError(f"theta must have shape ({population.dim},), got {tuple(theta.shape)}")
        if members < 1:
            raise ValueError(f"members must be at least 1, got {members}")
        self.dim, self.probabilities = population.dim, population.probabilities
        self._population, self._theta, self._members = population, theta.detach(), members
        self._hessian: Tensor | None = None

    def mean(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative of the mean loss along the directions, one index left open, shape (*E, d)."""
        if len(directions) == 1 and directions[0].numel() > self.dim**2:
            return directions[0] @ self.hessian
        return self._derivative(self._mean_loss, directions, None)

    def example(self, directions: Sequence[Tensor], examples: Tensor) -> Tensor:
        """The same for the loss of one example for each member, shape (*E, d)."""
        return self._derivative(self._example_loss, directions, examples)

    def mean_number(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative of the mean loss along all directions, shape (*E,)."""
        if not directions:
            return self._population.loss(self._theta).detach()
        return torch.as_tensor((self.mean(directions[1:]) * directions[0]).sum(dim=-1))

    def example_number(self, directions: Sequence[Tensor], examples: Tensor) -> Tensor:
        """The same for the loss of one example for each member, shape (*E,)."""
        if not directions:
            points = self._theta.expand(*examples.shape, -1)
            return self._population.example_loss(points, examples).detach()
        return torch.as_tensor((self.example(directions[1:], examples) * directions[0]).sum(dim=-1))

    @property
    def hessian(self) -> Tensor:
        """Hessian of the mean loss, shape (d, d): made once, by d Hessian-vector products."""
        if self._hessian is None:
            identity = torch.eye(self.dim).to(self._theta)
            self._hessian = self._derivative(self._mean_loss, [identity], None)
        return self._hessian

    def _mean_loss(self, theta: Tensor, examples: Tensor | None) -> Tensor:
        return self._population.loss(theta)

    def _example_loss(self, theta: Tensor, examples: Tensor | None) -> Tensor:
        assert examples is not None
        return self._population.example_loss(theta, examples)

    def _derivative(
        self, losses: Losses, directions: Sequence[Tensor], examples: Tensor | None
    ) -> Tensor:
        """Gradient of a directional derivative for every member, a chunk of members at a time."""
        shapes = [direction.shape[:-1] for direction in directions]
        shape = torch.broadcast_shapes(*shapes, *([] if examples is None else [examples.shape]))  # type: ignore[no-untyped-call]
        flat = [direction.expand(*shape, self.dim).reshape(-1, self.dim) for direction in directions]
        numbers = None if examples is None else examples.expand(shape).reshape(-1)
        count = max(1, shape.numel())
        rows = []
        for start in range(0, count, self._members):
            chunk = slice(start, min(start + self._members, count))
            some = None if numbers is None else numbers[chunk]
            along = [direction[chunk] for direction in flat]
            rows.append(self._gradient(losses, along, some, chunk.stop - start))
        return torch.cat(rows).reshape(*shape, self.dim)

    def _gradient(
        self, losses: Losses, directions: Sequence[Tensor], examples: Tensor | None, count: int
    ) -> Tensor:
        """Gradient of the loss differentiated along the directions in turn, shape (count, d)."""
        theta = self._theta.repeat(count, 1).requires_grad_()
        with torch.enable_grad():
            total = losses(theta, examples).sum()
            for number in range(len(directions) + 1):
                if not total.requires_grad:  # the loss has no derivative of this degree left
                    return torch.zeros_like(theta, requires_grad=False)
                last = number == len(directions)
                (slope,) = torch.autograd.grad(total, theta, create_graph=not last, materialize_grads=True)
                if not last:
                    total = (slope * directions[number]).sum()
        return slope.detach()
