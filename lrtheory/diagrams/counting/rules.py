"""What one randomly drawn pass, or one step of draws, weighs. Layers are summed in layers.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import factorial, perm, prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.counting.epochs import Groups, weak_orders

Drawn = Literal["reshuffled", "with replacement"]
Edges = tuple[tuple[int, int], ...]  # (child, parent)


@dataclass(frozen=True)
class Rule:
    """What one layer weighs, given its nodes' examples, the edges among them and the glued sets.

    Attributes:
        weight: whole number, a chance times the layer's share of the scale; 0 if impossible.
        scales: by what the product of so many layers' weights is too large.
        examples: training examples N.
    """

    weight: Callable[[tuple[int, ...], Edges, Groups], int]
    scales: tuple[int, ...]
    examples: int


@lru_cache(maxsize=256)
def layer_rule(drawn: Drawn, order: int, examples: int, batch_size: int) -> Rule:
    """Weights of a layer for diagrams of one order: see `pass_rule` and `replacement_rule`."""
    if drawn == "with replacement":
        return replacement_rule(order, examples, batch_size)
    return pass_rule(order, examples, batch_size)


def pass_rule(order: int, examples: int, batch_size: int) -> Rule:
    """One pass in random order: every example falls in one slot, and slots ascend along the edges inside.

    Given q examples, chance = sum over weak orders of C(N / B, m) * product of (B)_b / (N)_q, with b examples
    in a slot. A factor B is moved from each (B)_b to the binomial, which is then a polynomial.
    """
    most = min(order, examples)
    scale = factorial(order) * perm(examples, most)

    @cache
    def placed(filled: tuple[int, ...]) -> int:
        slots = prod(examples - taken * batch_size for taken in range(len(filled)))
        shared = prod(batch_size - taken for held in filled for taken in range(1, held))
        return slots * shared * (factorial(order) // factorial(len(filled)))

    @cache
    def ascending(count: int, edges: frozenset[tuple[int, int]]) -> int:
        slots = weak_orders(count)
        kept = np.ones(len(slots), dtype=bool)
        for child, parent in edges:
            kept &= slots[:, child] < slots[:, parent]
        kinds, times = np.unique(_filled(slots[kept]), axis=0, return_counts=True)
        sums = (
            placed(tuple(b for b in kind if b)) * n
            for kind, n in zip(kinds.tolist(), times.tolist(), strict=True)
        )
        return int(sum(sums)) * perm(examples - count, most - count)

    def weight(examples_of: tuple[int, ...], edges: Edges, together: Groups) -> int:
        count = max(examples_of) + 1
        if count > most:
            return 0
        return ascending(count, frozenset((examples_of[c], examples_of[p]) for c, p in edges))

    return Rule(weight, tuple(scale**used for used in range(order + 1)), examples)


def _filled(slots: NDArray[np.int8]) -> NDArray[np.int_]:
    """How many things are in each slot, most first."""
    held = (slots[:, :, None] == np.arange(slots.shape[1])).sum(axis=1)
    return -np.sort(-held, axis=1)


def replacement_rule(order: int, examples: int, batch_size: int) -> Rule:
    """One step of independent draws: nodes fall on draws, and those on one draw share its example.

    Given which nodes share an example, weight = sum over their finer partitions into draws of
    (B)_draws / N^draws; the factor N^nodes makes it whole.
    """

    @cache
    def shared(sizes: tuple[int, ...], nodes: int) -> int:
        ways = [1]
        for size in sizes:
            ways = _product(ways, _stirling(size))
        return sum(
            number * perm(batch_size, draws) * examples ** (nodes - draws)
            for draws, number in enumerate(ways)
            if number
        )

    def weight(examples_of: tuple[int, ...], edges: Edges, together: Groups) -> int:
        if edges:
            return 0
        labels = set(enumerate(examples_of))
        for group in together:
            labels -= {(node, examples_of[node]) for node in group[1:]}
            if len({examples_of[node] for node in group}) > 1:
                return 0
        held = [label for _, label in labels]
        return shared(tuple(sorted(map(held.count, set(held)))), len(examples_of))

    return Rule(weight, (examples**order,) * (order + 1), examples)


@cache
def _stirling(size: int) -> tuple[int, ...]:
    """Number of partitions of ``size`` things into 0, 1, .. parts."""
    numbers = [1]
    for _ in range(size):
        numbers = [0, *(left + right * rank for rank, (left, right) in enumerate(pairwise([*numbers, 0]), 1))]
    return tuple(numbers)


def _product(left: list[int], right: tuple[int, ...]) -> list[int]:
    """Coefficients of the product of two polynomials."""
    found = [0] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found[i + j] += a * b
    return found
