"""Every diagram of a given order that an observable needs. Their counts are in counting/."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lrtheory.diagrams.diagram.diagram import Diagram, _codes
from lrtheory.diagrams.diagram.trees import automorphisms, rooted_trees
from lrtheory.doors import check_choice

Observable = Literal["test", "train", "gap", "displacement", "second moment"]

_ROOT_DEGREE = {"displacement": 1, "second moment": 2}  # polynomials of that degree
_LARGEST_ORDER = 7  # 55,818 test diagrams in 6 seconds, where the 5,861 of order six take 0.15


@cache
def enumerate_diagrams(order: int, observable: Observable = "test") -> tuple[Diagram, ...]:
    """Every diagram with ``order`` edges that an observable needs, each once.

    ``"test"``: the root, which is the test loss, is tied to nothing. ``"train"``: the root may be tied, for
    it is the loss of a training example. ``"gap"``: it is. ``"displacement"`` and ``"second moment"``: the
    observable is one weight, or a product of two, so at most one or two edges meet at the root.

    Example:
        >>> [len(enumerate_diagrams(order)) for order in (0, 1, 2)]
        [1, 1, 4]

    Args:
        order: number of edges, 0 to 7.
        observable: what is measured at the end of the run.

    Returns:
        Diagrams, sorted; 1, 1, 4, 17, 101, 700 of them for the test loss at orders 0 to 5.

    Raises:
        ValueError: order out of range, or an unknown observable.

    Cost: eight to nine times as many diagrams an order more: a fraction of a second at order 6, seconds at
    order 7. They are kept after the first call.

    Source: tenka2020.
    """
    if not isinstance(order, int) or order < 0:
        raise ValueError(f"order must be a whole number of edges, 0 or more, got {order}")
    if order > _LARGEST_ORDER:
        raise ValueError(
            f"order must be at most {_LARGEST_ORDER}, got {order}: each order has about eight times as many "
            "diagrams as the last, and the series is asymptotic; use the re-summed series instead"
        )
    check_choice("observable", observable, get_args(Observable))
    rooms = [tree for tree in rooted_trees(order) if tree.count(0) <= _ROOT_DEGREE.get(observable, order)]
    return tuple(diagram for tree in rooms for diagram in _tied(tree, observable))


def _tied(tree: tuple[int, ...], observable: Observable) -> list[Diagram]:
    """Every way to tie the nodes of a tree, one for each class of equal drawings."""
    nodes, group = len(tree), automorphisms(tree)
    ties = set_partitions(nodes)
    if observable not in ("train", "gap"):
        ties = ties[(ties[:, 1:] != 0).all(axis=1)]
    elif observable == "gap":
        ties = ties[(ties[:, 1:] == 0).any(axis=1)]
    codes = _codes(ties, np.zeros_like(ties, dtype=bool), group)
    return [Diagram(tree, tuple(row)) for row in ties[codes[:, 0] == codes.max(axis=1)].tolist()]


@cache
def set_partitions(size: int) -> NDArray[np.int_]:
    """Every partition of ``size`` things, as labels in order of appearance, shape (Bell(size), size)."""
    rows: list[tuple[int, ...]] = [(0,)]
    for _ in range(size - 1):
        rows = [(*row, label) for row in rows for label in range(max(row) + 2)]
    return np.array(rows, dtype=int).reshape(-1, size)


@cache
def with_fresh_noise(diagram: Diagram) -> tuple[Diagram, ...]:
    """A diagram and all that come of it when some of its ties are noise drawn afresh at each visit.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams
        >>> len(with_fresh_noise(enumerate_diagrams(1)[0])) >= 1
        True

    Args:
        diagram: ties are by training example; a tie that holds the root stays so.

    Source: ours.
    """
    free = [label for label, part in enumerate(diagram.members) if len(part) > 1 and 0 not in part]
    chosen = (subset for many in range(len(free) + 1) for subset in combinations(free, many))
    drawings = (Diagram.of(diagram.parents, diagram.parts, fresh=subset) for subset in chosen)
    return tuple(dict.fromkeys(drawings))
