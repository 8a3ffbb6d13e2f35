"""P5a: diagrams enumerated and counted, against placements one by one and isomorphism tests.

The others stop at order three and count little or nothing: their cost of a diagram grows fast with its order.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from functools import partial

from benchmarks.timing import Candidate, Workload
from lrtheory.diagrams.counting.coefficients import coefficients
from lrtheory.diagrams.counting.schedules import Epochs, cells_of
from lrtheory.diagrams.diagram.diagram import Diagram
from lrtheory.diagrams.diagram.enumeration import enumerate_diagrams

COUNTED = Epochs(1000, epochs=10)
PLACED = Epochs(6, epochs=2)


def counting(size: float) -> Workload:
    """P5a: all test diagrams of an order, enumerated and counted in ten epochs of a thousand examples."""
    order, few = (5, 3) if size >= 1 else (3, 2)
    others = [
        Candidate("isomorphism tests by networkx, order 3, no counts", partial(_networkx_enumeration, 3)),
        Candidate(f"placements one by one, order {few}, 6 examples, 2 epochs", partial(_placements, few)),
    ]
    ours = Candidate(f"lrtheory, order {order}, nothing cached", partial(_enumerated_and_counted, order))
    if size >= 1:
        others.insert(0, Candidate("lrtheory, order 6", partial(_enumerated_and_counted, 6)))
    return Workload("P5a: diagrams enumerated and counted", "diagrams per CPU second", ours, others)


def _enumerated_and_counted(order: int) -> float:
    """Every cache of the engine is emptied first."""
    engine = [module for name, module in sys.modules.items() if name.startswith("lrtheory.diagrams.")]
    for module in engine:
        for thing in vars(module).values():
            clear: Callable[[], None] | None = getattr(thing, "cache_clear", None)
            if clear is not None:
                clear()
    found = enumerate_diagrams(order)
    coefficients(found, COUNTED)
    return float(len(found))


def _placements(order: int) -> float:
    """Count embeddings by trying every map from nodes to active cells."""
    found, grid = enumerate_diagrams(order), cells_of(PLACED)
    cells = [(row, step) for step, batch in enumerate(grid.seen) for row in batch]
    for diagram in found:
        sum(_embeds(diagram, places) for places in itertools.product(cells, repeat=order))
    return float(len(found))


def _embeds(diagram: Diagram, places: tuple[tuple[int, int], ...]) -> bool:
    for node, parent in enumerate(diagram.parents):
        if parent > 0 and places[node - 1][1] >= places[parent - 1][1]:
            return False
    return all(len({places[node - 1][0] for node in part}) == 1 for part in diagram.ties)


def _networkx_enumeration(order: int) -> float:
    """Trees with every partition, told apart by isomorphism tests."""
    import networkx as nx

    found: list[nx.Graph] = []
    same = nx.algorithms.isomorphism.categorical_node_match("kind", None)
    for parents in itertools.product(*(range(node) for node in range(1, order + 1))):
        for labels in itertools.product(range(order), repeat=order):
            graph = nx.Graph()
            graph.add_node(0, kind="root")
            for node, parent in enumerate(parents, start=1):
                graph.add_node(node, kind="node")
                graph.add_edge(node, parent)
                graph.add_node(("tie", labels[node - 1]), kind="tie")
                graph.add_edge(node, ("tie", labels[node - 1]))
            if not any(nx.is_isomorphic(graph, other, node_match=same) for other in found):
                found.append(graph)
    return float(len(found))
