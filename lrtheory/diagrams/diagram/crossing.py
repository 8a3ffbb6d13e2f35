"""Crossing symmetry: which diagrams share a value, whatever node is the root. The values are elsewhere."""

from __future__ import annotations

from functools import cache

from lrtheory.diagrams.diagram.diagram import Diagram


@cache
def value_key(diagram: Diagram) -> Diagram:
    """The diagram that stands for all with the same value: same tree and ties, whichever node is the root.

    Every node is a derivative of the loss, the root too, so a value does not know the root. Holds where
    the root is the test loss (untied) or an example's loss (tied), not for other observables.

    Example:
        >>> from lrtheory.diagrams import enumerate_diagrams
        >>> diagram = enumerate_diagrams(1)[0]
        >>> value_key(value_key(diagram)) == value_key(diagram)
        True

    Args:
        diagram: of test or train type.

    Returns:
        The first, in the order of diagrams, of all rootings at untied nodes; at any node not tied by fresh
        noise where every node is tied. At orders 0 to 4 the 1, 1, 4, 17, 101 test diagrams have 1, 1, 3,
        12, 62 keys.

    Source: tenka2020 (values do not depend on the root); fresh noise is ours.
    """
    return min(rootings(diagram, tied=False) or rootings(diagram, tied=True))


def rootings(diagram: Diagram, *, tied: bool) -> tuple[Diagram, ...]:
    """All diagrams got by moving the root of a diagram to another node.

    Args:
        diagram: what to re-root.
        tied: False for roots at untied nodes only; True for any node not tied by fresh noise.
    """
    parts = diagram.parts
    roots = [
        node
        for node in range(len(parts))
        if (parts[node] not in diagram.fresh if tied else parts.count(parts[node]) == 1)
    ]
    return tuple(Diagram.of(_hung_from(diagram.parents, root), parts, fresh=diagram.fresh) for root in roots)


def _hung_from(parents: tuple[int, ...], root: int) -> tuple[int, ...]:
    """Parents of the same tree when another node is the root: the edges between the two turn round."""
    turned, below, here = list(parents), -1, root
    while here >= 0:
        turned[here], below, here = below, here, parents[here]
    return tuple(turned)
