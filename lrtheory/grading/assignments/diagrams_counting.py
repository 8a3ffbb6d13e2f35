"""Checks of the assignment *Diagrams*: placements and symmetries of drawings."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from lrtheory.grading.assignments.checks import Ask, Checks, close

CHECKS = Checks()
Schedule = list[list[int]]
Tree = tuple[list[int], list[list[int]]]


def _maps(tree: Tree, schedule: Schedule) -> int:
    parents, ties = tree
    cells = [(row, t) for t, batch in enumerate(schedule) for row in batch]
    count = 0
    for spots in product(cells, repeat=len(parents)):
        early = all(spots[k][1] < spots[up][1] for k, up in enumerate(parents) if up < len(parents))
        count += early and all(len({spots[k][0] for k in tie}) == 1 for tie in ties)
    return count


def _tree(draw: np.random.Generator, nodes: int, tied: bool) -> Tree:
    parents = [int(draw.integers(k + 1, nodes + 1)) for k in range(nodes)]
    ties = [sorted(int(k) for k in draw.choice(nodes, 2, replace=False))] if tied else []
    return parents, ties


@CHECKS.check("q3", points=2, public=True)
def small_trees_fit(ask: Ask, draw: np.random.Generator) -> None:
    """The five drawings of second order and below, in schedules drawn at random."""
    for tree in (([1], []), ([2, 2], []), ([2, 2], [[0, 1]]), ([1, 2], []), ([1, 2], [[0, 1]])):
        schedule = _drawn_schedule(draw)
        close(ask("count", *tree, schedule), _maps(tree, schedule), what=f"count of {tree} in {schedule}")


def _drawn_schedule(draw: np.random.Generator, examples: int = 4) -> Schedule:
    steps, batch = int(draw.integers(3, 5)), int(draw.integers(1, 3))
    return [sorted(int(k) for k in draw.choice(examples, batch, replace=False)) for _ in range(steps)]


@CHECKS.check("q3", points=2)
def larger_trees_fit(ask: Ask, draw: np.random.Generator) -> None:
    """Trees of three and four nodes, tied and not."""
    for nodes, tied in ((3, False), (3, True), (3, True), (4, True)):
        tree, schedule = _tree(draw, nodes, tied), _drawn_schedule(draw)
        close(ask("count", *tree, schedule), _maps(tree, schedule), what=f"count of {tree} in {schedule}")
    schedule = [[0], [1], [2]] * 2
    for tree in (([3, 3, 3], [[0, 1, 2]]), ([2, 3, 4, 4], [[0, 1], [2, 3]])):
        close(ask("count", *tree, schedule), _maps(tree, schedule), what=f"count of {tree} in {schedule}")


@CHECKS.check("q3", points=1)
def names_of_examples_do_not_matter(ask: Ask, draw: np.random.Generator) -> None:
    """Tied leaves in passes in any order: N E squared placements; tied chains N E (E - 1) / 2."""
    for _ in range(3):
        examples, epochs = int(draw.integers(2, 6)), int(draw.integers(1, 5))
        schedule = [[int(row)] for _ in range(epochs) for row in draw.permutation(examples)]
        close(ask("count", [2, 2], [[0, 1]], schedule), examples * epochs**2, what="count of two tied leaves")
        right = examples * epochs * (epochs - 1) // 2
        close(ask("count", [1, 2], [[0, 1]], schedule), right, what="count of a tied chain")


def _symmetries(tree: Tree) -> int:
    parents, ties = tree
    groups = {frozenset(tie) for tie in ties}
    count = 0
    for name in permutations(range(len(parents))):
        to = [*name, len(parents)]
        kept = all(parents[to[k]] == to[up] for k, up in enumerate(parents))
        count += kept and {frozenset(to[k] for k in tie) for tie in groups} == groups
    return count


@CHECKS.check("q4", points=1, public=True)
def symmetries_of_small_trees(ask: Ask, draw: np.random.Generator) -> None:
    """Leaves on the root and chains, tied and not."""
    nodes = int(draw.integers(3, 6))
    for tree in (([nodes] * nodes, []), ([nodes] * nodes, [[0, 1]]), ([1, 2], []), ([1, 2], [[0, 1]])):
        close(ask("symmetries", *tree), _symmetries(tree), what=f"symmetries of {tree}")


@CHECKS.check("q4", points=1)
def symmetries_of_larger_trees(ask: Ask, draw: np.random.Generator) -> None:
    """Trees of up to five nodes, and two like branches, tied in either way."""
    for ties in ([], [[0, 1]], [[0, 2]], [[0, 2], [1, 3]], [[0, 3]], [[0, 1], [2, 3]]):
        tree: Tree = ([1, 4, 3, 4], ties)
        close(ask("symmetries", *tree), _symmetries(tree), what=f"symmetries of {tree}")
    for tied in (False, True, True):
        tree = _tree(draw, 5, tied)
        close(ask("symmetries", *tree), _symmetries(tree), what=f"symmetries of {tree}")
