"""Values of diagrams on linear models by Gram products: one matrix of inner products and its Hadamard powers.

On a linear model every node of a diagram is a number times the features of an example, so every edge is an
inner product. A moment of a diagram is then a sum over the examples of the parts, a small graph: trees of
parts are matrix-vector products, a ring of parts is a trace. The walk for any population is in
contraction.py.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import set_partitions
from lrtheory.diagrams.models.linear_models import LinearModel, link_derivative
from lrtheory.diagrams.values.algebra import PlainAlgebra, check_metric
from lrtheory.diagrams.values.contraction import contract

Array = NDArray[np.float64]
Vertex = tuple[tuple[int, ...], int]  # degrees of the nodes of a block, and edges inside the block
Branch = tuple[Vertex, tuple["tuple[int, Branch]", ...]]  # vertex, and (parallel edges, branch) below it
Ring = tuple[Branch, ...]  # vertices around a ring of single edges, each with the branches that hang on it


def gram_values(
    diagrams: Sequence[Diagram], model: LinearModel, theta: Tensor, *, lr_matrix: Tensor | None = None
) -> Tensor:
    """Exact values of diagrams on linear or logistic regression.

    All values of order three cost one product of the features with themselves (K^2 d operations, twice
    K^2 numbers of memory) and two dozen matrix-vector products: with 256 examples of 50 features the time
    of a dozen gradients by autograd, most of it spent between the operations.

    Example:
        >>> from lrtheory.diagrams import LinearModel, enumerate_diagrams
        >>> x, y = torch.tensor([[1.0], [1.0]]).double(), torch.tensor([1.0, -1.0]).double()
        >>> model = LinearModel(x, y, link="squared")  # G = theta, C = 1
        >>> gram_values(enumerate_diagrams(1), model, torch.tensor([3.0]).double()).tolist()
        [9.0]

    Args:
        diagrams: any orders, test or train type.
        model: the population, K examples of d features.
        theta: weights, shape (d,).
        lr_matrix: relative rate of the directions, shape (d, d); None for the identity.

    Returns:
        Values, shape (diagrams,).

    See also: diagram_values, for any population.

    Source: tenka2020 (values); the Gram algebra is ours.
    """
    algebra = _GramAlgebra(model, theta, lr_matrix)
    walked: dict[object, Tensor] = {}
    values: list[float] = []
    for diagram in diagrams:
        moments = moment_graphs(diagram)
        if moments is None:  # two rings or more, from order four on: walk the tree instead
            plain = PlainAlgebra(model.derivatives(theta), lr_matrix)
            values.append(float(contract(diagram, plain, walked)))
        else:
            values.append(sum(coefficient * algebra.moment(graph) for coefficient, graph in moments))
    return torch.tensor(values, dtype=theta.dtype, device=theta.device)


@cache
def moment_graphs(diagram: Diagram) -> tuple[tuple[int, Branch | Ring], ...] | None:
    """Cumulants of a diagram as a signed sum of moments, each the graph of its blocks.

    Returns:
        (coefficient, graph) of every moment, equal graphs joined; None if a graph is neither a tree of
        parallel edges nor a ring with trees on it.
    """
    total: Counter[Branch | Ring] = Counter()
    for choice in product(*(set_partitions(len(part)).tolist() for part in diagram.members)):
        blocks, sign, used = [0] * len(diagram.parents), 1, 0
        for part, labels in zip(diagram.members, choice, strict=True):
            many = max(labels) + 1
            sign *= (-1) ** (many - 1) * math.factorial(many - 1)
            for node, label in zip(part, labels, strict=True):
                blocks[node] = used + label
            used += many
        graph = _graph(diagram, blocks)
        if graph is None:
            return None
        total[graph] += sign
    return tuple((coefficient, graph) for graph, coefficient in total.items() if coefficient)


def _graph(diagram: Diagram, blocks: list[int]) -> Branch | Ring | None:
    """Canonical graph of the blocks: a tree in its smallest rooting, or a ring in its smallest reading."""
    degrees: dict[int, list[int]] = {}
    for node, block in enumerate(blocks):
        degrees.setdefault(block, []).append(len(diagram.children[node]) + (node > 0))
    joined = Counter(
        (min(a, b), max(a, b))
        for a, b in ((blocks[n], blocks[diagram.parents[n]]) for n in range(1, len(blocks)))
    )
    vertices = {b: (tuple(sorted(each)), joined.get((b, b), 0)) for b, each in degrees.items()}
    near: dict[int, dict[int, int]] = {b: {} for b in vertices}
    for (a, b), many in joined.items():
        if a != b:
            near[a][b] = near[b][a] = many
    core = _core(near)

    def branch(vertex: int, above: set[int]) -> Branch:
        below = sorted(
            (many, branch(other, {vertex})) for other, many in near[vertex].items() if other not in above
        )
        return vertices[vertex], tuple(below)

    if not core:
        return min(branch(root, set()) for root in vertices)
    inside = {vertex: [many for other, many in near[vertex].items() if other in core] for vertex in core}
    if any(many != [1, 1] for many in inside.values()):
        return None
    around = _around(near, core)
    ring = [branch(vertex, {o for o in near[vertex] if o in core}) for vertex in around]
    turns = [ring[k:] + ring[:k] for k in range(len(ring))]
    return min(tuple(turn) for turn in turns + [turn[::-1] for turn in turns])


def _core(near: dict[int, dict[int, int]]) -> set[int]:
    """Vertices left when leaves are taken off again and again: empty for a tree."""
    left = {vertex: set(others) for vertex, others in near.items()}
    while leaves := [vertex for vertex, others in left.items() if len(others) <= 1]:
        for other in left.pop(leaves[0]):
            left[other].discard(leaves[0])
    return set(left)


def _around(near: dict[int, dict[int, int]], core: set[int]) -> list[int]:
    start = min(core)
    path, here, before = [start], next(o for o in near[start] if o in core), start
    while here != start:
        path.append(here)
        here, before = next(o for o in near[here] if o in core and o != before), here
    return path


class _GramAlgebra:
    """Moments of one model at one point; every vector and matrix is made once.

    NumPy, not torch: at a few hundred examples a torch call costs more than its arithmetic.
    """

    def __init__(self, model: LinearModel, theta: Tensor, lr_matrix: Tensor | None) -> None:
        check_metric(lr_matrix, model.dim)
        self._link, self._targets = model.link, _array(model.targets)
        self._features = _array(model.features)
        self._outputs = self._features @ _array(theta)
        self._raised = self._features if lr_matrix is None else self._features @ _array(lr_matrix)
        self._probabilities = _array(model.probabilities)
        self._numbers: dict[Branch | Ring, float] = {}
        self._kept: dict[object, Array] = {}

    def moment(self, graph: Branch | Ring) -> float:
        """Sum over the examples of all blocks."""
        if graph not in self._numbers:
            if isinstance(graph[0][1], int):
                value = self._vector(graph).sum()
            else:
                value = np.trace(np.linalg.multi_dot([self._matrix(each) for each in graph]))
            self._numbers[graph] = float(value)
        return self._numbers[graph]

    def _matrix(self, branch: Branch) -> Array:
        """Sum over a ring vertex of its features' outer product, raised on one side, shape (d, d)."""
        key = ("matrix", branch)
        if key not in self._kept:
            self._kept[key] = self._raised.T @ (self._vector(branch)[:, None] * self._features)
        return self._kept[key]

    def _vector(self, branch: Branch) -> Array:
        """Weight of every example at the vertex of a branch times all that hangs below, shape (K,)."""
        vertex, below = branch
        vector = self._vertex(vertex)
        for edge in below:
            if edge not in self._kept:
                many, lower = edge
                self._kept[edge] = self._carried(many, self._vector(lower))
            vector = vector * self._kept[edge]
        return vector

    def _vertex(self, vertex: Vertex) -> Array:
        if vertex not in self._kept:
            degrees, loops = vertex
            weights = self._probabilities
            for degree in degrees:
                weights = weights * self._slope(degree)
            if loops:
                weights = weights * np.einsum("kd,kd->k", self._raised, self._features) ** loops
            self._kept[vertex] = weights
        return self._kept[vertex]

    def _slope(self, degree: int) -> Array:
        key = ("slope", degree)
        if key not in self._kept:
            self._kept[key] = link_derivative(self._link, degree, self._outputs, self._targets)
        return self._kept[key]

    def _carried(self, many: int, vector: Array) -> Array:
        """Hadamard power of the Gram matrix times a vector, shape (K,); the highest power is never stored."""
        if many == 1:
            return np.asarray(self._raised @ (self._features.T @ vector))
        if many == 2:
            return np.asarray(self._square() @ vector)
        odd = self._gram() if many % 2 else np.ones_like(self._gram())
        factors = [self._square()] * (many // 2)
        rows = "ij," * (len(factors) + 1)
        return np.asarray(np.einsum(f"{rows}j->i", *factors, odd, vector))

    def _gram(self) -> Array:
        """Inner products of the features, shape (K, K)."""
        if "gram" not in self._kept:
            self._kept["gram"] = self._raised @ self._features.T
        return self._kept["gram"]

    def _square(self) -> Array:
        """Their squares, shape (K, K)."""
        if "square" not in self._kept:
            self._kept["square"] = self._gram() ** 2
        return self._kept["square"]


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.detach().cpu().numpy())
