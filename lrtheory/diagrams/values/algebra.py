"""What nodes and edges of a diagram are worth, and `PlainAlgebra`. The walk is in contraction.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

Root = Callable[[Sequence[Tensor]], Tensor]  # directional derivative of an observable along its directions


class Derivatives(Protocol):
    """Directional derivatives of a population's losses at one point; directions have shape (*E, d)."""

    dim: int
    probabilities: Tensor

    def mean(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative of the mean loss along the directions, one index left open, shape (*E, d)."""
        ...

    def example(self, directions: Sequence[Tensor], examples: Tensor) -> Tensor:
        """The same for the loss of one example for each member, shape (*E, d)."""
        ...

    def mean_number(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative of the mean loss along all directions, shape (*E,)."""
        ...

    def example_number(self, directions: Sequence[Tensor], examples: Tensor) -> Tensor:
        """The same for the loss of one example for each member, shape (*E,)."""
        ...


def checked_root(root: Root | None) -> Root | None:
    """The derivative that stands at the root; what it gives is looked at.

    Raises:
        ValueError: when it is asked for and gives no tensor.
    """
    if root is None:
        return None

    def along(directions: Sequence[Tensor]) -> Tensor:
        found: object = root(directions)
        if not isinstance(found, Tensor):
            kind = type(found).__name__
            raise ValueError(
                f"root must give a tensor, a number for each member of the directions, got {kind}; for "
                "example Displacement(0).along"
            )
        return found

    return along


def check_metric(lr_matrix: Tensor | None, dim: int) -> None:
    """Refuse a matrix of rates that is none: it must be symmetric, with no direction of negative rate.

    Raises:
        ValueError: no float64 tensor of shape (d, d), not finite, not symmetric, or a negative eigenvalue.
    """
    if lr_matrix is None:
        return
    if not isinstance(lr_matrix, Tensor) or lr_matrix.dtype != torch.float64:
        got = lr_matrix.dtype if isinstance(lr_matrix, Tensor) else type(lr_matrix).__name__
        raise ValueError(
            f"lr_matrix must be a float64 tensor, got {got}; give torch.tensor(rows, dtype=torch.float64)"
        )
    if lr_matrix.shape != (dim, dim):
        raise ValueError(f"lr_matrix must be symmetric of shape ({dim}, {dim}), got {tuple(lr_matrix.shape)}")
    if not bool(lr_matrix.isfinite().all()) or not torch.equal(lr_matrix, lr_matrix.T):
        raise ValueError("lr_matrix must be finite and symmetric: it is an inverse metric")
    rates = torch.linalg.eigvalsh(lr_matrix)
    if float(rates[0]) < -1e-12 * float(rates[-1].abs()):
        least = float(rates[0])
        raise ValueError(f"lr_matrix must have no negative eigenvalue, got {least:.3g}: there it ascends")


@dataclass(frozen=True)
class Place:
    """Where a tied node finds its example among the leading axes of a message.

    Attributes:
        example: axis over the population's examples, one for each block of a part.
        row: axis over the rows of space-time, one for each part; None where nothing has a row.
    """

    example: int
    row: int | None


class Algebra(Protocol):
    """What nodes and edges are worth.

    Messages have leading axes for the parts under way, before the algebra's own axes; ``place`` says which
    of them belong to a tied node, None for an untied one; ``axes`` how many there are.
    """

    def node(self, directions: Sequence[Tensor], place: Place | None, axes: int) -> Tensor:
        """Message of a node from those that arrived from its children."""
        ...

    def carried(self, message: Tensor, *, to_root: bool) -> Tensor:
        """What arrives at the other end of an edge."""
        ...

    def close(self, message: Tensor, axis: int, *, rows: bool) -> Tensor:
        """Sum over an axis whose nodes have all been met: the rows, or the examples, of space-time."""
        ...

    def root(self, directions: Sequence[Tensor], place: Place | None, axes: int) -> Tensor:
        """Number that the root makes of what arrived, one for each member of the axes."""
        ...

    @property
    def has_rows(self) -> bool:
        """Whether nodes lie in rows of space-time: then every part has an axis for its row."""
        ...


def along(values: Tensor, axis: int, axes: int) -> Tensor:
    """View of values (n, *own) that stands along one of several leading axes: shape (1.., n, ..1, *own)."""
    shape = [1] * axes
    shape[axis] = values.shape[0]
    return values.reshape(*shape, *values.shape[1:])


@dataclass(frozen=True)
class PlainAlgebra:
    """Worth of nodes and edges in the plain series: an edge carries a message by the rate's metric.

    Attributes:
        derivatives: of the population, at the start.
        lr_matrix: relative rate of the directions, shape (d, d), or None for the identity.
        observable: directional derivative of the observable at the root; None for the loss itself.
    """

    derivatives: Derivatives
    lr_matrix: Tensor | None = None
    observable: Root | None = None

    def __post_init__(self) -> None:
        """Check the metric.

        Raises:
            ValueError: as `check_metric`.
        """
        check_metric(self.lr_matrix, self.derivatives.dim)

    @property
    def has_rows(self) -> bool:
        """No: the plain series counts placements apart from values."""
        return False

    def node(self, directions: Sequence[Tensor], place: Place | None, axes: int) -> Tensor:
        """Message of a node: one open index, centered where the node is tied."""
        mean = self.derivatives.mean(directions)
        if place is None:
            return mean
        return self.derivatives.example(directions, self._examples(place, axes)) - mean

    def carried(self, message: Tensor, *, to_root: bool) -> Tensor:
        """Message with its index raised."""
        return message if self.lr_matrix is None else message @ self.lr_matrix

    def close(self, message: Tensor, axis: int, *, rows: bool) -> Tensor:
        """Mean over the examples of a part."""
        return torch.einsum("k,k...->...", self.derivatives.probabilities, message.movedim(axis, 0))

    def root(self, directions: Sequence[Tensor], place: Place | None, axes: int) -> Tensor:
        """Number at the root, centered where the root is tied."""
        if self.observable is not None:
            return self.observable(directions)
        mean = self.derivatives.mean_number(directions)
        if place is None:
            return mean
        return self.derivatives.example_number(directions, self._examples(place, axes)) - mean

    def _examples(self, place: Place, axes: int) -> Tensor:
        probabilities = self.derivatives.probabilities
        return along(torch.arange(len(probabilities), device=probabilities.device), place.example, axes)
