"""How the parts of a diagram become sums of moments, and labeled trees. What a node is worth is elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import product

from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import set_partitions

Block = tuple[int, ...]  # nodes that stand for one example
Node = tuple[object, tuple["Node", ...]]  # label (which loss a node differentiates), subtrees below


@cache
def moments(diagram: Diagram) -> tuple[tuple[int, tuple[Block, ...]], ...]:
    """The parts' cumulants as a signed sum of moments: (sign and multiplicity, blocks of nodes).

    A joint cumulant is the sum over the partitions of its factors of (-1)^(b - 1) (b - 1)! times the
    product of the b blocks' moments. Blocks come in the order of their parts, within a part in the order
    of their first nodes.

    Source: tenka2020 (cumulant brackets; one term of the printed example corrected).
    """
    found = []
    for cuts in product(*(set_partitions(len(part)).tolist() for part in diagram.members)):
        sign, blocks = 1, []
        for part, labels in zip(diagram.members, cuts, strict=True):
            many = max(labels) + 1
            sign *= (-1) ** (many - 1) * math.factorial(many - 1)
            labeled = list(zip(part, labels, strict=True))
            blocks += [tuple(node for node, label in labeled if label == block) for block in range(many)]
        found.append((sign, tuple(blocks)))
    return tuple(found)


def labeled_tree(diagram: Diagram, labels: Sequence[object]) -> Node:
    """Tree of a diagram with a label at each node; equal trees up to the order of brothers are equal."""

    def at(node: int) -> Node:
        return labels[node], tuple(sorted((at(child) for child in diagram.children[node]), key=repr))

    return at(0)
