"""The re-summed series of an endless run on fresh examples, in closed form in the eigenbasis of lr H.

Every sum over times is a nested geometric series. Runs of finite length are in resummed.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import torch
from torch import Tensor

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import Observable, enumerate_diagrams
from lrtheory.diagrams.series.resummed import ResummedTerm, check_root
from lrtheory.diagrams.values.algebra import Derivatives, Root, check_metric, checked_root
from lrtheory.diagrams.values.contraction import block_choices
from lrtheory.doors import check_choice, check_positive

_LARGEST_TENSOR = 50_000_000  # numbers in the eigenbasis tensor of one diagram: 0.4 GB
_OBSERVABLES = ("test", "displacement", "second moment")
_FLAT = 1e-12  # relative curvature below which a direction counts as flat


def stationary_terms(
    derivatives: Derivatives, *, lr: float, order: int, observable: Observable = "test",
    root: Root | None = None, lr_matrix: Tensor | None = None,
) -> tuple[ResummedTerm, ...]:
    """Terms of the re-summed series after infinitely many steps, each on a fresh example.

    A part of a diagram costs one sum over time, about 1 / (lr H), so a diagram with e edges and P tied or
    untied parts below the root is of size lr^(e - P): the diagram with fewest edges need not lead. At a
    minimum all of lr^p is there from order 4p - 2 on (4p - 1 for a displacement); the orders before hold a
    part of it, and their sum is no approximation to that power.

    Example:
        >>> from lrtheory.diagrams import derivatives_of, minimum
        >>> f = minimum(2.0, 0.0, [1.0, -1.0], [0.5, 0.5])
        >>> terms = stationary_terms(derivatives_of(f, torch.zeros(1).double()), lr=0.1, order=2)
        >>> round(sum(term.contribution for term in terms), 9)  # lr C / (4 - 2 lr H)
        0.027777778

    Args:
        derivatives: of the population, at the start of the run, near a minimum of the test loss.
        lr: learning rate, > 0.
        order: largest number of edges.
        observable: ``"test"``, ``"displacement"`` or ``"second moment"``.
        root: directional derivative of an observable that is not the loss; None for the loss.
        lr_matrix: relative rate of the directions, symmetric and positive, shape (d, d); None for the
            identity.

    Returns:
        Terms in order of the diagrams; memory d^order numbers times the population for the largest.

    Raises:
        ValueError: a Hessian that is singular, negative somewhere or too sharp for the rate, so that some
            sum over time has no limit; an unknown observable, or one that is no loss without its root; a
            tensor of more than 0.4 GB.

    See also: resummed_terms, of a finite run.

    Source: tenka2020 (re-summation and its limit); the closed form for every diagram is ours.
    """
    check_positive(lr=lr)
    check_choice("observable", observable, _OBSERVABLES)
    check_root(observable, root)
    root = checked_root(root)
    basis, factors = _decaying_basis(derivatives, lr, lr_matrix)
    terms = []
    for edges in range(order + 1):
        for diagram in enumerate_diagrams(edges, observable):
            if diagram.linkless and diagram.path_condition:
                tensor = _Components(diagram, derivatives, basis, root).tensor()
                total = (tensor * time_sums(diagram, factors)).sum()
                terms.append(ResummedTerm(diagram, float((-1) ** edges * total) / diagram.aut))
    return tuple(terms)


def time_sums(diagram: Diagram, factors: Tensor) -> Tensor:
    """Sum over all times of an endless run of the product of ``factor^(steps between - 1)`` over the edges.

    Args:
        diagram: linkless, no node tied to its ancestor, root untied.
        factors: decay of every direction in one step, 1 - lr * curvature, shape (d,), inside (-1, 1).

    Returns:
        Sums, shape (d,) * edges: one for each choice of a direction on every edge, edges in the order of
        their lower nodes.

    Source: tenka2020; the sum over orders of events is ours.
    """
    edges = range(1, diagram.order + 1)
    along = {edge: _stand(factors, edge - 1, diagram.order) for edge in edges}
    total = torch.zeros([len(factors)] * diagram.order, dtype=factors.dtype)
    for levels in _event_orders(diagram):
        last = max(levels[1:], default=-1) + 1
        ends = {edge: (levels[edge], last if diagram.parents[edge] == 0 else levels[diagram.parents[edge]])
                for edge in edges}
        sums = torch.ones_like(total)
        for edge, (start, end) in ends.items():
            sums = sums * along[edge] ** (end - start - 1)
        for gap in range(last):
            crossing = torch.ones_like(total)
            for edge, (start, end) in ends.items():
                if start <= gap < end:
                    crossing = crossing * along[edge]
            sums = sums / (1 - crossing)
        total = total + sums
    return total


@cache
def _event_orders(diagram: Diagram) -> tuple[tuple[int, ...], ...]:
    """Every order of events, ties in time allowed: the level of each node, children before parents."""
    parts = len(diagram.members) - 1
    found = []
    for ranks in product(range(parts), repeat=parts):
        if set(ranks) != set(range(max(ranks, default=-1) + 1)):
            continue
        levels = (parts, *(ranks[part - 1] for part in diagram.parts[1:]))
        if all(levels[n] < levels[up] for n, up in enumerate(diagram.parents) if up > 0):
            found.append(levels)
    return tuple(found)


def _stand(vector: Tensor, axis: int, axes: int) -> Tensor:
    return vector.reshape([-1 if place == axis else 1 for place in range(axes)])


def _decaying_basis(derivatives: Derivatives, lr: float, lr_matrix: Tensor | None) -> tuple[Tensor, Tensor]:
    """Directions (rows, shape (d, d)) in which rate times Hessian is diagonal, and their factors 1 - lr H."""
    check_metric(lr_matrix, derivatives.dim)
    identity = torch.eye(derivatives.dim).to(derivatives.probabilities)
    metric = lr * (identity if lr_matrix is None else lr_matrix)
    half = torch.linalg.cholesky(metric)
    hessian = derivatives.mean([identity])
    curvatures, turned = torch.linalg.eigh(half.T @ hessian @ half)
    low, high = float(curvatures[0]), float(curvatures[-1])
    if low <= _FLAT * max(high, 1e-300):
        raise ValueError(
            f"the Hessian must be positive in every direction, got {low:.3g} as eigenvalue of lr H: an "
            "endless run has no limit along it; re-sum a finite run (resummed_terms), or add weight decay"
        )
    if high >= 2:
        raise ValueError(
            f"lr times the largest curvature must be below 2, got {high:.3g}: no run settles; lower lr"
        )
    return (half @ turned).T, 1 - curvatures


@dataclass(frozen=True, eq=False)
class _Components:
    """Value of a diagram with a direction of the basis chosen on every edge."""

    diagram: Diagram
    derivatives: Derivatives
    basis: Tensor
    observable: Root | None

    def tensor(self) -> Tensor:
        """Values, shape (d,) * edges."""
        dim, examples = len(self.basis), len(self.derivatives.probabilities)
        numbers = dim**self.diagram.order * examples
        if numbers > _LARGEST_TENSOR:
            raise ValueError(
                f"diagram {self.diagram.name} needs {numbers:.1e} numbers in the eigenbasis, above "
                f"{_LARGEST_TENSOR:.0e}; lower the order, or re-sum a finite run (resummed_terms)"
            )
        total = torch.zeros([dim] * self.diagram.order).to(self.basis)
        for sign, blocks in block_choices(self.diagram):
            total = total + sign * self._moment(blocks)
        return total

    def _moment(self, blocks: Sequence[int]) -> Tensor:
        """Product of all node tensors, averaged over the example of every block."""
        result = self._node(0, None)[0]
        for node in range(1, len(self.diagram.parents)):
            if blocks[node] < 0:
                result = result * self._node(node, None)[0]
        for block in sorted({each for each in blocks if each >= 0}):
            tied = torch.ones([1] * (self.diagram.order + 1)).to(self.basis)
            for node in (n for n, each in enumerate(blocks) if each == block):
                tied = tied * self._node(node, torch.arange(len(self.derivatives.probabilities)))
            result = result * torch.einsum("k,k...->...", self.derivatives.probabilities, tied)
        return result

    def _node(self, node: int, examples: Tensor | None) -> Tensor:
        """Derivative of a node along the directions of its edges, an axis an edge, examples first."""
        edges = [*self.diagram.children[node], *([node] if node else [])]
        directions = [self._direction(edge) for edge in edges]
        if node == 0 and self.observable is not None:
            return self.observable(directions)[None]
        mean = self.derivatives.mean_number(directions)
        mean = mean.reshape([1] * (self.diagram.order - mean.ndim) + list(mean.shape))[None]
        if examples is None:
            return mean
        shape = [-1] + [1] * self.diagram.order
        own = self.derivatives.example_number([each[None] for each in directions], examples.reshape(shape))
        return own - mean

    def _direction(self, edge: int) -> Tensor:
        shape = [1] * self.diagram.order
        shape[edge - 1] = len(self.basis)
        return self.basis.reshape(*shape, -1)
