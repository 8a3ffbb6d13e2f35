"""What is measured at the end of a run beside the losses: displacements, products, squares of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from lrtheory.arguments.checked import checked
from lrtheory.diagrams.models.polynomials import Polynomial
from lrtheory.diagrams.values.algebra import Derivatives


@checked
@dataclass(frozen=True)
class Displacement:
    """How far one weight has moved from its start.

    Attributes:
        weight: index of the weight.
    """

    weight: int = 0

    def polynomial(self, theta: Sequence[Fraction]) -> Polynomial:
        """The observable as a polynomial of the weights, for a run that starts at theta."""
        return _moved(self.weight, theta)

    def along(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative along all the directions, each of shape (*E, d)."""
        if len(directions) == 1:
            return directions[0][..., self.weight]
        return _nothing(directions)


@checked
@dataclass(frozen=True)
class SecondMoment:
    """Product of how far two weights have moved from their start.

    Attributes:
        first: index of one weight.
        second: index of the other, or the same.
    """

    first: int = 0
    second: int = 0

    def polynomial(self, theta: Sequence[Fraction]) -> Polynomial:
        """The observable as a polynomial of the weights, for a run that starts at theta."""
        return _moved(self.first, theta) * _moved(self.second, theta)

    def along(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative along all the directions, each of shape (*E, d)."""
        if len(directions) != 2:
            return _nothing(directions)
        one, other = directions
        return one[..., self.first] * other[..., self.second] + one[..., self.second] * other[..., self.first]


@dataclass(frozen=True)
class SquaredChange:
    """Square of how much the test loss has changed since the start.

    Its mean minus the square of the mean change is the variance of the final test loss over runs:
    `loss_variance`.
    """

    def along(self, derivatives: Derivatives, directions: Sequence[Tensor]) -> Tensor:
        """Derivative along all the directions, each (*E, d): the product rule, no factor left alone."""
        total = _nothing(directions)
        for chosen in range(1, 2 ** max(len(directions) - 1, 0)):  # never the last one: it stays on its side
            sides: tuple[list[Tensor], list[Tensor]] = ([], [])
            for place, direction in enumerate(directions):
                sides[chosen >> place & 1].append(direction)
            total = total + 2 * derivatives.mean_number(sides[0]) * derivatives.mean_number(sides[1])
        return total


def _moved(weight: int, theta: Sequence[Fraction]) -> Polynomial:
    return Polynomial.coordinate(len(theta), weight) - theta[weight]


def _nothing(directions: Sequence[Tensor]) -> Tensor:
    """Zero of the shape that the directions have together."""
    shape = torch.broadcast_shapes(*(each.shape[:-1] for each in directions))  # type: ignore[no-untyped-call]
    return directions[0].new_zeros(shape) if directions else torch.zeros((), dtype=torch.float64)
