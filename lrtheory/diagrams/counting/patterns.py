"""How often diagrams embed, on the mean, when batches are drawn at random and a kernel weighs the edges.

Given the steps of the nodes, the mean over the draws depends only on which nodes have one step and which one
pass: on a pattern. Sums over steps are easy when a pattern's coincidences are demanded and others allowed, so
the means are turned by Moebius inversion into weights of such sums. Without a kernel, layers.py is
faster by far.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, lru_cache
from math import perm

import numpy as np

from lrtheory.diagrams.counting.edge_kernels import Number
from lrtheory.diagrams.counting.epochs import Groups, glued_nodes, part_labels
from lrtheory.diagrams.counting.rules import replacement_rule
from lrtheory.diagrams.counting.schedules import Epochs, WithReplacement
from lrtheory.diagrams.counting.steps import EdgeWeights, Tie, same_step, sum_over_steps
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import set_partitions

Labels = tuple[int, ...]  # of every node but the root
Pattern = tuple[Labels, Labels]  # which nodes have one step, which one pass (or, without passes, all)

_LARGEST_ORDER = 5


def weighed_draws(
    diagrams: tuple[Diagram, ...], schedule: Epochs | WithReplacement, edges: EdgeWeights
) -> list[Number]:
    """Mean over the draws of the sum over maps, over batch_size^order, with 1 / N for a tied root.

    Args:
        diagrams: diagrams of any orders up to 5.
        schedule: passes in new orders, or draws with replacement.
        edges: weights of the edges in a run of as many steps.

    Raises:
        ValueError: an order above 5, or too many steps.

    Source: ours.
    """
    known: dict[tuple[tuple[int, ...], Pattern], Number] = {}
    found: list[Number] = []
    for diagram in diagrams:
        if diagram.order > _LARGEST_ORDER:
            raise ValueError(
                f"random batches with an edge kernel are counted up to order {_LARGEST_ORDER}, got "
                f"{diagram.order}: use plain steps, or order='fixed'"
            )
        total: Number = Fraction(0)
        weights = _pattern_weights(part_labels(diagram), glued_nodes(diagram), schedule)
        for pattern, weight in weights:
            key = (diagram.parents, pattern)
            if key not in known:
                known[key] = _sum_over_pattern(diagram.parents, pattern, schedule, edges)
            number = known[key]
            total += float(weight) * number if isinstance(number, float) else weight * number
        share = Fraction(1, schedule.examples if diagram.root_tied else 1)
        found.append(float(share) * total if isinstance(total, float) else share * total)
    return found


def _sum_over_pattern(
    parents: tuple[int, ...], pattern: Pattern, schedule: Epochs | WithReplacement, edges: EdgeWeights
) -> Number:
    """Sum over steps that agree at least where a pattern says so."""
    steps, passes = pattern
    shared = [nodes for nodes in _blocks(steps) if len(nodes) > 1]
    if any(_one_above_another(parents, nodes) for nodes in shared):
        return Fraction(0)
    ties = [same_step(nodes, schedule.steps) for nodes in shared]
    if isinstance(schedule, Epochs):
        in_pass = np.repeat(
            np.eye(schedule.epochs, dtype=np.int64), schedule.steps // schedule.epochs, axis=1
        )
        first = {steps.index(label) + 1 for label in steps}
        groups = (tuple(node for node in nodes if node in first) for nodes in _blocks(passes))
        ties += [Tie(nodes, in_pass) for nodes in groups if len(nodes) > 1]
    loads = [np.ones(schedule.steps, dtype=np.int64)] * (len(parents) - 1)
    return sum_over_steps(parents, loads, ties, edges)


@lru_cache(maxsize=4096)
def _pattern_weights(
    labels: Labels, glued: Groups, schedule: Epochs | WithReplacement
) -> tuple[tuple[Pattern, Fraction], ...]:
    """Weights of the sums over patterns, those that vanish left out."""
    weights: dict[Pattern, Fraction] = {}
    for pattern, finer in _patterns(len(labels), isinstance(schedule, Epochs)):
        if isinstance(schedule, Epochs):
            mean = _mean_given_passes(pattern, labels, glued, schedule)
        else:
            mean = _mean_given_steps(pattern, labels, glued, schedule)
        weights[pattern] = mean - sum(weights[each] for each in finer)
    return tuple((pattern, weight) for pattern, weight in weights.items() if weight)


@cache
def _patterns(size: int, with_passes: bool) -> tuple[tuple[Pattern, tuple[Pattern, ...]], ...]:
    """Every pattern, and the patterns that demand less; these come first."""
    rows = _partitions(size)
    one = (0,) * size
    pairs = [(steps, passes) for steps in rows for passes in (rows if with_passes else (one,))]
    kept = sorted((p for p in pairs if _is_finer(*p)), key=lambda p: -len(set(p[0])) - len(set(p[1])))
    return tuple(
        (p, tuple(q for q in kept if q != p and _is_finer(q[0], p[0]) and _is_finer(q[1], p[1])))
        for p in kept
    )


def _mean_given_steps(pattern: Pattern, labels: Labels, glued: Groups, schedule: WithReplacement) -> Fraction:
    """Mean number of ways to choose draws, over B^nodes, when nodes share a step just as the pattern says."""
    steps = _blocks(pattern[0])
    rule = replacement_rule(len(labels), schedule.examples, schedule.batch_size)
    total = 0
    for shared in _coarser(labels):
        ways = perm(schedule.examples, max(shared, default=-1) + 1)
        for nodes in steps:
            inside = [group for group in glued if set(group) & set(nodes)]
            if any(not set(group) <= set(nodes) for group in inside):
                ways = 0
                break
            place = {node: i for i, node in enumerate(nodes)}
            together = tuple(tuple(place[node] for node in group) for group in inside)
            ways *= rule.weight(tuple(shared[node - 1] for node in nodes), (), together)
        total += ways
    return Fraction(total, schedule.examples ** len(labels) * schedule.batch_size ** len(labels))


def _mean_given_passes(pattern: Pattern, labels: Labels, glued: Groups, schedule: Epochs) -> Fraction:
    """The same for passes in random order, of the nodes' slots as the pattern says."""
    steps, passes = pattern
    if any(len({passes[node - 1] for node in group}) > 1 for group in glued):
        return Fraction(0)
    total = Fraction(0)
    for shared in _coarser(labels):
        ways = Fraction(perm(schedule.examples, max(shared, default=-1) + 1))
        for nodes in _blocks(passes):
            slots = [
                {shared[n - 1] for n in nodes if steps[n - 1] == step}
                for step in {steps[n - 1] for n in nodes}
            ]
            seen = set().union(*slots)
            if sum(map(len, slots)) > len(seen) or len(seen) > schedule.examples:
                ways = Fraction(0)  # an example has one slot in a pass
                break
            for slot in slots:
                ways *= perm(schedule.batch_size, len(slot))
            ways /= perm(schedule.examples, len(seen))
        total += ways
    return total * Fraction(1, schedule.batch_size ** len(labels))


def _coarser(labels: Labels) -> list[Labels]:
    """Patterns of shared examples in which each part has one."""
    return [row for row in _partitions(len(labels)) if _is_finer(labels, row)]


@cache
def _partitions(size: int) -> tuple[Labels, ...]:
    return tuple(map(tuple, set_partitions(size).tolist())) if size else ((),)


@cache
def _is_finer(fine: Labels, coarse: Labels) -> bool:
    return len(set(zip(fine, coarse, strict=True))) == len(set(fine))


def _blocks(labels: Labels) -> list[tuple[int, ...]]:
    """Nodes, counted from 1, that bear each label."""
    return [tuple(i + 1 for i, each in enumerate(labels) if each == label) for label in sorted(set(labels))]


def _one_above_another(parents: tuple[int, ...], nodes: tuple[int, ...]) -> bool:
    for node in nodes:
        above = parents[node]
        while above > 0:
            if above in nodes:
                return True
            above = parents[above]
    return False
