"""Maps of a diagram onto the steps of one run, each edge and each visit with a weight, summed along the tree.

What the weights are for a schedule is decided in cells.py and patterns.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.counting.edge_kernels import EdgeKernel, Number, PlainSteps
from lrtheory.diagrams.diagram.trees import children_of

_LARGEST_MESSAGE = 50_000_000  # numbers at a node: 400 MB
_LARGEST_LONG_MESSAGE = 5_000_000  # whole numbers that need more than 64 bits are slower and larger
_MOST_LONG_PRODUCTS = 20_000_000  # ten seconds or more
_LARGEST_WORD = 2**62


@dataclass(frozen=True)
class Tie:
    """A choice that nodes share, such as a training example, a pass or a step.

    Attributes:
        nodes: the nodes that share it.
        factor: weight of a node at a step given the choice, shape (choices, steps).
    """

    nodes: tuple[int, ...]
    factor: NDArray[np.int64]


@dataclass(frozen=True)
class EdgeWeights:
    """What an edge between two steps weighs, times a scale that makes exact weights whole.

    Attributes:
        inner: weight from an earlier step to a later one, shape (steps, steps), zero on and below the
            diagonal; None if every edge weighs one.
        root: weight from a step to the root, shape (steps,).
        inner_scale: by what the inner weights are too large.
        root_scale: by what the root's weights are too large.
    """

    inner: NDArray[Any] | None
    root: NDArray[Any]
    inner_scale: int = 1
    root_scale: int = 1

    @classmethod
    def of(cls, kernel: EdgeKernel, steps: int) -> EdgeWeights:
        """Weights of the edges in a run of so many steps."""
        if isinstance(kernel, PlainSteps):
            return cls(None, np.ones(steps, dtype=object))
        check_room(steps**2, exact_words=False)
        inner = np.zeros((steps, steps), dtype=object)
        for late in range(steps):
            for early in range(late):
                inner[early, late] = kernel.inner(early, late)
        root = np.array([kernel.root(early, steps) for early in range(steps)], dtype=object)
        if not all(isinstance(number, Fraction | int) for number in (*inner.flat, *root)):
            return cls(inner.astype(float), root.astype(float))
        whole, inner_scale = _whole(inner)
        ends, root_scale = _whole(root)
        return cls(whole, ends, inner_scale, root_scale)

    @property
    def exact(self) -> bool:
        """Whether the weights are whole numbers."""
        return self.root.dtype == object


def same_step(nodes: tuple[int, ...], steps: int) -> Tie:
    """Tie of nodes that share a step."""
    check_room(steps**2)
    return Tie(nodes, np.eye(steps, dtype=np.int64))


def sum_over_steps(
    parents: tuple[int, ...], loads: Sequence[NDArray[np.int64]], ties: Sequence[Tie], edges: EdgeWeights
) -> Number:
    """Sum, over all ways to give the nodes steps before their parents', of the product of all weights.

    Every node passes a message to its parent: its subtree's sum for each of its steps and each value of the
    choices that are still open. Exact for exact weights. Memory: steps times the product of the numbers of
    choices that are open at once.

    Args:
        parents: a canonical tree.
        loads: weight of every node but the root at each step, shape (steps,) each.
        ties: choices shared by nodes, summed over.
        edges: weights of the edges.

    Raises:
        ValueError: more than 400 MB for a message, or too many products of long numbers.

    Source: ours.
    """
    if not loads:
        return Fraction(1) if edges.exact else 1.0  # the root alone
    steps = len(edges.root)
    _check_size(parents, steps, ties, exact_words=True)
    exact_words = not edges.exact or _bound(parents, loads, ties, edges) < _LARGEST_WORD
    _check_size(parents, steps, ties, exact_words=exact_words, with_kernel=edges.inner is not None)
    dtype: Any = (np.int64 if exact_words else object) if edges.exact else float
    inner: NDArray[Any] | None = None if edges.inner is None else edges.inner.astype(dtype)
    factors: list[NDArray[Any]] = [tie.factor.astype(dtype) for tie in ties]
    children, below = children_of(parents), _subtrees(parents)
    messages: dict[int, NDArray[Any]] = {}
    for node in range(len(parents) - 1, 0, -1):
        message: NDArray[Any] = loads[node - 1].astype(dtype).reshape((1,) * len(ties) + (-1,))
        for axis, tie in enumerate(ties):
            if node in tie.nodes:
                message = message * _placed(factors[axis], axis, len(ties))
        for child in children[node]:
            message = message * _carried(messages.pop(child), inner)
        messages[node] = message.sum(axis=_closing(ties, node, below), keepdims=True)
    total: NDArray[Any] = np.ones((1,) * len(ties), dtype=dtype)
    for child in children[0]:
        ended = (messages[child] * edges.root.astype(dtype)).sum(axis=-1)
        total = np.asarray(total * ended, dtype=dtype)
    if not edges.exact:
        return float(total.sum())
    outer = len(children[0])
    scale = edges.root_scale**outer * edges.inner_scale ** (len(parents) - 1 - outer)
    return Fraction(int(total.sum()), scale)


def check_room(numbers: int, *, exact_words: bool = True) -> None:
    """Refuse to hold more numbers than fit.

    Args:
        numbers: how many.
        exact_words: whether each is at most a machine word; longer whole numbers take more room.

    Raises:
        ValueError: more than 400 MB of them.
    """
    limit = _LARGEST_MESSAGE if exact_words else _LARGEST_LONG_MESSAGE
    if numbers > limit:
        raise ValueError(
            f"counting needs {numbers:.1e} numbers at once, more than {limit:.0e}: use fewer steps or "
            "examples, a lower order, or a schedule of passes without an edge kernel, which has a formula"
        )


def _carried(message: NDArray[Any], inner: NDArray[Any] | None) -> NDArray[Any]:
    """What arrives at each step from the steps before it."""
    if inner is not None:
        return np.asarray(message @ inner)
    arrived = np.zeros_like(message)
    arrived[..., 1:] = np.cumsum(message[..., :-1], axis=-1)
    return arrived


def _placed(factor: NDArray[Any], axis: int, axes: int) -> NDArray[Any]:
    shape = [1] * (axes + 1)
    shape[axis], shape[-1] = factor.shape
    return factor.reshape(shape)


def _closing(ties: Sequence[Tie], node: int, below: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """Ties all of whose nodes have been met at a node, but not before it."""
    inside = below[node]
    return tuple(a for a, tie in enumerate(ties) if set(tie.nodes) <= inside and _top(tie, below) == node)


def _top(tie: Tie, below: Sequence[frozenset[int]]) -> int:
    """Lowest node above all nodes of a tie, or one of them."""
    return max(node for node in range(len(below)) if set(tie.nodes) <= below[node])


def _subtrees(parents: tuple[int, ...]) -> tuple[frozenset[int], ...]:
    found: list[frozenset[int]] = [frozenset()] * len(parents)
    for node in range(len(parents) - 1, -1, -1):
        found[node] = frozenset({node}).union(*(found[child] for child in children_of(parents)[node]))
    return tuple(found)


def _check_size(
    parents: tuple[int, ...], steps: int, ties: Sequence[Tie], *, exact_words: bool, with_kernel: bool = False
) -> None:
    below = _subtrees(parents)
    largest = 0
    for node in range(len(parents)):
        inside = below[node]
        open_ties = (tie for tie in ties if inside & set(tie.nodes) and _top(tie, below) <= node)
        largest = max(largest, math.prod((len(tie.factor) for tie in open_ties), start=steps if node else 1))
    check_room(largest, exact_words=exact_words)
    products = largest * steps if with_kernel and not exact_words else 0
    if products > _MOST_LONG_PRODUCTS:
        raise ValueError(
            f"exact edge weights need {products:.1e} products of long numbers at one node, more than "
            f"{_MOST_LONG_PRODUCTS:.0e}: give the kernel floats, or use fewer steps or examples"
        )


def _bound(
    parents: tuple[int, ...], loads: Sequence[NDArray[np.int64]], ties: Sequence[Tie], edges: EdgeWeights
) -> int:
    """No number in the sum over steps is larger."""
    inner = () if edges.inner is None else edges.inner.flat
    heaviest = max((abs(int(weight)) for weight in inner), default=1)
    ends = max(abs(int(weight)) for weight in edges.root)
    bound: int = max(heaviest, 1) ** len(loads) * max(ends, 1) ** len(loads)
    left = set(range(1, len(parents)))
    for tie in ties:
        ways = [1] * len(tie.factor)
        for node in tie.nodes:
            load = loads[node - 1] if node in left else np.ones_like(loads[node - 1])
            sums = (tie.factor * load).sum(axis=1).tolist()
            ways = [many * max(each, 1) for many, each in zip(ways, sums, strict=True)]
        left -= set(tie.nodes)
        bound *= sum(ways)
    for node in left:
        bound *= int(loads[node - 1].sum())
    return bound


def _whole(numbers: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Fractions as whole numbers over one denominator."""
    scale = math.lcm(*(Fraction(number).denominator for number in numbers.flat))
    whole = [int(number * scale) for number in numbers.flat]
    return np.array(whole, dtype=object).reshape(numbers.shape), scale
