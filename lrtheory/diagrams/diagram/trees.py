"""Rooted trees with a given number of edges, and their automorphisms. Ties are in diagram.py."""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement, permutations, product

import numpy as np
from numpy.typing import NDArray

Tree = tuple["Tree", ...]  # a node is the sorted tuple of the subtrees that hang on it; a leaf is ()


@cache
def rooted_trees(edges: int) -> tuple[tuple[int, ...], ...]:
    """Every rooted tree with a given number of edges, as parents of its nodes in preorder.

    The root is node 0 with parent -1; brothers stand in ascending order of their subtrees.

    Args:
        edges: number of edges, >= 0; there are 1, 1, 2, 4, 9, 20, 48 trees with 0 to 6.

    Returns:
        Parent arrays, each of length edges + 1.
    """
    return tuple(sorted(parents_in_preorder(tree) for tree in _nested(edges)))


def parents_in_preorder(tree: Tree) -> tuple[int, ...]:
    """Parents of the nodes of a nested tuple, numbered in preorder from the root."""
    parents: list[int] = []

    def visit(node: Tree, parent: int) -> None:
        parents.append(parent)
        here = len(parents) - 1
        for child in node:
            visit(child, here)

    visit(tree, -1)
    return tuple(parents)


def children_of(parents: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Children of every node, ascending."""
    found: list[list[int]] = [[] for _ in parents]
    for node, parent in enumerate(parents):
        if parent >= 0:
            found[parent].append(node)
    return tuple(tuple(each) for each in found)


def canonical_order(parents: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Canonical parent array of a tree, and which given node stands at each of its places.

    Args:
        parents: parent of every node; exactly one is -1 (the root); any numbering.

    Returns:
        (parents in preorder, given nodes in preorder).
    """
    children = children_of(parents)

    def nested(node: int) -> tuple[Tree, tuple[int, ...]]:
        below = sorted((nested(child) for child in children[node]), key=lambda each: each[0])
        return tuple(each[0] for each in below), (node, *(n for each in below for n in each[1]))

    tree, nodes = nested(parents.index(-1))
    return parents_in_preorder(tree), nodes


@cache
def automorphisms(parents: tuple[int, ...]) -> NDArray[np.int8]:
    """Every renumbering of the nodes that leaves a canonical tree as it is.

    Args:
        parents: canonical parent array with n nodes.

    Returns:
        Array of shape (|Aut|, n): row a sends place i to node a[i]; the identity comes first.
    """
    children = children_of(parents)

    def below(node: int) -> list[tuple[int, ...]]:
        """Preorders of the subtree that all read as the same tree."""
        shapes = [_shape(children, child) for child in children[node]]
        found = []
        for order in permutations(range(len(shapes))):
            if all(shapes[place] == shapes[taken] for place, taken in enumerate(order)):
                parts = product(*(below(children[node][taken]) for taken in order))
                found += [(node, *(n for part in each for n in part)) for each in parts]
        return found

    return np.array(below(0), dtype=np.int8)


def _shape(children: tuple[tuple[int, ...], ...], node: int) -> Tree:
    return tuple(sorted(_shape(children, child) for child in children[node]))


@cache
def _nested(edges: int) -> tuple[Tree, ...]:
    """Rooted trees as nested tuples: every multiset of subtrees whose edges, and those to them, add up."""
    found: list[Tree] = []

    def grow(left: int, largest: int, chosen: Tree) -> None:
        if left == 0:
            found.append(tuple(sorted(chosen)))
            return
        for size in range(min(left, largest), 0, -1):
            for many in range(1, left // size + 1):
                for group in combinations_with_replacement(_nested(size - 1), many):
                    grow(left - many * size, size - 1, (*chosen, *group))

    grow(edges, edges, ())
    return tuple(found)
