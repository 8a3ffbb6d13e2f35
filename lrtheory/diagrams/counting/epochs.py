"""How often diagrams embed in passes of one fixed order, by formula. Drawn orders are in layers.py.

A pass has N / B slots, one a batch. A map of a diagram gives every part a slot and a place in its batch, and
every node a pass. A child comes before its parent when its slot is earlier and its pass not later, or when
its pass is earlier. So the maps are sorted by the weak order of the parts' slots and that of the nodes'
passes; a pair of them counts when no edge whose slots fail to ascend has equal passes.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.diagram.diagram import Diagram

Groups = tuple[tuple[int, ...], ...]  # sets of nodes


def order_tables(diagrams: tuple[Diagram, ...]) -> NDArray[np.int64]:
    """Integers a with: number of maps = B^parts * sum over m, j of a[m, j] C(N / B, m) C(E, j).

    Args:
        diagrams: diagrams of one order e.

    Returns:
        Array of shape (D, e + 1, e + 1), not to be written to; the root of a diagram is left out.

    Source: ours.
    """
    return _tables(diagrams)


def fixed_order_coefficients(
    diagrams: tuple[Diagram, ...], *, examples: int, batch_size: int, epochs: int
) -> list[Fraction]:
    """Maps over batch_size^order for diagrams of one order, with 1 / N for a tied root.

    Args:
        diagrams: diagrams of one order.
        examples: training examples N.
        batch_size: examples in a batch B, a divisor of N.
        epochs: passes E.

    Source: tenka2020 (what is counted); the polynomials are ours.
    """
    order = diagrams[0].order
    slots = [comb(examples // batch_size, m) for m in range(order + 1)]
    passes = [comb(epochs, j) for j in range(order + 1)]
    basis = np.array([slot * each for slot in slots for each in passes], dtype=object)
    sums = order_tables(diagrams).reshape(len(diagrams), -1).astype(object) @ basis
    powers = [batch_size**power for power in range(order + 1)]
    return [
        Fraction(int(number), powers[order - part_count(diagram)] * (examples if diagram.root_tied else 1))
        for diagram, number in zip(diagrams, sums, strict=True)
    ]


def limit_coefficient(diagram: Diagram, steps: Fraction | int, *, largest_tie: int) -> Fraction:
    """Coefficient in the limit of infinitely small steps: the highest power of N in one epoch, at N = steps.

    Args:
        diagram: any diagram; a tied root has no part in the limit, for no example comes twice.
        steps: length of the run T in steps of the rate, >= 0.
        largest_tie: nodes in the largest tie that survives: 1 in gradient flow, 2 in a diffusion.

    Source: tenka2020 (the limits); the coefficients are ours.
    """
    parts = part_count(diagram)
    if diagram.root_tied or any(len(members) > largest_tie for members in diagram.members):
        return Fraction(0)
    if not parts:
        return Fraction(1)
    leading = int(order_tables((diagram,))[0, parts, 1])
    return Fraction(leading, factorial(parts)) * Fraction(steps) ** parts


def part_count(diagram: Diagram) -> int:
    """Number of parts that hold a node other than the root."""
    return len(diagram.members) - (not diagram.root_tied)


def part_labels(diagram: Diagram) -> tuple[int, ...]:
    """Part of every node but the root, counted from 0."""
    first = 0 if diagram.root_tied else 1
    return tuple(part - first for part in diagram.parts[1:])


def glued_nodes(diagram: Diagram) -> Groups:
    """Nodes of every part tied by fresh noise, which lie in one cell."""
    return tuple(diagram.members[part] for part in sorted(diagram.fresh))


@cache
def weak_orders(size: int) -> NDArray[np.int8]:
    """Every way to rank ``size`` things when several may share a rank, one a row; ranks leave no gaps.

    There are 1, 1, 3, 13, 75, 541, 4683 of them for 0 to 6 things.
    """
    if size == 0:
        return np.zeros((1, 0), dtype=np.int8)
    fewer = weak_orders(size - 1)
    ranks = fewer.max(axis=1, initial=-1) + 1
    found = []
    for rank in range(size):
        found.append(_appended(fewer[ranks > rank], rank))  # the last thing shares this rank
        moved = fewer[ranks >= rank]
        found.append(_appended(moved + (moved >= rank), rank))  # or takes it alone
    return np.concatenate(found).astype(np.int8)


def _appended(rows: NDArray[np.int8], rank: int) -> NDArray[np.int8]:
    return np.hstack([rows, np.full((len(rows), 1), rank, dtype=np.int8)])


@lru_cache(maxsize=64)
def _tables(diagrams: tuple[Diagram, ...]) -> NDArray[np.int64]:
    order = diagrams[0].order
    groups: dict[tuple[tuple[int, ...], int, Groups], list[int]] = {}
    for place, diagram in enumerate(diagrams):
        key = (diagram.parents, part_count(diagram), glued_nodes(diagram))
        groups.setdefault(key, []).append(place)
    tables = np.zeros((len(diagrams), order + 1, order + 1), dtype=np.int64)
    for (parents, parts, glued), places in groups.items():
        labels = np.array([part_labels(diagrams[place]) for place in places]).reshape(len(places), order)
        by_slots = _by_slots(parents, parts, labels)
        tables[places, : parts + 1] = by_slots @ _by_passes(parents, glued)
    tables.setflags(write=False)
    return tables


def _by_slots(parents: tuple[int, ...], parts: int, labels: NDArray[np.int_]) -> NDArray[np.int64]:
    """Weak orders of the parts' slots by how many slots and which edges fail to ascend.

    Returns:
        Numbers of weak orders, shape (D, parts + 1, sets of inner edges).
    """
    inner = _inner_edges(parents)
    slots = weak_orders(parts)
    fails = slots[:, :, None] >= slots[:, None, :]
    failing = np.zeros((len(slots), len(labels)), dtype=np.int64)
    for bit, (child, parent) in enumerate(inner):
        failing |= fails[:, labels[:, child - 1], labels[:, parent - 1]].astype(np.int64) << bit
    ranks = slots.max(axis=1, initial=-1).astype(np.int64) + 1
    sets = 1 << len(inner)
    bins = (np.arange(len(labels)) * (parts + 1) + ranks[:, None]) * sets + failing
    counts = np.bincount(bins.ravel(), minlength=len(labels) * (parts + 1) * sets)
    return counts.reshape(len(labels), parts + 1, sets)


@cache
def _by_passes(parents: tuple[int, ...], glued: Groups) -> NDArray[np.int64]:
    """Weak orders of the nodes' passes that put each edge of a set in two passes, shape (sets, nodes)."""
    inner = _inner_edges(parents)
    passes = weak_orders(len(parents) - 1)
    kept = np.ones(len(passes), dtype=bool)
    same = np.zeros(len(passes), dtype=np.int64)
    for bit, (child, parent) in enumerate(inner):
        kept &= passes[:, child - 1] <= passes[:, parent - 1]
        same |= (passes[:, child - 1] == passes[:, parent - 1]).astype(np.int64) << bit
    for nodes in glued:
        columns = passes[:, [node - 1 for node in nodes]]
        kept &= (columns == columns[:, :1]).all(axis=1)
    sets = 1 << len(inner)
    ranks = passes.max(axis=1, initial=-1).astype(np.int64) + 1
    bins = np.bincount((same * len(parents) + ranks)[kept], minlength=sets * len(parents))
    subsets = np.arange(sets)
    allowed = (subsets[:, None] & subsets[None, :]) == 0
    return np.asarray(allowed.astype(np.int64) @ bins.reshape(sets, len(parents)))


def _inner_edges(parents: tuple[int, ...]) -> list[tuple[int, int]]:
    """Edges (child, parent) that do not end at the root."""
    return [(node, parent) for node, parent in enumerate(parents) if parent > 0]
