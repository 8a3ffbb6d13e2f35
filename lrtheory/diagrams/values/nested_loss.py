"""Derivatives of losses that share one point and one graph, and trees of them. Ensembles: autodiff.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lrtheory.diagrams.diagram.cumulants import Node
from lrtheory.diagrams.values.algebra import check_metric


class NestedLoss:
    """Directional derivatives of one loss at one point; what two of them have in common is done once.

    Each derivative more is one gradient more: of the inner product of the last one with a direction.

    Args:
        value: the loss, a number with its graph; or the sum of the losses of independent members.
        theta: the weights that it was computed from, a leaf of shape (d,), or (*E, d).
    """

    def __init__(self, value: Tensor, theta: Tensor) -> None:
        """Keep the graph; nothing is differentiated yet."""
        self._value, self._theta = value, theta
        self._slopes: dict[tuple[int, ...], Tensor] = {}
        self._kept: dict[tuple[int, ...], bool] = {}
        self._met: list[Tensor] = []

    def along(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative along the directions with one index left open, shape of theta."""
        order = sorted(directions, key=self._number)  # so that equal beginnings are found again
        return self._slope(order, keep=not order).detach()

    def number(self, directions: Sequence[Tensor]) -> Tensor:
        """Derivative along all the directions; the loss itself without any."""
        if not directions:
            return self._value.detach()
        *most, last = sorted(directions, key=self._number)
        return (self._slope(most, keep=not most).detach() * last).sum()

    def _slope(self, directions: Sequence[Tensor], *, keep: bool) -> Tensor:
        """Derivative along the directions; with ``keep``, one that can be differentiated again."""
        key = tuple(self._number(direction) for direction in directions)
        if key not in self._slopes or (keep and not self._kept[key]):
            with torch.enable_grad():
                scalar = self._value
                if directions:
                    scalar = (self._slope(directions[:-1], keep=True) * directions[-1]).sum()
                self._slopes[key], self._kept[key] = self._gradient(scalar, keep=keep), keep
        return self._slopes[key]

    def _gradient(self, scalar: Tensor, *, keep: bool) -> Tensor:
        if not scalar.requires_grad:  # the loss has no derivative of this degree left
            return torch.zeros_like(self._theta)
        (slope,) = torch.autograd.grad(
            scalar, self._theta, retain_graph=True, create_graph=keep, materialize_grads=True
        )
        return slope

    def _number(self, direction: Tensor) -> int:
        """Number of a direction, in the order in which they were first met."""
        for number, known in enumerate(self._met):
            if known is direction:
                return number
        self._met.append(direction)
        return len(self._met) - 1


class LabeledTrees:
    """Numbers of trees whose labels name losses; equal subtrees are done once.

    Args:
        losses: the loss of every label.
        lr_matrix: relative rate of the directions, shape (d, d); None for the identity.
    """

    def __init__(self, losses: Mapping[object, NestedLoss], lr_matrix: Tensor | None = None) -> None:
        """Keep the losses.

        Raises:
            ValueError: as `check_metric`.
        """
        if lr_matrix is not None:
            check_metric(lr_matrix, len(lr_matrix))
        self._losses, self._metric = losses, lr_matrix
        self._arrived: dict[Node, Tensor] = {}
        self._numbers: dict[Node, Tensor] = {}

    def number(self, tree: Node) -> Tensor:
        """Derivative at the root along what the children send."""
        if tree not in self._numbers:
            label, children = tree
            self._numbers[tree] = self._losses[label].number([self._direction(child) for child in children])
        return self._numbers[tree]

    def _direction(self, tree: Node) -> Tensor:
        if tree not in self._arrived:
            label, children = tree
            sent = self._losses[label].along([self._direction(child) for child in children])
            self._arrived[tree] = sent if self._metric is None else self._metric @ sent
        return self._arrived[tree]
