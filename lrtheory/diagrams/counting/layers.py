"""How often diagrams embed when batches are drawn at random, averaged exactly over the draws.

Two schedules are built of layers that are drawn independently: passes, each in a new order, and single steps
that sample with replacement. A map puts the nodes into layers, descendants first, so the maps are summed over
the downward closed sets of nodes; what one layer weighs is the chance that its nodes' examples fall as the
edges inside it demand. Which parts share an example is summed over from outside.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from math import comb, perm

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.counting.epochs import Groups, glued_nodes, part_labels
from lrtheory.diagrams.counting.rules import Drawn, Rule, layer_rule
from lrtheory.diagrams.diagram.diagram import Diagram, first_members
from lrtheory.diagrams.diagram.enumeration import set_partitions


def drawn_coefficients(
    diagrams: tuple[Diagram, ...], drawn: Drawn, *, examples: int, batch_size: int, layers: int
) -> list[Fraction]:
    """Mean number of maps over batch_size^order for diagrams of one order, with 1 / N for a tied root.

    Args:
        diagrams: diagrams of one order.
        drawn: ``"reshuffled"``: layers are passes, each in a new order; ``"with replacement"``: layers are
            steps, each with batch_size independent draws.
        examples: training examples N.
        batch_size: examples, or draws, in a batch B.
        layers: number of passes or steps.

    Source: tenka2020 (what is counted); the sum over downward closed sets is ours.
    """
    order = diagrams[0].order
    tables = layer_tables(diagrams, drawn, examples, batch_size)
    basis = [comb(layers, used) for used in range(order + 1)]
    cells = batch_size**order
    return [
        sum((Fraction(n, cells) * each for n, each in zip(basis, table, strict=True) if n), Fraction(0))
        / (examples if diagram.root_tied else 1)
        for diagram, table in zip(diagrams, tables, strict=True)
    ]


def layer_tables(
    diagrams: tuple[Diagram, ...], drawn: Drawn, examples: int, batch_size: int
) -> tuple[tuple[Fraction, ...], ...]:
    """Fractions c with: mean number of maps = sum over m of c[m] C(layers, m).

    The c[m] are rational in N and B, and given for any two whole numbers: N / B need not be one.

    Args:
        diagrams: diagrams of one order e.
        drawn: how a layer is drawn.
        examples: training examples N, >= 1.
        batch_size: examples in a batch B, >= 0.

    Returns:
        For every diagram e + 1 numbers; the root is left out.

    Source: ours.
    """
    order = diagrams[0].order
    if order == 0:
        return ((Fraction(1),),) * len(diagrams)
    groups: dict[tuple[tuple[int, ...], Groups], list[int]] = {}
    for place, diagram in enumerate(diagrams):
        groups.setdefault((diagram.parents, glued_nodes(diagram)), []).append(place)
    rows = set_partitions(order)
    found: list[tuple[Fraction, ...]] = [()] * len(diagrams)
    for (parents, glued), places in groups.items():
        rule = layer_rule(drawn, order, examples, batch_size)
        sums = _pattern_sums(parents, glued, rule)
        firsts = first_members(np.array([part_labels(diagrams[place]) for place in places]))
        coarser = (rows[None, :, :] == rows[:, firsts].transpose(1, 0, 2)).all(axis=2)
        for place, allowed in zip(places, coarser, strict=True):
            totals = sums[:, allowed].sum(axis=1)
            found[place] = tuple(map(Fraction, totals.tolist(), rule.scales))
    return tuple(found)


@lru_cache(maxsize=4096)
def _pattern_sums(parents: tuple[int, ...], glued: Groups, rule: Rule) -> NDArray[np.object_]:
    """Sum over ways to put the nodes in m layers, for each pattern of shared examples, (nodes, patterns)."""
    order = len(parents) - 1
    examples = [int(row.max()) + 1 for row in set_partitions(order)]
    sets = _downward_closed(parents)
    found = {0: np.zeros((order + 1, len(set_partitions(order))), dtype=object)}
    found[0][0] = 1
    weights: dict[int, NDArray[np.object_]] = {}
    for whole in sets[1:]:
        total = np.zeros_like(found[0])
        for below in sets:
            if below == whole or below & ~whole:
                continue
            layer = whole & ~below
            if layer not in weights:
                weights[layer] = _layer_weights(parents, glued, rule, layer)
            total[1:] += found[below][:-1] * weights[layer]
        found[whole] = total
    choices = np.array([perm(rule.examples, many) for many in examples], dtype=object)
    return np.asarray(found[sets[-1]] * choices)


def _layer_weights(parents: tuple[int, ...], glued: Groups, rule: Rule, layer: int) -> NDArray[np.object_]:
    """Weights of a layer that holds the nodes of a bit set, for each pattern of shared examples."""
    nodes = [node for node in range(1, len(parents)) if layer >> node & 1]
    place = {node: i for i, node in enumerate(nodes)}
    inside = [sum(node in place for node in group) for group in glued]
    kinds, which = _patterns_within(len(parents) - 1, tuple(nodes))
    if any(0 < number < len(group) for number, group in zip(inside, glued, strict=True)):
        return np.zeros(len(which), dtype=object)
    edges = tuple((place[node], place[parents[node]]) for node in nodes if parents[node] in place)
    together = tuple(tuple(place[node] for node in group) for group in glued if group[0] in place)
    return np.array([rule.weight(kind, edges, together) for kind in kinds], dtype=object)[which]


@cache
def _patterns_within(size: int, nodes: tuple[int, ...]) -> tuple[list[tuple[int, ...]], NDArray[np.int_]]:
    """Partitions of some nodes that partitions of all restrict to, and which of them each restricts to."""
    labels = first_members(set_partitions(size)[:, [node - 1 for node in nodes]])
    kinds, which = np.unique(labels, axis=0, return_inverse=True)
    ranks = [{first: rank for rank, first in enumerate(sorted(set(kind)))} for kind in kinds.tolist()]
    named = [tuple(rank[label] for label in kind) for rank, kind in zip(ranks, kinds.tolist(), strict=True)]
    return named, which.reshape(-1)


@cache
def _downward_closed(parents: tuple[int, ...]) -> tuple[int, ...]:
    """Sets of nodes, as bits, that hold the children of each of their nodes; ascending, the root in none."""
    edges = [(node, parent) for node, parent in enumerate(parents) if parent > 0]
    every = range(0, 1 << len(parents), 2)
    return tuple(bits for bits in every if all(bits >> c & 1 or not bits >> p & 1 for c, p in edges))
