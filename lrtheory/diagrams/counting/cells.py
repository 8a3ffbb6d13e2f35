"""How often diagrams embed in one given set of cells; edges weigh one, or what a kernel says."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.counting.edge_kernels import Number
from lrtheory.diagrams.counting.schedules import Cells
from lrtheory.diagrams.counting.steps import EdgeWeights, Tie, check_room, same_step, sum_over_steps
from lrtheory.diagrams.diagram.diagram import Diagram


def cells_coefficient(diagram: Diagram, cells: Cells, edges: EdgeWeights) -> Number:
    """Sum over all maps of 1 / (batch size) for each node, and 1 / N for a tied root.

    Args:
        diagram: any diagram.
        cells: active cells; batches may differ in size.
        edges: weights of the edges in a run of as many steps.

    Source: tenka2020 (what is counted; batches of unequal size are ours).
    """
    sizes = [len(batch) for batch in cells.seen]
    scale = math.lcm(*sizes)
    found = _weighted_maps(diagram, cells, np.array([scale // size for size in sizes]), edges)
    share = Fraction(1, scale**diagram.order * (cells.examples if diagram.root_tied else 1))
    return float(share) * found if isinstance(found, float) else share * found


def number_of_maps(diagram: Diagram, cells: Cells) -> int:
    """Number of ways to put the nodes on active cells, each before its parent, ties in one row.

    A tied root sits in its part's row.
    """
    edges = EdgeWeights(None, np.ones(cells.steps, dtype=object))
    return int(_weighted_maps(diagram, cells, np.ones(cells.steps, dtype=np.int64), edges))


def _weighted_maps(diagram: Diagram, cells: Cells, weight: NDArray[np.int64], edges: EdgeWeights) -> Number:
    """Sum over maps of a weight for each node, given by its step."""
    sizes = np.array([len(batch) for batch in cells.seen], dtype=np.int64)
    loads = [sizes * weight] * diagram.order
    ties = []
    for part, members in enumerate(diagram.members):
        nodes = tuple(node for node in members if node > 0)
        if len(nodes) < 2:
            continue
        if part in diagram.fresh:  # one cell: a shared step, at which the first node alone chooses the row
            for node in nodes[1:]:
                loads[node - 1] = weight
            ties.append(same_step(nodes, cells.steps))
        else:
            for node in nodes:
                loads[node - 1] = weight
            ties.append(Tie(nodes, _active(cells)))
    return sum_over_steps(diagram.parents, loads, ties, edges)


def _active(cells: Cells) -> NDArray[np.int64]:
    """One where a step sees an example, shape (examples, steps)."""
    check_room(cells.examples * cells.steps)
    active = np.zeros((cells.examples, cells.steps), dtype=np.int64)
    for step, batch in enumerate(cells.seen):
        active[list(batch), step] = 1
    return active
